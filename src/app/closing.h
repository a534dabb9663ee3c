/* SPDX-License-Identifier: MIT */
#ifndef APP_CLOSING_H
#define APP_CLOSING_H

/* What every mode does at the end of a watch: say how it ended, report, and choose the exit status. */

#include "app/child.h"
#include "app/options.h"
#include "app/output.h"
#include "app/watch.h"

/* Tells the watch how it ended, in words; `child` (may be NULL) is asked for its exit status. */
void closing_end(struct watch *w, enum watch_end how, const struct options *o, struct child *child);

/*
 * The report to `out`: JSON with --json, else the diagnosis, behind the closing table if `table`. Nothing with
 * --no-report. 0 or the -errno of the output; a build without JSON is told in *fault.
 */
int closing_report(struct watch *w, const struct options *o, bool table, struct output *out,
                   struct fault *fault);

/* The same for a moment that no watch stands behind: of a replay. */
int closing_report_moment(const struct moment *m, const struct options *o, struct output *out,
                          struct fault *fault);

/* Says on stderr that the target ended before one sample; of a child (may be NULL) also how. */
void closing_no_sample(struct child *child);

/* Says on stderr that the watch came to its end without one sample, and why none could be read, as far as known. */
void closing_unread(const struct watch *w);

/* Says on stderr that --follow found nobody. */
void closing_not_found(const struct options *o);

/* STATUS_OK, STATUS_LEAK with --exit-code, STATUS_GONE without one sample. */
int closing_status(struct watch *w, const struct options *o);

#endif
