/* SPDX-License-Identifier: MIT */
#include "detect/link_fine.h"

#include <math.h>
#include <string.h>

/*
 * Knows whether short changes of a counter and of memory go together. Refuses to know what is claimed
 * about long ones.
 */

/* Turns that are taken as they come, to learn what is usual. */
enum { LEARN = 8 };

/* Turns beyond so many usual ones count no more than this: the edges of a day are few, but large. */
#define CLIP 1.5

/* By this part of itself the usual size follows each turn, up or down: it ends in the middle of them. */
#define FOLLOW 0.05

/* Turns of white noise resemble their neighbours: as if there were fewer of them. */
#define FEWER 1.94

/* Seen this often at least, and moving in this part of the blocks: else it may have been counted late. */
enum { TURNS_LEAST = 24 };
#define MOVED_LEAST 0.75

/* Less than this part of what is claimed denies it. */
#define DENIED 0.4

void link_fine_reset(struct link_fine *f, unsigned per)
{
	memset(f, 0, sizeof(*f));
	f->per = per;
}

static double clipped(struct link_fine *f, unsigned k, double raw)
{
	double n = f->n[k], most = CLIP * f->usual[k], turn = raw;

	if (n >= LEARN && most > 0)
		turn = fmin(fmax(turn, -most), most);
	if (n < LEARN)
		f->usual[k] += (fabs(turn) - f->usual[k]) / (n + 1);
	else
		f->usual[k] *= fabs(raw) > f->usual[k] ? 1 + FOLLOW : 1 - FOLLOW;
	return turn;
}

static double turn_of(const struct link_fine *f, const double *now, unsigned k)
{
	return now[k] - 2 * f->before[0][k] + f->before[1][k];
}

static void block_take(struct link_fine *f, const double *now, const unsigned *y, unsigned count)
{
	double turn[LINK_FINE_SERIES];

	for (unsigned k = 0; k < count; k++) {
		turn[k] = turn_of(f, now, k);
		if (isnan(turn[k]))
			continue;
		f->moved[k] += fabs(turn[k]) > 0;
		turn[k] = clipped(f, k, turn[k]);
		f->n[k]++;
	}
	for (unsigned k = 0; k < count; k++) {
		double to = turn[y[k]];
		if (isnan(turn[k]) || isnan(to))
			continue;
		f->xx[k] += turn[k] * turn[k];
		f->xy[k] += turn[k] * to;
		f->yy[k] += to * to;
	}
}

void link_fine_push(struct link_fine *f, const double *v, const unsigned *y, unsigned count,
                    bool gap)
{
	double now[LINK_FINE_SERIES];

	if (gap) {
		f->blocks = f->filled = 0;
		memset(f->sum, 0, sizeof(f->sum));
	}
	for (unsigned k = 0; k < count; k++)
		f->sum[k] += v[k];
	if (++f->filled < f->per)
		return;
	for (unsigned k = 0; k < count; k++)
		now[k] = f->sum[k] / f->per;
	if (f->blocks == 2)
		block_take(f, now, y, count);
	f->blocks += f->blocks < 2;
	memcpy(f->before[1], f->before[0], sizeof(f->before[1]));
	memcpy(f->before[0], now, count * sizeof(*now));
	memset(f->sum, 0, sizeof(f->sum));
	f->filled = 0;
}

bool link_fine_denies(const struct link_fine *f, unsigned x, double slope)
{
	double n = f->n[x] / FEWER;

	if (f->n[x] < TURNS_LEAST || f->moved[x] < MOVED_LEAST * f->n[x])
		return false;
	double found = f->xy[x] / f->xx[x];
	double error = sqrt(fmax(f->yy[x] - found * f->xy[x], 0) / f->xx[x] / n);
	return found + 2 * error < DENIED * slope;
}
