/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "detect/detect_internal.h"
#include "detect/words.h"

/*
 * Knows why memory that does not leak is what it is: reserved, kept, warmed up, used and given back,
 * or just there. Refuses to judge whether it leaks.
 */

#define KIB 1024.0
#define MIB (1024.0 * 1024.0)

/* All resident memory that came, whoever holds it and whether or not it went again. */
static double taken(const struct detect *d)
{
	static const enum track_id parts[] = {TRACK_BASE, TRACK_FILE, TRACK_SHMEM};
	double sum = (double)known_or(d->feed.last.v[FIGURE_LAZYFREE], 0);

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const struct trend *t = &d->track[parts[i]].trend;
		sum += t->judged ? fmax(t->whole.top, t->whole.up) : 0;
	}
	return sum;
}

static bool is_reserved(const struct detect *d, char *ret, size_t size)
{
	const struct trend *vsz = &d->track[TRACK_VSZ].trend;
	char a[HUMAN_MAX], b[HUMAN_MAX];

	if (d->feed.kind > BASE_RSS || !vsz->judged)
		return false;
	double more = vsz->whole.growth, used = taken(d);
	if (more < 16 * MIB || used > 0.1 * more)
		return false;
	snprintf(ret, size, "%s of address space were reserved, %s of memory used",
	         words_bytes(a, more), words_bytes(b, used));
	return true;
}

static bool is_kept(const struct detect *d, char *ret, size_t size)
{
	const uint64_t *v = d->feed.last.v;
	char a[HUMAN_MAX];

	if (!known(v[FIGURE_LAZYFREE]) || !known(v[FIGURE_ANON]))
		return false;
	double lazy = (double)v[FIGURE_LAZYFREE], anon = (double)v[FIGURE_ANON];
	if (lazy < 16 * MIB || lazy < 0.25 * anon)
		return false;
	snprintf(ret, size, "%s were freed lazily: the kernel takes them when it needs them",
	         words_bytes(a, lazy));
	return true;
}

static bool is_file_cache(const struct detect *d, char *ret, size_t size)
{
	const struct trend *file = &d->track[TRACK_FILE].trend;
	char a[HUMAN_MAX];

	if (d->feed.kind != BASE_ANON || !file->judged || file->whole.growth < 16 * MIB ||
	    d->track[TRACK_BASE].trend.whole.growth > 0.1 * file->whole.growth)
		return false;
	snprintf(ret, size, "only pages of mapped files grew, by %s: the kernel can drop them",
	         words_bytes(a, file->whole.growth));
	return true;
}

enum verdict_cause cause_of_ending(const struct trend *t, char *ret, size_t size)
{
	const struct course *c = &t->ended;
	char a[HUMAN_MAX], b[HUMAN_MAX], at[HUMAN_MAX];

	switch (t->ending) {
	case ENDING_STOPPED:
		snprintf(ret, size,
		         "growth stopped at %s: %s came in %s, and nothing in the %s since",
		         words_clock(at, c->last_rise), words_bytes(a, c->growth),
		         words_seconds(b, c->span - c->rest),
		         words_seconds((char[HUMAN_MAX]){0}, c->rest + t->now - t->ended_at));
		return CAUSE_WARM_UP;
	case ENDING_RETURNED:
		if (c->growth <= 0)
			snprintf(ret, size, "all of the %s it had grown by were given back",
			         words_bytes(b, c->top));
		else
			snprintf(ret, size, "%s of the %s it had grown by were given back",
			         words_bytes(a, c->top - c->growth), words_bytes(b, c->top));
		return CAUSE_NONE;
	default:
		snprintf(ret, size, "growth is fading: %s came in %s, ever more slowly",
		         words_bytes(a, c->growth), words_seconds(b, c->span));
		if (c->late < 0.6)
			snprintf(ret, size,
			         "growth is fading: %s came in %s, and in its last third %.0f %% "
			         "of a fair share",
			         words_bytes(a, c->growth), words_seconds(b, c->span),
			         100 * fmax(0, c->late));
		return CAUSE_WARM_UP;
	}
}

