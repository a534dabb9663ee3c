/* SPDX-License-Identifier: MIT */
#ifndef TUI_HEAP_INTERNAL_H
#define TUI_HEAP_INTERNAL_H

/* What the files of view 5 share: three lists of what was found in a heap, and what stands above them. */

#include "model/heap_words.h"
#include "tui/page.h"
#include "tui/table.h"

enum heap_list { HEAP_SIZES, HEAP_LOST, HEAP_ARENAS, HEAP_LISTS };

/* Sort menus of the three lists, and what their rows are (heap_sizes.c, heap_lost.c, heap_arenas.c). */
extern const char *const heap_sizes_sorts[], *const heap_lost_sorts[], *const heap_arenas_sorts[];
extern const struct table_ops heap_sizes_table, heap_lost_table, heap_arenas_table;

struct heap_view {
	struct view view; /* its ops are those of the list in front, or of one row opened */
	struct table tables[HEAP_LISTS];
	enum heap_list list;
	uint64_t open;           /* id of the row opened: see below; 0 none */
	size_t top, total;       /* its text: first line in sight, lines */
	enum allocator supposed; /* from the names of mappings, before anybody looked */
};

size_t heap_rows(const struct moment *m, enum heap_list list);

/* A lost block by its number in the list, a class, an arena; with the ids that outlive a look. */
const struct lost_head *heap_lost_at(const struct moment *m, size_t row);
uint64_t heap_id_at(const struct moment *m, enum heap_list list, size_t row);

/* --- heap_head.c: what stands above the lists ---------------------------------------------------- */

/* Allocator, looks, cost; what it does now. */
void heap_head_draw(const struct canvas *c, int y, const struct moment *m);
/* What of the memory is in use and what is kept, and its legend, in two lines. */
void heap_bar_draw(const struct canvas *c, int y, const struct moment *m);
/* The one sentence worth a line; false: there is none. Alarm: an error. */
bool heap_finding(const struct moment *m, char *out, size_t size, bool *ret_alarm);
/* Title of a list: "Block sizes 12". */
void heap_list_title(const struct moment *m, enum heap_list list, char *out, size_t size);

/* --- heap_empty.c: before the first look, and where there is nothing to list ---------------------- */

void heap_empty_refresh(struct heap_view *v, const struct moment *m);
void heap_empty_draw(const struct heap_view *v, const struct moment *m, const struct canvas *c);

/* --- heap_detail.c: one row opened ---------------------------------------------------------------- */

/* Writes the page of v->open, below what heap_detail_draw draws above it. */
void heap_detail_refresh(struct heap_view *v, const struct moment *m);
void heap_detail_draw(const struct heap_view *v, const struct moment *m, const struct canvas *c);
bool heap_detail_act(struct heap_view *v, const struct request *what);

/* --- heap_bytes.c: content ------------------------------------------------------------------------ */

/* The bytes as characters, what is no plain one as a dot; out has room for count + 1. */
char *heap_bytes_text(const uint8_t *bytes, unsigned count, char *out);
/* "50 dd 2a e0" of the first `count`, as many as fit into out. */
char *heap_bytes_hex(const uint8_t *bytes, unsigned count, char *out, size_t size);
/* Lines of 16: offset, hex, characters. */
void heap_bytes_write(struct page *p, const uint8_t *bytes, unsigned count);

#endif
