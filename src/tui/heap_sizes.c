/* SPDX-License-Identifier: MIT */
/*
 * The sizes of blocks as a table: which of them grow, and how. It knows its columns; not why a size grows.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/safe_text.h"
#include "tui/heap_internal.h"

enum sizes_sort {
	SORT_GROWTH,
	SORT_BYTES,
	SORT_BLOCKS,
	SORT_CHANGE,
	SORT_RATE,
	SORT_SIZE,
	SORT_COUNT
};
const char *const heap_sizes_sorts[] = {
        [SORT_GROWTH] = "growth in bytes",
        [SORT_BYTES] = "live bytes",
        [SORT_BLOCKS] = "live blocks",
        [SORT_CHANGE] = "change since the first look",
        [SORT_RATE] = "growth in blocks",
        [SORT_SIZE] = "block size",
        [SORT_COUNT] = NULL,
};

static const struct heap_class *class_at(const struct table_at *at)
{
	return &at->m->heap->classes[at->row];
}

/* What rises look after look is worth a colour; the noise of a busy heap is not. */
static bool grows(const struct heap_class *c)
{
	return c->steady && c->growth_bytes > 0;
}

static uint64_t sizes_id(const struct table_at *at)
{
	return heap_id_at(at->m, HEAP_SIZES, at->row);
}

static enum role cell_size(const struct table_at *at, char *out, size_t size)
{
	heap_class_short(class_at(at), out, size);
	char *blank = strchr(out, ' ');
	if (blank && text_width(out) > at->width)
		memmove(blank, blank + 1, strlen(blank));
	return grows(class_at(at)) ? ROLE_TITLE : ROLE_TEXT;
}

static uint64_t key_size(const struct table_at *at)
{
	return class_at(at)->high;
}

static enum role cell_requests(const struct table_at *at, char *out, size_t size)
{
	heap_class_requests(class_at(at), out, size);
	return ROLE_DIM;
}

static enum role cell_blocks(const struct table_at *at, char *out, size_t size)
{
	char text[HUMAN_MAX];

	snprintf(out, size, "%s", human_count(text, class_at(at)->blocks));
	return class_at(at)->blocks ? ROLE_TEXT : ROLE_DIM;
}

static uint64_t key_blocks(const struct table_at *at)
{
	return class_at(at)->blocks;
}

static enum role cell_bytes(const struct table_at *at, char *out, size_t size)
{
	return table_size(at, class_at(at)->bytes, out, size);
}

static uint64_t key_bytes(const struct table_at *at)
{
	return class_at(at)->bytes;
}

/* Blocks more or less than at the first look; there is none in the first. */
static bool change_of(const struct table_at *at, int64_t *ret)
{
	return at->m->heap->looks > 1 &&
	       known_delta(class_at(at)->blocks, class_at(at)->first_blocks, ret);
}

static enum role cell_change(const struct table_at *at, char *out, size_t size)
{
	char text[HUMAN_MAX];
	int64_t change;

	if (!change_of(at, &change)) {
		snprintf(out, size, "-");
		return ROLE_DIM;
	}
	uint64_t magnitude = change < 0 ? 0 - (uint64_t)change : (uint64_t)change;
	snprintf(out, size, "%s%s",
	         change > 0   ? "+"
	         : change < 0 ? "-"
	                      : "",
	         human_count(text, magnitude));
	return change == 0 ? ROLE_DIM : grows(class_at(at)) ? ROLE_GROWTH : ROLE_TEXT;
}

static uint64_t key_change(const struct table_at *at)
{
	int64_t change;

	return change_of(at, &change) ? table_key_signed(change) : UNKNOWN;
}

static enum role cell_growth(const struct table_at *at, char *out, size_t size)
{
	return table_rate(at, class_at(at)->growth_bytes, grows(class_at(at)), out, size);
}

static uint64_t key_growth(const struct table_at *at)
{
	return table_key_real(class_at(at)->growth_bytes);
}

