/* SPDX-License-Identifier: MIT */
#include "app/modes.h"

/*
 * --analyze: the crank turned as fast as the file can be read. A signal ends the reading, not the report:
 * what was read until then is judged.
 */

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "app/closing.h"
#include "app/printer.h"
#include "base/safe_text.h"
#include "source/csv.h"

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

/* 0 at the end of the file or of the wish to read it; -errno with a fault. */
static int read_file(struct printer *p, const struct source *source, struct fault *fault)
{
	int err = 0;

	while ((err == 0 || err == -EAGAIN) && !interrupted && printer_end(p) == END_NOT_YET) {
		err = watch_sample(p->watch, 0);
		if (!err)
			printer_sample(p);
	}
	for (unsigned i = 0; csv_note(source, i); i++)
		watch_note(p->watch, csv_note(source, i));
	if (err == 0 || err == -EAGAIN || err == -ENODATA)
		return 0;
	csv_fault(source, fault);
	return err;
}

/* A trend needs two rows at the least; fewer are a mistake of whoever recorded them. */
static int refuse_short(const struct printer *p, struct fault *fault)
{
	const char *what = watch_samples(p->watch) ? "only one row" : "no row of figures";
	char name[256];

	safe_copy(name, sizeof(name), p->o->analyze, strlen(p->o->analyze), SAFE_UTF8);
	return fault_set(fault, STATUS_USAGE, "%s: %s%s; record at least two samples", name, what,
	                 interrupted ? " before the interruption" : "");
}

static int judge_file(struct printer *p, const struct source *source, struct fault *fault)
{
	int err = read_file(p, source, fault);

	if (err)
		return err;
	if (watch_samples(p->watch) < 2 && printer_end(p) == END_NOT_YET)
		return refuse_short(p, fault);
	closing_end(p->watch, interrupted ? END_SIGNAL : END_EOF, p->o, NULL);
	return 0;
}

/* --csv replaces a file; the one that is being read would be gone. */
static int refuse_same_file(const struct options *o, struct fault *fault)
{
	struct stat in, out;

	if (!o->csv || stat(o->analyze, &in) < 0 || stat(o->csv, &out) < 0)
		return 0;
	if (in.st_dev != out.st_dev || in.st_ino != out.st_ino)
		return 0;
	return fault_set(fault, STATUS_USAGE,
	                 "--csv names the file that --analyze reads; give another one");
}

static int begin(struct printer *p, const struct options *o, struct source **ret,
                 struct fault *fault)
{
	int err = printer_init(p, o, -1, fault);

	if (!err)
		err = refuse_same_file(o, fault);
	if (!err)
		err = csv_open(o->analyze, ret, fault);
	if (!err && watch_new(*ret, o, &p->watch))
		err = fault_set(fault, STATUS_GONE, "out of memory; free some and try again");
	return err ? err : printer_open(p, fault);
}

int run_analyze(const struct options *o)
{
	struct fault fault = {0};
	struct source *source = NULL;
	struct printer p;
	int status;

	catch_signals();
	if (begin(&p, o, &source, &fault)) {
		output_fault(&fault);
		printer_done(&p);
		return fault.status;
	}
	if (judge_file(&p, source, &fault)) {
		output_fault(&fault);
		status = fault.status;
	} else {
		status = printer_finish(&p);
	}
	watch_free(p.watch);
	printer_done(&p);
	return status;
}
