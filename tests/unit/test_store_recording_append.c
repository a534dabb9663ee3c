/* SPDX-License-Identifier: MIT */
/* A watch that continues an older recording comes behind it, and is told apart from it. */
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support_recording.h"

static struct target *target_of(int pid, uint64_t start_ticks)
{
	struct target *t = target_new();

	assert_non_null(t);
	t->pid = pid;
	t->start_ticks = start_ticks;
	strcpy(t->comm, "shopd");
	strcpy(t->exe, "/usr/sbin/sho\xffpd");
	return t;
}

static void give_dated(struct studio *s, uint64_t time, uint64_t wall)
{
	struct sample sample;

	studio_sample(&sample, time, 1);
	sample.wall = wall;
	assert_int_equal(recording_sample(s->r, &sample, 0, NULL), 0);
}

/* A watch of ten seconds from `wall` on; its regions all change every second. */
static void watch(struct studio *s, const struct target *t, uint64_t wall)
{
	struct event start = {.time = 0, .kind = EVENT_START, .text = "begins"};
	struct verdict v;

	studio_anew(s);
	verdict_init(&v);
	studio_open(s);
	assert_int_equal(recording_image(s->r, 0, t), 0);
	assert_int_equal(recording_event(s->r, &start), 0);
	for (uint64_t i = 0; i < 10; i++) {
		give_dated(s, i * SECOND, wall + i * SECOND);
		assert_int_equal(recording_regions(s->r, studio_regions(s, i * SECOND, 5, 40, 0)),
		                 0);
		v.since = i * SECOND;
		assert_int_equal(recording_verdict(s->r, i * SECOND, &v), 0);
		studio_commit(s);
	}
	studio_close(s);
}

static void recording_open__appends_as_far_behind_as_the_clock_says(void **state)
{
	struct studio *s = *state;
	struct target *t = target_of(100, 5);

	watch(s, t, 1000 * SECOND);
	watch(s, t, 5000 * SECOND);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM sample"), 20);
	assert_int_equal(studio_number(s, "SELECT max(time) FROM sample"), 4009 * SECOND);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM sample WHERE time>=4000000000000"),
	                 10);
	assert_int_equal(studio_number(s, "SELECT max(time) FROM pass"), 4009 * SECOND);
	assert_int_equal(studio_number(s, "SELECT max(time) FROM event"), 4000 * SECOND);
	assert_int_equal(studio_number(s, "SELECT max(time) FROM image"), 4000 * SECOND);
	assert_int_equal(studio_number(s, "SELECT max(since) FROM verdict"), 4009 * SECOND);
	assert_int_equal(studio_number(s, "SELECT max(born) FROM region"), 4000 * SECOND);
	studio_whole(s);
	target_unref(t);
}

static void recording_open__appends_a_second_behind_when_the_clock_went_back(void **state)
{
	struct studio *s = *state;
	struct target *t = target_of(100, 5);

	watch(s, t, 1000 * SECOND);
	watch(s, t, 10 * SECOND);
	assert_int_equal(studio_number(s, "SELECT max(time) FROM sample"), 19 * SECOND);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM sample"), 20);
	target_unref(t);
}

/* Told to end and begun again at once: half a second, though a look is taken every second only. */
static void recording_open__appends_less_than_a_second_behind(void **state)
{
	struct studio *s = *state;
	struct target *t = target_of(100, 5);

	watch(s, t, 1000 * SECOND);
	watch(s, t, 1009 * SECOND + SECOND / 2);
	watch(s, t, 1018 * SECOND + SECOND / 2 + 1);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM sample"), 30);
	assert_int_equal(studio_number(s, "SELECT max(time) FROM sample WHERE time<=18500000000"),
	                 18 * SECOND + SECOND / 2);
	/* A clock that hardly moved: times rise by a millisecond. */
	assert_int_equal(studio_number(s, "SELECT max(time) FROM sample"),
	                 27 * SECOND + SECOND / 2 + 1000000);
	target_unref(t);
}

#define FIRST "SELECT flags FROM sample WHERE time=%llu"

static void recording_open__marks_a_gap_and_another_process(void **state)
{
	struct studio *s = *state;
	struct target *t = target_of(100, 5), *other = target_of(100, 6);

	watch(s, t, 1000 * SECOND);
	watch(s, t, 2000 * SECOND);
	watch(s, other, 3000 * SECOND);
	assert_int_equal(studio_number(s, FIRST, 0ull), 0);
	assert_int_equal(studio_number(s, FIRST, 1000 * SECOND), SAMPLE_GAP);
	assert_int_equal(studio_number(s, FIRST, 2000 * SECOND), SAMPLE_GAP | SAMPLE_EPOCH);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM sample WHERE flags<>0"), 2);
	target_unref(t);
	target_unref(other);
}

