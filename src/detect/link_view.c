/* SPDX-License-Identifier: MIT */
#include "detect/link_view.h"

#include <math.h>
#include <string.h>

#include "detect/link_basis.h"

/*
 * Knows which stretch of the blocks can be compared, at which scale, and the cycle in it. Refuses to know
 * what the series count.
 */

/* A cycle is one that makes this part of all ups and downs, and was seen so often. */
#define CYCLE_SHARE 0.2
#define CYCLE_TIMES 1.5

/* The first block from which on memory is known without a gap. */
static unsigned stretch_begin(const struct linker *l, unsigned from)
{
	/* A block with a gap holds samples of both sides of it. */
	for (unsigned i = l->count; i-- > from;)
		if (isnan(l->block[i].v[LINK_MEMORY]) || l->block[i].gap)
			return i + 1;
	return from;
}

/* What only the first blocks do not know is no loss: the directory fd/ is read a little later. */
static unsigned late_begin(const struct linker *l, unsigned from)
{
	unsigned n = l->count - from;

	for (unsigned k = 0; k < LINK_COUNTERS; k++) {
		unsigned i = from;
		while (i < l->count && isnan(l->block[i].v[k]))
			i++;
		if (i < l->count && i - from <= 1 + n / 16)
			from = i;
	}
	return from;
}

static void level_fill(const struct linker *l, unsigned from, unsigned merge, unsigned k,
                       struct link_view *v)
{
	double *level = v->level[k];

	v->whole[k] = true;
	v->moved[k] = 0;
	for (unsigned j = 0; j < v->n; j++) {
		double sum = 0;
		for (unsigned i = 0; i < merge; i++)
			sum += l->block[from + j * merge + i].v[k];
		level[j] = sum / merge;
		v->whole[k] = v->whole[k] && !isnan(sum);
		v->moved[k] += j > 0 && fabs(level[j] - level[j - 1]) > 0;
	}
}

bool link_view_make(const struct linker *l, unsigned merge, unsigned part, struct link_view *ret)
{
	unsigned from = late_begin(l, stretch_begin(l, l->count - l->count / part));

	ret->n = (l->count - from) / merge;
	ret->cycle = 0;
	if (ret->n < LINK_LEAST + 1)
		return false;
	from = l->count - ret->n * merge;
	for (unsigned k = 0; k < LINK_SERIES; k++)
		level_fill(l, from, merge, k, ret);
	ret->step = (l->block[l->count - 1].time - l->block[from + merge - 1].time) / (ret->n - 1);
	return ret->step > 0;
}

/* The part of the square of v that a wave of this length makes. */
static double wave_share(const double *v, unsigned n, double length)
{
	double turn = LINK_TURN / length, c = 1, s = 0, step_c = cos(turn), step_s = sin(turn);
	double in = 0, out = 0;

	for (unsigned i = 0; i < n; i++) {
		double next = c * step_c - s * step_s;
		in += v[i] * c;
		out += v[i] * s;
		s = c * step_s + s * step_c;
		c = next;
	}
	double all = vector_dot(v, v, n);
	return all > 0 ? 2 * (in * in + out * out) / (n * all) : 0;
}

double link_cycle(const struct link_view *v)
{
	double level[LINK_BLOCKS], best = 0, length = 0;
	struct basis b;

	basis_begin(&b, v->n, 0);
	memcpy(level, v->level[LINK_MEMORY], v->n * sizeof(*level));
	basis_take_out(&b, level);
	for (double times = CYCLE_TIMES; v->n / times >= LINK_CYCLE_LEAST; times += 0.5) {
		double share = wave_share(level, v->n, v->n / times);
		if (share > best) {
			best = share;
			length = v->n / times;
		}
	}
	/* Half a turn too many or too few would be left over at the ends. */
	double times = v->n / length;
	for (int i = -3; length > 0 && i <= 3; i++) {
		double near = v->n / (times + 0.1 * i);
		double share = wave_share(level, v->n, near);
		if (share > best) {
			best = share;
			length = near;
		}
	}
	return best >= CYCLE_SHARE ? length : 0;
}
