/* SPDX-License-Identifier: MIT */
#ifndef VERDICT_SHOW_H
#define VERDICT_SHOW_H

#include "making.h"

/* What a reader of /proc sees of it: fills the samples of the trace. 0 or -ENOMEM. */
int show_making(struct making *m, struct trace *t);

#endif
