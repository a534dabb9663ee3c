/* SPDX-License-Identifier: MIT */
/* A recording that no writer of ours made: nothing in it is believed, nothing of it reaches a terminal raw. */

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "support_recording_sql.h"
#include "support_replay.h"

#define S NS_PER_S

static struct support_file file;

static int setup(void **state)
{
	(void)state;
	support_file_open(&file);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	support_file_done(&file);
	return 0;
}

static void safe(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			fail_msg("a raw byte %02x", (unsigned char)*text);
}

static void figures__that_can_be_none__are_unknown(void **state)
{
	struct replay *r;
	struct moment *m;

	(void)state;
	support_sql(&file, "INSERT INTO sample(time, wall, flags, span, rss, vsz, heap, anon, swap,"
	                   " shmem, file) VALUES(0, -1, -1, -7, 'abc', -5, 9223372036854775807,"
	                   " 1.5, X'0102', NULL, '12x')");
	support_sql(&file, "INSERT INTO sample(time, wall, flags, span, rss, rss_min, rss_max)"
	                   " VALUES(1000000000, 'x', 'y', 9000000000000000000, 5, 9, 1)");
	r = replay_of(file.path);
	m = moment_of(r, 0, 2);
	for (int f = 0; f < FIGURE_COUNT; f++)
		assert_int_equal(m->sample.v[f], UNKNOWN);
	assert_int_equal(m->sample.flags, 0);
	assert_int_equal(m->wall, UNKNOWN);
	moment_unref(m);
	m = moment_of(r, UNKNOWN, 2);
	assert_int_equal(m->time, S);
	assert_int_equal(m->charts[CHART_RSS].points[1].min, 5);
	assert_int_equal(m->charts[CHART_RSS].points[1].max, 5);
	assert_null(m->regions);
	/* Nobody said who it was. */
	assert_non_null(m->target);
	assert_int_equal(m->target->pid, 0);
	moment_unref(m);
	replay_free(r);
}

static void texts__that_escape__are_shown_harmless(void **state)
{
	struct replay *r;
	struct moment *m;

	(void)state;
	support_row_sample(&file, 0, 1 << 20);
	support_sql(&file, "INSERT INTO image VALUES(0, 99999999999, -4, 'x', NULL, 0,"
	                   " 'a' || char(27) || '[2Jb', printf('%%.*c', 100000, 'c') || char(10),"
	                   " CAST(X'ff1b00410a' AS TEXT), X'1b5b324a')");
	support_sql(&file,
	            "INSERT INTO event VALUES(1, 0, 'warning', 'a' || char(13, 10, 27) || 'b'),"
	            "(2, 0, 'nonsense', 'x')");
	support_sql(&file,
	            "INSERT INTO verdict(time, kind, reason, condition, confidence, growth, eta,"
	            " limit_kind) VALUES(0, 'leak', char(27) || 'c', char(155) || 'm', 101, 'x',"
	            " 9e999, 'none' || char(10))");
	for (unsigned i = 0; i < 100; i++)
		support_sql(&file, "INSERT INTO evidence VALUES(0, %u, 'x', %u, char(7) || 'e')", i,
		            i);
	for (unsigned i = 0; i < 10; i++)
		support_sql(&file,
		            "INSERT INTO link(time, rank, kind, figure, count, text)"
		            " VALUES(0, %u, 'per-open', 'nonsense', -1, char(27))",
		            i);
	r = replay_of(file.path);
	m = moment_of(r, 0, 2);
	safe(m->target->comm);
	safe(m->target->command);
	safe(m->target->exe);
	assert_true(strlen(m->target->command) > 400);
	assert_string_equal(m->target->user, "");
	assert_int_equal(m->target->pid, 0);
	assert_int_equal(m->event_count, 1);
	safe(m->events[0].text);
	assert_int_equal(m->verdict.kind, VERDICT_LEAK);
	assert_int_equal(m->verdict.confidence, -1);
	assert_int_equal(m->verdict.limit, LIMIT_NONE);
	assert_true(isnan(m->verdict.growth));
	assert_true(isnan(m->verdict.eta));
	safe(m->verdict.reason);
	safe(m->verdict.condition);
	assert_int_equal(m->verdict.evidence_count, VERDICT_EVIDENCE_MAX);
	for (unsigned i = 0; i < VERDICT_EVIDENCE_MAX; i++) {
		safe(m->verdict.evidence[i].text);
		assert_true(m->verdict.evidence[i].weight >= 0 &&
		            m->verdict.evidence[i].weight <= 1);
	}
	assert_int_equal(m->verdict.links.count, LINKS_MAX);
	assert_int_equal(m->verdict.links.link[0].figure, -1);
	assert_int_equal(m->verdict.links.link[0].count, UNKNOWN);
	moment_unref(m);
	replay_free(r);
}

