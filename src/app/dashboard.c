/* SPDX-License-Identifier: MIT */
#include "app/modes.h"

/*
 * The waiting of the dashboard: one poll over keyboard, signals, mailbox, list of processes and exports; then
 * app_handle, then a frame. Refuses to know what an event does, and how a terminal that hangs is left.
 */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "app/dashboard_internal.h"
#include "app/record_open.h"
#include "app/signals.h"
#include "base/clock.h"
#include "base/safe_text.h"

enum { KEYS_AT_ONCE = 64 };

/* Behind all that may call curses. */
static void end_busy(struct screen *s)
{
	screen_busy_ends(s);
	if (tui_lost(s->tui))
		screen_leave_starved();
}

/* --- frames ------------------------------------------------------------------------------------------- */

static void draw(struct screen *s)
{
	screen_busy_begins(s);
	if (atomic_exchange(&s->lost, false))
		tui_redraw(s->tui);
	else
		tui_draw(s->tui);
	end_busy(s);
}

/* --- signals ---------------------------------------------------------------------------------------- */

static int open_signals(void)
{
	static const int wanted[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT, SIGUSR1,
	                             SIGUSR2, SIGALRM, SIGTSTP, SIGCONT, SIGWINCH};

	return signals_open(wanted, sizeof(wanted) / sizeof(wanted[0]));
}

static void feed(struct screen *s, enum app_event_kind kind, int key)
{
	app_handle(&s->app, &(struct app_event){.kind = kind, .key = key, .now = clock_mono()});
}

/* ^Z: the terminal as it was, then stop like any other program; on CONT the picture comes back. */
static void suspend(struct screen *s)
{
	tui_suspend(s->tui);
	screen_modes_back(s);
	screen_busy_ends(s);
	signals_stop_here();
	screen_busy_begins(s);
	feed(s, APP_CONTINUED, 0);
}

/* True when we were stopped meanwhile: what was known of the terminal is old. */
static bool take_signals(struct screen *s)
{
	struct signalfd_siginfo si;
	bool stopped = false;

	while (read(s->signals, &si, sizeof(si)) == sizeof(si)) {
		switch (si.ssi_signo) {
		case SIGWINCH:
			feed(s, APP_RESIZE, 0);
			break;
		case SIGTSTP:
			suspend(s);
			stopped = true;
			break;
		case SIGCONT:
			feed(s, APP_CONTINUED, 0);
			break;
		default:
			feed(s, APP_SIGNAL, 0);
			break;
		}
	}
	return stopped;
}

/* --- the loop --------------------------------------------------------------------------------------- */

/*
 * Readable without a byte to read is the end of input: a dead link, which getch would report for ever. Asked
 * anew and more than once, for ^Z takes back the keys before it, also between two questions.
 */
static bool at_end(void)
{
	struct pollfd p = {STDIN_FILENO, POLLIN, 0};
	int waiting;

	for (int i = 0; i < 3; i++) {
		waiting = 0;
		if (poll(&p, 1, 0) != 1)
			return false;
		if (p.revents & (POLLHUP | POLLERR | POLLNVAL))
			return true;
		if (ioctl(STDIN_FILENO, FIONREAD, &waiting) == 0 && waiting > 0)
			return false;
	}
	return true;
}

static void take_keys(struct screen *s)
{
	if (at_end()) {
		feed(s, APP_HANGUP, 0);
		return;
	}
	for (int i = 0; i < KEYS_AT_ONCE && s->app.done == END_NOT_YET; i++) {
		int key = tui_read_key(s->tui);
		if (key == -1)
			return;
		feed(s, key == -2 ? APP_HANGUP : APP_KEY, key);
	}
}

static void wait_and_handle(struct screen *s)
{
	struct app *a = &s->app;
	struct pollfd p[6] = {
	        {STDIN_FILENO, POLLIN, 0},
	        {s->signals, POLLIN, 0},
	        {app_mailbox(a) ? mailbox_screen_fd(app_mailbox(a)) : -1, POLLIN, 0},
	        {a->processes ? processes_fd(a->processes) : -1, POLLIN, 0},
	        {a->export ? export_job_fd(a->export) : -1, POLLIN, 0},
	        {a->recorder ? recorder_fd(a->recorder) : -1, POLLIN, 0},
	};
	uint64_t now = clock_mono(),
	         left = known(a->wake_at) && a->wake_at > now ? a->wake_at - now : 0;
	struct timespec ts = {(time_t)(left / NS_PER_S), (long)(left % NS_PER_S)};

	if (ppoll(p, 6, known(a->wake_at) ? &ts : NULL, NULL) < 0 && errno != EINTR)
		return;
	screen_busy_begins(s);
	if (p[1].revents && take_signals(s))
		p[0].revents = 0;
	if (p[2].revents)
		feed(s, APP_MAIL, 0);
	if (p[3].revents)
		feed(s, APP_PROCESSES, 0);
	if (p[4].revents)
		feed(s, APP_EXPORTED, 0);
	if (p[5].revents)
		feed(s, APP_RECORDER, 0);
	if (p[0].revents && a->done == END_NOT_YET)
		take_keys(s);
	feed(s, APP_TIMEOUT, 0);
	end_busy(s);
}

