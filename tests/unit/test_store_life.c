/* SPDX-License-Identifier: MIT */
/* The table of lives: what it tells, how an older recording comes by it, and that a replay shows the same without. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support_recording.h"
#include "support_replay.h"

enum { PASSES = 120, REGIONS = 12 };

static void give(struct studio *s, uint64_t second)
{
	give_sample(s, second * SECOND);
	assert_int_equal(recording_regions(s->r, studio_regions(s, second * SECOND, REGIONS, 3,
	                                                        second % 4 == 3)),
	                 0);
}

/* A table a second; in every fourth one region is new, and one gone. */
static void watch(struct studio *s)
{
	region_table_unref(s->table);
	s->table = NULL;
	s->next_id = 1;
	studio_open(s);
	for (uint64_t i = 0; i < PASSES; i++) {
		give(s, i);
		if (i % 10 == 9)
			studio_commit(s);
	}
}

/* --- written ------------------------------------------------------------------------------------- */

static void recording_regions__tells_from_when_to_when_each_region_was_there(void **state)
{
	struct studio *s = *state;

	watch(s);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM life"), REGIONS + PASSES / 4);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM life WHERE gone IS NULL"), REGIONS);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM life WHERE first=0"), REGIONS);
	assert_int_equal(studio_number(s, "SELECT first FROM life WHERE id=%d", REGIONS + 1),
	                 3 * SECOND);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM life WHERE gone=%llu", 7 * SECOND),
	                 1);
	studio_whole(s);
	studio_close(s);
}

static void recording_open__ends_all_lives__when_it_is_appended_to(void **state)
{
	struct studio *s = *state;

	watch(s);
	studio_close(s);
	watch(s);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM life"), 2 * (REGIONS + PASSES / 4));
	assert_int_equal(studio_number(s, "SELECT count(*) FROM life WHERE gone IS NULL"), REGIONS);
	studio_whole(s);
	studio_close(s);
}

static void recording_open__gives_lives_to_a_recording__that_lacks_them(void **state)
{
	static const char *const lacks[] = {"DROP TABLE life", "DELETE FROM life WHERE id > 5"};
	struct studio *s = *state;

	for (int i = 0; i < 2; i++) {
		watch(s);
		studio_close(s);
		studio_sql(s, lacks[i]);
		studio_open(s);
		studio_whole(s);
		studio_close(s);
		assert_int_equal(studio_number(s, "SELECT count(*) FROM life"),
		                 (i + 1) * (REGIONS + PASSES / 4));
		watch(s);
		studio_whole(s);
		studio_close(s);
		studio_sql(s, "DELETE FROM life; DELETE FROM region WHERE id > 42;"
		              " INSERT INTO life SELECT id, min(time), max(iif(gone, time, NULL))"
		              " FROM region GROUP BY id");
	}
}

/* Something else has the name, or there is no room for it: the recording goes on as it did. */
static void recording_open__goes_without_lives__where_it_cannot_have_them(void **state)
{
	struct studio *s = *state;

	watch(s);
	studio_close(s);
	studio_sql(s, "DROP TABLE life; CREATE VIEW life AS SELECT 1 AS id");
	watch(s);
	studio_close(s);
	studio_sql(s, "DROP VIEW life");
	assert_int_equal(studio_number(s, "SELECT count(DISTINCT id) FROM region"),
	                 2 * (REGIONS + PASSES / 4));
	assert_int_equal(studio_number(s, "SELECT count(*) FROM region WHERE gone"),
	                 2 * PASSES / 4 + REGIONS);
	assert_string_equal(studio_text(s, "PRAGMA integrity_check"), "ok");
	studio_open(s);
	studio_whole(s);
	studio_close(s);
}

/* --- read ---------------------------------------------------------------------------------------- */

static struct region_table *table_at(struct replay *r, uint64_t time)
{
	struct region_table *t;
	struct moment *m = moment_of(r, time, 0);

	assert_non_null(m->regions);
	t = region_table_ref(m->regions);
	moment_unref(m);
	return t;
}

