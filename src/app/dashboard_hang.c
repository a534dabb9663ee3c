/* SPDX-License-Identifier: MIT */
#include "app/dashboard_internal.h"

/*
 * What becomes of the terminal when the screen thread cannot see to it: it hangs in a write, or it crashed. Knows
 * how such a terminal is woken, given back and left; refuses to know what is shown on it.
 */

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "app/output.h"
#include "app/record_open.h"
#include "base/clock.h"

/* How long leaving by force may take; leaving without memory, which waits for clock, recording and metrics as ever. */
enum { FORCE_S = 3, STARVED_S = 6 };

/* How long a terminal may take nothing before it counts as one that hangs; then before we leave it. */
#define GRACE       (300 * NS_PER_MS)
#define FORCE_AFTER (2 * NS_PER_S)

void screen_modes_back(const struct screen *s)
{
	if (s->before_known)
		tcsetattr(STDIN_FILENO, TCSANOW, &s->before);
}

/* --- a terminal that no longer reads -------------------------------------------------------------- */

/* From now on we end within so long, whatever hangs. */
static void end_within(unsigned seconds)
{
	sigset_t alarm_only;

	signal(SIGALRM, SIG_DFL);
	sigemptyset(&alarm_only);
	sigaddset(&alarm_only, SIGALRM);
	pthread_sigmask(SIG_UNBLOCK, &alarm_only, NULL);
	alarm(seconds);
}

/*
 * The screen thread hangs in a write that may never return: what is written ends and the terminal is given back without it,
 * nobody else touches any of it.
 */
static void leave_by_force(struct screen *s)
{
	struct fault ignored;
	int tty;

	record_end(s->app.recorder, &ignored);
	metrics_end(s->app.metrics, NS_PER_S, &ignored);
	/* Changing modes waits for the write that hangs: if that takes too long, the alarm ends us. */
	end_within(FORCE_S);
	if (s->child)
		child_leave(s->child, s->options);
	/* A description of our own: O_NONBLOCK on the shared one would reach the shell. */
	tty = open("/dev/tty", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (tty >= 0)
		tui_emergency(tty);
	screen_modes_back(s);
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
		/*
		 * What is queued goes: the screen thread paints all of it anew. Stop and go wake the write that waits
		 * for room.
		 */
		atomic_store(&s->lost, true);
		tcflush(STDOUT_FILENO, TCOFLUSH);
		tcflow(STDOUT_FILENO, TCOOFF);
		tcflow(STDOUT_FILENO, TCOON);
		if (clock_mono() - seen > FORCE_AFTER)
			leave_by_force(s);
	}
	return NULL;
}

void screen_busy_begins(struct screen *s)
{
	atomic_store(&s->busy, true);
}

void screen_busy_ends(struct screen *s)
{
	atomic_store(&s->busy, false);
}

void screen_guard(struct screen *s)
{
	pthread_t watchdog;

	if (pthread_create(&watchdog, NULL, watchdog_main, s) == 0)
		pthread_detach(watchdog);
}

/* --- crashes ------------------------------------------------------------------------------------------ */

/* What a handler needs; it gets no argument. */
static struct screen *crashing;

void screen_no_memory(struct fault *fault)
{
	fault_set(fault, STATUS_GONE, "out of memory for the screen; free some, or take --batch");
}

/* What was to be written is whole; else why not is told. */
static bool end_written(struct screen *s)
{
	struct session *session = s->app.session;
	struct fault csv = {0}, record = {0}, metrics = {0};
	bool stopped = false, whole;

	if (session) {
		session_tell_stop(session, END_QUIT);
		stopped = session_await(session, NS_PER_S);
	}
	whole = !session || stopped || session_csv(session)->fd < 0;
	whole &= app_record_end(&s->app, &record);
	whole &= metrics_end(s->app.metrics, NS_PER_S, &metrics) == 0;
	if (stopped)
		whole &= output_close(session_csv(session), &csv) == 0;
	else if (session)
		output_note("the watch does not end; what it saw last may be missing");
	output_fault(&csv);
	output_fault(&record);
	output_fault(&metrics);
	output_fault(&s->app.record_fault);
	output_fault(&s->app.csv);
	return whole && !s->app.csv.status;
}

/*
 * Only curses was at work on this thread, and nothing of ours is half done or locked: what ends in order on another thread
 * can be waited for as ever. Should that be wrong for once, the terminal is back by then, and the alarm ends us. A terminal
 * that does not hang needs no description of its own, which without a controlling terminal nobody gets.
 */
void screen_leave_starved(void)
{
	struct screen *s = crashing;
	struct fault fault;
	bool whole;

	end_within(STARVED_S);
	screen_busy_ends(s);
	tui_emergency(STDOUT_FILENO);
	screen_modes_back(s);
	screen_no_memory(&fault);
	output_fault(&fault);
	whole = end_written(s);
	if (s->child)
		child_leave(s->child, s->options);
	_exit(whole ? fault.status : STATUS_OUTPUT);
}

/* The terminal as it was, then the death that was due: core dumps and sanitizers work as ever. */
static void on_crash(int signal_number)
{
	if (tui_starved())
		screen_leave_starved();
	tui_emergency(STDOUT_FILENO);
	screen_modes_back(crashing);
	raise(signal_number);
}

void screen_catch(struct screen *s)
{
	static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS};
	struct sigaction act = {.sa_handler = on_crash, .sa_flags = (int)SA_RESETHAND}, old;

	crashing = s;
	atexit(screen_leave_starved);
	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		if (sigaction(fatal[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
			sigaction(fatal[i], &act, NULL);
}
