/* SPDX-License-Identifier: MIT */
#include "app/modes.h"

/*
 * The waiting of the dashboard: one poll over keyboard, signals, mailbox, list of processes and exports; then
 * app_handle, then a frame. And the way out, on which nothing is waited for that may hang.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "app/app.h"
#include "app/closing.h"
#include "app/record_open.h"
#include "app/signals.h"
#include "base/clock.h"

enum { KEYS_AT_ONCE = 64, FORCE_S = 3 };

/* How long a terminal may take nothing before it counts as one that hangs; then before we leave it. */
#define GRACE       (300 * NS_PER_MS)
#define FORCE_AFTER (2 * NS_PER_S)

struct screen {
	struct app app;
	struct tui *tui;
	int signals;           /* signalfd */
	struct termios before; /* terminal modes as we found them */
	atomic_bool busy;      /* it may hang in the terminal just now */
	atomic_bool leaving;   /* on the way out: to hang there is the end, too */
	atomic_int status;     /* the exit status as far as it is known */
	struct child *child;   /* borrowed; NULL: none */
};

/* --- a terminal that no longer reads -------------------------------------------------------------- */

/* Leaves without the screen thread, which hangs in a write that may never return. */
static void leave_by_force(struct screen *s)
{
	struct fault ignored;
	sigset_t alarm_only;
	int tty;

	/* The screen thread hangs, so nobody else touches the recorder. */
	record_end(s->app.recorder, &ignored);
	/* Changing modes waits for the write that hangs: if that takes too long, the alarm ends us. */
	sigemptyset(&alarm_only);
	sigaddset(&alarm_only, SIGALRM);
	pthread_sigmask(SIG_UNBLOCK, &alarm_only, NULL);
	alarm(FORCE_S);
	if (s->child)
		child_leave(s->child, s->app.o);
	/* A description of our own: O_NONBLOCK on the shared one would reach the shell. */
	tty = open("/dev/tty", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (tty >= 0)
		tui_emergency(tty);
	tcsetattr(STDIN_FILENO, TCSANOW, &s->before);
	_exit(atomic_load(&s->status));
}

/*
 * Sees that the screen thread hangs in the terminal while it should leave: a signal it does not fetch, or
 * the way out itself. A terminal stopped by ^S is let go on first, then the thread leaves in order.
 */
static void *watchdog_main(void *arg)
{
	struct screen *s = arg;
	uint64_t seen = 0; /* when it was first found hanging; 0: it does not */

	for (;;) {
		struct pollfd p = {s->signals, POLLIN, 0};
		struct timespec nap = {0, (seen ? 10 : 250) * (long)NS_PER_MS};

		poll(&p, 1, seen ? 0 : 1000);
		nanosleep(&nap, NULL);
		if (!atomic_load(&s->busy) || (!atomic_load(&s->leaving) && poll(&p, 1, 0) != 1)) {
			seen = 0;
			continue;
		}
		seen = seen ? seen : clock_mono();
		/* A slow line is not a dead one: it keeps what it was given. */
		if (clock_mono() - seen < GRACE)
			continue;
		/* What is queued would only be painted over. Stop and go wake the write that waits for room. */
		tcflush(STDOUT_FILENO, TCOFLUSH);
		tcflow(STDOUT_FILENO, TCOOFF);
		tcflow(STDOUT_FILENO, TCOON);
		if (clock_mono() - seen > FORCE_AFTER)
			leave_by_force(s);
	}
	return NULL;
}

/* Whatever may write to the terminal stands between these two: all but the waiting. */
static void busy_begins(struct screen *s)
{
	atomic_store(&s->busy, true);
}

static void busy_ends(struct screen *s)
{
	atomic_store(&s->busy, false);
}

/* --- crashes ------------------------------------------------------------------------------------------ */

/* What a handler needs to give the terminal back; it gets no argument. */
static struct termios crash_modes;

/* The terminal as it was, then the death that was due: core dumps and sanitizers work as ever. */
static void on_crash(int signal_number)
{
	tui_emergency(STDOUT_FILENO);
	tcsetattr(STDIN_FILENO, TCSANOW, &crash_modes);
	raise(signal_number);
}

static void catch_crashes(const struct termios *before)
{
	static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS};
	struct sigaction act = {.sa_handler = on_crash, .sa_flags = (int)SA_RESETHAND}, old;

	crash_modes = *before;
	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		if (sigaction(fatal[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
			sigaction(fatal[i], &act, NULL);
}

/* --- frames ------------------------------------------------------------------------------------------- */

static void draw(struct screen *s)
{
	busy_begins(s);
	tui_draw(s->tui);
	busy_ends(s);
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
	busy_ends(s);
	signals_stop_here();
	busy_begins(s);
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
	busy_begins(s);
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
	busy_ends(s);
}

/* Of the moment that a replay shows. */
static int replay_status(const struct app *a)
{
	bool leak = a->live && a->live->verdict.kind == VERDICT_LEAK;

	return a->o->exit_code && leak ? STATUS_LEAK : STATUS_OK;
}

/* For a way out on which nobody can be asked any more. */
static void note_status(struct screen *s)
{
	const struct app *a = &s->app;
	int status = a->session ? session_status(a->session) : replay_status(a);

	atomic_store(&s->status, a->csv.status ? a->csv.status : status);
}

/* --- the way out ------------------------------------------------------------------------------------ */

static void print_tail(const struct child *child)
{
	struct output err = {.fd = STDERR_FILENO, .name = "stderr"};
	struct buf b;

	if (!child)
		return;
	buf_init(&b, 1 << 16);
	child_tail(child, &b);
	output_write(&err, &b);
	buf_done(&b);
}

/* An export under way gets a moment to end; a half-written one is no file, and that is said. */
static void await_export(struct app *a)
{
	struct pollfd p = {a->export ? export_job_fd(a->export) : -1, POLLIN, 0};
	char text[640];
	bool failed;

	if (!a->export)
		return;
	if (poll(&p, 1, 1000) != 1) {
		output_note("the export was not finished, nothing was written");
		return;
	}
	export_job_finish(a->export, text, sizeof(text), &failed);
	a->export = NULL;
	output_note(text);
}

/* The table and the diagnosis, on the normal screen where the scrollback keeps them. */
static int say_goodbye(struct screen *s, const struct options *o, struct child *child)
{
	struct output out = {.fd = STDOUT_FILENO, .name = "stdout"};
	struct watch *w = session_watch(s->app.session);
	struct fault fault = {0};

	if (!watch_samples(w) && o->follow && !s->app.from_picker)
		closing_not_found(o);
	else if (s->app.done == END_TARGET && !watch_samples(w))
		closing_no_sample(child);
	closing_report(w, o, true, &out, &fault);
	output_fault(&fault);
	print_tail(child);
	return output_status(&out) ? STATUS_OUTPUT : closing_status(w, o);
}

/* Never in the way of the terminal: it is given back by now, and the disk has a second. */
static bool end_recording(struct screen *s, struct fault *fault)
{
	bool whole = app_record_end(&s->app, fault);

	if (s->app.session)
		watch_record_end(session_watch(s->app.session));
	return whole;
}

static int leave(struct screen *s, const struct options *o, struct child *child)
{
	struct session *session = s->app.session;
	struct fault fault = {0}, record_fault = {0};
	bool stopped = !session || session_stop(session, s->app.done), recorded;
	int status;

	if (stopped && session)
		atomic_store(&s->status, session_csv(session)->error
		                                 ? STATUS_OUTPUT
		                                 : closing_status(session_watch(session), o));
	status = atomic_load(&s->status);
	atomic_store(&s->leaving, true);
	busy_begins(s);
	tui_close(s->tui);
	busy_ends(s);
	if (!stopped)
		s->app.session = NULL;
	recorded = end_recording(s, &record_fault);
	busy_begins(s);
	if (!stopped)
		output_note("the watch hangs in a system call; left without a report");
	else if (session)
		status = say_goodbye(s, o, child);
	busy_ends(s);
	await_export(&s->app);
	if (stopped && session && output_close(session_csv(session), &fault))
		status = STATUS_OUTPUT;
	output_fault(&fault);
	output_fault(&record_fault);
	output_fault(&s->app.record_fault);
	output_fault(&s->app.csv);
	if (!recorded)
		status = STATUS_OUTPUT;
	return s->app.csv.status ? s->app.csv.status : status;
}

/* The report on the moment shown last, which needs nobody to read the recording. */
static int leave_replay(struct screen *s, const struct options *o)
{
	struct app *a = &s->app;
	struct output out = {.fd = STDOUT_FILENO, .name = "stdout"};
	struct fault fault = {0};

	atomic_store(&s->leaving, true);
	busy_begins(s);
	tui_close(s->tui);
	if (a->live && a->live->samples)
		closing_report_moment(a->live, o, &out, &fault);
	else
		fault = player_state(a->player).trouble;
	output_fault(&fault);
	busy_ends(s);
	await_export(a);
	if (!player_stop(a->player))
		a->player = NULL;
	if (fault.status)
		return fault.status;
	return output_status(&out) ? STATUS_OUTPUT : replay_status(a);
}

/* -ENOTSUP: curses cannot drive this terminal; nothing was changed then. */
static int open_screen(struct screen *s, const struct options *o, struct fault *fault)
{
	tcgetattr(STDIN_FILENO, &s->before);
	if (tui_open(&o->tui, stdout, stdin, &s->tui))
		return -ENOTSUP;
	catch_crashes(&s->before);
	s->signals = open_signals();
	return s->signals < 0 ? fault_set(fault, STATUS_GONE, "cannot receive signals: %s",
	                                  fault_reason(errno))
	                      : 0;
}

static int fail(struct screen *s, const struct fault *fault)
{
	tui_close(s->tui);
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

int run_dashboard(const struct options *o, int32_t pid, struct child *child)
{
	/* The watchdog outlives this function: its screen is never freed. */
	struct screen *s = calloc(1, sizeof(*s));
	struct replay *replay = NULL;
	struct fault fault = {0};
	pthread_t watchdog;
	int err, status;

	if (!s)
		fault_set(&fault, STATUS_GONE, "out of memory; free some and try again");
	if (!s || open_replay(o, &replay, &fault)) {
		output_fault(&fault);
		return fault.status;
	}
	err = open_screen(s, o, &fault);
	if (err == -ENOTSUP && replay) {
		replay_free(replay);
		return run_analyze(o);
	}
	if (err == -ENOTSUP && (pid || o->follow))
		return run_batch(o, pid, child);
	if (err == -ENOTSUP)
		fault_set(&fault, STATUS_USAGE,
		          "this terminal cannot show the list of processes; give a PID");
	if (err || begin(s, o, pid, child, replay, &fault))
		return fail(s, &fault);
	s->child = child;
	if (pthread_create(&watchdog, NULL, watchdog_main, s) == 0)
		pthread_detach(watchdog);
	while (s->app.done == END_NOT_YET) {
		draw(s);
		wait_and_handle(s);
		note_status(s);
	}
	status = s->app.player ? leave_replay(s, o) : leave(s, o, child);
	app_done(&s->app);
	return status;
}