static enum role cell_rate(const struct table_at *at, char *out, size_t size)
{
	heap_count_rate(out, size, class_at(at)->growth_blocks);
	if (out[0] != '+' && (out[0] != '-' || !out[1]))
		return ROLE_DIM;
	return grows(class_at(at)) ? ROLE_GROWTH : ROLE_TEXT;
}

static uint64_t key_rate(const struct table_at *at)
{
	return table_key_real(class_at(at)->growth_blocks);
}

static void cell_course(const struct table_at *at, const struct canvas *cell)
{
	const struct heap_class *c = class_at(at);
	uint64_t values[SPARK_POINTS];
	bool flat = true;

	for (unsigned i = 0; i < c->spark_count && i < SPARK_POINTS; i++) {
		values[i] = c->spark[i];
		flat = flat && values[i] == values[0];
	}
	canvas_spark(cell, 0, 0, cell->columns, flat ? ROLE_TRACK : ROLE_GRAPH, values,
	             c->spark_count);
}

static void cell_share(const struct table_at *at, const struct canvas *cell)
{
	double share = heap_class_share(at->m->heap, class_at(at));
	int bar = cell->columns - 6;

	if (!(share >= 0.005)) {
		canvas_right(cell, 0, 0, cell->columns, ROLE_DIM, isfinite(share) ? "" : "-");
		return;
	}
	enum role role = grows(class_at(at)) ? ROLE_GROWTH : ROLE_TEXT;
	if (bar > 2)
		canvas_bar(cell, 0, 0, bar, role == ROLE_GROWTH ? role : ROLE_GRAPH, share);
	canvas_textf(cell, 0, bar > 2 ? bar : cell->columns - 6, CANVAS_REST, role, "%4.0f %%",
	             share * 100);
}

static bool sizes_match(const struct table_at *at, const char *filter)
{
	char text[2 * HEAP_NAME + 2];
	size_t n;

	heap_class_short(class_at(at), text, HEAP_NAME);
	n = strlen(text);
	text[n++] = ' ';
	heap_class_requests(class_at(at), text + n, HEAP_NAME);
	return table_contains(filter, text, strlen(text));
}

static const struct table_column sizes_columns[] = {
        {.header = "block",
         .name = "block size",
         .width = 10,
         .wide = 14,
         .sort = SORT_SIZE + 1,
         .text = cell_size,
         .key = key_size},
        {.header = "requests",
         .name = "requests of",
         .width = 11,
         .wide = 13,
         .rank = 3,
         .text = cell_requests},
        {.header = "blocks",
         .width = 9,
         .wide = 12,
         .rank = 1,
         .sort = SORT_BLOCKS + 1,
         .text = cell_blocks,
         .key = key_blocks},
        {.header = "bytes",
         .width = 9,
         .wide = 11,
         .rank = 1,
         .sort = SORT_BYTES + 1,
         .text = cell_bytes,
         .key = key_bytes},
        {.header = "change",
         .width = 9,
         .wide = 12,
         .rank = 2,
         .sort = SORT_CHANGE + 1,
         .text = cell_change,
         .key = key_change},
        {.header = "growth",
         .width = 12,
         .wide = 14,
         .sort = SORT_GROWTH + 1,
         .text = cell_growth,
         .key = key_growth},
        {.header = "blocks/t",
         .name = "in blocks",
         .width = 10,
         .wide = 11,
         .rank = 5,
         .sort = SORT_RATE + 1,
         .text = cell_rate,
         .key = key_rate},
        {.header = "course", .width = 9, .wide = SPARK_POINTS, .rank = 4, .draw = cell_course},
        {.header = "share",
         .name = "of the growth",
         .width = 9,
         .rank = 6,
         .rest = true,
         .draw = cell_share},
        {.header = NULL},
};

const struct table_ops heap_sizes_table = {
        .columns = sizes_columns,
        .tie = SORT_BYTES,
        .id = sizes_id,
        .matches = sizes_match,
};
