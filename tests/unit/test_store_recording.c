/* SPDX-License-Identifier: MIT */
/* What is given to the writer is in the file, read back with plain SQL. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/schema.h"
#include "support_recording.h"

static void recording__creates_a_file_that_says_what_it_is(void **state)
{
	struct studio *s = *state;
	struct stat st;

	studio_open(s);
	assert_int_equal(stat(s->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(studio_number(s, "PRAGMA application_id"), SCHEMA_APPLICATION);
	assert_int_equal(studio_number(s, "PRAGMA user_version"), SCHEMA_VERSION);
	assert_string_equal(studio_text(s, "PRAGMA journal_mode"), "wal");
	studio_whole(s);
}

static void recording_close__leaves_no_file_of_a_watch_that_saw_nothing(void **state)
{
	struct studio *s = *state;
	struct sample sample;

	studio_open(s);
	assert_int_equal(recording_fact(s->r, "kernel", "Linux"), 0);
	studio_commit(s);
	studio_close(s);
	assert_int_equal(access(s->path, F_OK), -1);
	studio_open(s);
	studio_sample(&sample, SECOND, 1);
	assert_int_equal(recording_sample(s->r, &sample, 0, NULL), 0);
	studio_commit(s);
	studio_close(s);
	/* One that was there before stays, whatever comes of this watch. */
	studio_open(s);
	studio_close(s);
	assert_int_equal(access(s->path, F_OK), 0);
}

static void recording_sample__keeps_every_figure_and_what_is_unknown(void **state)
{
	struct studio *s = *state;
	struct sample sample;

	studio_open(s);
	for (uint64_t i = 0; i < 12; i++) {
		studio_sample(&sample, i * SECOND, i);
		assert_int_equal(recording_sample(s->r, &sample, 0, NULL), 0);
	}
	studio_commit(s);
	for (uint64_t i = 0; i < 12; i++) {
		studio_sample(&sample, i * SECOND, i);
		for (unsigned f = 0; f < FIGURE_COUNT; f++)
			assert_int_equal(studio_number(s, "SELECT %s FROM sample WHERE time=%llu",
			                               schema_figures[f],
			                               (unsigned long long)sample.time),
			                 known(sample.v[f]) ? (int64_t)sample.v[f] : -1);
		assert_int_equal(studio_number(s, "SELECT flags FROM sample WHERE time=%llu",
		                               (unsigned long long)sample.time),
		                 sample.flags);
	}
	assert_int_equal(studio_number(s, "SELECT count(*) FROM sample WHERE span=0 AND rss_min"
	                                  " IS NULL AND base_max IS NULL"),
	                 12);
}

static void recording_regions__keep_what_changed_and_say_what_is_gone(void **state)
{
	struct studio *s = *state;
	struct region_table *t;

	studio_open(s);
	t = studio_regions(s, 0, 40, 0, 0);
	assert_int_equal(recording_regions(s->r, t), 0);
	studio_commit(s);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM region"), 40);
	t = studio_regions(s, SECOND, 40, 0, 0);
	assert_int_equal(recording_regions(s->r, t), 0);
	studio_commit(s);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM region"), 40);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM pass"), 2);
	for (unsigned i = 2; i < 60; i++) {
		t = studio_regions(s, i * SECOND, 40, 5, 2);
		assert_int_equal(recording_regions(s->r, t), 0);
	}
	studio_commit(s);
	/* The rows of the last time are the table, whatever came before. */
	assert_int_equal(studio_number(s,
	                               "SELECT count(*) FROM (SELECT id,gone,max(time) FROM region"
	                               " GROUP BY id) WHERE gone=0"),
	                 40);
	for (size_t i = 0; i < t->count; i++) {
		const struct region *r = t->rows[i];
		char where[100], perms[5];

		snprintf(where, sizeof(where), "WHERE id=%llu ORDER BY time DESC LIMIT 1",
		         (unsigned long long)r->id);
		assert_int_equal(studio_number(s, "SELECT start FROM region %s", where), r->start);
		assert_int_equal(studio_number(s, "SELECT born FROM region %s", where), r->born);
		assert_string_equal(studio_text(s, "SELECT perms FROM region %s", where),
		                    region_perms(r->prot, perms));
		assert_string_equal(studio_text(s, "SELECT kind FROM region %s", where),
		                    region_kinds[r->kind].json);
		for (unsigned k = 0; k < SMAPS_KEY_COUNT; k++)
			assert_int_equal(studio_number(s, "SELECT %s FROM region %s",
			                               schema_smaps(k), where),
			                 known(r->bytes[k]) ? (int64_t)r->bytes[k] : -1);
		if (r->name_len)
			assert_memory_equal(studio_text(s,
			                                "SELECT text FROM name WHERE id="
			                                "(SELECT name FROM region %s)",
			                                where),
			                    r->name, r->name_len);
	}
}

