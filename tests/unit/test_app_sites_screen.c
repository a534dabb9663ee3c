/* SPDX-License-Identifier: MIT */
/* What the dashboard asks of who traces, and what it says of it. The tracer is a double. */
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/app_internal.h"
#include "double_tracer.h"
#include "support_diff.h"
#include "support_golden.h"

static struct app *app_of(const struct options *o)
{
	static const struct tui_options bare = {.color = TUI_COLOR_NEVER};
	struct app *a = calloc(1, sizeof(*a));

	assert_non_null(a);
	a->o = o;
	a->tui = golden_open(&bare, 30, 100);
	return a;
}

static void strike(struct app *a)
{
	app_done(a);
	tui_close(a->tui);
	free(a);
}

static void a_process_that_is_gone__is_told_to_who_asks(void **state)
{
	struct app *a = app_of(&plain);

	(void)state;
	a->live = spec_pool(0, 2);
	a->live->ended = END_TARGET;
	app_show(a);
	app_trace(a, SITES_GROWTH);
	assert_true(golden_shows(a->tui, "the process is gone: nobody can trace it"));
	strike(a);
}

static void the_end_of_a_tracing__is_told(void **state)
{
	struct app *a = app_of(&plain);
	struct moment *m = spec_pool(1, 2);

	(void)state;
	a->live = spec_pool(0, 2);
	a->live->sites_progress.phase = SITES_TRACING;
	app_show(a);
	m->sites_progress.phase = SITES_TRACING;
	app_sites_news(a, m);
	assert_false(golden_shows(a->tui, "tracing ended"));
	m->sites_progress.phase = SITES_ENDED;
	app_sites_news(a, m);
	assert_true(golden_shows(a->tui, "tracing ended: view 6"));
	m->sites_progress.phase = SITES_FAILED;
	snprintf(m->sites_progress.why, sizeof(m->sites_progress.why), "no right to \033[2J it");
	app_sites_news(a, m);
	assert_true(golden_shows(a->tui, "call sites: no right to "));
	moment_unref(m);
	strike(a);
}

/* Handles mail until the newest moment says that it is in this phase. */
static void await_phase(struct app *a, enum sites_phase phase)
{
	struct pollfd p = {mailbox_screen_fd(session_mailbox(a->session)), POLLIN, 0};

	for (int i = 0; i < 200 && !(a->live && a->live->sites_progress.phase == phase); i++) {
		assert_int_equal(poll(&p, 1, 60000), 1);
		app_handle(a, &(struct app_event){.kind = APP_MAIL, .now = clock_mono()});
	}
	assert_int_equal(a->live->sites_progress.phase, phase);
}

static void orders__reach_the_clock_and_moments_come_back(void **state)
{
	const struct options o = {.interval = 50 * NS_PER_MS,
	                          .duration = UNKNOWN,
	                          .procfs = "/proc",
	                          .max_stall = 50 * NS_PER_MS,
	                          .max_slowdown = 2.5,
	                          .mode = MODE_WATCH};
	struct tui *tui = NULL;
	struct app a;
	pid_t child = fork();

	(void)state;
	if (child == 0)
		for (;;)
			pause();
	doubles_reset();
	assert_int_equal(tui_open_headless(&o.tui, 30, 100, &tui), 0);
	assert_int_equal(app_init(&a, &o, tui, child, NULL, &(struct fault){0}), 0);
	await_phase(&a, SITES_OFF);
	app_trace(&a, SITES_ALLOCATIONS);
	tui_draw(tui);
	assert_true(golden_shows(tui, "setting probes on the functions that allocate"));
	await_phase(&a, SITES_TRACING);
	app_trace(&a, SITES_NONE);
	await_phase(&a, SITES_STOPPED);
	app_price(&a);
	await_phase(&a, SITES_PRICING);
	assert_true(session_stop(a.session, END_QUIT));
	assert_int_equal(doubles.prices, 1);
	app_done(&a);
	tui_close(tui);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_process_that_is_gone__is_told_to_who_asks),
	        cmocka_unit_test(the_end_of_a_tracing__is_told),
	        cmocka_unit_test(orders__reach_the_clock_and_moments_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
