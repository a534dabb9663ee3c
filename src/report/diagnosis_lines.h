/* SPDX-License-Identifier: MIT */
#ifndef REPORT_DIAGNOSIS_LINES_H
#define REPORT_DIAGNOSIS_LINES_H

/* Lines of a diagnosis while it is put together: in order, each with a weight that keeps it. */

#include "base/safe_text.h"
#include "model/moment.h"

enum { LINES_MAX = 32, LINE_BYTES = 2048 };

/* What a line weighs when more were found than fit: the lightest go first. */
enum line_weight {
	LINE_AGAINST,
	LINE_FOR,
	LINE_MORE_WARNINGS,
	LINE_BLOCKED,
	LINE_LINK,
	LINE_SITES_MORE,
	LINE_REGIONS,
	LINE_HEAP,
	LINE_LIMIT,
	LINE_REDUCED,
	LINE_WARNING,
	LINE_SITES,
	LINE_END,
	LINE_RATE,
	LINE_FIGURES,
	LINE_ALWAYS,
};

struct line {
	enum line_weight weight;
	/* as the target and the room detect gave it: not yet safe to print */
	char text[LINE_BYTES];
};

struct lines {
	enum safe_mode mode;
	unsigned count;
	struct line line[LINES_MAX];
};

void lines_add(struct lines *l, enum line_weight weight, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* The line about the regions that carry the growth. 0, or -ENOMEM. */
int diagnosis_regions(const struct moment *m, struct lines *l);

/* What a look inside the heap found, where it is sure. */
void diagnosis_heap(const struct moment *m, struct lines *l);

/* Which code grows, where call sites were traced. */
void diagnosis_sites(const struct moment *m, struct lines *l);

/* Evidence, the nearest limit, and what hinders the verdict. */
void diagnosis_why(const struct moment *m, struct lines *l);

#endif
