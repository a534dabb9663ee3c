/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "detect/stretch.h"

/*
 * Knows what each factor is worth: pieces of straight lines that only rise, fitted by logistic
 * regression on generated traces (the tuning seeds of the verdict's benchmark) with the rule that more
 * of a factor never speaks against a leak. Refuses to know where the factors come from.
 *
 * Those of the shape are fitted. Those of the circumstances are rules: what happens within minutes,
 * below a peak, or inside memory that was asked for long ago, is no news however straight it is.
 */

enum { KNOTS = 4 };

struct curve {
	unsigned n;
	double at[KNOTS], take[KNOTS]; /* ends level on both sides */
};

const double factor_best = 5.45;

static const struct curve curves[FACTOR_COUNT] = {
        [FACTOR_DRIFT] = {3, {1, 2, 3}, {-1.86, -0.58, 0}},
        [FACTOR_ENDLESS] = {3, {-8, -4, -1.5}, {-2.82, -0.92, 0}},
        [FACTOR_SHARE] = {3, {-0.1, 0.1, 0.3}, {-2.4, -0.38, 0}},
        [FACTOR_RISES] = {3, {4, 6.5, 10}, {-2.45, -0.68, 0}},
        [FACTOR_CLEAR] = {3, {2, 3, 4}, {-2.42, -1.17, 0}},
        [FACTOR_NEW] = {4, {-0.3, 0.3, 0.7, 1}, {-3.7, -3.17, -1.87, 0}},
        [FACTOR_WHOLE] = {3, {-5, -2, 0}, {-2.03, -1.71, 0}},
        [FACTOR_RECENT] = {3, {-4, -1, 0}, {-1.02, -0.86, 0}},
        [FACTOR_END] = {2, {0.8, 1.1}, {-0.45, 0}},
        [FACTOR_STEADY] = {3, {0.1, 0.5, 0.8}, {-0.88, -0.2, 0}},
        [FACTOR_HIGHER] = {2, {0, 0.15}, {-0.91, 0}},
        [FACTOR_BEND] = {3, {-6, -3, -1}, {-3.33, -2.86, 0}},
        [FACTOR_SLOWER] = {2, {0.4, 1}, {-0.45, 0}},
        [FACTOR_LATE] = {3, {0.3, 0.5, 0.7}, {-1.7, -0.7, 0}},
        /* 81 and 150 s */
        [FACTOR_TIME] = {2, {4.4, 5}, {-4, 0}},
        [FACTOR_SAMPLES] = {2, {24, 48}, {-1.5, 0}},
        /* 48 and 128 KiB */
        [FACTOR_BYTES] = {2, {3.87, 4.85}, {-8, 0}},
        [FACTOR_DAILY] = {2, {0.002, 0.006}, {-8, 0}},
        [FACTOR_BIRTH] = {2, {0.1, 0.5}, {-5, 0}},
        [FACTOR_ASKED] = {2, {0.1, 0.4}, {-3, 0}},
        [FACTOR_PEAK] = {2, {0.1, 0.4}, {-3, 0}},
};

double factor_weight(enum factor f, double value)
{
	const struct curve *c = &curves[f];

	if (isnan(value) || value >= c->at[c->n - 1])
		return 0;
	if (value <= c->at[0])
		return c->take[0];
	unsigned i = 1;
	while (value > c->at[i])
		i++;
	double share = (value - c->at[i - 1]) / (c->at[i] - c->at[i - 1]);
	return c->take[i - 1] + share * (c->take[i] - c->take[i - 1]);
}

double factors_weigh(const double v[FACTOR_COUNT])
{
	double odds = factor_best;

	for (unsigned f = 0; f < FACTOR_COUNT; f++)
		odds += factor_weight((enum factor)f, v[f]);
	return 1 / (1 + exp(-odds));
}
