/* SPDX-License-Identifier: MIT */
/*
 * Knows how many live blocks of which size there were at each look, and so which sizes grow. Keeps a bounded
 * course of each size that a look in it saw: when it is full every second look is forgotten, so that it always reaches
 * back to the first. Refuses to know why a size grows.
 */
#include "heap/growth.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/slope.h"

enum {
	EXACT_MAX = 64 << 10, /* chunk bytes; up to here each size is a class of its own */
	EXACT_STEP = 16,
	EXACT_CLASSES = EXACT_MAX / EXACT_STEP + 1,
	DOUBLINGS = 44 - 16, /* from EXACT_MAX to the largest size a block can tell */
	PER_DOUBLING = 16,
	GROWTH_CLASSES = EXACT_CLASSES + DOUBLINGS * PER_DOUBLING,
	LOOKS = SLOPE_POINTS,
};

struct tally {
	uint64_t blocks, bytes;
};

/* Of one size, from the look that first saw it; before that there were none. */
struct course {
	uint64_t first_blocks;
	struct tally looks[LOOKS];
	uint32_t spark[SPARK_POINTS];
};

struct growth {
	unsigned looks; /* so far */
	uint64_t first_time, last_time;
	unsigned kept; /* of them, in times and in each course */
	uint64_t times[LOOKS];
	unsigned spark_count;
	struct course *courses[GROWTH_CLASSES]; /* NULL: in none of the looks that are kept */
	struct tally now[GROWTH_CLASSES];
};

struct growth *growth_new(void)
{
	return calloc(1, sizeof(struct growth));
}

void growth_reset(struct growth *g)
{
	for (size_t i = 0; i < GROWTH_CLASSES; i++)
		free(g->courses[i]);
	*g = (struct growth){0};
}

void growth_free(struct growth *g)
{
	if (g)
		growth_reset(g);
	free(g);
}

/* --- sizes -------------------------------------------------------------------------------------------- */

static size_t class_of(uint64_t size)
{
	if (size <= EXACT_MAX)
		return (size_t)(size / EXACT_STEP);
	/* 65537 to 131072 are one doubling, cut into 16 that end at multiples of 4096. */
	unsigned power = 63 - (unsigned)__builtin_clzll(size - 1);
	uint64_t part = (size - 1) >> (power - 4) & 15;
	return EXACT_CLASSES + (power - 16) * PER_DOUBLING + (size_t)part;
}

static void class_bounds(size_t class, uint64_t *ret_low, uint64_t *ret_high)
{
	if (class < EXACT_CLASSES) {
		*ret_low = *ret_high = (uint64_t) class * EXACT_STEP;
		return;
	}
	size_t beyond = class - EXACT_CLASSES;
	unsigned shift = (unsigned)(beyond / PER_DOUBLING) + 12;
	uint64_t part = PER_DOUBLING + beyond % PER_DOUBLING;
	*ret_low = (part << shift) + EXACT_STEP;
	*ret_high = (part + 1) << shift;
}

/* --- a look ------------------------------------------------------------------------------------------- */

static bool is_blank(const struct growth *g, size_t class)
{
	for (unsigned i = 0; i < g->kept; i++)
		if (g->courses[class]->looks[i].blocks)
			return false;
	return !g->now[class].blocks;
}

/* A size that no look shows any more is as good as one that never was: a busy heap has every size sometime. */
static void courses_forget(struct growth *g)
{
	for (size_t c = 0; c < GROWTH_CLASSES; c++) {
		if (!g->courses[c] || !is_blank(g, c))
			continue;
		free(g->courses[c]);
		g->courses[c] = NULL;
	}
}

/* Every second one, the first and the last but one stay. */
static void looks_thin(struct growth *g)
{
	for (unsigned i = 0; i < LOOKS / 2; i++)
		g->times[i] = g->times[2 * i];
	for (size_t c = 0; c < GROWTH_CLASSES; c++)
		for (unsigned i = 0; g->courses[c] && i < LOOKS / 2; i++)
			g->courses[c]->looks[i] = g->courses[c]->looks[2 * i];
	g->kept = LOOKS / 2;
	courses_forget(g);
}

size_t growth_courses(const struct growth *g)
{
	size_t n = 0;

	for (size_t c = 0; c < GROWTH_CLASSES; c++)
		n += g->courses[c] != NULL;
	return n;
}

static void blocks_count(struct growth *g, const struct heap_walk *walk)
{
	memset(g->now, 0, sizeof(g->now));
	for (size_t i = 0; i < walk->count; i++) {
		const struct heap_block *b = &walk->blocks[i];
		if (b->state != BLOCK_LIVE)
			continue;
		struct tally *t = &g->now[class_of(b->size)];
		t->blocks++;
		t->bytes += b->size;
	}
}

