/* SPDX-License-Identifier: MIT */
#ifndef APP_GOTO_TIME_H
#define APP_GOTO_TIME_H

/*
 * What is typed behind `:` : a time to go to.
 *
 *   13:45  13:45:10               that time of the day shown; where what there is does not reach there, of
 *                                 the nearest day of which it does; else as with @
 *   2026-11-20  2026-11-20 13:45  that day, that minute, local time; also with seconds, with T for the blank,
 *                                 and with Z behind it for UTC
 *   +90m  -2h  +1d12h  +5         that much later or earlier than shown; a bare number is seconds
 *   @12:34  @1:02:03  @90m        that long after the begin: the clock of the Time column, or a duration
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"

/* Where one stands. Times in ns since the begin. */
struct goto_range {
	uint64_t oldest, newest; /* what there is */
	uint64_t shown;          /* what is shown */
	uint64_t wall; /* CLOCK_REALTIME ns of what is shown; UNKNOWN: only + - @ lead anywhere */
};

struct goto_time {
	bool is_wall;   /* value is CLOCK_REALTIME ns; else ns since the begin */
	uint64_t value; /* may lie before or behind what there is */
};

/* 0, or -EINVAL with a fault of one line that says what can be typed. */
int goto_time_parse(const char *text, const struct goto_range *range, struct goto_time *ret,
                    struct fault *fault);

#endif
