/* SPDX-License-Identifier: MIT */
#ifndef APP_EXPORT_JOB_H
#define APP_EXPORT_JOB_H

/* An export in a thread of its own: a disk may take its time, the dashboard may not. */

#include <stdbool.h>

#include "model/moment.h"

struct export_job;

/* Starts writing `m` to `path`; `screen` is the text of the screen. Both are copied or referenced. NULL: no memory. */
struct export_job *export_job_start(struct moment *m, const char *path, const char *screen);

/* Readable when it ended. */
int export_job_fd(const struct export_job *j);

/* After it ended: one line about it ("wrote x.json", what went wrong) and whether it failed. Frees the job. */
void export_job_finish(struct export_job *j, char *out, size_t size, bool *ret_failed);

#endif
