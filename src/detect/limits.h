/* SPDX-License-Identifier: MIT */
#ifndef DETECT_LIMITS_H
#define DETECT_LIMITS_H

/* What the search for the nearest limit remembers from sample to sample. */

#include "detect/climb.h"
#include "detect/detect.h"

struct ends {
	struct climb vsz, data, maps;
	bool read;   /* the usage of the cgroup was read anew since the last reading */
	double then; /* bytes the process held at that reading; NAN */
};

void climbs_reset(struct ends *e);

#endif
