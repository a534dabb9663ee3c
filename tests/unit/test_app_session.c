/* SPDX-License-Identifier: MIT */
/* How a watch of the dashboard is stopped: at once, or in steps, and by more than one way out. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/session.h"
#include "base/clock.h"

#define PATIENCE (60 * NS_PER_S)

struct stage {
	struct options o;
	struct session *session;
	pid_t child;
};

static int raise_stage(void **state)
{
	static struct stage s;
	struct fault f = {0};

	s = (struct stage){.o = {.interval = 50 * NS_PER_MS,
	                         .duration = UNKNOWN,
	                         .procfs = "/proc",
	                         .max_stall = 50 * NS_PER_MS,
	                         .mode = MODE_WATCH}};
	s.child = fork();
	if (s.child == 0)
		for (;;)
			pause();
	*state = &s;
	return session_open(&s.o, s.child, true, NULL, &s.session, &f);
}

static int strike_stage(void **state)
{
	struct stage *s = *state;

	session_free(s->session);
	kill(s->child, SIGKILL);
	waitpid(s->child, NULL, 0);
	return 0;
}

static void session__goes_on__until_it_is_told(void **state)
{
	struct stage *s = *state;

	assert_false(session_await(s->session, 10 * NS_PER_MS));
	assert_false(session_await(s->session, 0));
	session_tell_stop(s->session, END_QUIT);
	assert_true(session_await(s->session, PATIENCE));
}

/* The screen may be lost amid the way out: what ends then asks for all of it again. */
static void session__stops__as_often_as_it_is_asked(void **state)
{
	struct stage *s = *state;

	session_tell_stop(s->session, END_QUIT);
	assert_true(session_await(s->session, PATIENCE));
	assert_true(session_await_busy(s->session));
	assert_true(session_await(s->session, 0));
	assert_true(session_stop(s->session, END_SIGNAL));
	assert_non_null(session_watch(s->session));
}

#define staged(f) cmocka_unit_test_setup_teardown(f, raise_stage, strike_stage)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        staged(session__goes_on__until_it_is_told),
	        staged(session__stops__as_often_as_it_is_asked),
	};

	return cmocka_run_group_tests_name("app/session", tests, NULL, NULL);
}
