/* SPDX-License-Identifier: MIT */
#ifndef VERDICT_LABEL_H
#define VERDICT_LABEL_H

#include "making.h"

/* Fills what is known of the right answer, and whether the trace can be labelled at all (`valid`). */
void label_check(const struct making *m, struct trace *t);

#endif
