/* SPDX-License-Identifier: MIT */
/*
 * Knows how the course of a day, or of a recording, becomes a bound, and when a figure is beyond it for
 * long enough to say so. Refuses to know leaks.
 */
#include "model/normal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/human.h"

#define MIB  (1ull << 20)
#define HOUR (3600 * NS_PER_S)

/* A day, and two hours so that the time of a warm-up is seen once more without it. */
#define LEARN (26 * HOUR)

/* A recording that shows every time of day. */
#define WHOLE_DAY (23 * HOUR)

/* Jobs come a little earlier or later, and once a year clocks move by an hour. */
enum { SLACK = 4, WINDOWS = 16, HOLD_SAMPLES = 5, TEACH_LEAST = 10 };
#define HOLD_MOST (300 * NS_PER_S)

static uint64_t value_of(const struct sample *s, enum normal_series k)
{
	return k == NORMAL_BASE ? sample_base(s, NULL) : s->v[FIGURE_RSS];
}

void normal_init(struct normal *n)
{
	memset(n, 0, sizeof(*n));
	n->by_wall = true;
	n->beyond = UNKNOWN;
	for (int k = 0; k < NORMAL_SERIES_COUNT; k++) {
		struct normal_figure *f = &n->figure[k];
		memset(f->slot, 0xff, sizeof(f->slot));
		f->stride = 1;
		f->low = f->high = f->middle = f->growth = f->window = UNKNOWN;
	}
}

void normal_restart(struct normal *n)
{
	if (!n->given) {
		normal_init(n);
		return;
	}
	n->departed = false;
	n->beyond = UNKNOWN;
	n->beyond_count = n->recent = 0;
}

/* --- learning ----------------------------------------------------------------------------------------- */

