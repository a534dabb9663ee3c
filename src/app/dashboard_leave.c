/* SPDX-License-Identifier: MIT */
#include "app/dashboard_internal.h"

/*
 * The way out of the dashboard, on which nothing is waited for that may hang. Knows in which order things end and
 * which exit status follows; refuses to know what is in a report.
 */

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "app/closing.h"
#include "app/record_open.h"
#include "base/await.h"
#include "base/clock.h"

/* How long the clock is waited for with the picture still there, and how often for a while behind that. */
#define BRIEFLY (250 * NS_PER_MS)
enum { SLICES = 5 };

/* Of the moment that a replay shows. */
static int replay_status(const struct app *a)
{
	bool leak = a->live && a->live->verdict.kind == VERDICT_LEAK;

	return a->o->exit_code && leak ? STATUS_LEAK : STATUS_OK;
}

void screen_note_status(struct screen *s)
{
	const struct app *a = &s->app;
	int status = a->session ? session_status(a->session) : replay_status(a);

	atomic_store(&s->status, a->csv.status ? a->csv.status : status);
}

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
	char text[640];
	bool failed;

	if (!a->export)
		return;
	if (!await_readable(export_job_fd(a->export), NS_PER_S)) {
		output_note("the export was not finished, nothing was written");
		return;
	}
	export_job_finish(a->export, text, sizeof(text), &failed);
	a->export = NULL;
	output_note(text);
}

/* The table and the diagnosis, on the normal screen where the scrollback keeps them. */
static int say_goodbye(struct screen *s, const struct options *o)
{
	struct output out = {.fd = STDOUT_FILENO, .name = "stdout"};
	struct watch *w = session_watch(s->app.session);
	struct fault fault = {0};

	if (!watch_samples(w) && o->follow && !s->app.from_picker && !watch_unread(w))
		closing_not_found(o);
	else if (s->app.done == END_TARGET && !watch_samples(w))
		closing_no_sample(s->child);
	else if (!watch_samples(w))
		closing_unread(w);
	closing_report(w, o, true, &out, &fault);
	output_fault(&fault);
	print_tail(s->child);
	if (fault.status)
		return fault.status;
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

/* --- the clock ------------------------------------------------------------------------------------ */

/* Told to end once more. Not by SIGHUP, which a terminal that goes away sends as well. */
static bool told_again(const struct screen *s)
{
	struct signalfd_siginfo si;
	bool told = false;

	while (s->signals >= 0 && read(s->signals, &si, sizeof(si)) == sizeof(si))
		told |= si.ssi_signo == SIGINT || si.ssi_signo == SIGTERM ||
		        si.ssi_signo == SIGQUIT;
	return told;
}

/* With the status that follows from all of the watch. */
static bool await_clock(struct screen *s, bool (*await)(struct session *))
{
	struct session *session = s->app.session;

	if (!session)
		return true;
	if (!await(session))
		return false;
	atomic_store(&s->status, session_csv(session)->error
	                                 ? STATUS_OUTPUT
	                                 : closing_status(session_watch(session), s->options));
	return true;
}

/* What it takes where nothing is in its way. The terminal is not kept longer. */
static bool await_briefly(struct session *session)
{
	return session_await(session, BRIEFLY);
}

/*
 * A busy machine does not cost the report, as long as nobody wants us gone at once: the terminal is given back by now, and
 * ^C is a signal there. NULL, or why there is no report.
 */
static const char *await_patiently(struct screen *s)
{
	told_again(s);
	for (int slice = 0; slice < SLICES; slice++) {
		if (await_clock(s, session_await_busy))
			return NULL;
		if (told_again(s))
			return "told to end again before the watch had ended; left without a "
			       "report";
	}
	return "the watch hangs in a system call; left without a report";
}

static void close_screen(struct screen *s)
{
	atomic_store(&s->leaving, true);
	screen_busy_begins(s);
	tui_close(s->tui);
	screen_modes_back(s);
	screen_busy_ends(s);
}

/* --- the ways out --------------------------------------------------------------------------------- */

int screen_leave(struct screen *s, const struct options *o)
{
	struct session *session = s->app.session;
	struct fault fault = {0}, record_fault = {0}, metrics_fault = {0};
	const char *why = NULL;
	bool in_time, recorded;
	int status;

	if (session)
		session_tell_stop(session, s->app.done);
	in_time = await_clock(s, await_briefly);
	close_screen(s);
	if (!in_time)
		why = await_patiently(s);
	status = atomic_load(&s->status);
	if (why)
		s->app.session = NULL;
	recorded = end_recording(s, &record_fault);
	recorded &= metrics_end(s->app.metrics, NS_PER_S, &metrics_fault) == 0;
	screen_busy_begins(s);
	if (why)
		output_note(why);
	else if (session)
		status = say_goodbye(s, o);
	screen_busy_ends(s);
	await_export(&s->app);
	if (!why && session && output_close(session_csv(session), &fault))
		status = STATUS_OUTPUT;
	output_fault(&fault);
	output_fault(&record_fault);
	output_fault(&metrics_fault);
	output_fault(&s->app.record_fault);
	output_fault(&s->app.csv);
	if (!recorded)
		status = STATUS_OUTPUT;
	return s->app.csv.status ? s->app.csv.status : status;
}

/* The report on the moment shown last, which needs nobody to read the recording. */
int screen_leave_replay(struct screen *s, const struct options *o)
{
	struct app *a = &s->app;
	struct output out = {.fd = STDOUT_FILENO, .name = "stdout"};
	struct fault fault = {0};

	atomic_store(&s->leaving, true);
	screen_busy_begins(s);
	tui_close(s->tui);
	screen_modes_back(s);
	if (a->live && a->live->samples)
		closing_report_moment(a->live, o, &out, &fault);
	else
		fault = player_state(a->player).trouble;
	output_fault(&fault);
	screen_busy_ends(s);
	await_export(a);
	if (!player_stop(a->player))
		a->player = NULL;
	if (fault.status)
		return fault.status;
	return output_status(&out) ? STATUS_OUTPUT : replay_status(a);
}
