/* SPDX-License-Identifier: MIT */
#ifndef DETECT_LINK_FINE_H
#define DETECT_LINK_FINE_H

/*
 * Sums over the whole watch about short blocks: how changes within minutes go together, long after
 * the blocks of the linker have become hours. What memory really grows with it also grows with then; what
 * only shares its day, or its working hours, does not.
 */

#include <stdbool.h>

enum { LINK_FINE_SERIES = 22 };

struct link_fine {
	unsigned per, filled; /* samples a block; in this one */
	unsigned blocks;      /* in a row, at most 2 that came before */
	double sum[LINK_FINE_SERIES];
	double before[2][LINK_FINE_SERIES]; /* means: the last block, and the one before */
	/* turns of a course (change against the change before), those that are far off clipped */
	double usual[LINK_FINE_SERIES]; /* size of a turn */
	double n[LINK_FINE_SERIES];     /* turns of it, and of what it is compared with */
	double moved[LINK_FINE_SERIES]; /* those that are not 0 */
	double xx[LINK_FINE_SERIES], xy[LINK_FINE_SERIES], yy[LINK_FINE_SERIES];
};

void link_fine_reset(struct link_fine *f, unsigned per);

/*
 * The next sample of so many series; series k is compared with series y[k]. NAN: unknown. `gap`: before it.
 */
void link_fine_push(struct link_fine *f, const double *v, const unsigned *y, unsigned count,
                    bool gap);

/* Memory plainly does not go along with series x by anything like so many bytes a unit. */
bool link_fine_denies(const struct link_fine *f, unsigned x, double slope);

#endif
