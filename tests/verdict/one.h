/* SPDX-License-Identifier: MIT */
#ifndef VERDICT_ONE_H
#define VERDICT_ONE_H

/* One trace at a time: to look at, or as a file for any other program. */

#include "run.h"

/* The trace as a table with what the engine says, whenever that changes. 0 or -errno. */
int one_print(const struct family *f, enum trace_class class, enum trace_mode mode, uint64_t seed);

/*
 * Writes every trace of the plan as DIR/NAME.csv and what is right of them into DIR/labels.csv
 * (file,label,onset_s,family,class,seed,snr,sigma_bytes). 0 or -errno.
 */
int one_dump(const struct plan *p, const char *dir);

#endif
