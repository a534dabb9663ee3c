/* SPDX-License-Identifier: MIT */
#ifndef VERDICT_RECORDED_H
#define VERDICT_RECORDED_H

/*
 * Recorded traces, as traces to be scored. A file NAME.csv is read as the program reads one; any other is lines of
 * "seconds bytes", and a line of 0 bytes ends it: the process was gone.
 *
 * The file LABELS beside them has lines "FILE leak|no-leak|unknown [ONSET_S]"; FILE may be a pattern of the shell,
 * the first that fits counts. # begins a comment. What no line names is unknown.
 */

#include "trace.h"

enum label { LABEL_UNKNOWN, LABEL_NO_LEAK, LABEL_LEAK };

/* 0 or -errno; trace_done frees what it holds. Noise is estimated from differences of neighbours. */
int recorded_read(const char *path, enum label label, double onset, struct trace *ret);

/* The label of a file of this directory and the seconds of the watch at which its leak began (0). */
enum label recorded_label(const char *dir, const char *file, double *ret_onset);

#endif
