/* SPDX-License-Identifier: MIT */
/* Errors as one safe line, texts put together in small buffers, and threads that hear no signals. */
#include "base/fault.h"

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text_add.h"
#include "base/thread.h"

static void fault_set__keeps__status_and_one_safe_line(void **state)
{
	struct fault f = {0};

	(void)state;
	assert_int_equal(fault_set(&f, STATUS_GONE, "no process %d: %s", 7, "a\033[2Jb\nc"),
	                 -EINVAL);
	assert_int_equal(f.status, STATUS_GONE);
	assert_ptr_equal(strstr(f.text, "no process 7: a"), f.text);
	assert_null(strchr(f.text, '\033'));
	assert_null(strchr(f.text, '\n'));
	assert_int_equal(fault_set(NULL, STATUS_GONE, "%s", "nobody listens"), -EINVAL);
}

static void fault_set__cuts__what_is_longer_than_its_line(void **state)
{
	struct fault f = {0};
	char text[2 * sizeof(f.text)];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	fault_set(&f, STATUS_USAGE, "%s", text);
	assert_true(strlen(f.text) < sizeof(f.text));
	assert_int_equal(strspn(f.text, "x"), strlen(f.text));
	assert_true(strlen(f.text) > sizeof(f.text) / 2);
}

static void fault_reason__has__one_text_for_either_sign(void **state)
{
	(void)state;
	assert_string_equal(fault_reason(EACCES), "permission denied");
	assert_string_equal(fault_reason(-EACCES), "permission denied");
	assert_string_equal(fault_reason(-ENOSPC), fault_reason(ENOSPC));
	assert_string_not_equal(fault_reason(-ENOSPC), fault_reason(-EDQUOT));
	assert_string_equal(fault_reason(0), "no error");
	assert_string_equal(fault_reason(INT_MIN), "unknown error");
	assert_string_equal(fault_reason(-100000), "unknown error");
}

static void text_add__appends__and_cuts_where_the_room_ends(void **state)
{
	char out[8] = "ab", full[4] = "abc";

	(void)state;
	text_add(out, sizeof(out), "%d", 12);
	assert_string_equal(out, "ab12");
	text_add(out, sizeof(out), "%s", "345678");
	assert_string_equal(out, "ab12345");
	text_add(out, sizeof(out), "more");
	assert_string_equal(out, "ab12345");
	text_add(full, sizeof(full), "d");
	assert_string_equal(full, "abc");
}

static void *signals_tell(void *arg)
{
	sigset_t blocked;

	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	ssize_t n = write(*(int *)arg, &blocked, sizeof(blocked));
	return n == (ssize_t)sizeof(blocked) ? arg : NULL;
}

/* What a thread has blocked that was begun so. */
static sigset_t blocked_in(int (*begin)(void *(*run)(void *arg), void *arg))
{
	sigset_t blocked;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(begin(signals_tell, &ends[1]), 0);
	assert_int_equal(read(ends[0], &blocked, sizeof(blocked)), sizeof(blocked));
	close(ends[0]);
	close(ends[1]);
	return blocked;
}

static void thread_begin_deaf__hears__nothing_but_crashes(void **state)
{
	static const int asked[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGCHLD, SIGTSTP, SIGPIPE};
	static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS};
	sigset_t before, after, deaf = blocked_in(thread_begin_deaf),
	                        plain = blocked_in(thread_begin);

	(void)state;
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		assert_true(sigismember(&deaf, asked[i]));
		assert_false(sigismember(&plain, asked[i]));
	}
	for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		assert_false(sigismember(&deaf, crashes[i]));
	/* And who began it hears as before. */
	sigemptyset(&before);
	sigaddset(&before, SIGUSR1);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	blocked_in(thread_begin_deaf);
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	for (int s = 1; s < SIGRTMIN; s++)
		assert_int_equal(sigismember(&after, s) == 1, s == SIGUSR1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(fault_set__keeps__status_and_one_safe_line),
	        cmocka_unit_test(fault_set__cuts__what_is_longer_than_its_line),
	        cmocka_unit_test(fault_reason__has__one_text_for_either_sign),
	        cmocka_unit_test(text_add__appends__and_cuts_where_the_room_ends),
	        cmocka_unit_test(thread_begin_deaf__hears__nothing_but_crashes),
	};

	return cmocka_run_group_tests_name("base_fault", tests, NULL, NULL);
}