static unsigned slot_of(const struct normal *n, const struct sample *s)
{
	uint64_t time = n->by_wall ? s->wall : s->time;

	return (unsigned)(time / (24 * HOUR / NORMAL_SLOTS) % NORMAL_SLOTS);
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Full: two points become one, and from now on one stands for twice as many samples. */
static void thin(struct normal_figure *f)
{
	for (unsigned i = 0; i < NORMAL_POINTS / 2; i++) {
		f->time[i] = f->time[2 * i + 1];
		f->most[i] = larger(f->most[2 * i], f->most[2 * i + 1]);
	}
	f->count = NORMAL_POINTS / 2;
	f->stride *= 2;
}

static void figure_take(struct normal_figure *f, unsigned slot, uint64_t time, uint64_t value)
{
	if (!known(value))
		return;
	f->slot[slot] = known(f->slot[slot]) ? larger(f->slot[slot], value) : value;
	if (f->skipped && f->skipped < f->stride) {
		f->most[f->count - 1] = larger(f->most[f->count - 1], value);
		f->time[f->count - 1] = time;
		f->skipped++;
		return;
	}
	if (f->count == NORMAL_POINTS)
		thin(f);
	f->time[f->count] = time;
	f->most[f->count++] = value;
	f->skipped = 1;
}

static void learn(struct normal *n, const struct sample *s)
{
	if (!n->samples)
		n->begin = s->time;
	n->samples++;
	n->last = s->time;
	n->by_wall = n->by_wall && known(s->wall);
	for (int k = 0; k < NORMAL_SERIES_COUNT; k++)
		figure_take(&n->figure[k], slot_of(n, s), s->time,
		            value_of(s, (enum normal_series)k));
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The most it grew by within a window. */
static uint64_t growth_most(const struct normal_figure *f)
{
	uint64_t most = 0;

	for (unsigned i = 0; i < f->count; i++)
		for (unsigned j = i + 1; j < f->count && f->time[j] - f->time[i] <= f->window; j++)
			most = larger(most, known_sub(f->most[j], f->most[i]));
	return most;
}

static void figure_learnt(struct normal_figure *f, uint64_t span)
{
	uint64_t sorted[NORMAL_POINTS];

	if (!f->count)
		return;
	memcpy(sorted, f->most, f->count * sizeof(sorted[0]));
	qsort(sorted, f->count, sizeof(sorted[0]), by_value);
	f->low = sorted[0];
	f->middle = sorted[f->count / 2];
	f->high = sorted[f->count - 1];
	f->window = span / WINDOWS;
	f->growth = growth_most(f);
}

static void learnt(struct normal *n, bool by_day)
{
	n->learnt = true;
	n->by_day = by_day;
	for (int k = 0; k < NORMAL_SERIES_COUNT; k++)
		figure_learnt(&n->figure[k], n->last - n->begin);
}

void normal_teach(struct normal *n, const struct sample *s)
{
	learn(n, s);
}

int normal_taught(struct normal *n)
{
	if (n->samples < TEACH_LEAST)
		return -ENODATA;
	n->given = true;
	learnt(n, n->by_wall && n->last - n->begin >= WHOLE_DAY);
	return 0;
}

/* --- departing ---------------------------------------------------------------------------------------- */

/* The figure that is known both of what is normal and of now; NULL: none. */
static const struct normal_figure *figure_of(const struct normal *n, const struct sample *s,
                                             uint64_t *ret_value, bool *ret_base)
{
	for (int k = 0; k < NORMAL_SERIES_COUNT; k++) {
		*ret_value = value_of(s, (enum normal_series)k);
		*ret_base = k == NORMAL_BASE;
		if (known(n->figure[k].high) && known(*ret_value))
			return &n->figure[k];
	}
	return NULL;
}

/* One day is not exactly like another. */
static uint64_t margin_of(const struct normal_figure *f)
{
	uint64_t range = (f->high - f->low) / 7, share = f->high / 25;

	return larger(larger(range, share), MIB);
}

static bool tells_day(const struct normal *n, const struct sample *s)
{
	return n->by_day && (!n->by_wall || known(s->wall));
}

/* The most that is normal now, without margin. */
static uint64_t bound_of(const struct normal *n, const struct normal_figure *f,
                         const struct sample *s)
{
	uint64_t most = 0;

	if (!tells_day(n, s))
		return f->high;
	for (int i = -SLACK; i <= SLACK; i++) {
		unsigned slot = (slot_of(n, s) + NORMAL_SLOTS + (unsigned)i) % NORMAL_SLOTS;
		if (known(f->slot[slot]))
			most = larger(most, f->slot[slot]);
	}
	return most ? most : f->high;
}

/* The lowest figure within the last window, and when. */
static void recent_take(struct normal *n, uint64_t time, uint64_t value, uint64_t window)
{
	unsigned old = 0;

	if (n->recent && time - n->recent_time[n->recent - 1] < window / (NORMAL_RECENT - 1))
		return;
	while (old < n->recent &&
	       (time - n->recent_time[old] > window || n->recent - old == NORMAL_RECENT))
		old++;
	n->recent -= old;
	memmove(n->recent_time, n->recent_time + old, n->recent * sizeof(n->recent_time[0]));
	memmove(n->recent_value, n->recent_value + old, n->recent * sizeof(n->recent_value[0]));
	n->recent_time[n->recent] = time;
	n->recent_value[n->recent++] = value;
}

static uint64_t growth_now(const struct normal *n, uint64_t value)
{
	uint64_t low = value;

	for (unsigned i = 0; i < n->recent; i++)
		if (n->recent_value[i] < low)
			low = n->recent_value[i];
	return value - low;
}

/* Growth where it held more before is a start over, and no news. */
static bool grows_beyond(const struct normal *n, const struct normal_figure *f, uint64_t value)
{
	return n->given && !n->by_day && value > f->middle &&
	       growth_now(n, value) > 2 * f->growth + margin_of(f);
}

/* Counts how long it is beyond, or, once departed, back; true when that was long enough. */
static bool lasts(struct normal *n, bool so, uint64_t time)
{
	uint64_t hold = (n->last - n->begin) / 100;

	if (!so) {
		n->beyond = UNKNOWN;
		n->beyond_count = 0;
		return false;
	}
	if (!known(n->beyond))
		n->beyond = time;
	n->beyond_count++;
	return n->beyond_count >= HOLD_SAMPLES &&
	       time - n->beyond >= (hold < HOLD_MOST ? hold : HOLD_MOST);
}

static bool depart(struct normal *n, const struct sample *s)
{
	uint64_t value;
	bool base;
	const struct normal_figure *f = figure_of(n, s, &value, &base);

	if (!f)
		return false;
	recent_take(n, s->time, value, f->window);
	uint64_t bound = bound_of(n, f, s);
	bool grows = grows_beyond(n, f, value);
	bool beyond = value > bound + margin_of(f) || grows;
	if (!lasts(n, n->departed ? value <= bound && !grows : beyond, s->time))
		return false;
	n->departed = !n->departed;
	n->beyond = UNKNOWN;
	n->beyond_count = 0;
	n->times += n->departed;
	return n->departed;
}

bool normal_check(struct normal *n, const struct sample *s)
{
	if (n->learnt)
		return depart(n, s);
	learn(n, s);
	if (s->time - n->begin >= LEARN)
		learnt(n, true);
	return false;
}

void normal_line(const struct normal *n, const struct sample *s, char *ret, size_t size)
{
	char now[HUMAN_MAX], then[HUMAN_MAX], time[HUMAN_MAX];
	const char *where = n->given ? "in the --normal recording" : "in the first day";
	uint64_t value;
	bool base;
	const struct normal_figure *f = figure_of(n, s, &value, &base);

	ret[0] = '\0';
	if (!n->departed || !f)
		return;
	uint64_t bound = bound_of(n, f, s);
	const char *what = base ? "anonymous memory" : "RSS";
	if (value > bound)
		snprintf(ret, size, "%s %s is above what was normal %s%s, %s", what,
		         human_size(now, value, HUMAN_AUTO),
		         tells_day(n, s) ? "at this time of day " : "", where,
		         human_size(then, bound, HUMAN_AUTO));
	else if (grows_beyond(n, f, value))
		snprintf(ret, size, "%s grew by %s in %s; %s it was %s at most", what,
		         human_size(now, growth_now(n, value), HUMAN_AUTO),
		         human_duration(time, f->window), where,
		         human_size(then, f->growth, HUMAN_AUTO));
}
