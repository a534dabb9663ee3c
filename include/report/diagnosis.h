/* SPDX-License-Identifier: MIT */
#ifndef REPORT_DIAGNOSIS_H
#define REPORT_DIAGNOSIS_H

/* The closing diagnosis in words. Its first line and the next step come from detect/advice.h. */

#include "base/buf.h"
#include "base/safe_text.h"
#include "model/moment.h"

/*
 * The line of the verdict, then at most ten, the last of which is "Next: ...". Safe to print in `mode`.
 * Where more is known than ten lines hold, evidence gives way first, then regions and limits. 0 or
 * -errno.
 */
int diagnosis_write(const struct moment *m, enum safe_mode mode, struct buf *out);

#endif
