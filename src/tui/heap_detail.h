/* SPDX-License-Identifier: MIT */
#ifndef TUI_HEAP_DETAIL_H
#define TUI_HEAP_DETAIL_H

/* What heap_detail.c (the place) and heap_facts.c (the sentences) share. */

#include "tui/heap_internal.h"

void heap_class_write(struct page *p, const struct moment *m, const struct heap_class *c);
void heap_lost_write(struct page *p, const struct moment *m, const struct lost_head *h);
void heap_arena_write(struct page *p, const struct heap_arena *a);

#endif
