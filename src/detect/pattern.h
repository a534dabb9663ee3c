/* SPDX-License-Identifier: MIT */
#ifndef DETECT_PATTERN_H
#define DETECT_PATTERN_H

#include "detect/series.h"
#include "model/verdict.h"

/*
 * The pattern of the growth since p[from]. A regular step every few samples is linear; stepwise is
 * when long rests lie between rare steps; bursty when growth and rest take turns for longer.
 */
enum verdict_pattern pattern_of(const struct point *p, unsigned count, unsigned from);

#endif