static void regions__that_make_no_sense__are_left_out(void **state)
{
	struct region_table *t;
	struct source *source;
	struct sample sample;
	struct replay *r;
	struct moment *m;

	(void)state;
	support_row_image(&file, 0, 7, "shopd");
	support_row_sample(&file, 0, 1 << 20);
	support_row_sample(&file, 10 * S, 1 << 20);
	support_row_region(&file, 2, 0, 0x2000, 0x1000, 0x1000);
	support_sql(&file, "INSERT INTO pass VALUES(1000000000, 'x', -1)");
	support_sql(&file, "INSERT INTO region(id, time, gone, start, [end]) VALUES"
	                   "(0, 0, 0, 1, 2), (-5, 0, 0, 1, 2), (3, 0, 0, 9, 9), (4, 0, 0, 9, 3),"
	                   "(5, 0, 0, NULL, 3), (6, 0, 0, 'a', 'b'), (7, 0, 2, 1, 2),"
	                   "(8, 0, 'x', 1, 2), (9, -3, 0, 1, 2), ('x', 0, 0, 1, 2)");
	support_sql(&file,
	            "INSERT INTO region(id, time, gone, kind, perms, start, [end], size,"
	            " mappings, major, name, rss) VALUES(10, 0, 0, 'nonsense', 'rwxpppppppp',"
	            " 4096, -1000, -1, 99999999999, -1, 77, 'x')");
	support_sql(&file, "INSERT INTO name VALUES(1, char(27) || printf('%%.*c', 50000, 'n'))");
	support_sql(&file, "INSERT INTO region(id, time, gone, start, [end], name)"
	                   " VALUES(11, 0, 0, 100, 200, 1)");
	r = replay_of(file.path);
	m = moment_of(r, UNKNOWN, 2);
	assert_int_equal(m->regions->count, 3);
	assert_int_equal(m->regions->rows[0]->id, 11);
	assert_true(m->regions->rows[0]->name_len > 4096);
	for (uint32_t i = 0; i < m->regions->rows[0]->name_len; i++)
		assert_true((unsigned char)m->regions->rows[0]->name[i] >= ' ');
	assert_int_equal(m->regions->rows[1]->id, 10);
	assert_int_equal(m->regions->rows[1]->kind, REGION_OTHER);
	assert_int_equal(m->regions->rows[1]->prot, 0);
	assert_int_equal(m->regions->rows[1]->bytes[SMAPS_RSS], UNKNOWN);
	assert_int_equal(m->regions->rows[2]->id, 2);
	moment_unref(m);
	assert_int_equal(replay_source(r, &source), 0);
	assert_int_equal(source->ops->sample(source, 0, &sample), 0);
	t = source->ops->regions(source);
	assert_int_equal(t->count, 3);
	region_table_unref(t);
	source->ops->free(source);
	replay_free(r);
}