/* Growth that came, and came to an end or is about to. */
static enum verdict_cause growth_cause(const struct trend *t, char *ret, size_t size)
{
	const struct course *c = &t->whole;
	char a[HUMAN_MAX], b[HUMAN_MAX], at[HUMAN_MAX];

	if (c->largest > 0.8 && c->rest > t->step) {
		snprintf(ret, size, "it grew once, by %s at %s, and not since",
		         words_bytes(a, c->largest * c->up), words_clock(at, c->largest_at));
		return CAUSE_NONE;
	}
	if (trend_has_stopped(t)) {
		snprintf(ret, size, "growth stopped at %s: %s came until then, and nothing since",
		         words_clock(at, c->last_rise), words_bytes(a, c->growth));
		return CAUSE_WARM_UP;
	}
	if (c->late < 0.6) {
		snprintf(ret, size,
		         "growth is flattening: %s since the watch began, %s in the last third",
		         words_bytes(a, c->growth),
		         words_bytes(b, fmax(0, c->growth * c->late / 3)));
		return CAUSE_WARM_UP;
	}
	snprintf(ret, size, "it grew by %s in %s, unevenly: no line can be drawn through it",
	         words_bytes(a, c->growth), words_seconds(b, t->span));
	return CAUSE_NONE;
}

/* What can be said of the whole course of a series that does not leak. */
static enum verdict_cause course_cause(const struct trend *t, char *ret, size_t size)
{
	const struct course *c = &t->whole;
	char a[HUMAN_MAX], b[HUMAN_MAX], at[HUMAN_MAX];
	double matter = fmax(MIB, 0.01 * t->level);

	if (c->up >= matter && c->down > 0.3 * c->up && c->up > 0.1 * c->down) {
		snprintf(ret, size, "memory goes up and down: %s taken, %s given back in %s",
		         words_bytes(a, c->up), words_bytes(b, c->down),
		         words_seconds(at, t->span));
		return CAUSE_NONE;
	}
	if (-c->growth >= matter) {
		snprintf(ret, size, "memory falls: it holds %s less than %s ago",
		         words_bytes(a, -c->growth), words_seconds(b, t->span));
		return CAUSE_NONE;
	}
	if (c->growth > 64 * KIB)
		return growth_cause(t, ret, size);
	snprintf(ret, size, "memory stands still");
	return CAUSE_NONE;
}

/* Whoever was warned hears how the growth ended, and then what the memory is. */
static void kept_after(const struct detect *d, const struct trend *t, char *ret, size_t size)
{
	char a[HUMAN_MAX];

	cause_of_ending(t, ret, size);
	size_t used = strlen(ret);
	snprintf(ret + used, size - used, "; %s of it all is free inside malloc",
	         words_bytes(a, heap_held(&d->heap)));
}

enum verdict_cause cause_of_calm(struct detect *d, char *ret, size_t size)
{
	const struct trend *t = &d->track[TRACK_BASE].trend;
	const struct trend *shmem = &d->track[TRACK_SHMEM].trend;

	if (t->ending != ENDING_NONE && heap_holds(d)) {
		kept_after(d, t, ret, size);
		return CAUSE_RETENTION;
	}
	if (t->ending != ENDING_NONE)
		return cause_of_ending(t, ret, size);
	if (shmem->ending != ENDING_NONE)
		return cause_of_ending(shmem, ret, size);
	if (heap_holds(d)) {
		heap_holds_words(d, ret, size);
		return CAUSE_RETENTION;
	}
	if (is_kept(d, ret, size))
		return CAUSE_RETENTION;
	if (is_reserved(d, ret, size))
		return CAUSE_RESERVATION;
	if (is_file_cache(d, ret, size))
		return CAUSE_NONE;
	return course_cause(t, ret, size);
}
