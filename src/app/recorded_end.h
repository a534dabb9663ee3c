/* SPDX-License-Identifier: MIT */
#ifndef APP_RECORDED_END_H
#define APP_RECORDED_END_H

/* How a watch that was recorded ended, for who looks at it again: what no sample tells. */

#include "app/watch.h"
#include "store/replay.h"

/* To a moment of the newest sample: the end, how the command fared, and every warning. */
void recorded_end_show(const struct replay *r, struct moment *m);

/* The same to a watch that was fed all samples. One whose end nobody wrote down ends as a file does. */
void recorded_end_tell(struct replay *r, struct watch *w);

#endif
