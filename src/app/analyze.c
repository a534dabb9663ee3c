/* SPDX-License-Identifier: MIT */
#include "app/modes.h"

/*
 * --analyze, and --replay without a screen: the crank turned as fast as the file can be read. A signal ends the
 * reading, not the report: what was read until then is judged.
 */

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "app/input.h"
#include "app/printer.h"
#include "app/recorded_end.h"
#include "app/same_file.h"
#include "base/safe_text.h"

/* A handler has no other way to tell. */
static volatile sig_atomic_t interrupted;

static void on_signal(int signal_number)
{
	(void)signal_number;
	interrupted = 1;
}

/* Without SA_RESTART, so that a read that waits for a pipe or a terminal comes back. */
static void catch_signals(void)
{
	static const int wanted[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct sigaction act = {.sa_handler = on_signal};

	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		sigaction(wanted[i], &act, NULL);
}

static const char *path_of(const struct options *o)
{
	return o->mode == MODE_REPLAY ? o->replay : o->analyze;
}

/* 0 at the end of the file or of the wish to read it; -errno with a fault. */
static int read_file(struct printer *p, const struct input *in, struct fault *fault)
{
	int err = 0;

	while ((err == 0 || err == -EAGAIN) && !interrupted && printer_end(p) == END_NOT_YET) {
		err = watch_sample(p->watch, 0);
		if (!err)
			printer_sample(p);
	}
	for (unsigned i = 0; input_note(in, i); i++)
		watch_note(p->watch, input_note(in, i));
	if (err == 0 || err == -EAGAIN || err == -ENODATA)
		return 0;
	input_fault(in, err, fault);
	return err;
}

/* A trend needs two rows at the least; fewer are a mistake of whoever recorded them. */
static int refuse_short(const struct printer *p, struct fault *fault)
{
	const char *what = watch_samples(p->watch) ? "only one row" : "no row of figures";
	char name[256];

	safe_copy(name, sizeof(name), path_of(p->o), strlen(path_of(p->o)), SAFE_UTF8);
	return fault_set(fault, STATUS_USAGE, "%s: %s%s; record at least two samples", name, what,
	                 interrupted ? " before the interruption" : "");
}

static int judge_file(struct printer *p, const struct input *in, struct fault *fault)
{
	int err = read_file(p, in, fault);

	if (err)
		return err;
	/* A recording of one sample is one that has just begun, and no mistake. */
	if (watch_samples(p->watch) < (in->replay ? 1 : 2) && printer_end(p) == END_NOT_YET)
		return refuse_short(p, fault);
	if (in->replay && !interrupted && printer_end(p) == END_NOT_YET)
		recorded_end_tell(in->replay, p->watch);
	else
		watch_end(p->watch, interrupted ? END_SIGNAL : END_EOF, "");
	p->hurries = interrupted;
	return 0;
}

/* --csv replaces a file; the one that is being read would be gone. */
static int refuse_same_file(const struct options *o, struct fault *fault)
{
	if (!o->csv || !same_file(path_of(o), o->csv))
		return 0;
	return fault_set(fault, STATUS_USAGE,
	                 "--csv names the file that --%s reads; give another one",
	                 o->mode == MODE_REPLAY ? "replay" : "analyze");
}

static int begin_watch(struct printer *p, struct input *in, struct fault *fault)
{
	in->given = true;
	if (watch_new(in->source, p->o, &p->watch))
		return fault_set(fault, STATUS_GONE, "out of memory; free some and try again");
	return table_init(&p->table, p->o->columns, input_interval(in, p->o->interval), fault);
}

static int begin(struct printer *p, const struct options *o, struct input *in, struct fault *fault)
{
	int err = printer_init(p, o, -1, fault);

	if (!err)
		err = refuse_same_file(o, fault);
	if (!err)
		err = input_open(in, path_of(o), o->mode == MODE_REPLAY, fault);
	if (!err)
		err = begin_watch(p, in, fault);
	return err ? err : printer_open(p, fault);
}

int run_analyze(const struct options *o)
{
	struct fault fault = {0};
	struct input in = {0};
	struct printer p;
	int status;

	catch_signals();
	if (begin(&p, o, &in, &fault) || judge_file(&p, &in, &fault)) {
		output_fault(&fault);
		status = fault.status;
	} else {
		status = printer_finish(&p);
	}
	watch_free(p.watch);
	input_close(&in);
	printer_done(&p);
	return status;
}
