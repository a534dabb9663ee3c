/* SPDX-License-Identifier: MIT */
#ifndef APP_MODES_H
#define APP_MODES_H

/* The ways this program runs; each returns the exit status (base/fault.h). */

#include "app/child.h"
#include "app/options.h"

/* The table and the diagnosis, row by row, on stdout. `child` may be NULL. */
int run_batch(const struct options *o, int32_t pid, struct child *child);

/* The same for a file of figures: --analyze, and --replay without a screen. */
int run_analyze(const struct options *o);

/* The processes most likely to leak. */
int run_top(const struct options *o);

/* Two moments compared. */
int run_diff(const struct options *o);

/* The dashboard; over a recording with --replay, else pid 0 begins with the list of processes. `child` may be NULL. */
int run_dashboard(const struct options *o, int32_t pid, struct child *child);

/* Says on stderr why no list of processes can be shown here, and what to do. The exit status. */
int refuse_list(void);

/* The version of this build ("1.2.0", or what git says). */
const char *version_text(void);
/* What -V prints: version and optional parts. */
int version_write(struct buf *out);

#endif
