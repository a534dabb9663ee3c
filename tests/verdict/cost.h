/* SPDX-License-Identifier: MIT */
#ifndef VERDICT_COST_H
#define VERDICT_COST_H

/* What a detector costs, on a plain leak with noise. */

#include "detector.h"

struct cost {
	double sample;     /* ns: the median sample that evaluates nothing */
	double evaluation; /* us: mean of the dearest hundredth of samples and questions */
	double bytes;      /* KiB it holds at the end */
};

/* 0 or -ENOMEM. */
int cost_measure(const struct detector *d, struct cost *ret);

#endif
