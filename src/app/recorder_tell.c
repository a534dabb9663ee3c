/* SPDX-License-Identifier: MIT */
#include "app/recorder_internal.h"

/*
 * The door to the recorder: what it is told, and what it tells of itself. Knows what there is room for; refuses to
 * know when it is written.
 */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/human.h"
#include "base/known.h"

/* A write that takes longer is told of. */
#define SLOW_WRITE (3 * NS_PER_S)

/*
 * The words of a verdict that says the same have figures in them that creep on ("grew 10.3 MB in 2 min"). They are
 * written so often that what a replay shows lags by no more than a part of the time it has been said for: every
 * second at first, in the end every ten.
 */
#define VERDICT_PACE_FIRST NS_PER_S
#define VERDICT_PACE_LAST  (10 * NS_PER_S)
enum { VERDICT_LAG = 30 };

/* --- what it is told ---------------------------------------------------------------------------- */

/* Takes the item when it still fits into `room` bytes. */
static bool offer(struct recorder *r, struct record_item *i, size_t room)
{
	bool fits, alive;

	if (!i)
		return false;
	pthread_mutex_lock(&r->lock);
	alive = !atomic_load(&r->leaving) && !recorder_has_ended(r);
	fits = record_item_bytes(i) <= room && r->queue.bytes <= room - record_item_bytes(i);
	if (alive && fits) {
		record_push(&r->queue, i);
		pthread_cond_signal(&r->work);
	}
	pthread_mutex_unlock(&r->lock);
	if (!alive || !fits)
		record_item_free(i);
	/* What nobody wants any more is not missing. */
	return fits || !alive;
}

/* Behind the samples there is room for a while of what is rarer and worth more. */
static size_t reserve(const struct recorder *r)
{
	return r->o.room + r->o.room / 4;
}

void recorder_image(struct recorder *r, uint64_t time, struct target *t)
{
	if (r)
		offer(r, record_image(time, t), SIZE_MAX);
}

void recorder_past(struct recorder *r, struct record_item *i)
{
	if (r)
		offer(r, i, SIZE_MAX);
	else
		record_item_free(i);
}

static void tell_gap(struct recorder *r, uint64_t time)
{
	struct event e = {.time = time, .kind = EVENT_GAP};

	snprintf(e.text, sizeof(e.text),
	         "samples that were not recorded: %llu; the disk took nothing for too long",
	         (unsigned long long)r->unheard);
	r->unheard = 0;
	offer(r, record_event(&e), SIZE_MAX);
}

static void drop(struct recorder *r)
{
	r->dropping = true;
	r->unheard++;
	pthread_mutex_lock(&r->lock);
	r->state.dropped++;
	pthread_mutex_unlock(&r->lock);
}

void recorder_sample(struct recorder *r, const struct sample *s)
{
	struct sample copy = *s;

	if (!r)
		return;
	/* Once it was full it takes samples again when a quarter of it is free: gaps are few. */
	if (r->dropping)
		copy.flags |= SAMPLE_GAP;
	if (!offer(r, record_sample(&copy, 0, NULL), r->dropping ? r->o.room / 4 * 3 : r->o.room)) {
		drop(r);
		return;
	}
	r->dropping = false;
	if (r->unheard)
		tell_gap(r, s->time);
}

/* Large tables leave half of the room to the samples. One that is left out is made up for by the next. */
void recorder_regions(struct recorder *r, struct region_table *t)
{
	if (r && !r->dropping)
		offer(r, record_regions(t), r->o.room / 2);
}

/* Likewise: the next look tells as much. */
void recorder_heap(struct recorder *r, struct heap_facts *f)
{
	if (r && !r->dropping)
		offer(r, record_heap(f), r->o.room / 2);
}

/* Likewise; the last of a tracing is as good as all. */
void recorder_sites(struct recorder *r, struct sites_facts *f)
{
	if (r && !r->dropping)
		offer(r, record_sites(f), r->o.room / 2);
}

void recorder_event(struct recorder *r, const struct event *e)
{
	if (r)
		offer(r, record_event(e), reserve(r));
}

void recorder_fact(struct recorder *r, const char *key, const char *value)
{
	if (r)
		offer(r, record_fact(key, value), reserve(r));
}

/* The words and the number on the bar, not the figures that creep on. */
static bool says_the_same(const struct verdict *a, const struct verdict *b)
{
	return a->kind == b->kind && a->cause == b->cause && a->pattern == b->pattern &&
	       a->where == b->where && a->outside_heap == b->outside_heap &&
	       a->confidence == b->confidence && a->limit == b->limit && a->flagged == b->flagged;
}

static uint64_t pace_of(const struct recorder *r, uint64_t time, const struct verdict *v)
{
	uint64_t pace = (time - r->kind_since) / VERDICT_LAG;

	/* One that waits counts samples. */
	if ((v->kind == VERDICT_UNKNOWN && known(v->needs)) || pace < VERDICT_PACE_FIRST)
		return VERDICT_PACE_FIRST;
	return pace < VERDICT_PACE_LAST ? pace : VERDICT_PACE_LAST;
}

static void verdict_tell(struct recorder *r, uint64_t time, const struct verdict *v, bool same)
{
	if (!offer(r, record_verdict(time, v), same ? r->o.room : reserve(r)))
		return;
	if (!r->has_verdict || r->told.kind != v->kind)
		r->kind_since = time;
	r->has_verdict = true;
	r->told = *v;
	r->told_at = time;
}

void recorder_verdict(struct recorder *r, uint64_t time, const struct verdict *v)
{
	bool same;

	if (!r)
		return;
	same = r->has_verdict && says_the_same(v, &r->told);
	if (!same || (time - r->told_at >= pace_of(r, time, v) && memcmp(v, &r->told, sizeof(*v))))
		verdict_tell(r, time, v, same);
}

void recorder_verdict_now(struct recorder *r, uint64_t time, const struct verdict *v)
{
	if (r && (!r->has_verdict || memcmp(v, &r->told, sizeof(*v)) != 0))
		verdict_tell(r, time, v, false);
}

/* --- how it fares ------------------------------------------------------------------------------- */

/* A write that hangs is no error yet, but it is told. */
static void state_fill(const struct recorder *r, struct recorder_state *ret)
{
	uint64_t takes = r->writing ? clock_mono() - r->writing_since : 0;
	char time[HUMAN_MAX];

	*ret = r->state;
	if (!recorder_has_ended(r))
		ret->waiting = r->queue.samples;
	if (takes >= SLOW_WRITE && !ret->trouble[0])
		snprintf(ret->trouble, sizeof(ret->trouble),
		         "the disk is slow, it has been writing for %s; nothing is lost yet",
		         human_duration(time, takes));
}

void recorder_state(struct recorder *r, struct recorder_state *ret)
{
	pthread_mutex_lock(&r->lock);
	state_fill(r, ret);
	pthread_mutex_unlock(&r->lock);
}

const char *recorder_path(const struct recorder *r)
{
	return r->name;
}

const char *recorder_file(const struct recorder *r)
{
	return r->path;
}

int recorder_fd(const struct recorder *r)
{
	return r->news;
}

void recorder_news(struct recorder *r, struct recorder_state *ret)
{
	uint64_t n;

	if (read(r->news, &n, sizeof(n)) < 0)
		n = 0; /* somebody else took it: the state is what counts */
	recorder_state(r, ret);
}
