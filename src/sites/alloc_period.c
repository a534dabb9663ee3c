/* SPDX-License-Identifier: MIT */
/* Knows how many bytes between two samples are too few or too many. Refuses to know what they cost: that is the guard's. */
#include "sites/tracer_alloc.h"

enum {
	PERIOD_BEGIN = 16 << 10,
	FEW_HITS = 2 * ALLOC_SAMPLES_MAX, /* a second: every block can be a sample */
	BLOCK_MIN = 16,                   /* below that all blocks are samples */
};
#define PERIOD_MAX (1ull << 40)
#define WINDOW     500000000ull /* ns */

void alloc_period_begin(struct alloc_period *p, double hits_per_s, uint64_t now)
{
	*p = (struct alloc_period){.value = hits_per_s < FEW_HITS ? 1 : PERIOD_BEGIN, .since = now};
}

/* What it should be after a window with so many a second, and so many a second that probes were set. */
static uint64_t period_next(uint64_t value, double rate, double set_rate, bool losing)
{
	if (rate > 4 * ALLOC_SAMPLES_MAX)
		value = value < BLOCK_MIN ? 8 * BLOCK_MIN : 8 * value;
	else if (rate > ALLOC_SAMPLES_MAX || set_rate > ALLOC_SET_SAMPLES_MAX || losing)
		value = value < BLOCK_MIN ? 2 * BLOCK_MIN : 2 * value;
	else if (rate < ALLOC_SAMPLES_MIN && set_rate < ALLOC_SET_SAMPLES_MAX / 3)
		value /= 2;
	if (value < BLOCK_MIN)
		return 1;
	return value < PERIOD_MAX ? value : PERIOD_MAX;
}

static double seconds(uint64_t from, uint64_t to)
{
	return to > from ? (double)(to - from) / 1e9 : 1e-3;
}

bool alloc_period_turn(struct alloc_period *p, uint64_t samples, uint64_t lost, uint64_t set,
                       uint64_t now)
{
	uint64_t before = p->value, count = samples - p->samples, losses = lost - p->lost;

	/* So many are too many however short the time was. */
	if (now - p->since < WINDOW && count + losses < ALLOC_SAMPLES_MAX)
		return false;
	double all = (double)(count + losses);
	/* Where probes were not set there is nothing to tell. */
	if (set > p->set)
		p->value = period_next(before, all / seconds(p->since, now),
		                       all / seconds(p->set, set), losses * 10 > count);
	p->since = now;
	p->set = set;
	p->samples = samples;
	p->lost = lost;
	return p->value != before;
}
