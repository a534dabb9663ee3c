/* SPDX-License-Identifier: MIT */
/* Knows when samples come too fast or too seldom. Refuses to know what they are. */
#include "sites/growth_period.h"

#include <stddef.h>

static const uint64_t steps[] = {1, 3, 7, 13, 31, 61, 127, 251, 509, 1021, 2039, 4093, 8191, 16381};
enum { STEPS = sizeof(steps) / sizeof(steps[0]), LOST_LEAST = 8 };
#define WINDOW  1000000000ull /* ns */
#define SHORTLY 50000000ull   /* a rate over less says nothing */

void growth_period_begin(struct growth_period *p, uint64_t now)
{
	*p = (struct growth_period){.value = steps[0], .since = now};
}

static void window_begin(struct growth_period *p, uint64_t samples, uint64_t lost, uint64_t now)
{
	p->since = now;
	p->samples = samples;
	p->lost = lost;
}

/* The first step at which this rate would be half of what is too much. */
static unsigned step_for(const struct growth_period *p, double rate)
{
	unsigned step = p->step;

	while (step + 1 < STEPS &&
	       rate * (double)p->value / (double)steps[step] > GROWTH_SAMPLES_MAX / 2)
		step++;
	return step;
}

/* So many of those of this window that it is no chance, and not so few that fewer would say too little. */
static bool is_losing(uint64_t samples, uint64_t lost, double rate)
{
	return lost >= LOST_LEAST && lost * 100 > (samples + lost) * GROWTH_LOST_PERCENT &&
	       rate > 4 * GROWTH_SAMPLES_MIN;
}

bool growth_period_turn(struct growth_period *p, uint64_t samples, uint64_t lost, uint64_t now)
{
	double seconds = (double)(now - p->since) / 1e9;
	double rate = seconds > 0 ? (double)(samples - p->samples + lost - p->lost) / seconds : 0;
	unsigned step = p->step;

	if (now - p->since < SHORTLY)
		return false;
	/* Too much within a part of a second is too much only if it is so many at all. */
	bool many = samples - p->samples + lost - p->lost > GROWTH_SAMPLES_MAX / 4;
	if (rate > GROWTH_SAMPLES_MAX && many)
		step = step_for(p, rate);
	else if (is_losing(samples - p->samples, lost - p->lost, rate) && step + 1 < STEPS)
		step++;
	else if (now - p->since >= WINDOW && rate < GROWTH_SAMPLES_MIN && step > 0)
		step--;
	if (step < p->floor)
		step = p->floor;
	if (step == p->step && now - p->since < WINDOW)
		return false;
	window_begin(p, samples, lost, now);
	bool changed = step != p->step;
	p->step = step;
	p->value = steps[step];
	return changed;
}

void growth_period_double(struct growth_period *p)
{
	p->floor = p->step + 1 < STEPS ? p->step + 1 : p->step;
}
