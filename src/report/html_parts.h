/* SPDX-License-Identifier: MIT */
#ifndef REPORT_HTML_PARTS_H
#define REPORT_HTML_PARTS_H

/* The parts of the page, in its order. Each appends a section, or nothing where it has nothing to say. */

#include "base/buf.h"
#include "model/moment.h"

/* The content of <style>. */
void html_style(struct buf *out);

/* What the tool says of it. */
void html_verdict(const struct moment *m, struct buf *out);

/* Charts, and what happened. */
void html_course(const struct moment *m, struct buf *out);

/* Evidence, and what memory grows with. */
void html_why(const struct moment *m, struct buf *out);

/* Block sizes, lost blocks and arenas, where somebody looked inside the heap. */
void html_heap(const struct moment *m, struct buf *out);

/* Call sites with their stacks, where somebody traced them. */
void html_sites(const struct moment *m, struct buf *out);

/* The region table, and mappings of the same size. */
void html_regions(const struct moment *m, struct buf *out);
void html_sizes(const struct moment *m, struct buf *out);

/* Every figure of the process, limits, the closing table. */
void html_figures(const struct moment *m, struct buf *out);
void html_watch(const struct moment *m, struct buf *out);

/* All processes, where none is watched. */
void html_processes(const struct moment *m, struct buf *out);

#endif
