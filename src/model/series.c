/* SPDX-License-Identifier: MIT */
/*
 * Values along a timeline. Knows how values of one bucket are drawn together; refuses to know
 * times.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/known.h"
#include "model/timeline.h"

#define COMPACT_UNIT 1024ull /* smaps tells kB */

static size_t cells(const struct timeline *t)
{
	return t->full + 3 * (size_t)t->levels * t->per_level;
}

size_t series_bytes(const struct timeline *t, bool compact)
{
	return cells(t) * (compact ? sizeof(uint32_t) : sizeof(uint64_t));
}

int series_init(struct series *s, const struct timeline *t, bool compact)
{
	s->compact = compact;
	s->values = malloc(series_bytes(t, compact));
	if (!s->values)
		return -ENOMEM;
	/* A full series is read only where it was written, so its pages need not be touched yet. */
	if (compact)
		series_forget(s, t);
	return 0;
}

void series_done(struct series *s)
{
	free(s->values);
	s->values = NULL;
}

void series_forget(struct series *s, const struct timeline *t)
{
	memset(s->values, 0xff, series_bytes(t, s->compact));
}

static uint64_t cell_get(const struct series *s, size_t i)
{
	if (!s->compact)
		return ((const uint64_t *)s->values)[i];
	uint32_t v = ((const uint32_t *)s->values)[i];
	return v == UINT32_MAX ? UNKNOWN : v * COMPACT_UNIT;
}

static void cell_set(struct series *s, size_t i, uint64_t v)
{
	if (!s->compact) {
		((uint64_t *)s->values)[i] = v;
		return;
	}
	uint32_t *cell = &((uint32_t *)s->values)[i];
	if (!known(v))
		*cell = UINT32_MAX;
	else
		*cell = v / COMPACT_UNIT < UINT32_MAX ? (uint32_t)(v / COMPACT_UNIT)
		                                      : UINT32_MAX - 1;
}

/* First cell of a bucket; a slot of the ring is one cell. */
static size_t cell_of(const struct timeline *t, unsigned slot)
{
	return slot < t->full ? slot : t->full + 3 * (size_t)(slot - t->full);
}

struct series_value series_get(const struct series *s, const struct timeline *t, unsigned slot)
{
	size_t i = cell_of(t, slot);

	if (slot >= t->full)
		return (struct series_value){cell_get(s, i), cell_get(s, i + 1),
		                             cell_get(s, i + 2)};
	uint64_t v = cell_get(s, i);
	return (struct series_value){v, v, v};
}

/* `v` is the later one. */
static struct series_value value_merge(struct series_value into, struct series_value v)
{
	if (!known(v.last))
		return into;
	if (!known(into.last))
		return v;
	if (v.min < into.min)
		into.min = v.min;
	if (v.max > into.max)
		into.max = v.max;
	into.last = v.last;
	return into;
}

void series_put(struct series *s, const struct timeline *t, const struct timeline_steps *steps,
                uint64_t value)
{
	for (unsigned k = 0; k < steps->count; k++) {
		const struct timeline_step *step = &steps->step[k];
		struct series_value v = series_get(s, t, step->from);
		size_t i = cell_of(t, step->to);

		if (step->merge)
			v = value_merge(series_get(s, t, step->to), v);
		cell_set(s, i, v.min);
		cell_set(s, i + 1, v.max);
		cell_set(s, i + 2, v.last);
	}
	cell_set(s, cell_of(t, steps->slot), value);
}