/* The executable of a process is read a little later than its first sample. */
static void append_late(struct studio *s, uint64_t wall, const char *exe)
{
	struct target *early = target_of(100, 5), *late = target_of(100, 5);

	early->exe[0] = '\0';
	strcpy(late->exe, exe);
	studio_open(s);
	assert_int_equal(recording_image(s->r, 0, early), 0);
	give_dated(s, 0, wall);
	studio_commit(s);
	assert_int_equal(recording_image(s->r, 0, late), 0);
	give_dated(s, SECOND, wall + SECOND);
	studio_commit(s);
	studio_close(s);
	target_unref(early);
	target_unref(late);
}

static void recording_open__knows_the_process_before_its_executable(void **state)
{
	struct studio *s = *state;
	struct target *t = target_of(100, 5);

	watch(s, t, 1000 * SECOND);
	append_late(s, 2000 * SECOND, t->exe);
	append_late(s, 3000 * SECOND, "/usr/sbin/other");
	assert_int_equal(studio_number(s, FIRST, 1000 * SECOND), SAMPLE_GAP);
	assert_int_equal(studio_number(s, FIRST, 1001 * SECOND), 0);
	assert_int_equal(studio_number(s, FIRST, 2000 * SECOND), SAMPLE_GAP | SAMPLE_EPOCH);
	assert_int_equal(studio_number(s, FIRST, 2001 * SECOND), 0);
	target_unref(t);
}

/* --- memory that SQLite is refused ---------------------------------------------------------------- */

static sqlite3_mem_methods real;
static int refused = -1; /* calls for memory until one that is refused; -1: none is */

static bool is_refused(void)
{
	if (refused < 0)
		return false;
	return refused-- == 0;
}

static void *scarce_malloc(int n)
{
	return is_refused() ? NULL : real.xMalloc(n);
}

static void *scarce_realloc(void *p, int n)
{
	return is_refused() ? NULL : real.xRealloc(p, n);
}

/* No memory comes from anywhere else. */
static void memory_is_ours(void)
{
	sqlite3_mem_methods scarce;

	assert_int_equal(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real), SQLITE_OK);
	scarce = real;
	scarce.xMalloc = scarce_malloc;
	scarce.xRealloc = scarce_realloc;
	assert_int_equal(sqlite3_config(SQLITE_CONFIG_MALLOC, &scarce), SQLITE_OK);
	assert_int_equal(sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0), SQLITE_OK);
}

/* The file goes on, with the same process, whose executable comes late; true: memory was refused once meanwhile. */
static bool append_refused(struct studio *s, uint64_t wall, const char *exe, int granted)
{
	struct target *early = target_of(100, 5), *late = target_of(100, 5);
	bool met;

	early->exe[0] = '\0';
	strcpy(late->exe, exe);
	studio_open(s);
	assert_int_equal(recording_image(s->r, 0, early), 0);
	give_dated(s, 0, wall);
	studio_commit(s);
	refused = granted;
	recording_image(s->r, 0, late);
	met = refused < 0;
	refused = -1;
	recording_commit(s->r, &s->fault);
	studio_close(s);
	target_unref(early);
	target_unref(late);
	return met;
}

/* What cannot be looked up is no other program: that would stand in the file for good. */
static void recording_image__without_memory__is_no_other_program(void **state)
{
	struct studio *s = *state;
	struct target *t = target_of(100, 5);
	uint64_t wall = 2000 * SECOND;
	int granted = 0;

	watch(s, t, 1000 * SECOND);
	for (; append_refused(s, wall, t->exe, granted); granted++)
		wall += 1000 * SECOND;
	assert_in_range(granted, 4, 1000);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM sample WHERE flags=%llu",
	                               0ull + (SAMPLE_GAP | SAMPLE_EPOCH)),
	                 0);
	target_unref(t);
}

