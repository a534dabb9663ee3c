/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "detect/detect_internal.h"

/*
 * Knows in which kind of memory growth lies: from the regions when they were read, else from the
 * size of [heap] and from swap. Refuses to judge the growth.
 */

#define KIB 1024.0

/* malloc moves brk in steps of this: growth inside one of them does not show in the size of [heap]. */
static const double brk_step = 132 * KIB;

static enum verdict_where where_of_kind(enum region_kind kind)
{
	switch (kind) {
	case REGION_HEAP:
		return WHERE_HEAP;
	case REGION_ARENA:
		return WHERE_ARENA;
	case REGION_STACK:
	case REGION_MAIN_STACK:
		return WHERE_STACK;
	case REGION_SHM:
		return WHERE_SHMEM;
	case REGION_TEXT:
	case REGION_RODATA:
	case REGION_FILE:
		return WHERE_FILE;
	case REGION_ANON:
	case REGION_BSS:
	case REGION_DATA:
	case REGION_HUGE:
	case REGION_JIT:
	case REGION_RESERVED:
		return WHERE_ANONYMOUS;
	default:
		return WHERE_NULL;
	}
}

static enum verdict_where by_regions(struct detect *d, double since, double growth)
{
	/* Shared memory is a series of its own, never a part of the private one. */
	static const enum verdict_where where_of[SUM_COUNT] = {
	        [SUM_HEAP] = WHERE_HEAP,      [SUM_ARENA] = WHERE_ARENA,
	        [SUM_ANON] = WHERE_ANONYMOUS, [SUM_STACK] = WHERE_STACK,
	        [SUM_HUGE] = WHERE_ANONYMOUS, [SUM_REST] = WHERE_ANONYMOUS,
	        [SUM_SHM] = WHERE_NULL};
	double sum[SUM_COUNT], where[WHERE_COUNT] = {0};
	unsigned best = WHERE_NULL;

	if (!regions_growth(&d->regions, since, sum, d->scratch))
		return WHERE_NULL;
	for (unsigned i = 0; i < SUM_COUNT; i++)
		where[where_of[i]] += sum[i];
	where[WHERE_NULL] = 0;
	for (unsigned w = WHERE_NULL + 1; w < WHERE_COUNT; w++) {
		if (where[w] > where[best])
			best = w;
	}
	/* Tables come late and seldom: what they saw must be a fair share of the growth. */
	return where[best] > 0.15 * growth ? (enum verdict_where)best : WHERE_NULL;
}

static enum verdict_where by_figures(struct detect *d, double since, double growth)
{
	double heap = track_change(&d->track[TRACK_HEAP], since, d->scratch);
	double swap = track_change(&d->track[TRACK_SWAP], since, d->scratch);

	if (swap > 0.6 * growth)
		return WHERE_SWAP;
	if (isnan(heap))
		return d->feed.kind == BASE_ANON ? WHERE_ANONYMOUS : WHERE_NULL;
	if (heap > 0.4 * growth || (d->track[TRACK_HEAP].level > 0 && growth < 1.5 * brk_step))
		return WHERE_HEAP;
	return d->feed.kind == BASE_ANON ? WHERE_ANONYMOUS : WHERE_NULL;
}

static enum verdict_where base_where(struct detect *d, double since, double growth)
{
	if (d->feed.kind == BASE_HEAP)
		return WHERE_HEAP;
	if (d->feed.kind == BASE_SWAP)
		return WHERE_SWAP;
	if (d->feed.kind == BASE_VSZ)
		return WHERE_NULL;
	enum verdict_where where = by_regions(d, since, growth);
	return where != WHERE_NULL ? where : by_figures(d, since, growth);
}

void where_find(struct detect *d, const struct carrier *c, struct verdict *v)
{
	if (c->kind != VERDICT_LEAK && c->kind != VERDICT_SUSPICIOUS)
		return;
	if (carrier_counts(c)) {
		v->where = c->id == TRACK_THREADS ? WHERE_STACK : WHERE_NULL;
		return;
	}
	double since = c->track->trend.onset, growth = c->track->trend.course.growth;

	if (c->region)
		v->where = where_of_kind(c->region->kind);
	else if (c->id == TRACK_SHMEM)
		v->where = WHERE_SHMEM;
	else if (c->id == TRACK_FILE)
		v->where = WHERE_FILE;
	else
		v->where = base_where(d, since, growth);
	double heap = track_change(&d->track[TRACK_HEAP], since, d->scratch);
	bool malloced =
	        v->where == WHERE_HEAP || v->where == WHERE_ARENA || v->where == WHERE_ANONYMOUS;
	v->outside_heap = malloced && growth >= 1.5 * brk_step && heap < 0.1 * growth;
}
