/* SPDX-License-Identifier: MIT */
/*
 * Knows the short history of every process: at most PROCESS_TRACE points at times that all have in common;
 * when they are full every other one is dropped and the distance doubles, so that it reaches back to the
 * first pass. From it come the sparkline, a growth that costs next to nothing, and who is suspect.
 * Refuses to judge: the engine does, of suspects alone.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "source/scan_internal.h"

enum { POINTS_LEAST = 6 };

/*
 * Growth under ups and downs is a weaker hint than growth that outweighs them. Who is judged stays judged
 * until others look far worse: an engine that is changed all the time learns nothing.
 */
static const double weight_floor = 0.25, weight_rss = 0.25, weight_kept = 4;

static uint32_t kib(uint64_t bytes)
{
	if (!known(bytes))
		return PROCESS_KIB_UNKNOWN;
	return bytes >> 10 < PROCESS_KIB_UNKNOWN ? (uint32_t)(bytes >> 10)
	                                         : PROCESS_KIB_UNKNOWN - 1;
}

static void tracks_thin(struct scan *s)
{
	unsigned half = s->time_count / 2;

	for (unsigned i = 0; i < half; i++)
		s->times[i] = s->times[2 * i + 1];
	for (size_t n = 0; n < s->count; n++) {
		struct tracked *t = &s->all[n];
		for (unsigned i = 0; i < half; i++) {
			t->held[i] = t->held[2 * i + 1];
			t->rss[i] = t->rss[2 * i + 1];
		}
		t->from /= 2;
	}
	s->time_count = half;
	s->stride *= 2;
}

/* True when this pass gives a point. */
static bool point_begin(struct scan *s)
{
	if (s->time_count && ++s->skipped < s->stride)
		return false;
	s->skipped = 0;
	if (s->time_count == PROCESS_TRACE)
		tracks_thin(s);
	s->times[s->time_count++] = s->now;
	return true;
}

/* What the thirds of a history say: a process that grew holds more in the last than in the first. */
struct thirds {
	double first, last;          /* means, KiB */
	double first_max, first_min; /* KiB */
	double last_min;
	double up, down; /* sums of rises and of falls, KiB */
};

static void thirds_add(double v, double *mean, double *min, double *max, unsigned n)
{
	*mean += v / n;
	*min = fmin(*min, v);
	*max = fmax(*max, v);
}

static struct thirds thirds_of(const uint32_t *v, unsigned count)
{
	struct thirds r = {.first_max = 0, .first_min = INFINITY, .last_min = INFINITY};
	unsigned third = count / 3;
	double ignored = 0;

	for (unsigned i = 0; i < count; i++) {
		double x = v[i], step = i ? x - (double)v[i - 1] : 0;
		*(step > 0 ? &r.up : &r.down) += fabs(step);
		if (i < third)
			thirds_add(x, &r.first, &r.first_min, &r.first_max, third);
		else if (i >= count - third)
			thirds_add(x, &r.last, &r.last_min, &ignored, third);
	}
	return r;
}

/* In KiB; how steadily it rose makes it more or less. */
static double score_of(const struct thirds *t)
{
	double beyond = t->last_min - t->first_max, floor = t->last_min - t->first_min;
	double kept = t->up > 0 ? (t->up - t->down) / t->up : 0;

	if (beyond > 0)
		return beyond * fmax(kept, 0);
	return floor > 0 && t->last > t->first ? weight_floor * floor * fmax(kept, 0) : 0;
}

static bool all_same(const uint32_t *v, unsigned count)
{
	for (unsigned i = 1; i < count; i++)
		if (v[i] != v[0])
			return false;
	return true;
}

static bool is_known(const uint32_t *v, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (v[i] == PROCESS_KIB_UNKNOWN)
			return false;
	return true;
}

