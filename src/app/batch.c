/* SPDX-License-Identifier: MIT */
#include "app/modes.h"

/*
 * Batch: the ticker turned by the main thread, everything said as text. Nothing but signals is waited for
 * besides the target.
 */

#include <errno.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "app/closing.h"
#include "app/metrics_open.h"
#include "app/opening.h"
#include "app/printer.h"
#include "app/record_open.h"
#include "app/signals.h"
#include "app/ticker.h"
#include "base/clock.h"

struct batch {
	struct printer printer;
	struct recorder *recorder; /* NULL: none */
	struct metrics *metrics;   /* likewise */
	int signals;               /* signalfd */
};

static enum watch_end on_signal(void *arg)
{
	struct batch *b = arg;
	struct signalfd_siginfo si;

	return read(b->signals, &si, sizeof(si)) == sizeof(si) ? END_SIGNAL : END_NOT_YET;
}

/* Before the rows: whoever reads those may make us wait. */
static void tell_metrics(struct batch *b)
{
	struct moment *m;

	if (!b->metrics)
		return;
	m = watch_moment(b->printer.watch, UNKNOWN, 0);
	metrics_follow(b->metrics, b->printer.watch, m);
	moment_unref(m);
}

/* A signal that ended the wait for a reader is the end that counts: the report may still be read. */
static enum watch_end on_sample(void *arg)
{
	struct batch *b = arg;
	enum watch_end end;

	tell_metrics(b);
	printer_sample(&b->printer);
	end = printer_end(&b->printer);
	return end != END_NOT_YET && on_signal(b) != END_NOT_YET ? END_SIGNAL : end;
}

/* What is said while nobody is there to be sampled. */
static void on_update(void *arg)
{
	struct batch *b = arg;

	tell_metrics(b);
	printer_lines(&b->printer);
}

static int fail(struct batch *b, struct child *child, const struct fault *fault)
{
	struct fault unsaid;

	/* A file without a sample is taken away where it is closed. */
	record_end(b->recorder, &unsaid);
	if (child && fault->status == STATUS_GONE)
		closing_no_sample(child);
	else
		output_fault(fault);
	watch_free(b->printer.watch);
	printer_done(&b->printer);
	recorder_unref(b->recorder);
	metrics_unref(b->metrics);
	return fault->status;
}

/* The report says what became of the recording, so that ends first; metrics of what is over must not stay. */
static int finish(struct batch *b)
{
	struct fault fault = {0}, metrics_fault = {0};
	int failed, status;

	metrics_finish(b->metrics);
	failed = record_end(b->recorder, &fault);
	failed |= metrics_end(b->metrics, NS_PER_S, &metrics_fault);
	watch_record_end(b->printer.watch);
	status = printer_finish(&b->printer);
	output_fault(&fault);
	output_fault(&metrics_fault);
	return failed ? STATUS_OUTPUT : status;
}

static int watch_to_the_end(struct batch *b, struct source *source, struct child *child)
{
	static const struct ticker_ops ops = {.sampled = on_sample,
	                                      .updated = on_update,
	                                      .woken = on_signal};
	const struct options *o = b->printer.o;
	struct ticker t = {.watch = b->printer.watch,
	                   .start = clock_mono(),
	                   .duration = o->duration,
	                   .exit_fd = source_exit_fd(source),
	                   .fd = b->signals,
	                   .ops = &ops,
	                   .arg = b};
	watch_begin(b->printer.watch, t.start);
	enum watch_end how = ticker_run(&t);

	/* Before the report, which says whether it heeds that. */
	if (child && o->mode == MODE_COMMAND && how != END_TARGET)
		child_leave(child, o);
	closing_end(b->printer.watch, how, o, child);
	b->printer.hurries = how == END_SIGNAL;
	if (!watch_samples(b->printer.watch) && o->follow && !watch_unread(b->printer.watch))
		closing_not_found(o);
	else if (how == END_TARGET && !watch_samples(b->printer.watch))
		closing_no_sample(child);
	else if (!watch_samples(b->printer.watch))
		closing_unread(b->printer.watch);
	return finish(b);
}

/* --record: opened when there is something to watch, told everything from its first sample on. */
static int begin_record(struct batch *b, struct fault *fault)
{
	int err = 0;

	if (b->printer.o->record)
		err = record_open(b->printer.o, false, b->signals, &b->recorder, fault);

	if (!err && b->recorder)
		watch_record(b->printer.watch, b->recorder);
	return err;
}

static int begin(struct batch *b, const struct options *o, int32_t pid, struct source **ret,
                 struct fault *fault)
{
	int err = printer_init(&b->printer, o, b->signals, fault);

	if (!err && b->signals < 0)
		err = fault_set(fault, STATUS_GONE, "cannot receive signals: %s",
		                fault_reason(errno));
	if (!err)
		err = opening_live(o, pid, ret, fault);
	if (!err && watch_new(*ret, o, &b->printer.watch))
		err = fault_set(fault, STATUS_GONE, "out of memory; free some and try again");
	if (!err) {
		watch_sites_ask(b->printer.watch);
		err = begin_record(b, fault);
	}
	if (!err)
		err = metrics_open(o, false, b->signals, &b->metrics, fault);
	return err ? err : printer_open(&b->printer, fault);
}

int run_batch(const struct options *o, int32_t pid, struct child *child)
{
	struct fault fault = {0};
	struct source *source = NULL;
	struct batch b = {.signals = signals_open_end()};
	int status;

	if (begin(&b, o, pid, &source, &fault))
		return fail(&b, child, &fault);
	status = watch_to_the_end(&b, source, child);
	watch_free(b.printer.watch);
	printer_done(&b.printer);
	recorder_unref(b.recorder);
	metrics_unref(b.metrics);
	return status;
}
