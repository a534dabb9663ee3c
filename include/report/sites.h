/* SPDX-License-Identifier: MIT */
#ifndef REPORT_SITES_H
#define REPORT_SITES_H

/* Traced call sites as text, and as collapsed stacks for other programs. */

#include "base/buf.h"
#include "base/safe_text.h"
#include "model/moment.h"

/*
 * The sentences, then every site with its figures and its stack, innermost first; nothing where nothing was traced. Safe to
 * print in `mode`. 0 or -errno.
 */
int sites_table(const struct moment *m, enum safe_mode mode, struct buf *out);

/*
 * Collapsed stacks, one line a site: "main;net_read;parse_header 552960", outermost first, inlined functions as frames of
 * their own; what flamegraph.pl and speedscope read. The number is live bytes, for SITES_HITS calls; sites without any
 * have no line. A frame without a name is what site_frame_place() says. Blanks in names are "_", ";" is
 * ":", and what safe_text does not let through is "\xNN". 0; -ENODATA where nothing was traced or nothing is
 * there to count; or -errno.
 */
int sites_folded(const struct moment *m, struct buf *out);

#endif