static void recording_open__ends_the_regions_of_the_watch_before(void **state)
{
	struct studio *s = *state;
	struct target *t = target_of(100, 5);

	watch(s, t, 1000 * SECOND);
	watch(s, t, 2000 * SECOND);
	assert_int_equal(studio_number(s, "SELECT count(DISTINCT id) FROM region"), 10);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM region WHERE gone=1"), 5);
	assert_int_equal(studio_number(s, "SELECT max(id) FROM region WHERE gone=1"), 5);
	assert_int_equal(studio_number(s, "SELECT min(time) FROM region WHERE gone=1"),
	                 9 * SECOND + 1);
	assert_int_equal(studio_number(s, "SELECT min(time) FROM region WHERE id>5"),
	                 1000 * SECOND);
	target_unref(t);
}

/* What a pass found that ended behind the last sample is of the watch before, too. */
static void recording_open__ends_what_came_in_behind_the_last_sample(void **state)
{
	struct studio *s = *state;
	struct target *t = target_of(100, 5);

	watch(s, t, 1000 * SECOND);
	studio_open(s);
	studio_anew(s);
	assert_int_equal(recording_image(s->r, 0, t), 0);
	give_dated(s, 0, 2000 * SECOND);
	assert_int_equal(recording_regions(s->r, studio_regions(s, 2000000, 5, 0, 0)), 0);
	studio_commit(s);
	studio_close(s);
	watch(s, t, 2000 * SECOND + SECOND / 2);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM region AS r JOIN life AS l"
	                                  " USING(id) WHERE r.gone=0 AND r.time>l.gone"),
	                 0);
	assert_int_equal(studio_number(s, "SELECT max(gone) FROM life"), 1000 * SECOND + 2000001);
	studio_whole(s);
	target_unref(t);
}

/* A pass is stamped when it ends, and the first one may have ended before the first tick. */
static void recording_open__has_no_pass_before_the_image_it_is_of(void **state)
{
	struct studio *s = *state;
	struct target *t = target_of(100, 5), *other = target_of(101, 6);

	watch(s, t, 1000 * SECOND);
	studio_open(s);
	studio_anew(s);
	assert_int_equal(recording_image(s->r, 5000000, other), 0);
	give_dated(s, 5000000, 2000 * SECOND);
	assert_int_equal(recording_regions(s->r, studio_regions(s, 3000000, 5, 0, 0)), 0);
	studio_commit(s);
	studio_close(s);
	assert_int_equal(studio_number(s, "SELECT max(time) FROM image"), 1000 * SECOND);
	assert_int_equal(studio_number(s, "SELECT max(time) FROM pass"), 1000 * SECOND);
	assert_int_equal(studio_number(s, "SELECT max(born) FROM region"), 1000 * SECOND);
	studio_whole(s);
	target_unref(t);
	target_unref(other);
}

static void recording_open__takes_a_history_that_is_older_than_the_file(void **state)
{
	struct studio *s = *state;
	struct target *t = target_of(100, 5);

	watch(s, t, 1000 * SECOND);
	studio_open(s);
	/* The dashboard has watched since before the other recording ended. */
	give_dated(s, 5000 * SECOND, 900 * SECOND);
	give_dated(s, 5001 * SECOND, 901 * SECOND);
	studio_commit(s);
	assert_int_equal(studio_number(s, "SELECT max(time) FROM sample"), 11 * SECOND);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM sample"), 12);
	target_unref(t);
}

/* The history of a watch, as a dashboard gives it when it begins to record, up to `last` seconds after `wall`. */
static void give_past(struct studio *s, const struct target *t, uint64_t wall, uint64_t last)
{
	struct event start = {.time = 0, .kind = EVENT_START, .text = "begins"};

	studio_anew(s);
	assert_int_equal(recording_past(s->r, last * SECOND), 0);
	assert_int_equal(recording_image(s->r, 0, t), 0);
	for (uint64_t i = 0; i <= last; i++) {
		give_dated(s, i * SECOND, wall + i * SECOND);
		if (i == 0)
			assert_int_equal(recording_event(s->r, &start), 0);
		assert_int_equal(recording_regions(s->r, studio_regions(s, i * SECOND, 5, 40, 0)),
		                 0);
	}
}

