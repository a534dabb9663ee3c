/* SPDX-License-Identifier: MIT */
/*
 * Arenas as a table: what each has, what of it is in use, what is kept and in how small pieces. It knows its
 * columns; not how an arena is read.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/safe_text.h"
#include "tui/heap_internal.h"

enum arenas_sort {
	SORT_SIZE,
	SORT_LIVE,
	SORT_BLOCKS,
	SORT_KEPT,
	SORT_LARGEST,
	SORT_TRIM,
	SORT_FRAGMENTS,
	SORT_COUNT
};
const char *const heap_arenas_sorts[] = {
        [SORT_SIZE] = "size",
        [SORT_LIVE] = "live bytes",
        [SORT_BLOCKS] = "live blocks",
        [SORT_KEPT] = "free bytes",
        [SORT_LARGEST] = "largest free block",
        [SORT_TRIM] = "what malloc_trim would return",
        [SORT_FRAGMENTS] = "fragmentation",
        [SORT_COUNT] = NULL,
};

/* Figures of an arena by number: the argument of a column. */
enum arena_figure { SIZE, LIVE, CACHED, KEPT, TOP, LARGEST, TRIM, UNREAD };

static const struct heap_arena *arena_at(const struct table_at *at)
{
	return at->row == TABLE_TOTAL ? &at->m->heap->total : &at->m->heap->arenas[at->row];
}

static uint64_t figure_of(const struct heap_arena *a, int figure)
{
	switch ((enum arena_figure)figure) {
	case SIZE:
		return a->size;
	case LIVE:
		return a->live_bytes;
	case CACHED:
		return a->cached_bytes + a->fast_bytes;
	case KEPT:
		return a->cached_bytes + a->fast_bytes + a->free_bytes + a->top_bytes;
	case TOP:
		return a->top_bytes;
	case LARGEST:
		return a->largest_free;
	case TRIM:
		return a->trimmable;
	default:
		return a->unread;
	}
}

static uint64_t arenas_id(const struct table_at *at)
{
	return heap_id_at(at->m, HEAP_ARENAS, at->row);
}

static enum role cell_name(const struct table_at *at, char *out, size_t size)
{
	snprintf(out, size, "%s", heap_arena_name(arena_at(at)));
	return ROLE_TEXT;
}

static enum role cell_address(const struct table_at *at, char *out, size_t size)
{
	if (arena_at(at)->address)
		snprintf(out, size, "%" PRIx64, arena_at(at)->address);
	else
		snprintf(out, size, "-");
	return ROLE_DIM;
}

static enum role cell_figure(const struct table_at *at, char *out, size_t size)
{
	return table_size(at, figure_of(arena_at(at), at->arg), out, size);
}

static uint64_t key_figure(const struct table_at *at)
{
	return figure_of(arena_at(at), at->arg);
}

static enum role cell_blocks(const struct table_at *at, char *out, size_t size)
{
	char text[HUMAN_MAX];

	snprintf(out, size, "%s", human_count(text, arena_at(at)->live_blocks));
	return arena_at(at)->live_blocks ? ROLE_TEXT : ROLE_DIM;
}

static uint64_t key_blocks(const struct table_at *at)
{
	return arena_at(at)->live_blocks;
}

static enum role cell_fragments(const struct table_at *at, char *out, size_t size)
{
	double part = heap_fragmentation(arena_at(at));

	if (isnan(part))
		snprintf(out, size, "-");
	else
		snprintf(out, size, "%.0f %%", part * 100);
	return isnan(part) ? ROLE_DIM : ROLE_TEXT;
}

static uint64_t key_fragments(const struct table_at *at)
{
	return table_key_real(heap_fragmentation(arena_at(at)));
}

static bool arenas_match(const struct table_at *at, const char *filter)
{
	char text[HEAP_NAME];
	int n = snprintf(text, sizeof(text), "%s %" PRIx64, heap_arena_name(arena_at(at)),
	                 arena_at(at)->address);

	return table_contains(filter, text, (size_t)n);
}

static const struct table_column arenas_columns[] = {
        {.header = "arena", .width = 12, .left = true, .text = cell_name},
        {.header = "address", .width = 12, .wide = 14, .rank = 6, .text = cell_address},
        {.header = "size",
         .arg = SIZE,
         .width = 8,
         .wide = 10,
         .sort = SORT_SIZE + 1,
         .text = cell_figure,
         .key = key_figure},
        {.header = "blocks",
         .name = "live blocks",
         .width = 10,
         .wide = 12,
         .rank = 3,
         .sort = SORT_BLOCKS + 1,
         .text = cell_blocks,
         .key = key_blocks},
        {.header = "in use",
         .arg = LIVE,
         .width = 8,
         .wide = 10,
         .rank = 1,
         .sort = SORT_LIVE + 1,
         .text = cell_figure,
         .key = key_figure},
        {.header = "cached", .arg = CACHED, .width = 8, .wide = 10, .rank = 5, .text = cell_figure},
        {.header = "free",
         .arg = KEPT,
         .width = 8,
         .wide = 10,
         .sort = SORT_KEPT + 1,
         .text = cell_figure,
         .key = key_figure},
        {.header = "top", .arg = TOP, .width = 8, .wide = 10, .rank = 7, .text = cell_figure},
        {.header = "largest",
         .name = "largest free",
         .arg = LARGEST,
         .width = 8,
         .wide = 13,
         .rank = 2,
         .sort = SORT_LARGEST + 1,
         .text = cell_figure,
         .key = key_figure},
        {.header = "trim",
         .name = "trim returns",
         .arg = TRIM,
         .width = 8,
         .wide = 13,
         .sort = SORT_TRIM + 1,
         .text = cell_figure,
         .key = key_figure},
        {.header = "frag",
         .name = "fragmented",
         .width = 6,
         .wide = 12,
         .rank = 3,
         .sort = SORT_FRAGMENTS + 1,
         .text = cell_fragments,
         .key = key_fragments},
        {.header = "unread", .arg = UNREAD, .width = 8, .wide = 10, .rank = 8, .text = cell_figure},
        {.header = NULL},
};

const struct table_ops heap_arenas_table = {
        .columns = arenas_columns,
        .tie = SORT_SIZE,
        .id = arenas_id,
        .matches = arenas_match,
};
