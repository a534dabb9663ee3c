/* SPDX-License-Identifier: MIT */
/* Which crashes are told as want of memory: those of curses, on its thread, after it was refused some. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "tui/tui_internal.h"

static void crash__of_ours_is_never_want_of_memory(void **state)
{
	(void)state;
	errno = ENOMEM;
	assert_false(tui_starved());
	curses_begins();
	errno = ENOMEM;
	curses_ends();
	assert_false(tui_starved());
}

static void *starved_here(void *ret)
{
	errno = ENOMEM;
	*(bool *)ret = tui_starved();
	return NULL;
}

static void crash__of_another_thread_is_none_of_curses(void **state)
{
	bool starved = true;
	pthread_t t;

	(void)state;
	curses_begins();
	errno = ENOMEM;
	assert_int_equal(pthread_create(&t, NULL, starved_here, &starved), 0);
	assert_int_equal(pthread_join(t, NULL), 0);
	curses_ends();
	assert_false(starved);
}

/* Each test on a thread that was never refused anything. */
static void *without_refusal(void *ret)
{
	bool *starved = ret;

	errno = ENOMEM; /* of something before */
	curses_begins();
	starved[0] = tui_starved();
	errno = EIO;
	starved[1] = tui_starved();
	starved[2] = !curses_ends();
	return NULL;
}

static void *with_refusal(void *ret)
{
	bool *starved = ret;

	curses_begins();
	errno = ENOMEM;
	starved[0] = tui_starved();
	starved[1] = !curses_ends();
	curses_begins();
	errno = EIO;
	starved[2] = tui_starved();
	curses_ends();
	return NULL;
}

static void run_apart(void *(*what)(void *), bool ret[3])
{
	pthread_t t;

	assert_int_equal(pthread_create(&t, NULL, what, ret), 0);
	assert_int_equal(pthread_join(t, NULL), 0);
}

static void crash__of_curses_without_a_refusal_stays_a_crash(void **state)
{
	bool starved[3];

	(void)state;
	run_apart(without_refusal, starved);
	assert_false(starved[0] || starved[1] || starved[2]);
}

static void crash__of_curses_after_a_refusal_is_want_of_memory(void **state)
{
	bool starved[3];

	(void)state;
	run_apart(with_refusal, starved);
	assert_true(starved[0]);
	assert_true(starved[1]); /* also where it says nothing itself */
	assert_true(starved[2]); /* also where it comes later */
}

/* On a thread that was never refused anything: a crash right behind a malloc that found memory elsewhere. */
static void *hemmed_in(void *ret)
{
	bool *starved = ret;

	curses_begins();
	errno = ENOMEM;
	starved[0] = tui_starved();
	curses_ends();
	return NULL;
}

/* malloc succeeds then, and leaves the error of what it tried first. */
static void crash__where_the_heap_cannot_grow_in_place_nothing_was_refused(void **state)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), end = (uintptr_t)sbrk(0);
	void *behind = (void *)((end + page - 1) / page * page);
	bool starved[3] = {false};

	(void)state;
	assert_ptr_equal(mmap(behind, page, PROT_NONE,
	                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0),
	                 behind);
	curses_begins();
	errno = ENOMEM;
	assert_true(curses_ends());
	run_apart(hemmed_in, starved);
	assert_false(starved[0]);
	assert_int_equal(munmap(behind, page), 0);
	curses_begins();
	errno = ENOMEM;
	assert_false(curses_ends());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(crash__of_ours_is_never_want_of_memory),
	        cmocka_unit_test(crash__of_another_thread_is_none_of_curses),
	        cmocka_unit_test(crash__of_curses_without_a_refusal_stays_a_crash),
	        cmocka_unit_test(crash__of_curses_after_a_refusal_is_want_of_memory),
	        cmocka_unit_test(crash__where_the_heap_cannot_grow_in_place_nothing_was_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
