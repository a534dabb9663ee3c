/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_HISTORY_H
#define SUPPORT_HISTORY_H

/* A history of plain samples, for tests of what hangs on them: what was found inside the heap, call sites. */

#include "model/history.h"

/* A sample a second, from second 0 on, that many. */
struct history *history_of(unsigned seconds);

/* A sample of another program. */
void history_exec(struct history *h, unsigned second);

/* For visitors that care for something else. */
void no_sample(void *arg, const struct sample *s, uint64_t span, const struct sample extremes[2]);

#endif
