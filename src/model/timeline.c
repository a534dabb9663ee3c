/* SPDX-License-Identifier: MIT */
/*
 * Slots in time, thinning with age. Knows times and where they lie; refuses to know what is
 * measured.
 */
#include "model/timeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static unsigned timeline_slots(const struct timeline *t)
{
	return t->full + t->levels * t->per_level;
}

int timeline_init(struct timeline *t, unsigned full, unsigned per_level, uint64_t width,
                  uint64_t span)
{
	unsigned slots;

	*t = (struct timeline){.full = full, .per_level = per_level, .width = width ? width : 1};
	t->levels = 1;
	while (t->levels < TIMELINE_LEVELS && (t->width << (t->levels - 1)) < span / per_level)
		t->levels++;
	slots = timeline_slots(t);
	t->start = calloc(slots, sizeof(*t->start));
	t->end = calloc(slots, sizeof(*t->end));
	t->gap = calloc(slots, sizeof(*t->gap));
	if (t->start && t->end && t->gap)
		return 0;
	timeline_done(t);
	return -ENOMEM;
}

void timeline_done(struct timeline *t)
{
	free(t->start);
	free(t->end);
	free(t->gap);
	*t = (struct timeline){.full = 0};
}

size_t timeline_bytes(const struct timeline *t)
{
	return timeline_slots(t) * (sizeof(*t->start) + sizeof(*t->end) + sizeof(*t->gap));
}

static unsigned level_slot(const struct timeline *t, unsigned level, unsigned i)
{
	return t->full + level * t->per_level + (t->level[level].head + i) % t->per_level;
}

static void step_note(struct timeline_steps *steps, unsigned from, unsigned to, bool merge)
{
	steps->step[steps->count++] =
	        (struct timeline_step){.from = from, .to = to, .merge = merge};
}

/* Moves the item in the slot `from` into a level, and from there on what has to give way. */
static void level_put(struct timeline *t, unsigned level, unsigned from,
                      struct timeline_steps *steps)
{
	struct ring *ring = &t->level[level];
	uint64_t width = t->width << level;
	uint64_t start = t->start[from], end = t->end[from];
	bool gap = t->gap[from];
	unsigned to;

	if (ring->count) {
		to = level_slot(t, level, ring->count - 1);
		if (t->start[to] / width == start / width) {
			t->end[to] = end;
			step_note(steps, from, to, true);
			return;
		}
	}
	if (ring->count == t->per_level) {
		if (level + 1 < t->levels)
			level_put(t, level + 1, level_slot(t, level, 0), steps);
		ring->head = (ring->head + 1) % t->per_level;
		ring->count--;
	}
	to = level_slot(t, level, ring->count++);
	t->start[to] = start;
	t->end[to] = end;
	t->gap[to] = gap;
	step_note(steps, from, to, false);
}

void timeline_push(struct timeline *t, uint64_t time, bool gap, struct timeline_steps *ret)
{
	struct ring *ring = &t->recent;

	ret->count = 0;
	if (ring->count == t->full) {
		level_put(t, 0, ring->head, ret);
		ring->head = (ring->head + 1) % t->full;
		ring->count--;
	}
	ret->slot = (ring->head + ring->count++) % t->full;
	t->start[ret->slot] = t->end[ret->slot] = time;
	t->gap[ret->slot] = gap;
}

unsigned timeline_count(const struct timeline *t)
{
	unsigned n = t->recent.count;

	for (unsigned k = 0; k < t->levels; k++)
		n += t->level[k].count;
	return n;
}

unsigned timeline_slot(const struct timeline *t, unsigned i)
{
	for (unsigned k = t->levels; k-- > 0;) {
		if (i < t->level[k].count)
			return level_slot(t, k, i);
		i -= t->level[k].count;
	}
	return (t->recent.head + i) % t->full;
}

unsigned timeline_until(const struct timeline *t, uint64_t time)
{
	unsigned from = 0, to = timeline_count(t);

	while (from < to) {
		unsigned middle = from + (to - from) / 2;

		if (t->end[timeline_slot(t, middle)] <= time)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}