static void tables_read(const struct studio *s, struct region_table *ret[PASSES])
{
	struct replay *r = replay_of(s->path);

	/* Not in order: what was learnt of one time must not be needed for another. */
	for (uint64_t i = 0; i < PASSES; i++)
		ret[i * 7 % PASSES] = table_at(r, i * 7 % PASSES * SECOND);
	replay_free(r);
}

static void tables_drop(struct region_table *t[PASSES])
{
	for (size_t i = 0; i < PASSES; i++)
		region_table_unref(t[i]);
}

static void tables_same(struct region_table *a[PASSES], struct region_table *b[PASSES])
{
	for (size_t i = 0; i < PASSES; i++) {
		assert_int_equal(a[i]->count, REGIONS);
		assert_int_equal(b[i]->count, REGIONS);
		for (size_t k = 0; k < REGIONS; k++) {
			assert_int_equal(a[i]->rows[k]->id, b[i]->rows[k]->id);
			assert_memory_equal(a[i]->rows[k]->bytes, b[i]->rows[k]->bytes,
			                    sizeof(a[i]->rows[k]->bytes));
		}
	}
}

static void moment__shows_the_same_regions__with_half_or_none_of_the_lives(void **state)
{
	static const char *const less[] = {"DELETE FROM life WHERE id > 20", "DROP TABLE life",
	                                   "CREATE VIEW life AS SELECT 1 AS id",
	                                   "DROP VIEW life; CREATE TABLE life(id, first)"};
	struct region_table *whole[PASSES], *other[PASSES];
	struct studio *s = *state;

	watch(s);
	studio_close(s);
	tables_read(s, whole);
	for (size_t i = 0; i < sizeof(less) / sizeof(less[0]); i++) {
		studio_sql(s, less[i]);
		tables_read(s, other);
		tables_same(whole, other);
		tables_drop(other);
	}
	tables_drop(whole);
}

/* Were it not so, a moment of a long recording would take as long as reading all of its regions. */
static void moment__asks_the_table_of_lives__not_the_rows_of_all_that_lived(void **state)
{
	struct studio *s = *state;
	struct region_table *t;
	struct replay *r;

	watch(s);
	studio_close(s);
	studio_sql(s, "UPDATE life SET first = 60000000000 WHERE id = 12;"
	              "UPDATE life SET gone = 1000000000 WHERE id = 11");
	r = replay_of(s->path);
	t = table_at(r, 2 * SECOND);
	assert_int_equal(t->count, REGIONS - 2);
	assert_null(region_table_find(t, 11));
	assert_null(region_table_find(t, 12));
	region_table_unref(t);
	replay_free(r);
}

/* Nobody's table of lives: it may hide regions, and nothing worse. */
static void moment__bears_lives_that_make_no_sense(void **state)
{
	static const char *const odd[] = {
	        "UPDATE life SET first = -5, gone = 'never'", "UPDATE life SET first = 'x'",
	        "INSERT INTO life(id, first) VALUES(9223372036854775807, 0), (-3, 1)",
	        "DELETE FROM life; INSERT INTO life(id, first) VALUES(9223372036854775807, 0)",
	        "DROP TABLE life; CREATE TABLE life(id, first, gone);"
	        " INSERT INTO life VALUES(NULL, 1, 2), (2, 0, NULL), (2, 0, NULL), ('a', 'b', "
	        "'c')"};
	struct studio *s = *state;

	watch(s);
	studio_close(s);
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct replay *r;
		struct region_table *t;

		studio_sql(s, odd[i]);
		r = replay_of(s->path);
		t = table_at(r, 5 * SECOND);
		assert_true(t->count <= REGIONS);
		region_table_unref(t);
		replay_free(r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        IN_STUDIO(recording_regions__tells_from_when_to_when_each_region_was_there),
	        IN_STUDIO(recording_open__ends_all_lives__when_it_is_appended_to),
	        IN_STUDIO(recording_open__gives_lives_to_a_recording__that_lacks_them),
	        IN_STUDIO(recording_open__goes_without_lives__where_it_cannot_have_them),
	        IN_STUDIO(moment__shows_the_same_regions__with_half_or_none_of_the_lives),
	        IN_STUDIO(moment__asks_the_table_of_lives__not_the_rows_of_all_that_lived),
	        IN_STUDIO(moment__bears_lives_that_make_no_sense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
