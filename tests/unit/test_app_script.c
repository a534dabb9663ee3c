/* SPDX-License-Identifier: MIT */
/* The dashboard driven by scripts of events, on a real child process, without a terminal. */

#include <locale.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/app.h"
#include "base/clock.h"
#include "store/recording.h"
#include "support_golden.h"

enum { KEY_OF_LEFT = 0404, PATIENCE_MS = 60000, PATH_BYTES = 300 };

/* A dashboard on a child that does nothing but live. */
struct stage {
	struct options o;
	struct tui *tui;
	struct app app;
	pid_t child;
	char dir[64];
	char csv[80]; /* "": none */
};

static void feed(struct stage *s, enum app_event_kind kind, int key)
{
	app_handle(&s->app, &(struct app_event){.kind = kind, .key = key, .now = clock_mono()});
}

static void type(struct stage *s, const char *text)
{
	for (; *text; text++)
		feed(s, APP_KEY, (unsigned char)*text);
}

/* Waits for one event of the kind that `fd` tells of; a machine that is too slow fails the test. */
static void await(struct stage *s, int fd, enum app_event_kind kind)
{
	struct pollfd p = {fd, POLLIN, 0};

	assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
	feed(s, kind, 0);
}

static void await_mail(struct stage *s)
{
	await(s, mailbox_screen_fd(session_mailbox(s->app.session)), APP_MAIL);
}

static bool on_screen(struct stage *s, const char *text)
{
	tui_draw(s->tui);
	return golden_shows(s->tui, text);
}

static void await_text(struct stage *s, const char *text)
{
	for (int i = 0; i < 200 && !on_screen(s, text); i++)
		await_mail(s);
	assert_true(on_screen(s, text));
}