/* --- way in, loop, way out ----------------------------------------------------------------------- */

/* -ENOTSUP: curses cannot drive this terminal; nothing was changed then. */
static int open_screen(struct screen *s, const struct options *o, struct fault *fault)
{
	int err;

	s->before_known = tcgetattr(STDIN_FILENO, &s->before) == 0;
	/* Curses itself may crash or end us while it takes the terminal. */
	screen_catch(s);
	err = tui_open(&o->tui, stdout, stdin, &s->tui);
	if (err == -ENOMEM)
		screen_no_memory(fault);
	if (err)
		return err == -ENOMEM ? err : -ENOTSUP;
	s->signals = open_signals();
	return s->signals < 0 ? fault_set(fault, STATUS_GONE, "cannot receive signals: %s",
	                                  fault_reason(errno))
	                      : 0;
}

static int fail(struct screen *s, const struct fault *fault)
{
	struct fault ignored;

	tui_close(s->tui);
	screen_modes_back(s);
	/* app_init gave us none: these were begun before COMMAND. */
	record_end(s->options->recorder, &ignored);
	metrics_end(s->options->metrics, NS_PER_S, &ignored);
	output_fault(fault);
	return fault->status;
}

/* While nothing is shown yet, so that a disk that hangs can still be left with ^C. */
static int open_replay(const struct options *o, struct replay **ret, struct fault *fault)
{
	return o->mode == MODE_REPLAY ? replay_open(o->replay, ret, fault) : 0;
}

static int begin(struct screen *s, const struct options *o, int32_t pid, struct child *child,
                 struct replay *replay, struct fault *fault)
{
	if (replay)
		return app_init_replay(&s->app, o, s->tui, replay, fault);
	return app_init(&s->app, o, s->tui, pid, child, fault);
}

int refuse_list(void)
{
	const char *term = getenv("TERM");
	char text[160], name[40];

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		snprintf(text, sizeof(text),
		         "no process id given, and no terminal to choose one on; give a PID");
	else if (!term || !*term)
		snprintf(
		        text, sizeof(text),
		        "TERM is not set, so the list of processes cannot be shown; give a PID, or "
		        "set it, as to xterm");
	else
		snprintf(text, sizeof(text),
		         "TERM=%s cannot show the list of processes; give a PID, or set it to what "
		         "the terminal is, as xterm",
		         safe_copy(name, sizeof(name), term, strlen(term), SAFE_ASCII));
	output_note(text);
	return STATUS_USAGE;
}

int run_dashboard(const struct options *o, int32_t pid, struct child *child)
{
	/* The watchdog outlives this function: its screen is never freed. */
	struct screen *s = calloc(1, sizeof(*s));
	struct replay *replay = NULL;
	struct fault fault = {0};
	int err, status;

	if (!s)
		fault_set(&fault, STATUS_GONE, "out of memory; free some and try again");
	if (!s || open_replay(o, &replay, &fault)) {
		output_fault(&fault);
		free(s);
		return fault.status;
	}
	s->options = o;
	s->child = child;
	s->app.recorder = o->recorder;
	s->app.metrics = o->metrics;
	err = open_screen(s, o, &fault);
	if (err == -ENOTSUP && replay) {
		replay_free(replay);
		return run_analyze(o);
	}
	if (err == -ENOTSUP && (pid || o->follow))
		return run_batch(o, pid, child);
	if (err == -ENOTSUP)
		return refuse_list();
	if (err)
		replay_free(replay);
	if (err || begin(s, o, pid, child, replay, &fault))
		return fail(s, &fault);
	screen_guard(s);
	while (s->app.done == END_NOT_YET) {
		draw(s);
		wait_and_handle(s);
		screen_note_status(s);
	}
	status = s->app.player ? screen_leave_replay(s, o) : screen_leave(s, o);
	app_done(&s->app);
	return status;
}
