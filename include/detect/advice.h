/* SPDX-License-Identifier: MIT */
#ifndef DETECT_ADVICE_H
#define DETECT_ADVICE_H

/*
 * What verdict and figures mean to a person, in sentences that the screen and the report share.
 */

#include <stdbool.h>

#include "base/buf.h"
#include "model/moment.h"

/*
 * The first line of the diagnosis for a verdict ("Warning: linear heap growth detected", "No leak
 * detected: REASON", ...), without newline. 0 or -errno of the buffer.
 */
int advice_line(const struct verdict *v, struct buf *out);

/* Where a person is: before a report, or in a view of the dashboard, by its number. */
enum advice_view { ADVICE_COMMANDS, ADVICE_OVERVIEW, ADVICE_MAPS, ADVICE_HEAP = 5, ADVICE_SITES };

/*
 * The one thing to do next: a key of the dashboard ("2 which mapping", and in view 2 what to do there), or for
 * ADVICE_COMMANDS a command. One line without newline and without the word "Next:". Safe to print.
 */
int advice_next(const struct moment *m, unsigned view, struct buf *out);

/*
 * The growth with its interval, in one unit: "+1.0 MB/s (0.9 MB/s to 1.1 MB/s)"; "-" while there is no
 * verdict. 0 or -errno of the buffer.
 */
int advice_rate(const struct verdict *v, struct buf *out);

/*
 * Where its growth ends: "reaches the cgroup limit of 2.0 GB in about 3 h 10 min (2 h 40 min to 4 h)",
 * to stand behind its subject; nothing when no limit is in sight. 0 or -errno of the buffer.
 */
int advice_limit(const struct verdict *v, struct buf *out);

/* The time until then for narrow places: "3.2 h (2.7-4.0)", "53 min (48+)", "53 min 05 s"
 * where no interval is known; "-": not in sight. */
int advice_time_left(const struct verdict *v, struct buf *out);

enum { ADVICE_LINE = 160 };

/*
 * What can be said at the first sample, before any trend: one sentence each, most telling first, at
 * most `max`; returns how many. Age, RSS against its peak, address space never touched, swap, average
 * growth since birth, largest anonymous regions, headroom, "verdict in about 14 s".
 */
unsigned advice_first_look(const struct moment *m, char (*ret)[ADVICE_LINE], unsigned max);

#endif