static int raise_stage_with(bool csv, void **state)
{
	struct stage *s = calloc(1, sizeof(*s));
	struct fault f = {0};

	assert_non_null(s);
	snprintf(s->dir, sizeof(s->dir), "/tmp/mld-script-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	s->child = fork();
	if (s->child == 0)
		for (;;)
			pause();
	s->o = (struct options){.interval = 50 * NS_PER_MS,
	                        .duration = UNKNOWN,
	                        .procfs = "/proc",
	                        .max_stall = 50 * NS_PER_MS,
	                        .report = true,
	                        .mode = MODE_WATCH};
	snprintf(s->csv, sizeof(s->csv), "%s/samples.csv", s->dir);
	s->o.csv = csv ? s->csv : NULL;
	assert_int_equal(tui_open_headless(&s->o.tui, 30, 100, &s->tui), 0);
	assert_int_equal(app_init(&s->app, &s->o, s->tui, s->child, NULL, &f), 0);
	await_mail(s);
	*state = s;
	return 0;
}

static int raise_stage(void **state)
{
	return raise_stage_with(false, state);
}

/* Begins with the list of processes, once its first two lists are there: the second has names. */
static int raise_stage_picker(void **state)
{
	struct stage *s;

	raise_stage_with(false, state);
	s = *state;
	assert_true(session_stop(s->app.session, END_QUIT));
	app_done(&s->app);
	assert_int_equal(app_init(&s->app, &s->o, s->tui, 0, NULL, &(struct fault){0}), 0);
	while (!s->app.list || s->app.list->time_count < 2)
		await(s, processes_fd(s->app.processes), APP_PROCESSES);
	return 0;
}

static int raise_stage_csv(void **state)
{
	return raise_stage_with(true, state);
}

static int strike_stage(void **state)
{
	struct stage *s = *state;
	char command[128];

	if (s->child > 0) {
		kill(s->child, SIGKILL);
		waitpid(s->child, NULL, 0);
	}
	if (s->app.session)
		assert_true(session_stop(s->app.session, END_QUIT));
	app_done(&s->app);
	tui_close(s->tui);
	snprintf(command, sizeof(command), "rm -rf %s", s->dir);
	assert_int_equal(system(command), 0);
	free(s);
	return 0;
}

static void app__shows__the_process(void **state)
{
	struct stage *s = *state;
	char pid[32];

	snprintf(pid, sizeof(pid), "%d", (int)s->child);
	await_text(s, pid);
	assert_int_equal(s->app.done, END_NOT_YET);
}

static void app__walks__through_the_views(void **state)
{
	struct stage *s = *state;

	for (int view = 1; view <= 4; view++) {
		feed(s, APP_KEY, '0' + view);
		assert_int_equal(tui_view(s->tui), view);
		tui_draw(s->tui);
	}
	feed(s, APP_KEY, '7');
	assert_int_equal(tui_view(s->tui), 7);
	await(s, processes_fd(s->app.processes), APP_PROCESSES);
	assert_non_null(s->app.list);
	/* One scanner for all visits: each might leave a thread stuck in a command line. */
	struct processes *scanner = s->app.processes;
	feed(s, APP_KEY, '1');
	feed(s, APP_KEY, '7');
	assert_ptr_equal(s->app.processes, scanner);
	await(s, processes_fd(scanner), APP_PROCESSES);
}

static void app__freezes__and_steps_back(void **state)
{
	struct stage *s = *state;
	uint64_t frozen_at, stepped_to;

	for (int i = 0; i < 6; i++)
		await_mail(s);
	feed(s, APP_KEY, ' ');
	assert_true(s->app.frozen);
	frozen_at = s->app.past->time;
	for (int i = 0; i < 3; i++)
		await_mail(s);
	assert_true(s->app.live->time > frozen_at);
	assert_int_equal(s->app.past->time, frozen_at);
	feed(s, APP_KEY, KEY_OF_LEFT);
	for (int i = 0; i < 50 && s->app.past->time == frozen_at; i++)
		await_mail(s);
	stepped_to = s->app.past->time;
	assert_true(stepped_to < frozen_at);
	assert_true(on_screen(s, "frozen"));
	feed(s, APP_KEY, ' ');
	assert_false(s->app.frozen);
	await_mail(s);
	assert_false(on_screen(s, "frozen at"));
}

/* A time that is typed freezes and goes there; a text that is none changes nothing. */
static void app__goes__to_a_time_of_the_watch(void **state)
{
	struct stage *s = *state;
	char wanted[32];

	while (s->app.live->samples < 8)
		await_mail(s);
	uint64_t asked = s->app.live->time / NS_PER_MS * NS_PER_MS;
	snprintf(wanted, sizeof(wanted), ":@%.3f\n", (double)asked / NS_PER_S);
	type(s, ":never\n");
	assert_true(on_screen(s, "'never' is no time"));
	assert_false(s->app.frozen);
	type(s, wanted);
	assert_true(s->app.frozen);
	while (s->app.past->time > asked)
		await_mail(s);
	/* Seven samples lie before it; it is not the first of them. */
	assert_true(s->app.past->time > s->app.past->oldest);
	type(s, ":-1h\n");
	while (s->app.past->time != s->app.past->oldest)
		await_mail(s);
	assert_true(on_screen(s, "frozen at"));
	char clock[32], line[64];
	time_t now = (time_t)(s->app.live->wall / NS_PER_S) + 3600;
	strftime(clock, sizeof(clock), "%F %T", localtime(&now));
	snprintf(line, sizeof(line), ":%s\n", clock);
	type(s, line);
	assert_true(on_screen(s, "this is the newest"));
	while (s->app.past->time == s->app.past->oldest)
		await_mail(s);
	type(s, " ");
	assert_false(s->app.frozen);
}

static void app__exports__what_is_on_the_screen(void **state)
{
	struct stage *s = *state;
	char path[PATH_BYTES];
	struct stat st;

	snprintf(path, sizeof(path), "%s/moment.txt", s->dir);
	feed(s, APP_KEY, ' ');
	feed(s, APP_KEY, 'e');
	feed(s, APP_KEY, 'U' - '@'); /* ^U empties the line */
	type(s, path);
	feed(s, APP_KEY, '\n');
	assert_non_null(s->app.export);
	await(s, export_job_fd(s->app.export), APP_EXPORTED);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_true(st.st_size > 100);
	assert_true(on_screen(s, "wrote"));
}

static void app__tells__why_an_export_failed(void **state)
{
	struct stage *s = *state;

	feed(s, APP_KEY, 'e');
	feed(s, APP_KEY, 'U' - '@');
	type(s, "/nonexistent/dir/x.json");
	feed(s, APP_KEY, '\n');
	assert_non_null(s->app.export);
	await(s, export_job_fd(s->app.export), APP_EXPORTED);
	assert_true(on_screen(s, "/nonexistent/dir"));
	assert_int_equal(s->app.done, END_NOT_YET);
}

static void record_to(struct stage *s, const char *path)
{
	feed(s, APP_KEY, 'R');
	assert_true(on_screen(s, "Record to: "));
	feed(s, APP_KEY, 'U' - '@');
	type(s, path);
	feed(s, APP_KEY, '\n');
	assert_non_null(s->app.recorder);
	await(s, recorder_fd(s->app.recorder), APP_RECORDER);
}

static void app__records__until_the_same_key(void **state)
{
	struct stage *s = *state;
	char path[PATH_BYTES];
	struct stat st;

	if (!recording_available())
		skip();
	snprintf(path, sizeof(path), "%s/a.mld", s->dir);
	record_to(s, path);
	assert_true(on_screen(s, "recording to"));
	await_text(s, ", rec ");
	feed(s, APP_KEY, 'R');
	while (s->app.recorder)
		await(s, recorder_fd(s->app.recorder), APP_RECORDER);
	assert_true(on_screen(s, "recorded"));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	for (int i = 0; i < 50 && s->app.live->recording_on; i++)
		await_mail(s);
	assert_false(s->app.live->recording_on);
	assert_true(s->app.live->recording_size > 0);
}

/* --follow NAME --record FILE: the recorder is the dashboard's, too, which waits for it on the way out. */
static int raise_stage_followed(void **state)
{
	struct stage *s = calloc(1, sizeof(*s));
	static char name[16], path[PATH_BYTES];

	assert_non_null(s);
	snprintf(s->dir, sizeof(s->dir), "/tmp/mld-script-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	snprintf(name, sizeof(name), "mld-f-%d", (int)getpid());
	snprintf(path, sizeof(path), "%s/a.mld", s->dir);
	s->child = fork();
	if (s->child == 0) {
		prctl(PR_SET_NAME, name);
		for (;;)
			pause();
	}
	s->o = (struct options){.interval = 50 * NS_PER_MS,
	                        .duration = UNKNOWN,
	                        .procfs = "/proc",
	                        .max_stall = 50 * NS_PER_MS,
	                        .report = true,
	                        .follow = name,
	                        .record = path,
	                        .record_limit = RECORDING_LIMIT,
	                        .mode = MODE_WATCH};
	assert_int_equal(tui_open_headless(&s->o.tui, 30, 100, &s->tui), 0);
	*state = s;
	return 0;
}

static void app__waits__for_the_recording_of_whom_it_follows(void **state)
{
	struct stage *s = *state;
	struct recorder_state told;
	struct fault f = {0};

	if (!recording_available())
		skip();
	assert_int_equal(app_init(&s->app, &s->o, s->tui, 0, NULL, &f), 0);
	assert_non_null(s->app.recorder);
	while (!s->app.live || !s->app.live->samples)
		await_mail(s);
	assert_true(session_stop(s->app.session, END_QUIT));
	assert_true(app_record_end(&s->app, &f));
	recorder_state(s->app.recorder, &told);
	assert_int_equal(told.phase, RECORDER_DONE);
	session_free(s->app.session);
	s->app.session = NULL;
}

/* Also in a build that cannot record at all. */
static void app__tells__why_it_cannot_record(void **state)
{
	struct stage *s = *state;

	record_to(s, "/nonexistent/dir/a.mld");
	assert_null(s->app.recorder);
	assert_true(on_screen(s, recording_available() ? "/nonexistent/dir" : "without SQLite"));
	assert_int_equal(s->app.done, END_NOT_YET);
}

static void app__lingers__when_the_target_is_gone(void **state)
{
	struct stage *s = *state;

	kill(s->child, SIGKILL);
	waitpid(s->child, NULL, 0);
	s->child = 0;
	await_text(s, "any key stays");
	assert_true(known(s->app.wake_at));
	feed(s, APP_TIMEOUT, 0);
	assert_int_equal(s->app.done, END_NOT_YET);
	app_handle(&s->app, &(struct app_event){.kind = APP_TIMEOUT, .now = s->app.wake_at});
	assert_int_equal(s->app.done, END_TARGET);
}

static void app__stays__after_a_key(void **state)
{
	struct stage *s = *state;

	kill(s->child, SIGKILL);
	waitpid(s->child, NULL, 0);
	s->child = 0;
	await_text(s, "any key stays");
	feed(s, APP_KEY, '2');
	assert_false(known(s->app.wake_at));
	assert_int_equal(s->app.done, END_NOT_YET);
	feed(s, APP_KEY, 'q');
	assert_int_equal(s->app.done, END_QUIT);
}

static void app__never__quits_by_escape(void **state)
{
	struct stage *s = *state;

	for (int i = 0; i < 5; i++)
		feed(s, APP_KEY, 033);
	assert_int_equal(s->app.done, END_NOT_YET);
	feed(s, APP_KEY, 'q');
	assert_int_equal(s->app.done, END_QUIT);
}

static void app__ends__by_signal_and_hangup(void **state)
{
	struct stage *s = *state;

	feed(s, APP_SIGNAL, 0);
	assert_int_equal(s->app.done, END_SIGNAL);
	feed(s, APP_HANGUP, 0);
	assert_int_equal(s->app.done, END_EOF);
}

static void app__changes__the_interval(void **state)
{
	struct stage *s = *state;

	feed(s, APP_KEY, '+');
	assert_int_equal(s->app.interval, 100 * NS_PER_MS);
	feed(s, APP_KEY, '-');
	feed(s, APP_KEY, '-');
	assert_int_equal(s->app.interval, 50 * NS_PER_MS);
}

/* --csv is about the first process alone, and that is said. */
static void app__tells__that_csv_ends_with_its_process(void **state)
{
	struct stage *s = *state;

	assert_true(session_csv(s->app.session)->fd >= 0);
	type(s, "7");
	await(s, processes_fd(s->app.processes), APP_PROCESSES);
	type(s, "/test_app_script\n");
	tui_draw(s->tui);
	type(s, "g\n");
	assert_true(s->app.from_picker);
	assert_int_equal(session_csv(s->app.session)->fd, -1);
	assert_true(on_screen(s, "--csv ended"));
	assert_int_equal(s->app.csv.status, STATUS_OK);
}

/* Filter, tree, list and what was learnt of growth are as they were. */
static void app__comes_back__with_everything_still_there(void **state)
{
	struct stage *s = *state;
	struct process_list *before;
	uint64_t began, last;

	assert_int_equal(tui_view(s->tui), 7);
	type(s, "/test_app_script\nt");
	assert_true(on_screen(s, "filter: test_app_script"));
	type(s, "\n");
	assert_non_null(s->app.session);
	assert_int_equal(tui_view(s->tui), 1);
	await_mail(s);
	assert_false(on_screen(s, "filter: "));
	before = s->app.list;
	began = before->times[0];
	last = before->time;
	feed(s, APP_KEY, 033);
	assert_int_equal(tui_view(s->tui), 7);
	assert_null(s->app.session);
	assert_ptr_equal(s->app.list, before);
	assert_true(on_screen(s, "filter: test_app_script"));
	await(s, processes_fd(s->app.processes), APP_PROCESSES);
	assert_true(s->app.list->time > last);
	assert_int_equal(s->app.list->times[0], began);
	assert_true(s->app.list->time_count >= 3);
	assert_true(on_screen(s, "filter: test_app_script"));
	feed(s, APP_KEY, 033); /* takes the filter away, no more */
	assert_false(on_screen(s, "filter: "));
	assert_int_equal(s->app.done, END_NOT_YET);
}

/* Frozen, the list stands still; looking goes on. */
static void app__freezes__the_list(void **state)
{
	struct stage *s = *state;
	struct process_list *before = s->app.list;

	type(s, " ");
	assert_true(on_screen(s, "frozen"));
	await(s, processes_fd(s->app.processes), APP_PROCESSES);
	assert_ptr_equal(s->app.list, before);
	type(s, " ");
	assert_false(on_screen(s, "frozen"));
	await(s, processes_fd(s->app.processes), APP_PROCESSES);
	assert_ptr_not_equal(s->app.list, before);
}

/* A watch that takes no orders is no reason to claim that it obeyed. */
static void app__claims__nothing_that_was_not_ordered(void **state)
{
	struct stage *s = *state;
	uint64_t interval = s->app.interval;

	assert_true(session_stop(s->app.session, END_QUIT));
	while (mailbox_order(session_mailbox(s->app.session), &(struct order){.kind = ORDER_LIVE}))
		;
	type(s, "b");
	assert_false(on_screen(s, "changes count from here"));
	assert_true(on_screen(s, "takes no orders"));
	type(s, "+");
	assert_int_equal(s->app.interval, interval);
	session_free(s->app.session);
	s->app.session = NULL;
}

#define staged(f) cmocka_unit_test_setup_teardown(f, raise_stage, strike_stage)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        staged(app__shows__the_process),
	        staged(app__walks__through_the_views),
	        staged(app__freezes__and_steps_back),
	        staged(app__goes__to_a_time_of_the_watch),
	        staged(app__exports__what_is_on_the_screen),
	        staged(app__tells__why_an_export_failed),
	        staged(app__records__until_the_same_key),
	        staged(app__tells__why_it_cannot_record),
	        cmocka_unit_test_setup_teardown(app__waits__for_the_recording_of_whom_it_follows,
	                                        raise_stage_followed, strike_stage),
	        staged(app__lingers__when_the_target_is_gone),
	        staged(app__stays__after_a_key),
	        staged(app__never__quits_by_escape),
	        staged(app__ends__by_signal_and_hangup),
	        staged(app__changes__the_interval),
	        staged(app__claims__nothing_that_was_not_ordered),
	        cmocka_unit_test_setup_teardown(app__comes_back__with_everything_still_there,
	                                        raise_stage_picker, strike_stage),
	        cmocka_unit_test_setup_teardown(app__freezes__the_list, raise_stage_picker,
	                                        strike_stage),
	        cmocka_unit_test_setup_teardown(app__tells__that_csv_ends_with_its_process,
	                                        raise_stage_csv, strike_stage),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests_name("app/script", tests, NULL, NULL);
}