static void times__are_found_by_the_clock_of_the_world__also_where_it_was_set_back(void **state)
{
	const uint64_t wall = 1795182240ull * S;
	struct replay *r;

	(void)state;
	for (uint64_t t = 0; t < 10; t++)
		support_row_sample(&file, t * S, 1 << 20);
	support_sql(&file, "UPDATE sample SET wall = wall - 3000000000 WHERE time >= 5000000000");
	support_sql(&file, "UPDATE sample SET wall = NULL WHERE time = 2000000000");
	r = replay_of(file.path);
	assert_int_equal(replay_of_wall(r, wall - S), 0);
	assert_int_equal(replay_of_wall(r, wall + S), S);
	assert_int_equal(replay_of_wall(r, wall + S + S / 2), S + S / 2);
	/* Twice it was that time: the later one. */
	assert_int_equal(replay_of_wall(r, wall + 3 * S), 6 * S);
	assert_int_equal(replay_of_wall(r, wall + 1000 * S), 9 * S);
	assert_int_equal(replay_at(r, 3 * S + 5), 3 * S);
	assert_int_equal(replay_before(r, 3 * S), 2 * S);
	assert_int_equal(replay_before(r, 0), UNKNOWN);
	assert_int_equal(replay_after(r, 3 * S), 4 * S);
	assert_int_equal(replay_after(r, 9 * S), UNKNOWN);
	replay_free(r);
}

/* Many short lives: every region lives ten seconds, and none of them is forgotten or shown too long. */
static void come_and_go(uint64_t ids)
{
	struct replay *r;
	struct moment *m;

	support_sql(&file, "BEGIN");
	support_row_image(&file, 0, 7, "shopd");
	for (uint64_t t = 0; t < 300; t++) {
		support_row_sample(&file, t * S, 1 << 20);
		support_row_region(&file, ids - t, t * S, (t + 1) << 20, 4096, 4096);
		if (t >= 10)
			support_sql(&file,
			            "INSERT INTO region(id, time, gone) VALUES(%llu, %llu, 1)",
			            (unsigned long long)(ids - (t - 10)),
			            (unsigned long long)(t * S));
	}
	support_sql(&file, "COMMIT");
	r = replay_of(file.path);
	for (uint64_t t = 0; t < 300; t += 7) {
		m = moment_of(r, t * S, 2);
		assert_int_equal(m->regions->count, t < 10 ? t + 1 : 10);
		assert_int_equal(m->regions->rows[m->regions->count - 1]->id, ids - t);
		moment_unref(m);
	}
	/* And one that comes while it is looked at. */
	support_row_sample(&file, 300 * S, 1 << 20);
	support_row_region(&file, ids + 9, 300 * S, 1000 << 20, 4096, 4096);
	assert_int_equal(replay_refresh(r, NULL), 1);
	m = moment_of(r, 300 * S, 2);
	assert_int_equal(m->regions->rows[m->regions->count - 1]->id, ids + 9);
	moment_unref(m);
	replay_free(r);
}

static void regions__that_come_and_go__are_shown_for_as_long_as_they_were_there(void **state)
{
	(void)state;
	come_and_go(1000);
}

/* So many ids may stand behind this one that all rows are read at once. */
static void regions__of_many_ids__are_shown_for_as_long_as_they_were_there(void **state)
{
	(void)state;
	come_and_go(1000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(figures__that_can_be_none__are_unknown, setup,
	                                        teardown),
	        cmocka_unit_test_setup_teardown(texts__that_escape__are_shown_harmless, setup,
	                                        teardown),
	        cmocka_unit_test_setup_teardown(regions__that_make_no_sense__are_left_out, setup,
	                                        teardown),
	        cmocka_unit_test_setup_teardown(
	                times__are_found_by_the_clock_of_the_world__also_where_it_was_set_back,
	                setup, teardown),
	        cmocka_unit_test_setup_teardown(
	                regions__of_many_ids__are_shown_for_as_long_as_they_were_there, setup,
	                teardown),
	        cmocka_unit_test_setup_teardown(
	                regions__that_come_and_go__are_shown_for_as_long_as_they_were_there, setup,
	                teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