/* Growth and score of one process from its points; most are at rest and cost nothing. */
static void growth_find(const struct scan *s, struct tracked *t)
{
	unsigned count = s->time_count - t->from;
	const uint64_t *times = s->times + t->from;
	const uint32_t *held = t->held + t->from, *rss = t->rss + t->from;

	t->row.growth = NAN;
	t->score = 0;
	if (count < POINTS_LEAST || t->row.kthread || !is_known(held, count))
		return;
	t->row.growth = 0;
	if (!all_same(held, count)) {
		struct thirds h = thirds_of(held, count);
		/* The times of thirds lie two thirds of the span apart, more or less evenly. */
		unsigned third = count / 3;
		double from = 0, to = 0;
		for (unsigned i = 0; i < third; i++) {
			from += (double)times[i] / third;
			to += (double)times[count - third + i] / third;
		}
		t->row.growth = (h.last - h.first) * 1024 * 60 * (double)NS_PER_S / (to - from);
		t->score = score_of(&h);
	}
	if (t->score <= 0 && is_known(rss, count) && !all_same(rss, count)) {
		struct thirds r = thirds_of(rss, count);
		t->score = weight_rss * score_of(&r);
	}
}

static void spark_make(const struct scan *s, struct tracked *t)
{
	unsigned count = s->time_count - t->from;
	unsigned points = count < PROCESS_SPARK ? count : PROCESS_SPARK;

	t->row.spark_count = (uint8_t)points;
	for (unsigned i = 0; i < points; i++)
		t->row.spark[i] = t->held[t->from + (i + 1) * count / points - 1];
}

/* --- suspects --------------------------------------------------------------------------------------- */

struct candidate {
	double score;
	uint32_t at;
};

static int by_falling_score(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->score > y->score || x->score < y->score)
		return x->score < y->score ? 1 : -1;
	return (x->at > y->at) - (x->at < y->at);
}

/* The most suspicious ones so far stand sorted in `best`; a better one pushes the last out. */
static void candidate_add(struct candidate *best, unsigned *count, struct candidate c)
{
	unsigned i = *count < PROCESS_SUSPECTS ? *count : PROCESS_SUSPECTS - 1;

	if (*count == PROCESS_SUSPECTS && by_falling_score(&c, &best[i]) > 0)
		return;
	while (i > 0 && by_falling_score(&c, &best[i - 1]) < 0) {
		best[i] = best[i - 1];
		i--;
	}
	best[i] = c;
	*count += *count < PROCESS_SUSPECTS;
}

static void suspects_choose(struct scan *s)
{
	struct candidate best[PROCESS_SUSPECTS];
	unsigned count = 0;

	for (size_t i = 0; i < s->count; i++) {
		struct tracked *t = &s->all[i];
		/* Not ourselves: looking at suspects takes memory, and each new one more of it. */
		if (s->root.real && t->row.pid == s->self)
			continue;
		double score = t->score * (t->row.suspect ? weight_kept : 1);
		/* One that stopped growing keeps its place until another needs it: that it ended is news. */
		if (score <= 0 && t->row.suspect)
			score = 1e-6;
		t->row.suspect = false;
		if (score > 0)
			candidate_add(best, &count, (struct candidate){score, (uint32_t)i});
	}
	for (unsigned i = 0; i < count; i++)
		s->all[best[i].at].row.suspect = true;
}

void scan_trace(struct scan *s)
{
	bool point = point_begin(s);

	for (size_t i = 0; i < s->count; i++) {
		struct tracked *t = &s->all[i];
		unsigned last = s->time_count - 1;
		if (t->row.first_time == s->now)
			t->from = point ? last : s->time_count;
		if (!point)
			continue;
		t->held[last] = kib(process_held(&t->row));
		t->rss[last] = kib(t->row.rss);
		growth_find(s, t);
		spark_make(s, t);
	}
	if (point)
		suspects_choose(s);
}

void scan_trace_list(const struct scan *s, const uint32_t *order, struct process_list *l)
{
	l->time_count = s->time_count;
	memcpy(l->times, s->times, sizeof(l->times));
	l->span = s->time_count ? s->now - s->times[0] : 0;
	l->growth_known = s->time_count >= POINTS_LEAST;
	l->suspect_count = 0;
	for (size_t i = 0; i < l->count && l->suspect_count < PROCESS_SUSPECTS; i++) {
		const struct tracked *t = &s->all[order[i]];
		if (!t->row.suspect)
			continue;
		struct process_suspect *p = &l->suspects[l->suspect_count++];
		p->row = (uint32_t)i;
		p->from = t->from;
		memcpy(p->held, t->held, sizeof(p->held));
		memcpy(p->rss, t->rss, sizeof(p->rss));
		p->reason[0] = '\0';
	}
}
