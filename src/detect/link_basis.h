/* SPDX-License-Identifier: MIT */
#ifndef DETECT_LINK_BASIS_H
#define DETECT_LINK_BASIS_H

/*
 * Least squares over at most LINK_BLOCKS values: columns at right angles, and what they leave of a series.
 * Pure functions.
 */

#include "detect/link.h"

enum { BASIS_COLUMNS = 18 };

/* Begun with basis_begin(); lives in place. */
struct basis {
	unsigned n, count; /* values of a column; columns */
	double q[BASIS_COLUMNS][LINK_BLOCKS];
};

/* What time alone tells of n values: a level, a trend, and a cycle of so many values; 0: none. */
void basis_begin(struct basis *b, unsigned n, double cycle);

/* One more column; what those before it explain already adds nothing. */
void basis_add(struct basis *b, const double *column);

/* Takes out of v all that the columns explain. */
void basis_take_out(const struct basis *b, double *v);

double vector_dot(const double *a, const double *b, unsigned n);
double vector_correlation(const double *x, const double *y,
                          unsigned n); /* about 0; no means taken out */

/* The value in the middle; turns the order of v round. n is not 0. */
double vector_middle(double *v, unsigned n);

/* Changes over `over` steps, from the change that ends at level `first` on. */
void link_changes(const double *level, unsigned first, unsigned over, unsigned n, double *ret);

#define LINK_TURN 6.283185307179586 /* once round */

/* A wave shorter than this many levels cannot be told from noise. */
#define LINK_CYCLE_LEAST 2.5

#endif
