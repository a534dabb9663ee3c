/* SPDX-License-Identifier: MIT */
#include "detect/series.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * Knows how a figure is kept over weeks in less than 64 KiB. Refuses to know what the figure is and
 * what its course means.
 */

struct series *series_new(void)
{
	return calloc(1, sizeof(struct series));
}

void series_free(struct series *s)
{
	for (unsigned level = 0; s && level < SERIES_LEVELS; level++)
		free(s->p[level]);
	free(s);
}

int series_open(struct series *s, unsigned level)
{
	while (s->open <= level) {
		s->p[s->open] = malloc((SERIES_KEEP + 1) * sizeof(s->p[0][0]));
		if (!s->p[s->open])
			return -ENOMEM;
		s->open++;
	}
	return 0;
}

size_t series_room(const struct series *s)
{
	size_t bytes = sizeof(*s);

	for (unsigned level = 0; level < SERIES_LEVELS; level++)
		bytes += s->p[level] ? (SERIES_KEEP + 1) * sizeof(s->p[level][0]) : 0;
	return bytes;
}

void series_reset(struct series *s)
{
	memset(s->used, 0, sizeof(s->used));
	s->total = 0;
}

static struct point join(const struct point *a, const struct point *b)
{
	struct point p = *b;

	p.t0 = a->t0;
	p.count = a->count + b->count;
	p.mean = (a->mean * a->count + b->mean * b->count) / p.count;
	p.min = fmin(a->min, b->min);
	p.max = fmax(a->max, b->max);
	p.up = a->up + b->up;
	p.down = a->down + b->down;
	return p;
}

static void drop_oldest(struct series *s, unsigned level, unsigned n)
{
	s->used[level] -= n;
	memmove(s->p[level], s->p[level] + n, s->used[level] * sizeof(s->p[level][0]));
}

/* A sample pushes beyond the highest level only when that is full: it must not fail half-way. */
static int open_more(struct series *s)
{
	bool full = !s->open || s->used[s->open - 1] == SERIES_KEEP;

	return full && s->open < SERIES_LEVELS ? series_open(s, s->open) : 0;
}

int series_push(struct series *s, struct point p)
{
	int err = open_more(s);

	if (err)
		return err;
	const struct point *before = s->used[0] ? &s->p[0][s->used[0] - 1] : NULL;

	p.count = 1;
	p.up = before ? fmax(0, p.last - before->last) : 0;
	p.down = before ? fmax(0, before->last - p.last) : 0;
	s->total++;
	for (unsigned level = 0;; level++) {
		s->p[level][s->used[level]++] = p;
		if (s->used[level] <= SERIES_KEEP)
			return 0;
		p = join(&s->p[level][0], &s->p[level][1]);
		if (level == SERIES_LEVELS - 1) {
			/* Beyond 2^24 samples the oldest point takes in its neighbour. */
			drop_oldest(s, level, 1);
			s->p[level][0] = p;
			return 0;
		}
		drop_oldest(s, level, 2);
	}
}

unsigned series_list(const struct series *s, struct point *ret)
{
	unsigned n = 0;

	for (unsigned level = SERIES_LEVELS; level-- > 0;) {
		if (s->used[level])
			memcpy(ret + n, s->p[level], s->used[level] * sizeof(ret[0]));
		n += s->used[level];
	}
	return n;
}