static bool courses_make(struct growth *g)
{
	for (size_t c = 0; c < GROWTH_CLASSES; c++) {
		if (g->courses[c] || !g->now[c].blocks)
			continue;
		g->courses[c] = calloc(1, sizeof(*g->courses[c]));
		if (!g->courses[c])
			return false;
		g->courses[c]->first_blocks = g->looks ? 0 : g->now[c].blocks;
	}
	return true;
}

static void course_append(struct growth *g, struct course *c, struct tally now)
{
	c->looks[g->kept] = now;
	if (g->spark_count == SPARK_POINTS)
		memmove(c->spark, c->spark + 1, (SPARK_POINTS - 1) * sizeof(*c->spark));
	unsigned at = g->spark_count < SPARK_POINTS ? g->spark_count : SPARK_POINTS - 1;
	c->spark[at] = now.blocks < UINT32_MAX ? (uint32_t)now.blocks : UINT32_MAX;
}

static void look_append(struct growth *g, uint64_t time)
{
	if (g->kept == LOOKS)
		looks_thin(g);
	for (size_t c = 0; c < GROWTH_CLASSES; c++)
		if (g->courses[c])
			course_append(g, g->courses[c], g->now[c]);
	g->times[g->kept++] = time;
	if (g->spark_count < SPARK_POINTS)
		g->spark_count++;
	if (!g->looks++)
		g->first_time = time;
	g->last_time = time;
}

/* --- what is said of it ------------------------------------------------------------------------------- */

static double rate(const struct growth *g, const struct course *c, bool bytes)
{
	struct slope_point p[LOOKS];

	for (unsigned i = 0; i < g->kept; i++)
		p[i] = (struct slope_point){g->times[i],
		                            bytes ? c->looks[i].bytes : c->looks[i].blocks};
	double slope = slope_robust(p, g->kept);

	/* A size that comes and goes has a slope by chance: what it does not have more of does not grow. */
	double change = (double)p[g->kept - 1].value - (double)p[0].value;
	return slope * change < 0 || (change == 0 && isfinite(slope)) ? 0 : slope;
}

static bool is_steady(const struct growth *g, const struct course *c)
{
	unsigned rises = 0, steps = g->kept - 1;
	uint64_t last = c->looks[g->kept - 1].blocks;

	if (g->kept < SLOPE_POINTS_MIN)
		return false;
	for (unsigned i = 1; i < g->kept; i++)
		rises += c->looks[i].blocks > c->looks[i - 1].blocks;
	for (unsigned i = 0; i < g->kept / 2; i++)
		if (c->looks[i].blocks >= last)
			return false;
	return 3 * rises >= 2 * steps;
}

static void class_fill(const struct growth *g, size_t class, struct heap_class *ret)
{
	const struct course *c = g->courses[class];

	*ret = (struct heap_class){
	        .blocks = g->now[class].blocks,
	        .bytes = g->now[class].bytes,
	        .first_blocks = c->first_blocks,
	        .growth_blocks = rate(g, c, false),
	        .growth_bytes = rate(g, c, true),
	        .steady = is_steady(g, c),
	        .spark_count = (uint8_t)g->spark_count,
	};
	class_bounds(class, &ret->low, &ret->high);
	memcpy(ret->spark, c->spark, sizeof(ret->spark));
}

static int class_compare(const void *x, const void *y)
{
	const struct heap_class *a = x, *b = y;
	double grow_a = a->growth_bytes > 0 ? a->growth_bytes : 0;
	double grow_b = b->growth_bytes > 0 ? b->growth_bytes : 0;

	if (grow_a < grow_b || grow_a > grow_b)
		return grow_a < grow_b ? 1 : -1;
	if (a->bytes != b->bytes)
		return a->bytes < b->bytes ? 1 : -1;
	return (a->low > b->low) - (a->low < b->low);
}

int growth_take(struct growth *g, const struct heap_walk *walk, uint64_t time,
                struct heap_facts *into)
{
	size_t live = 0, n = 0;

	blocks_count(g, walk);
	for (size_t c = 0; c < GROWTH_CLASSES; c++)
		live += g->now[c].blocks > 0;
	struct heap_class *classes = calloc(live ? live : 1, sizeof(*classes));
	if (!classes || !courses_make(g)) {
		free(classes);
		return -ENOMEM;
	}
	look_append(g, time);
	for (size_t c = 0; c < GROWTH_CLASSES; c++)
		if (g->now[c].blocks)
			class_fill(g, c, &classes[n++]);
	qsort(classes, n, sizeof(*classes), class_compare);
	free(into->classes);
	into->classes = classes;
	into->class_count = (unsigned)n;
	into->looks = g->looks;
	into->span = g->last_time - g->first_time;
	return 0;
}
