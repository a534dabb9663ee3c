/* SPDX-License-Identifier: MIT */
/* Knows how many bytes between two samples are too few or too many. Refuses to know what they cost: that is the guard's. */
#include "sites/tracer_alloc.h"

enum {
	SAMPLES_MAX = 2000, /* a second: the tool's own work grows with them */
	SAMPLES_MIN = 300,  /* fewer leave a site of every tenth block in doubt */
	PERIOD_BEGIN = 64 << 10,
	FEW_HITS = 1000, /* a second: every block can be a sample */
};
#define PERIOD_MAX (1ull << 40)
#define WINDOW     300000000ull /* ns */

void alloc_period_begin(struct alloc_period *p, double hits_per_s)
{
	*p = (struct alloc_period){.value = hits_per_s < FEW_HITS ? 1 : PERIOD_BEGIN};
}

bool alloc_period_turn(struct alloc_period *p, uint64_t samples, uint64_t set)
{
	uint64_t before = p->value;

	/* So many are too many however short the time was. */
	if (set - p->since < WINDOW && samples - p->samples < SAMPLES_MAX)
		return false;
	double seconds = set > p->since ? (double)(set - p->since) / 1e9 : 1e-3;
	double rate = (double)(samples - p->samples) / seconds;
	p->since = set;
	p->samples = samples;
	if (rate > SAMPLES_MAX)
		p->value *= rate > 4 * SAMPLES_MAX ? 8 : 2;
	else if (rate < SAMPLES_MIN)
		p->value /= 4;
	if (p->value > PERIOD_MAX)
		p->value = PERIOD_MAX;
	/* Below the size of a block nothing changes but words. */
	if (p->value < 16)
		p->value = before == 1 && rate > SAMPLES_MAX ? 16 : 1;
	return p->value != before;
}
