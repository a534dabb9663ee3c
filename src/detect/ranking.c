/* SPDX-License-Identifier: MIT */
#include "detect/ranking.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "detect/detect.h"

/*
 * Knows which suspects have an engine and what it is told. Refuses to know how a verdict is reached, and how
 * one becomes suspect.
 */

/* Histories told in one pass, in points: a pass must stay cheap when many become suspect at once. */
enum { TOLD_AT_ONCE = 4 * PROCESS_TRACE };

/* An engine and the process it is about. */
struct slot {
	struct detect *detect; /* NULL: free */
	int32_t pid;
	uint64_t start_ticks;
	char comm[PROC_NAME_MAX];
	bool exact;     /* the figures of the last sample came from status */
	uint64_t last;  /* ns; of the last sample */
	bool seen;      /* in this list */
	uint64_t value; /* suspicion at the last list */
};

struct ranking {
	struct slot slots[PROCESS_SUSPECTS];
	unsigned told; /* points in this pass */
	uint64_t last; /* ns; of the list before */
	uint64_t step; /* ns; between it and the one before that */
	uint64_t most; /* ns between two samples that are no gap */
};

struct ranking *ranking_new(void)
{
	return calloc(1, sizeof(struct ranking));
}

static void slot_free(struct slot *s)
{
	detect_free(s->detect);
	*s = (struct slot){0};
}

void ranking_free(struct ranking *r)
{
	if (!r)
		return;
	for (unsigned i = 0; i < PROCESS_SUSPECTS; i++)
		slot_free(&r->slots[i]);
	free(r);
}

static struct slot *slot_find(struct ranking *r, const struct process *p)
{
	for (unsigned i = 0; i < PROCESS_SUSPECTS; i++) {
		struct slot *s = &r->slots[i];
		if (s->detect && s->pid == p->pid && s->start_ticks == p->start_ticks)
			return s;
	}
	return NULL;
}

/* A free one, else the least suspicious of those that are suspects no more. */
static struct slot *slot_take(struct ranking *r)
{
	struct slot *best = NULL;

	for (unsigned i = 0; i < PROCESS_SUSPECTS; i++) {
		struct slot *s = &r->slots[i];
		if (!s->detect)
			return s;
		if (!s->seen && (!best || s->value < best->value))
			best = s;
	}
	if (best)
		slot_free(best);
	return best;
}

/* --- what the engine is told ------------------------------------------------------------------------ */

static uint64_t bytes_of(uint32_t kib)
{
	return kib == PROCESS_KIB_UNKNOWN ? UNKNOWN : (uint64_t)kib << 10;
}

/* The short history, up to the present: anonymous memory with what is swapped out as one figure. */
static void history_tell(struct ranking *r, struct slot *s, const struct process_list *l,
                         const struct process_suspect *h)
{
	struct sample sample;

	for (unsigned i = h->from; i < l->time_count && l->times[i] < l->time; i++) {
		sample_init(&sample);
		sample.time = l->times[i];
		sample.v[FIGURE_ANON] = bytes_of(h->held[i]);
		sample.v[FIGURE_SWAP] = 0;
		sample.v[FIGURE_RSS] = bytes_of(h->rss[i]);
		if (!known(sample.v[FIGURE_ANON]))
			continue;
		detect_sample(s->detect, &sample);
		s->last = sample.time;
		r->told++;
	}
}

/* Its figures came from status, not from statm. */
static bool is_exact(const struct process *p)
{
	return known(p->hwm);
}

static unsigned flags_of(const struct ranking *r, const struct slot *s,
                         const struct process_list *l, const struct process *p)
{
	unsigned flags = 0;

	if (strcmp(s->comm, p->comm) != 0)
		flags |= SAMPLE_EPOCH;
	if (p->state == 'T' || p->state == 't')
		flags |= SAMPLE_STOPPED;
	/* The list was not looked at for a while. */
	if (s->last && r->most && l->time - s->last > r->most)
		flags |= SAMPLE_GAP;
	/* statm may lag behind status by some pages a CPU: the step between them is no growth. */
	if (s->last && s->exact != is_exact(p))
		flags |= SAMPLE_GAP;
	return flags;
}

static void present_tell(const struct ranking *r, struct slot *s, const struct process_list *l,
                         const struct process *p)
{
	struct sample sample;

	sample_init(&sample);
	sample.time = l->time;
	sample.flags = flags_of(r, s, l, p);
	sample.v[FIGURE_RSS] = p->rss;
	sample.v[FIGURE_VSZ] = p->vsz;
	sample.v[FIGURE_ANON] = p->anon;
	sample.v[FIGURE_SWAP] = known_or(p->swap, 0);
	sample.v[FIGURE_SHMEM] = p->shmem;
	sample.v[FIGURE_HWM] = p->hwm;
	sample.v[FIGURE_AGE] = p->age;
	detect_sample(s->detect, &sample);
	memcpy(s->comm, p->comm, sizeof(s->comm));
	s->exact = is_exact(p);
	s->last = l->time;
}

