/* SPDX-License-Identifier: MIT */
#ifndef MODEL_THRESHOLD_H
#define MODEL_THRESHOLD_H

/* --max-rss and its kin: what was asked for, and when it was crossed. */

#include <stdbool.h>
#include <stdint.h>

#include "model/sample.h"

enum threshold_kind { MAX_RSS, MAX_HEAP, MAX_ANON, MAX_MAPS, MAX_GROWTH, THRESHOLD_KIND_COUNT };

struct threshold {
	enum threshold_kind kind;
	double limit;      /* bytes, a count, or bytes per second */
	bool crossed;      /* is above, or has not yet fallen clearly below again */
	unsigned times;    /* crossed so far */
	uint64_t crossing; /* number of its last crossing among all; 0: none yet */
};

enum { THRESHOLDS_MAX = 16 };
struct thresholds {
	unsigned count;
	uint64_t crossings; /* of all of them */
	struct threshold t[THRESHOLDS_MAX];
};

/* One more; the same again changes nothing. 0, or -ENOSPC. */
int thresholds_add(struct thresholds *t, enum threshold_kind kind, double limit);

/* True when there is one of this kind. */
bool thresholds_has(const struct thresholds *t, enum threshold_kind kind);

/*
 * Looks at a sample; growth is in bytes per second (NAN unknown). Fills `ret` with one line
 * ("heap 512.3 MB is above --max-heap 512 MB") for the next threshold that was newly crossed and returns
 * it; call again until NULL. A figure that hovers is told of once: it must first fall by a fiftieth
 * (growth: a tenth) below the threshold.
 */
const struct threshold *thresholds_check(struct thresholds *t, const struct sample *s,
                                         double growth, char *ret, size_t size);

/* How many are crossed now; fills `ret` with the line of the one crossed last, with today's figure. */
unsigned thresholds_above(const struct thresholds *t, const struct sample *s, double growth,
                          char *ret, size_t size);

/* True when any was ever crossed. */
bool thresholds_crossed(const struct thresholds *t);

#endif
