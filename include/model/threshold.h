/* SPDX-License-Identifier: MIT */
#ifndef MODEL_THRESHOLD_H
#define MODEL_THRESHOLD_H

/* --max-rss and its kin: what was asked for, and when it was crossed. */

#include <stdbool.h>
#include <stdint.h>

#include "model/sample.h"

enum threshold_kind { MAX_RSS, MAX_HEAP, MAX_ANON, MAX_MAPS, MAX_GROWTH, THRESHOLD_KIND_COUNT };

struct threshold {
	bool set, crossed; /* crossed: is above now; told once until it falls below again */
	bool ever;         /* was crossed at least once */
	double limit;      /* bytes, a count, or bytes per second */
};
struct thresholds {
	struct threshold t[THRESHOLD_KIND_COUNT];
};

/*
 * Looks at a sample; growth is in bytes per second (NAN unknown). Fills `ret` with one line
 * ("heap 512.3 MB is above --max-heap 512 MB") and returns true for the next threshold that was
 * newly crossed; call again until false.
 */
bool thresholds_check(struct thresholds *t, const struct sample *s, double growth, char *ret,
                      size_t size);

/* True when any was ever crossed. */
bool thresholds_crossed(const struct thresholds *t);

#endif