static void recording_past__is_written_once(void **state)
{
	struct studio *s = *state;
	struct target *t = target_of(100, 5);

	for (uint64_t last = 5; last <= 15; last += 5) {
		studio_open(s);
		give_past(s, t, 1000 * SECOND, last);
		studio_commit(s);
		/* One that is taken from then on. */
		give_dated(s, (last + 1) * SECOND, (1001 + last) * SECOND);
		studio_commit(s);
		studio_close(s);
	}
	assert_int_equal(studio_number(s, "SELECT count(*) FROM sample"), 17);
	assert_int_equal(studio_number(s, "SELECT count(DISTINCT wall) FROM sample"), 17);
	assert_int_equal(studio_number(s, "SELECT max(time) FROM sample"), 16 * SECOND);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM sample"
	                                  " WHERE wall-time<>1000000000000"),
	                 0);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM event"), 1);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM life WHERE gone IS NULL"), 5);
	assert_int_equal(studio_number(s, "SELECT max(time) FROM image"), 12 * SECOND);
	studio_whole(s);
	target_unref(t);
}

/* What lives on, though no sample of the past is left, is told by the first that is taken. */
static void recording_past__tells_image_and_regions_of_what_goes_on(void **state)
{
	struct studio *s = *state;
	struct target *t = target_of(100, 5);

	studio_open(s);
	give_past(s, t, 1000 * SECOND, 5);
	studio_commit(s);
	studio_close(s);
	studio_open(s);
	give_past(s, t, 1000 * SECOND, 5);
	studio_commit(s);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM sample"), 6);
	give_dated(s, 6 * SECOND, 1006 * SECOND);
	studio_commit(s);
	studio_close(s);
	assert_int_equal(studio_number(s, "SELECT max(time) FROM sample"), 6 * SECOND);
	assert_int_equal(studio_number(s, "SELECT max(time) FROM image"), 6 * SECOND);
	assert_int_equal(studio_number(s, "SELECT max(time) FROM pass"), 6 * SECOND);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM event"), 1);
	studio_whole(s);
	target_unref(t);
}

static void recording_past__of_another_process_is_written_whole(void **state)
{
	struct studio *s = *state;
	struct target *t = target_of(100, 5), *other = target_of(101, 6);

	watch(s, t, 1000 * SECOND);
	studio_open(s);
	give_past(s, other, 1002 * SECOND, 5);
	studio_commit(s);
	studio_close(s);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM sample"), 16);
	target_unref(t);
	target_unref(other);
}

static void recording_open__appends_to_one_without_a_sample(void **state)
{
	struct studio *s = *state;

	studio_open(s);
	studio_close(s);
	studio_open(s);
	give_dated(s, 7, 1000);
	studio_commit(s);
	assert_int_equal(studio_number(s, "SELECT time FROM sample"), 7);
}

static void recording_commit__keeps_what_came_before_the_first_sample(void **state)
{
	struct studio *s = *state;
	struct target *t = target_of(100, 5);
	struct event e = {.time = 1, .kind = EVENT_START, .text = "kept"};

	watch(s, t, 1000 * SECOND);
	studio_open(s);
	assert_int_equal(recording_event(s->r, &e), 0);
	studio_commit(s);
	/* A time that does not rise takes back what was given since then, and no more. */
	strcpy(e.text, "taken back");
	assert_int_equal(recording_event(s->r, &e), 0);
	give_dated(s, 5, 2000 * SECOND);
	{
		struct sample sample;

		studio_sample(&sample, 5, 1);
		assert_true(recording_sample(s->r, &sample, 0, NULL) < 0);
	}
	give_dated(s, 5, 2000 * SECOND);
	studio_commit(s);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM event WHERE text='kept'"), 1);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM event WHERE text='taken back'"), 0);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM sample"), 11);
	target_unref(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, studio_setup, studio_teardown)
	        TEST(recording_open__appends_as_far_behind_as_the_clock_says),
	        TEST(recording_open__appends_a_second_behind_when_the_clock_went_back),
	        TEST(recording_open__appends_less_than_a_second_behind),
	        TEST(recording_open__marks_a_gap_and_another_process),
	        TEST(recording_open__knows_the_process_before_its_executable),
	        TEST(recording_image__without_memory__is_no_other_program),
	        TEST(recording_open__ends_the_regions_of_the_watch_before),
	        TEST(recording_open__ends_what_came_in_behind_the_last_sample),
	        TEST(recording_open__has_no_pass_before_the_image_it_is_of),
	        TEST(recording_open__takes_a_history_that_is_older_than_the_file),
	        TEST(recording_open__appends_to_one_without_a_sample),
	        TEST(recording_past__is_written_once),
	        TEST(recording_past__tells_image_and_regions_of_what_goes_on),
	        TEST(recording_past__of_another_process_is_written_whole),
	        TEST(recording_commit__keeps_what_came_before_the_first_sample),
	};

	memory_is_ours();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
