/* SPDX-License-Identifier: MIT */
#ifndef VERDICT_DETECTOR_H
#define VERDICT_DETECTOR_H

/*
 * What is compared: the engine of the project, and published rules made anew on the same data. All are
 * fed sample by sample and asked now and then, so that each may be wrong at any moment, as live.
 *
 * The rules are scale-free where the published ones have constants of one product (hours, megabytes):
 * windows are shares of the watched time, growth is relative to the level held.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/sample.h"
#include "model/verdict.h"

struct call {
	enum verdict_kind kind; /* rules know LEAK and NO_LEAK only */
	int confidence;         /* 0..100; -1: says none */
	double rate;            /* bytes per second; NAN: says none */
	uint64_t flagged;       /* ns of the first alarm; UNKNOWN: never, or not told */
};

struct detector {
	const char *name;
	unsigned pace;        /* asked when the count of samples grew by one in so many */
	void *(*begin)(void); /* NULL: no memory */
	int (*feed)(void *state, const struct sample *s);
	void (*judge)(void *state, struct call *ret);
	void (*end)(void *state);
};

/* The engine first. */
extern const struct detector *const detectors[];
extern const unsigned detector_count;
enum { DETECTORS_MAX = 8 };

extern const struct detector detector_engine, rivals[];

#endif
