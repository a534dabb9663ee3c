/* SPDX-License-Identifier: MIT */
#ifndef MODEL_TIMELINE_H
#define MODEL_TIMELINE_H

/*
 * Where in memory a point of time lies: a ring of the latest points, and behind it buckets that get
 * twice as wide from level to level. A timeline holds times alone; any number of series hold the
 * values that belong to them, slot by slot, and follow its steps.
 *
 * A point that leaves the ring falls into the bucket of level 0 whose span (a multiple of `width`)
 * it lies in; the oldest bucket of a full level falls into that of the level above; the last level
 * drops its oldest. So every point is in exactly one slot.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TIMELINE_LEVELS = 40 };

struct ring {
	unsigned head, count; /* the oldest; how many in use */
};

struct timeline {
	uint64_t width;                     /* ns a bucket of level 0 spans */
	unsigned full, per_level, levels;   /* slots of the ring, slots of a level, levels */
	struct ring recent;                 /* of the slots 0 .. full - 1 */
	struct ring level[TIMELINE_LEVELS]; /* of the slots full + level * per_level ... */
	uint64_t *start, *end;              /* by slot: first and last point in it */
	bool *gap; /* by slot: time passed unobserved before its first point */
};

/* One move of values that makes room for the next point; in the order given. */
struct timeline_step {
	unsigned from, to;
	bool merge; /* into what is there; else over it */
};

struct timeline_steps {
	unsigned count;
	struct timeline_step step[TIMELINE_LEVELS + 1];
	unsigned slot; /* where the new point goes, after the steps */
};

/* Allocates for buckets that reach back `span` ns. 0 or -ENOMEM. */
int timeline_init(struct timeline *t, unsigned full, unsigned per_level, uint64_t width,
                  uint64_t span);
void timeline_done(struct timeline *t);
size_t timeline_bytes(const struct timeline *t);

/* Makes room for a point later than all before; *ret says what every series has to do. */
void timeline_push(struct timeline *t, uint64_t time, bool gap, struct timeline_steps *ret);

/* Slots in use; the slot of the i-th oldest. */
unsigned timeline_count(const struct timeline *t);
unsigned timeline_slot(const struct timeline *t, unsigned i);

/* How many of the items, from the oldest on, end at or before `time`. */
unsigned timeline_until(const struct timeline *t, uint64_t time);

/*
 * The values of one quantity along a timeline: one a point in the ring, min, max and last in a
 * bucket. A compact series holds kB in 32 bits (up to 4 TiB) and starts as unknown everywhere.
 */
struct series {
	void *values;
	bool compact;
};

struct series_value {
	uint64_t min, max, last; /* UNKNOWN when nothing was known */
};

int series_init(struct series *s, const struct timeline *t, bool compact); /* 0 or -ENOMEM */
void series_done(struct series *s);
size_t series_bytes(const struct timeline *t, bool compact);
void series_forget(struct series *s, const struct timeline *t); /* compact: all unknown again */
/* Follows the steps, then puts the value of the new point. */
void series_put(struct series *s, const struct timeline *t, const struct timeline_steps *steps,
                uint64_t value);
struct series_value series_get(const struct series *s, const struct timeline *t, unsigned slot);

#endif
