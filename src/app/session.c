/* SPDX-License-Identifier: MIT */
#include "app/session.h"

/*
 * The clock thread: ticks, orders, published moments. It outlives the target, so that one can step back
 * through what was seen, and ends when it is told to.
 */

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "app/closing.h"
#include "app/metrics_open.h"
#include "app/opening.h"
#include "app/record_open.h"
#include "app/session_internal.h"
#include "app/ticker.h"
#include "base/await.h"
#include "base/clock.h"
#include "model/history.h"
#include "report/data.h"

struct mailbox *session_mailbox(struct session *s)
{
	return s->mailbox;
}

struct watch *session_watch(struct session *s)
{
	return s->watch;
}

struct output *session_csv(struct session *s)
{
	return &s->csv;
}

struct recorder *session_recorder(struct session *s)
{
	return s->recorder;
}

struct metrics *session_metrics(struct session *s)
{
	return s->metrics;
}

int session_status(const struct session *s)
{
	return atomic_load(&s->status);
}

static void publish(struct session *s)
{
	struct moment *m = watch_moment(s->watch, UNKNOWN, s->focus);

	metrics_follow(s->metrics, s->watch, m);
	mailbox_publish_live(s->mailbox, m);
}

static void publish_past(struct session *s)
{
	if (known(s->cursor))
		mailbox_publish_past(s->mailbox, watch_moment(s->watch, s->cursor, s->focus));
}

/* The region in focus grows: its page map follows. */
static void follow_focus(struct session *s)
{
	const struct region_table *t = watch_table(s->watch);
	const struct region *r = s->focus && t ? region_table_find(t, s->focus) : NULL;

	if (r)
		source_focus(watch_source(s->watch), r->id, r->start, r->end);
}

/* Rows that are missing: the reader of the file cannot see that, nor whoever looks at the screen. */
static void note_missing(struct session *s)
{
	enum missing now = s->csv.error     ? MISSING_ALL
	                   : s->csv.dropped ? MISSING_SOME
	                                    : MISSING_NONE;
	char text[160];

	if (now <= s->missing_told)
		return;
	s->missing_told = now;
	snprintf(text, sizeof(text), "--csv cannot be written any more: %s",
	         fault_reason(s->csv.error));
	watch_note(s->watch, now == MISSING_ALL
	                             ? text
	                             : "the reader of --csv is slow: rows are missing there");
}

static enum watch_end on_sample(void *arg)
{
	struct session *s = arg;

	follow_focus(s);
	while (watch_next_line(s->watch))
		; /* the screen shows the verdict itself; lines are for batch */
	if (s->csv.fd >= 0) {
		csv_sample(&watch_row(s->watch)->sample, &s->line);
		output_write(&s->csv, &s->line);
		note_missing(s);
	}
	atomic_store(&s->status, s->csv.error ? STATUS_OUTPUT : closing_status(s->watch, s->o));
	publish(s);
	return END_NOT_YET;
}

static void on_update(void *arg)
{
	follow_focus(arg);
	publish(arg);
}

/* --- orders -------------------------------------------------------------------------------------- */

/* Where a step leads; UNKNOWN: nowhere. */
static uint64_t step_target(const struct history *h, uint64_t from, uint64_t direction)
{
	switch (direction) {
	case STEP_BACK:
		return history_before(h, from);
	case STEP_FORTH:
		return history_after(h, from);
	case STEP_FIRST:
		return history_oldest(h);
	case STEP_EVENT_BEFORE:
		return history_event_before(h, from);
	case STEP_EVENT_AFTER:
		return history_event_after(h, from);
	default:
		return history_newest(h);
	}
}

static void step(struct session *s, uint64_t direction)
{
	const struct history *h = watch_history(s->watch);
	uint64_t to = step_target(h, known(s->cursor) ? s->cursor : history_newest(h), direction);

	if (known(to))
		s->cursor = to;
	publish_past(s);
}

/* To the sample at or before that time, at most the oldest. */
static void jump(struct session *s, uint64_t time)
{
	const struct history *h = watch_history(s->watch);
	uint64_t to = history_before(h, known_add(time, 1));

	s->cursor = known(to) ? to : history_oldest(h);
	publish_past(s);
}

/* The time of the watch at which the clock on the wall said so, as far as nobody set it meanwhile. */
static uint64_t time_of_wall(const struct session *s, uint64_t wall)
{
	const struct sample *newest = &watch_row(s->watch)->sample;
	uint64_t ago = known_sub(newest->wall, wall);

	return watch_samples(s->watch) ? known_or(known_sub(newest->time, ago), 0) : 0;
}

static void set_focus(struct session *s, const struct order *o)
{
	s->focus = o->value;
	source_focus(watch_source(s->watch), o->value, o->start, o->end);
	publish(s);
	publish_past(s);
}

