/* SPDX-License-Identifier: MIT */
#include "app/ticker.h"

/*
 * The grid and the waiting. Time k of the grid is k intervals after the start; a tick that was missed is
 * left out, not made up for. A sample waits a moment for the figures that another thread reads.
 */

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <time.h>

#include "base/clock.h"

/* How long a row waits for the heap figure before it goes without. */
#define PATIENCE (200 * NS_PER_MS)

/* How often the progress of a look inside the heap, or of a tracing that begins, is news. */
#define PROGRESS (250 * NS_PER_MS)

/* Source, end of the target, orders, heap, call sites. */
enum { AWAITED = 5 };

struct state {
	uint64_t next;     /* ns of the watch: the coming tick */
	bool pending;      /* prepare was called, the sample not yet taken */
	uint64_t deadline; /* of the pending sample */
};

static uint64_t now_of(const struct ticker *t)
{
	return clock_mono() - t->start;
}

static void begin_tick(struct ticker *t, struct state *s, uint64_t now)
{
	struct source *source = watch_source(t->watch);
	uint64_t interval = watch_interval(t->watch);
	uint64_t patience = interval / 2 < PATIENCE ? interval / 2 : PATIENCE;

	if (source->ops->prepare)
		source->ops->prepare(source, now);
	s->pending = true;
	s->deadline = now + patience;
	s->next += interval;
	if (s->next <= now)
		s->next = now - now % interval + interval;
}

static bool may_sample(const struct ticker *t, const struct state *s, uint64_t now)
{
	struct source *source = watch_source(t->watch);

	return now >= s->deadline || !source->ops->ready || source->ops->ready(source);
}

/* END_NOT_YET, END_TARGET when the source came to its end, or what the owner wants. */
static enum watch_end end_tick(struct ticker *t, struct state *s)
{
	int err = watch_sample(t->watch, now_of(t));

	s->pending = false;
	if (err == -ENODATA || err == -ESRCH)
		return END_TARGET;
	/* Nobody to be sampled: how long for already is news. */
	if (err == -EAGAIN && t->ops->updated)
		t->ops->updated(t->arg);
	return err ? END_NOT_YET : t->ops->sampled(t->arg);
}

/* What a sample waited for is shown with that sample, which is next. */
static void update(struct ticker *t, const struct state *s)
{
	if (t->ops->updated && !(s->pending && may_sample(t, s, now_of(t))))
		t->ops->updated(t->arg);
}

/* Waits until something happens or `until` (ns of the watch). Fills which of them are readable. */
static void wait_for(struct ticker *t, uint64_t until, bool ret[AWAITED])
{
	struct source *source = watch_source(t->watch);
	int wake = source->ops->wake ? source->ops->wake(source) : -1;
	struct pollfd fds[AWAITED] = {{wake, POLLIN, 0},
	                              {t->exit_fd, POLLIN, 0},
	                              {t->fd, POLLIN, 0},
	                              {watch_heap_fd(t->watch), POLLIN, 0},
	                              {watch_sites_fd(t->watch), POLLIN, 0}};
	uint64_t now = now_of(t), left = until > now ? until - now : 0;
	struct timespec ts = {(time_t)(left / NS_PER_S), (long)(left % NS_PER_S)};
	int n = ppoll(fds, AWAITED, &ts, NULL);

	for (int i = 0; i < AWAITED; i++)
		ret[i] = n > 0 && fds[i].revents;
}

/* After the interval was made shorter nobody waits for the end of the long one. */
static void shorten(const struct ticker *t, struct state *s)
{
	uint64_t soonest = now_of(t) + watch_interval(t->watch);

	if (s->next > soonest)
		s->next = soonest;
}

static uint64_t earliest(const struct ticker *t, const struct state *s)
{
	uint64_t until = s->pending ? s->deadline : s->next;

	if (!s->pending && t->duration < until)
		until = t->duration;
	if ((watch_heap_moves(t->watch) || watch_sites_moves(t->watch)) &&
	    now_of(t) + PROGRESS < until)
		until = now_of(t) + PROGRESS;
	return until;
}

enum watch_end ticker_run(struct ticker *t)
{
	struct state s = {0};
	enum watch_end end = END_NOT_YET;
	bool readable[AWAITED];

	while (end == END_NOT_YET) {
		uint64_t now = now_of(t);
		if (!s.pending && now >= s.next && s.next <= t->duration)
			begin_tick(t, &s, now);
		if (s.pending && may_sample(t, &s, now)) {
			end = end_tick(t, &s);
			continue;
		}
		if (!s.pending && now >= t->duration)
			return END_DURATION;
		wait_for(t, earliest(t, &s), readable);
		if (readable[2]) {
			end = t->ops->woken(t->arg);
			shorten(t, &s);
		}
		if (readable[0]) {
			watch_regions(t->watch);
			update(t, &s);
		}
		if (readable[3] ? watch_heap_take(t->watch) : watch_heap_moves(t->watch))
			update(t, &s);
		if (watch_sites_take(t->watch))
			update(t, &s);
		if (readable[1] && end == END_NOT_YET) {
			/* One more look, so that the source knows it too and keeps the last picture. */
			watch_sample(t->watch, now_of(t));
			end = END_TARGET;
		}
	}
	return end;
}
