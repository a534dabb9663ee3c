/* SPDX-License-Identifier: MIT */
#ifndef APP_PACE_H
#define APP_PACE_H

/*
 * How far apart samples usually are. A live watch knows; a file must be asked, since a log may hold a
 * line a minute, and a missing hour in it is a gap while a minute is not.
 */

#include <stdbool.h>
#include <stdint.h>

enum { PACE_RECENT = 9 };

struct pace {
	uint64_t recent[PACE_RECENT]; /* ns between neighbours, the latest ones in a ring */
	unsigned count;               /* spacings seen */
};

/* The usual spacing: the median of the recent ones, ns; 0 before there is any. */
uint64_t pace_usual(const struct pace *p);

/* Takes the next spacing in. */
void pace_add(struct pace *p, uint64_t spacing);

/* True when `spacing` is so much longer than usual that time passed unobserved. */
bool pace_is_gap(const struct pace *p, uint64_t spacing);

#endif
