/* SPDX-License-Identifier: MIT */

/*
 * The way in: command line, then one of the modes. The way out is _exit where a thread may hang in a read
 * that nobody can interrupt.
 */

#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/metrics_open.h"
#include "app/modes.h"
#include "app/normal_load.h"
#include "app/options.h"
#include "app/output.h"
#include "app/privileges.h"
#include "app/record_open.h"
#include "app/signals.h"
#include "base/clock.h"
#include "tui/keys.h"

/* Numbers keep their points whatever the locale: only characters and messages follow it. */
static void set_locale(void)
{
	setlocale(LC_CTYPE, "");
	setlocale(LC_MESSAGES, "");
}

static int print_text(int (*write_text)(struct buf *))
{
	struct output out = {.fd = STDOUT_FILENO, .name = "stdout"};
	struct buf b;

	buf_init(&b, 1 << 20);
	write_text(&b);
	output_write(&out, &b);
	buf_done(&b);
	return output_status(&out);
}

/* A terminal that can show a dashboard, on both sides. */
static bool has_terminal(void)
{
	const char *term = getenv("TERM");

	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && term && *term &&
	       strcmp(term, "dumb") != 0 && strcmp(term, "unknown") != 0;
}

/*
 * A file that cannot be written is told before anything is started that would have to be ended. Blocked from here on,
 * signals wait for whoever watches.
 */
static int open_outputs(struct options *o, struct fault *fault)
{
	int signals, err = 0;

	if (!o->record && !o->openmetrics)
		return 0;
	signals = signals_open_end();
	if (o->record)
		err = record_open(o, false, signals, &o->recorder, fault);
	if (!err)
		err = metrics_open(o, false, signals, &o->metrics, fault);
	if (signals >= 0)
		close(signals);
	return err;
}

/* Whoever wanted it ended must hear of one that does not care. */
static void end_child(struct child *child, const struct options *o)
{
	char how[80], text[160];
	bool awaited = child->told; /* for the report */

	child_leave(child, o);
	if (!o->kill)
		return;
	child_await(child, awaited ? 0 : CHILD_CARES, how, sizeof(how));
	if (how[0])
		return;
	snprintf(text, sizeof(text),
	         "--kill: process %d does not end at SIGTERM so far; `kill -KILL -- -%d` ends it "
	         "and its group",
	         child->pid, child->pid);
	output_note(text);
}

static int watch_child(struct options *o, bool screen)
{
	struct fault fault = {0}, unsaid;
	struct child child = {.gate = -1};
	int status;

	if (o->mode == MODE_DEMO && !screen && !known(o->duration))
		o->duration = 20000000000ull;
	if (child_prepare(o, screen, &child, &fault)) {
		output_fault(&fault);
		return fault.status;
	}
	/* COMMAND has all of our rights by now; whoever writes must not. */
	privileges_leave(o);
	if (open_outputs(o, &fault) || child_begin(&child, &fault)) {
		child_abandon(&child);
		output_fault(&fault);
		record_end(o->recorder, &unsaid);
		metrics_finish(o->metrics);
		return fault.status;
	}
	status = screen ? run_dashboard(o, child.pid, &child) : run_batch(o, child.pid, &child);
	end_child(&child, o);
	return status;
}

static int run(struct options *o)
{
	bool screen = !o->batch && has_terminal();

	if (o->mode != MODE_COMMAND && o->mode != MODE_DEMO && o->mode != MODE_DEMO_TARGET)
		privileges_leave(o);
	switch (o->mode) {
	case MODE_HELP:
		return print_text(options_help);
	case MODE_VERSION:
		return print_text(version_write);
	case MODE_KEYS:
		return print_text(keys_write);
	case MODE_ANALYZE:
		return run_analyze(o);
	case MODE_TOP:
		return run_top(o);
	case MODE_REPLAY:
		/* Who wants the figures in a file wants no screen. */
		return screen && !o->csv ? run_dashboard(o, 0, NULL) : run_analyze(o);
	case MODE_DIFF:
		return run_diff(o);
	case MODE_DEMO_TARGET:
		return demo_main(o->demo);
	case MODE_COMMAND:
	case MODE_DEMO:
		return watch_child(o, screen);
	case MODE_WATCH:
		return screen ? run_dashboard(o, o->pid, NULL) : run_batch(o, o->pid, NULL);
	case MODE_PICK:
		if (screen)
			return run_dashboard(o, 0, NULL);
		return refuse_list();
	}
	return STATUS_USAGE;
}

/* Before anything is watched or started: a file that cannot be read is a mistake of the command line. */
static int learn_normal(struct options *o, struct fault *fault)
{
	static struct normal learnt;

	if (!o->normal_file)
		return 0;
	o->normal = &learnt;
	return normal_load(o->normal_file, &learnt, fault);
}

/*
 * Where a standard descriptor is closed, nothing else may come under its number: rows would go into a recording. Read
 * only, so that writing there still fails.
 */
static void occupy_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	struct options o;
	struct fault fault = {0};
	int status;

	occupy_standard();
	set_locale();
#ifdef M_MMAP_THRESHOLD
	/*
	 * Tables of a look inside a heap go back to the kernel when they are freed, whatever was freed before. Only
	 * glibc learns to keep them, and only glibc can be told.
	 */
	mallopt(M_MMAP_THRESHOLD, 1 << 20);
#endif
	/* Past a limit on file sizes a write fails and is told, instead of killing us. */
	signal(SIGXFSZ, SIG_IGN);
	/* Where it is ignored, as a parent may leave it, how a child ended is told to nobody. */
	signal(SIGCHLD, SIG_DFL);
	if (options_parse(argc, argv, &o, &fault) || learn_normal(&o, &fault)) {
		output_fault(&fault);
		return fault.status;
	}
	status = run(&o);
	fflush(NULL);
	_exit(status);
}
