/* SPDX-License-Identifier: MIT */
#ifndef MODEL_LIVES_H
#define MODEL_LIVES_H

/* The processes that were watched one after the other under one name, and how memory grew within each. */

#include <stdbool.h>
#include <stdint.h>

enum { LIVES_KEPT = 24 };

struct life {
	uint64_t begin, end;  /* ns of the watch: its first and its latest sample */
	uint64_t first, last; /* bytes then; the base series (model/sample.h); UNKNOWN */
	double growth; /* bytes per second, without its first third; NAN: too short to tell */
	bool steady;   /* it went on to grow throughout that time */
};

struct lives {
	unsigned count; /* so far, the present one included */
	unsigned kept;
	struct life life[LIVES_KEPT]; /* the latest, oldest first */
	unsigned judged, steady;      /* of those kept */
	double growth, low, high;     /* of the steady ones: median, least, most; NAN */
};

#endif
