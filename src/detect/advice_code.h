/* SPDX-License-Identifier: MIT */
#ifndef DETECT_ADVICE_CODE_H
#define DETECT_ADVICE_CODE_H

/* What to do next about code: tracing it, or what tracing found. Parts of advice_next(). */

#include <stdbool.h>

#include "base/buf.h"
#include "model/moment.h"

/* The figures are of a process, and not from a file; and it has not ended. */
bool advice_is_process(const struct moment *m);
bool advice_is_live(const struct moment *m);

/* Memory that code asks for grows, and it can be traced as far as is known. */
bool advice_code_tells(const struct moment *m);

/* The call site that was seen to grow; NULL: none, or page faults cannot tell. */
const struct site *advice_site(const struct moment *m);

/* Its name, safe. 0 or -errno of the buffer. */
int advice_site_name(const struct moment *m, const struct site *s, struct buf *out);

/* Key 6, or what to do in view 6, where that says more than the blocks do. False: nothing was added. */
bool advice_code(const struct moment *m, unsigned view, struct buf *out);

/* What the tracing that goes on waits for, in view 6. False: nothing was added. */
bool advice_tracing(const struct moment *m, struct buf *out);

#endif
