/* SPDX-License-Identifier: MIT */
#ifndef DETECT_EVIDENCE_H
#define DETECT_EVIDENCE_H

/* Sentences with weights; detect_internal.h has the whole of it, this is what its files share. */

#include "detect/trend.h"
#include "model/verdict.h"

/* One more sentence, printf-like; none beyond VERDICT_EVIDENCE_MAX, none that weighs less than 0.02. */
void evidence_say(struct verdict *v, bool is_for, double weight, const char *format, ...)
        __attribute__((format(printf, 4, 5)));

/* The two heaviest objections of the slow argument. */
void evidence_factors(const struct trend *t, struct verdict *v);

#endif
