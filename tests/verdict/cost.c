/* SPDX-License-Identifier: MIT */
#include "cost.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

#include "base/clock.h"
#include "rng.h"

/*
 * Knows time and memory. An engine may evaluate while it is fed or when it is asked: both are timed
 * as one, and told apart by what they take.
 */

enum { SAMPLES = 20000 };

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Time that passes between two looks at the clock, in ns: the median of many. */
static double cost_of_clock(void)
{
	double v[999];

	for (unsigned i = 0; i < 999; i++) {
		uint64_t begin = clock_mono();
		v[i] = (double)(clock_mono() - begin);
	}
	qsort(v, 999, sizeof(*v), compare);
	return v[499];
}

/* ns of every sample with its question, sorted. */
static int time_all(const struct detector *d, void *state, double *ret)
{
	struct rng rng;
	struct sample s;
	struct call c;
	double own = cost_of_clock();
	int err = 0;

	rng_init(&rng, 1, "cost", 0);
	sample_init(&s);
	for (unsigned i = 0; !err && i < SAMPLES; i++) {
		s.time = i * NS_PER_S;
		s.v[FIGURE_ANON] = 100000000 + i * 40960 + (uint64_t)(1e6 * rng_unit(&rng));
		uint64_t begin = clock_mono();
		err = d->feed(state, &s);
		if (i % 100 == 0)
			d->judge(state, &c);
		ret[i] = (double)(clock_mono() - begin) - own;
	}
	qsort(ret, SAMPLES, sizeof(*ret), compare);
	return err;
}

int cost_measure(const struct detector *d, struct cost *ret)
{
	size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
	double *ns = malloc(SAMPLES * sizeof(*ns));
	void *state = d->begin();
	int err = ns && state ? 0 : -ENOMEM;

	if (!err)
		err = time_all(d, state, ns);
	if (!err) {
		double sum = 0;
		for (unsigned i = SAMPLES - SAMPLES / 100; i < SAMPLES; i++)
			sum += ns[i];
		size_t after = mallinfo2().uordblks + mallinfo2().hblkhd;
		ret->sample = ns[SAMPLES / 2];
		ret->evaluation = sum / (SAMPLES / 100) / 1000;
		ret->bytes = ((double)(after - before) - SAMPLES * (double)sizeof(*ns)) / 1024;
	}
	if (state)
		d->end(state);
	free(ns);
	return err;
}