/* --- what it says ----------------------------------------------------------------------------------- */

/* Verdict first, then confidence, then growth. */
static uint64_t suspicion_of(const struct process *p)
{
	static const uint64_t class[VERDICT_KIND_COUNT] = {
	        [VERDICT_LEAK] = 4, [VERDICT_SUSPICIOUS] = 3, [VERDICT_NO_LEAK] = 1};
	const double most = 1e14;
	double growth = isfinite(p->growth) && p->growth > 0 ? fmin(p->growth, most) : 0;
	uint64_t k = class[p->verdict < VERDICT_KIND_COUNT ? p->verdict : 0];

	if (k == 0 && (!p->suspect || growth <= 0))
		return 0;
	if (k == 0)
		k = 2; /* it grows, and more cannot be said yet */
	return k << 56 | (uint64_t)(p->confidence > 0 ? p->confidence : 0) << 48 | (uint64_t)growth;
}

static void verdict_take(struct process *p, const struct verdict *v, struct process_suspect *s)
{
	p->verdict = (uint8_t)v->kind;
	p->cause = (uint8_t)v->cause;
	p->confidence = (int8_t)(v->kind == VERDICT_UNKNOWN ? -1 : v->confidence);
	if ((v->kind == VERDICT_LEAK || v->kind == VERDICT_SUSPICIOUS) && isfinite(v->growth))
		p->growth = v->growth * 60;
	if (s)
		snprintf(s->reason, sizeof(s->reason), "%s", v->reason);
}

static void newcomer_judge(struct ranking *r, struct process_list *l, struct process_suspect *h)
{
	struct process *p = &l->rows[h->row];
	struct slot *s = r->told < TOLD_AT_ONCE ? slot_take(r) : NULL;

	if (!s)
		return;
	*s = (struct slot){.detect = detect_new(), .pid = p->pid, .start_ticks = p->start_ticks};
	if (!s->detect)
		return;
	memcpy(s->comm, p->comm, sizeof(s->comm));
	history_tell(r, s, l, h);
	present_tell(r, s, l, p);
	s->seen = true;
	verdict_take(p, detect_verdict(s->detect), h);
	s->value = suspicion_of(p);
}

static void known_judge(struct ranking *r, struct process_list *l, size_t row)
{
	struct process *p = &l->rows[row];
	struct slot *s = slot_find(r, p);

	if (!s)
		return;
	present_tell(r, s, l, p);
	s->seen = true;
	verdict_take(p, detect_verdict(s->detect), NULL);
	s->value = suspicion_of(p);
}

static void reason_put(struct ranking *r, const struct process_list *l, struct process_suspect *h)
{
	struct slot *s = slot_find(r, &l->rows[h->row]);

	if (s)
		snprintf(h->reason, sizeof(h->reason), "%s", detect_verdict(s->detect)->reason);
}

/* Engines of processes that are gone are of no more use; others make room when it is needed. */
static void gone_forget(struct ranking *r)
{
	for (unsigned i = 0; i < PROCESS_SUSPECTS; i++)
		if (r->slots[i].detect && !r->slots[i].seen)
			slot_free(&r->slots[i]);
}

/*
 * Passes may be slower than they were meant to be: what was usual last is no gap. After a pause the first
 * distance is one, and those that follow are short again.
 */
static void gap_expect(struct ranking *r, const struct process_list *l)
{
	uint64_t usual = r->step > l->interval ? r->step : l->interval;

	r->most = 3 * usual;
	r->step = r->last ? l->time - r->last : 0;
	r->last = l->time;
}

void ranking_judge(struct ranking *r, struct process_list *l)
{
	gap_expect(r, l);
	r->told = 0;
	for (unsigned i = 0; i < PROCESS_SUSPECTS; i++)
		r->slots[i].seen = false;
	for (size_t i = 0; i < l->count; i++)
		known_judge(r, l, i);
	gone_forget(r);
	/* Engines of those that are suspects no more go on until somebody needs them. */
	for (unsigned i = 0; i < PROCESS_SUSPECTS; i++)
		r->slots[i].seen = false;
	for (unsigned i = 0; i < l->suspect_count; i++) {
		struct slot *s = slot_find(r, &l->rows[l->suspects[i].row]);
		if (s)
			s->seen = true;
		reason_put(r, l, &l->suspects[i]);
	}
	for (unsigned i = 0; i < l->suspect_count; i++)
		if (!slot_find(r, &l->rows[l->suspects[i].row]))
			newcomer_judge(r, l, &l->suspects[i]);
	for (size_t i = 0; i < l->count; i++)
		l->rows[i].suspicion = suspicion_of(&l->rows[i]);
}

void ranking_judge_any(void *r, struct process_list *l)
{
	ranking_judge(r, l);
}

void ranking_free_any(void *r)
{
	ranking_free(r);
}
