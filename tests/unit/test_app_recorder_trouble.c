/* SPDX-License-Identifier: MIT */
/* The recorder over a store that cannot be opened, fails, hangs and is removed. The store is a double. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/record_open.h"
#include "double_store.h"

static void recorder__keeps__what_could_not_be_committed(void **state)
{
	struct recorder *r = start_open(RECORDER_ROOM);
	struct recorder_state s;

	(void)state;
	store_set(false, -ENOSPC);
	for (uint64_t i = 1; i <= 5; i++)
		tell(r, i);
	await_trouble(r, true);
	recorder_state(r, &s);
	assert_string_equal(s.trouble, "disk full; goes on when there is room");
	assert_int_equal(s.waiting, 5);
	assert_int_equal(committed(), 0);
	store_set(false, 0);
	await_trouble(r, false);
	tell(r, 6);
	s = end(r);
	assert_int_equal(s.phase, RECORDER_DONE);
	assert_int_equal(s.dropped, 0);
	assert_rows("ssssss");
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(store.rows[i].time, i + 1);
}

/* Half of them while the disk hangs, one after it came back: nothing is lost that is not counted. */
static void recorder__drops__whole_samples_and_says_so_when_it_is_full(void **state)
{
	enum { TOLD = 400 };
	struct recorder *r = start_open(SMALL_ROOM);
	struct recorder_state s;
	unsigned samples = 0, gaps = 0;
	char text[80];

	(void)state;
	store_set(true, 0);
	tell(r, 1);
	await_hanging();
	for (uint64_t i = 2; i <= TOLD; i++)
		tell(r, i);
	recorder_state(r, &s);
	assert_true(s.dropped > 0);
	assert_true(s.waiting * sizeof(struct sample) <= SMALL_ROOM);
	assert_int_equal(s.waiting + s.dropped, TOLD);
	store_set(false, 0);
	while (s.waiting)
		recorder_state(r, &s);
	tell(r, TOLD + 1);
	assert_int_equal(end(r).phase, RECORDER_DONE);
	for (unsigned i = 0; i < store.committed; i++) {
		samples += store.rows[i].kind == 's';
		gaps += store.rows[i].kind == 'e';
	}
	assert_int_equal(samples + s.dropped, TOLD + 1);
	assert_int_equal(gaps, 1);
	struct row *last = &store.rows[store.committed - 1], *sample = last - 1;
	assert_int_equal(last->flags, EVENT_GAP);
	snprintf(text, sizeof(text), "samples that were not recorded: %llu;",
	         (unsigned long long)s.dropped);
	assert_non_null(strstr(last->text, text));
	assert_int_equal(sample->time, TOLD + 1);
	assert_int_equal(sample->flags, SAMPLE_GAP);
	assert_int_equal(store.rows[store.committed - 3].time, TOLD - s.dropped);
}

static void recorder__leaves__a_disk_that_hangs_to_itself(void **state)
{
	struct recorder *r = start_open(RECORDER_ROOM);

	(void)state;
	store_set(true, 0);
	tell(r, 1);
	await_hanging();
	tell(r, 2);
	recorder_finish(r);
	assert_false(recorder_ended(r, 20 * NS_PER_MS));
	tell(r, 3); /* is forgotten */
	store_set(false, 0);
	assert_int_equal(end(r).phase, RECORDER_DONE);
	assert_rows("ss");
}

/* The way out of the program: a second is all that a disk gets. */
static void record_end__gives_up__on_a_disk_that_hangs(void **state)
{
	struct recorder *r = start_open(RECORDER_ROOM);
	struct fault f = {0};

	(void)state;
	store_set(true, 0);
	tell(r, 1);
	await_hanging();
	tell(r, 2);
	assert_int_equal(record_end(r, &f), -EIO);
	assert_int_equal(f.status, STATUS_OUTPUT);
	assert_string_equal(f.text,
	                    "recording /nowhere/a.mld: its disk is too slow; samples that may "
	                    "be missing there: 2");
	store_set(false, 0);
	assert_true(recorder_ended(r, (uint64_t)PATIENCE_MS * NS_PER_MS));
	assert_int_equal(record_end(r, &f), 0);
	recorder_unref(r);
	assert_int_equal(record_end(NULL, &f), 0);
	assert_rows("ss");
}

/* The journal is still moved into the file: what was told is safe, and nobody is told otherwise. */
static void record_end__is_content__with_a_file_that_is_long_in_closing(void **state)
{
	struct recorder *r = start_open(RECORDER_ROOM);
	struct fault f = {0};

	(void)state;
	pthread_mutex_lock(&store.lock);
	store.closes_late = true;
	pthread_mutex_unlock(&store.lock);
	tell(r, 1);
	assert_int_equal(record_end(r, &f), 0);
	assert_string_equal(f.text, "");
	assert_rows("s");
	pthread_mutex_lock(&store.lock);
	store.closes_late = false;
	pthread_cond_broadcast(&store.changed);
	pthread_mutex_unlock(&store.lock);
	assert_true(recorder_ended(r, (uint64_t)PATIENCE_MS * NS_PER_MS));
	recorder_unref(r);
}

