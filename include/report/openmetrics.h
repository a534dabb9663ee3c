/* SPDX-License-Identifier: MIT */
#ifndef REPORT_OPENMETRICS_H
#define REPORT_OPENMETRICS_H

/*
 * What is known at one moment as metrics: text that the Prometheus text format 0.0.4 and OpenMetrics 1.0 both
 * understand. Every family is a gauge, for counters are spelt differently in the two; no line has a time; "# EOF",
 * which one of them wants, is a comment to the other.
 */

#include "base/buf.h"
#include "model/moment.h"

/* What a text of ours begins with, and hardly anybody else's. */
#define OPENMETRICS_MARK "# HELP memleak_"

/*
 * Appends the whole text. `watch`: raw bytes that tell this watch from others, for the label of that name; `version`:
 * that of the tool. Labels pass safe_text and are escaped. A figure that is not known has no line; while nobody is
 * there to be watched none has but memleak_up, which is 0 then. 0 or -errno of the buffer.
 */
int openmetrics_write(const struct moment *m, const char *watch, const char *version,
                      struct buf *out);

#endif
