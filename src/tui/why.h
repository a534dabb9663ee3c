/* SPDX-License-Identifier: MIT */
#ifndef TUI_WHY_H
#define TUI_WHY_H

/* Parts of the page "why" that have a file of their own. */

#include "model/moment.h"
#include "tui/page.h"

/* Writes what tracing found; nothing where nothing was traced. */
void why_sites(struct page *p, const struct moment *m);

#endif