static void recorder__ends__when_its_file_was_removed(void **state)
{
	struct recorder *r = start_open(RECORDER_ROOM);
	struct recorder_state s;

	(void)state;
	store_set(false, -ENOENT);
	tell(r, 1);
	assert_true(recorder_ended(r, (uint64_t)PATIENCE_MS * NS_PER_MS));
	tell(r, 2);
	recorder_state(r, &s);
	assert_int_equal(s.phase, RECORDER_FAILED);
	assert_int_equal(s.fault.status, STATUS_OUTPUT);
	assert_string_equal(s.fault.text, "recording /nowhere/a.mld: was removed; "
	                                  "1 sample is missing there");
	recorder_unref(r);
}

/* Of one that is gone nothing is left of what was committed before, either. */
static void recorder__misses__all_that_was_in_a_file_that_is_gone(void **state)
{
	struct recorder *r = start_open(RECORDER_ROOM);
	struct recorder_state s;

	(void)state;
	tell(r, 1);
	tell(r, 2);
	assert_true(await_committed(2));
	store_set(false, -ENOENT);
	tell(r, 3);
	assert_true(recorder_ended(r, (uint64_t)PATIENCE_MS * NS_PER_MS));
	recorder_state(r, &s);
	assert_string_equal(s.fault.text, "recording /nowhere/a.mld: was removed; "
	                                  "3 samples are missing there");
	recorder_unref(r);
}

/* Of one that was moved nothing is missing, and it is said where it is. */
static void recorder__misses__nothing_in_a_file_that_was_moved(void **state)
{
	struct recorder *r = start_open(RECORDER_ROOM);
	struct recorder_state s;

	(void)state;
	tell(r, 1);
	assert_true(await_committed(1));
	store_set(false, -ESTALE);
	tell(r, 2);
	assert_true(recorder_ended(r, (uint64_t)PATIENCE_MS * NS_PER_MS));
	recorder_state(r, &s);
	assert_int_equal(s.phase, RECORDER_FAILED);
	assert_string_equal(s.fault.text, "recording /nowhere/a.mld: was moved: it is there");
	recorder_unref(r);
}

static void recorder__counts__what_it_could_not_write_in_the_end(void **state)
{
	struct recorder *r = start_open(RECORDER_ROOM);
	struct recorder_state s;

	(void)state;
	store_set(false, -EIO);
	tell(r, 1);
	await_trouble(r, true);
	tell(r, 2);
	s = end(r);
	assert_int_equal(s.phase, RECORDER_FAILED);
	assert_int_equal(s.waiting, 2);
	assert_non_null(strstr(s.fault.text, "2 samples are missing"));
	assert_rows("");
}

static void recorder__says__why_it_cannot_open_the_file(void **state)
{
	struct fault f = {0};
	struct recorder *r;

	(void)state;
	store.open_error = -EEXIST;
	r = start(RECORDER_ROOM);
	tell(r, 1);
	assert_true(recorder_opened(r, (uint64_t)PATIENCE_MS * NS_PER_MS, -1, &f) < 0);
	assert_int_equal(f.status, STATUS_OUTPUT);
	assert_string_equal(f.text, "a.mld: is something else; give another path");
	recorder_unref(r);
}

/* A disk that takes its time to open the file: nobody need wait for it, and nothing told meanwhile is lost. */
static void recorder__opens__behind_the_back_of_who_does_not_wait(void **state)
{
	struct fault f = {0};
	struct recorder_state s;
	struct recorder *r;
	int wake;

	(void)state;
	store.opens_late = true;
	r = start(RECORDER_ROOM);
	assert_int_equal(recorder_opened(r, 0, -1, &f), -ETIMEDOUT);
	/* A signal ends the wait, however long it may last. */
	wake = eventfd(1, EFD_CLOEXEC);
	assert_int_equal(recorder_opened(r, UINT64_MAX / 4, wake, &f), -EINTR);
	assert_int_equal(f.status, STATUS_GONE);
	close(wake);
	tell(r, 1);
	recorder_state(r, &s);
	assert_int_equal(s.phase, RECORDER_OPENING);
	store_opens();
	assert_int_equal(recorder_opened(r, (uint64_t)PATIENCE_MS * NS_PER_MS, -1, &f), 0);
	s = end(r);
	assert_int_equal(s.phase, RECORDER_DONE);
	assert_rows("s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(recorder__keeps__what_could_not_be_committed, begin),
	        cmocka_unit_test_setup(recorder__drops__whole_samples_and_says_so_when_it_is_full,
	                               begin),
	        cmocka_unit_test_setup(recorder__leaves__a_disk_that_hangs_to_itself, begin),
	        cmocka_unit_test_setup(record_end__gives_up__on_a_disk_that_hangs, begin),
	        cmocka_unit_test_setup(record_end__is_content__with_a_file_that_is_long_in_closing,
	                               begin),
	        cmocka_unit_test_setup(recorder__ends__when_its_file_was_removed, begin),
	        cmocka_unit_test_setup(recorder__misses__all_that_was_in_a_file_that_is_gone,
	                               begin),
	        cmocka_unit_test_setup(recorder__misses__nothing_in_a_file_that_was_moved, begin),
	        cmocka_unit_test_setup(recorder__counts__what_it_could_not_write_in_the_end, begin),
	        cmocka_unit_test_setup(recorder__says__why_it_cannot_open_the_file, begin),
	        cmocka_unit_test_setup(recorder__opens__behind_the_back_of_who_does_not_wait,
	                               begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