static void verdict_make(struct verdict *v)
{
	verdict_init(v);
	v->kind = VERDICT_LEAK;
	v->cause = CAUSE_LEAK;
	v->where = WHERE_HEAP;
	v->confidence = 97;
	strcpy(v->reason, "it grows and grows");
	v->growth = 1024;
	v->since = 3 * SECOND;
	v->evidence_count = 2;
	v->evidence[0] = (struct evidence){.is_for = true, .weight = 0.5, .text = "up \xff up"};
	v->evidence[1] = (struct evidence){.weight = 0.25, .text = "down"};
	v->links.count = 1;
	v->links.link[0] =
	        (struct link){LINK_PER_OPEN, FIGURE_CONNECTIONS, 100, 90, NAN, 0.9, 7, "text"};
}

static void recording_verdict__is_stored_when_it_differs(void **state)
{
	struct studio *s = *state;
	struct verdict v;

	verdict_make(&v);
	studio_open(s);
	assert_int_equal(recording_verdict(s->r, SECOND, &v), 0);
	assert_int_equal(recording_verdict(s->r, 2 * SECOND, &v), 0);
	studio_commit(s);
	assert_int_equal(recording_verdict(s->r, 3 * SECOND, &v), 0);
	v.confidence = -1;
	assert_int_equal(recording_verdict(s->r, 4 * SECOND, &v), 0);
	studio_commit(s);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM verdict"), 2);
	assert_int_equal(studio_number(s, "SELECT confidence FROM verdict WHERE time=1000000000"),
	                 97);
	assert_int_equal(studio_number(s, "SELECT confidence FROM verdict WHERE time=4000000000"),
	                 -1);
	assert_string_equal(studio_text(s, "SELECT kind||cause||place FROM verdict"),
	                    "leakleakheap");
	assert_string_equal(studio_text(s, "SELECT text FROM evidence"), "up \\xFF up");
	assert_int_equal(studio_number(s, "SELECT sum(speaks_for) FROM evidence"), 2);
	assert_string_equal(studio_text(s, "SELECT kind||figure FROM link"), "per-openconnections");
	assert_int_equal(studio_number(s, "SELECT high FROM link"), -1);
}

static void recording_image_event_and_fact__make_names_safe(void **state)
{
	struct studio *s = *state;
	struct target *t = target_new();
	struct event e = {.time = 5, .kind = EVENT_EXEC, .text = "exec of it"};

	t->pid = 4711;
	strcpy(t->comm, "evil\x1b[2J");
	strcpy(t->command, "evil --arg");
	studio_open(s);
	assert_int_equal(recording_image(s->r, 0, t), 0);
	assert_int_equal(recording_event(s->r, &e), 0);
	assert_int_equal(recording_fact(s->r, "kernel", "old"), 0);
	assert_int_equal(recording_fact(s->r, "kernel", "6.1\n"), 0);
	studio_commit(s);
	assert_string_equal(studio_text(s, "SELECT value FROM fact WHERE key='version'"), "test");
	assert_int_equal(studio_number(s, "SELECT pid FROM image"), 4711);
	assert_string_equal(studio_text(s, "SELECT comm FROM image"), "evil\\x1B[2J");
	assert_string_equal(studio_text(s, "SELECT exe FROM image"), "(null)");
	assert_string_equal(studio_text(s, "SELECT kind||text FROM event"), "execexec of it");
	assert_string_equal(studio_text(s, "SELECT value FROM fact WHERE key='kernel'"),
	                    "6.1\\x0A");
	target_unref(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, studio_setup, studio_teardown)
	        TEST(recording__creates_a_file_that_says_what_it_is),
	        TEST(recording_close__leaves_no_file_of_a_watch_that_saw_nothing),
	        TEST(recording_sample__keeps_every_figure_and_what_is_unknown),
	        TEST(recording_regions__keep_what_changed_and_say_what_is_gone),
	        TEST(recording_verdict__is_stored_when_it_differs),
	        TEST(recording_image_event_and_fact__make_names_safe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