static void obey(struct session *s, const struct order *o)
{
	switch (o->kind) {
	case ORDER_STOP:
		s->stopped = true;
		break;
	case ORDER_INTERVAL:
		watch_set_interval(s->watch, o->value);
		source_set_period(watch_source(s->watch), o->value);
		publish(s);
		break;
	case ORDER_BASELINE:
		watch_rebase(s->watch);
		watch_mark_baseline(s->watch);
		publish(s);
		break;
	case ORDER_FOCUS:
		set_focus(s, o);
		break;
	case ORDER_CURSOR:
		s->cursor = o->value;
		watch_mark_freeze(s->watch);
		break;
	case ORDER_STEP:
		step(s, o->value);
		break;
	case ORDER_LIVE:
		s->cursor = UNKNOWN;
		publish(s);
		break;
	case ORDER_RECORD:
		watch_record(s->watch, o->recorder);
		recorder_unref(o->recorder);
		publish(s);
		break;
	case ORDER_GOTO:
		jump(s, o->value);
		break;
	case ORDER_GOTO_WALL:
		jump(s, time_of_wall(s, o->value));
		break;
	case ORDER_SCAN:
		watch_heap_run(s->watch, o->value != 0);
		publish(s);
		break;
	case ORDER_PEEK:
		watch_heap_peek(s->watch, o->value);
		break;
	case ORDER_TRACE:
		watch_sites_run(s->watch, (enum sites_kind)o->value);
		publish(s);
		break;
	case ORDER_PRICE:
		watch_sites_price(s->watch);
		publish(s);
		break;
	case ORDER_PLAY:
	case ORDER_SPEED:
		break; /* the present cannot be hurried */
	}
}

static enum watch_end on_order(void *arg)
{
	struct session *s = arg;
	struct order o;

	while (mailbox_next_order(s->mailbox, &o))
		obey(s, &o);
	return s->stopped ? (enum watch_end)atomic_load(&s->how) : END_NOT_YET;
}

/* Who is waited for stands there at once: to look for them may take a while. */
static void publish_awaited(struct session *s)
{
	struct moment *m = watch_moment(s->watch, UNKNOWN, 0);

	if (m && m->waiting[0])
		mailbox_publish_live(s->mailbox, m);
	else
		moment_unref(m);
}

/* --- the thread ---------------------------------------------------------------------------------- */

static void *clock_main(void *arg)
{
	static const struct ticker_ops ops = {on_sample, on_update, on_order};
	struct session *s = arg;
	struct ticker t = {.watch = s->watch,
	                   .start = clock_mono(),
	                   .duration = s->o->duration,
	                   .exit_fd = s->exit_fd,
	                   .fd = mailbox_clock_fd(s->mailbox),
	                   .ops = &ops,
	                   .arg = s};
	watch_begin(s->watch, t.start);
	publish_awaited(s);
	enum watch_end how = ticker_run(&t);

	/* The last picture may stay for long; metrics of what is over must not. */
	metrics_finish(s->metrics);
	closing_end(s->watch, how, s->o, s->child);
	publish(s);
	while (!s->stopped) {
		struct pollfd p = {t.fd, POLLIN, 0};
		poll(&p, 1, -1);
		on_order(s);
	}
	/* The last thing: whoever reads it may join us without waiting. */
	await_ring(s->ended_fd);
	return NULL;
}

/* A reader that sleeps may hold up its rows, never the clock. */
static int open_csv(struct session *s, const char *path, struct fault *fault)
{
	int err = output_open(&s->csv, path, fault);

	if (err)
		return err;
	output_never_wait(&s->csv);
	csv_header(&s->line);
	output_write(&s->csv, &s->line);
	return 0;
}

static int start(struct session *s, const struct options *o, int32_t pid, bool first,
                 struct fault *fault)
{
	struct source *source = NULL;
	int err;

	err = opening_live(o, pid, &source, fault);
	if (err)
		return err;
	s->exit_fd = source_exit_fd(source);
	err = watch_new(source, o, &s->watch);
	if (!err && first)
		watch_sites_ask(s->watch);
	if (!err && o->csv && first)
		err = open_csv(s, o->csv, fault);
	if (!err && o->record && first) {
		err = record_open(o, true, -1, &s->recorder, fault);
		if (!err)
			watch_record(s->watch, s->recorder);
	}
	if (!err && first)
		err = metrics_open(o, true, -1, &s->metrics, fault);
	if (!err)
		err = -pthread_create(&s->thread, NULL, clock_main, s);
	return err;
}

int session_open(const struct options *o, int32_t pid, bool first, struct child *child,
                 struct session **ret, struct fault *fault)
{
	struct session *s = calloc(1, sizeof(*s));
	int err = -ENOMEM;

	if (!s) {
		fault_set(fault, STATUS_GONE, "out of memory; free some and try again");
		return err;
	}
	*s = (struct session){.o = o, .child = child, .cursor = UNKNOWN, .csv = {.fd = -1}};
	buf_init(&s->line, 1 << 20);
	atomic_init(&s->how, END_QUIT);
	atomic_init(&s->status, STATUS_GONE);
	s->mailbox = mailbox_new();
	s->ended_fd = eventfd(0, EFD_CLOEXEC);
	if (s->mailbox && s->ended_fd >= 0)
		err = start(s, o, pid, first, fault);
	if (err) {
		struct fault unsaid;

		if (fault && !fault->text[0])
			fault_set(fault, STATUS_GONE, "cannot watch process %d: %s", pid,
			          fault_reason(err));
		record_end(s->recorder, &unsaid);
		metrics_end(s->metrics, NS_PER_S, &unsaid);
		session_free(s);
		return err;
	}
	*ret = s;
	return 0;
}
