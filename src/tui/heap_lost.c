/* SPDX-License-Identifier: MIT */
/*
 * Lost blocks as a table, those that look alike in one row. It knows its columns; how sure it is that nobody
 * points to a block was decided by who looked.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/safe_text.h"
#include "tui/heap_internal.h"

enum lost_sort {
	SORT_CERTAINTY,
	SORT_BYTES,
	SORT_TWINS,
	SORT_GROWTH,
	SORT_SIZE,
	SORT_AGE,
	SORT_COUNT
};
const char *const heap_lost_sorts[] = {
        [SORT_CERTAINTY] = "certainty, then bytes",
        [SORT_BYTES] = "bytes with what hangs on them",
        [SORT_TWINS] = "blocks alike",
        [SORT_GROWTH] = "growth",
        [SORT_SIZE] = "block size",
        [SORT_AGE] = "scans that found it lost",
        [SORT_COUNT] = NULL,
};

static const struct lost_head *head_at(const struct table_at *at)
{
	return heap_lost_at(at->m, at->row);
}

static uint64_t lost_id(const struct table_at *at)
{
	return heap_id_at(at->m, HEAP_LOST, at->row);
}

static enum role cell_certainty(const struct table_at *at, char *out, size_t size)
{
	static const enum role roles[LOST_CERTAINTY_COUNT] = {
	        [LOST_SUSPECT] = ROLE_DIM, [LOST_PROBABLE] = ROLE_WARN, [LOST_LOST] = ROLE_GROWTH};

	snprintf(out, size, "%s", lost_certainty_words[head_at(at)->certainty]);
	return roles[head_at(at)->certainty];
}

static uint64_t key_certainty(const struct table_at *at)
{
	return (uint64_t)head_at(at)->certainty * LOST_KIND_COUNT +
	       (head_at(at)->kind == LOST_DEFINITELY);
}

static enum role cell_kind(const struct table_at *at, char *out, size_t size)
{
	snprintf(out, size, "%s", lost_kind_words[head_at(at)->kind]);
	return ROLE_DIM;
}

static enum role count_cell(uint64_t n, char *out, size_t size)
{
	char text[HUMAN_MAX];

	snprintf(out, size, "%s", human_count(text, n));
	return n ? ROLE_TEXT : ROLE_DIM;
}

static enum role cell_size(const struct table_at *at, char *out, size_t size)
{
	const struct heap_class c = {.low = head_at(at)->size, .high = head_at(at)->size};

	heap_class_short(&c, out, size);
	return ROLE_TEXT;
}

static uint64_t key_size(const struct table_at *at)
{
	return head_at(at)->size;
}

static enum role cell_twins(const struct table_at *at, char *out, size_t size)
{
	return count_cell(head_at(at)->twins, out, size);
}

static uint64_t key_twins(const struct table_at *at)
{
	return head_at(at)->twins;
}

static enum role cell_indirect(const struct table_at *at, char *out, size_t size)
{
	return count_cell(head_at(at)->indirect_blocks, out, size);
}

static uint64_t key_bytes(const struct table_at *at)
{
	return known_add(head_at(at)->bytes, head_at(at)->indirect_bytes);
}

static enum role cell_bytes(const struct table_at *at, char *out, size_t size)
{
	return table_size(at, key_bytes(at), out, size);
}

static enum role cell_scans(const struct table_at *at, char *out, size_t size)
{
	snprintf(out, size, "%u", head_at(at)->scans);
	return ROLE_DIM;
}

static uint64_t key_scans(const struct table_at *at)
{
	return head_at(at)->scans;
}

static enum role cell_since(const struct table_at *at, char *out, size_t size)
{
	char text[HUMAN_MAX];

	snprintf(out, size, "%s",
	         known(head_at(at)->since) ? human_clock(text, head_at(at)->since, false) : "-");
	return ROLE_DIM;
}

static enum role cell_growth(const struct table_at *at, char *out, size_t size)
{
	heap_count_rate(out, size, head_at(at)->growth);
	if (out[0] != '+')
		return ROLE_DIM;
	return head_at(at)->certainty == LOST_LOST ? ROLE_GROWTH : ROLE_TEXT;
}

static uint64_t key_growth(const struct table_at *at)
{
	return table_key_real(head_at(at)->growth);
}

static enum role cell_hex(const struct table_at *at, char *out, size_t size)
{
	const struct lost_head *h = head_at(at);

	heap_bytes_hex(h->first, h->first_count < 8 ? h->first_count : 8, out, size);
	return ROLE_DIM;
}

/* "Session": that it has a vtable is what tells. */
static const char *type_name(const struct lost_head *h)
{
	static const char vtable[] = "vtable for ";
	size_t skip = sizeof(vtable) - 1;

	return strncmp(h->type, vtable, skip) == 0 && h->type[skip] ? h->type + skip : h->type;
}

/* Up to the last byte that is not 0: what was never written says nothing. */
static unsigned content_length(const struct lost_head *h)
{
	unsigned n = h->first_count;

	while (n > 0 && h->first[n - 1] == 0)
		n--;
	return n;
}

/* What its first word is says more than its characters. */
static enum role cell_content(const struct table_at *at, char *out, size_t size)
{
	const struct lost_head *h = head_at(at);
	char text[HEAP_BYTES_SHOWN + 1], safe[HEAP_TYPE_MAX * 4 + 1];
	bool utf8 = !at->view->settings->ascii;

	if (!h->type[0]) {
		heap_bytes_text(h->first, content_length(h), text);
		text_ellipsis(out, size, text, at->width, false, utf8);
		return ROLE_TEXT;
	}
	const char *type = type_name(h);
	safe_copy(safe, sizeof(safe), type, strnlen(type, HEAP_TYPE_MAX),
	          utf8 ? SAFE_UTF8 : SAFE_ASCII);
	text_ellipsis(out, size, safe, at->width, true, utf8);
	return ROLE_HEAD;
}

static bool lost_matches(const struct table_at *at, const char *filter)
{
	const struct lost_head *h = head_at(at);
	const char *sure = lost_certainty_words[h->certainty], *kind = lost_kind_words[h->kind];
	char text[HUMAN_MAX], bytes[HEAP_BYTES_SHOWN + 1];

	int n = snprintf(text, sizeof(text), "%llu", (unsigned long long)h->size);
	heap_bytes_text(h->first, h->first_count, bytes);
	return table_contains(filter, sure, strlen(sure)) ||
	       table_contains(filter, kind, strlen(kind)) ||
	       table_contains(filter, text, (size_t)n) ||
	       table_contains(filter, bytes, h->first_count) ||
	       table_contains(filter, h->type, strnlen(h->type, HEAP_TYPE_MAX));
}

static const struct table_column lost_columns[] = {
        {.header = "sure",
         .name = "certainty",
         .width = 8,
         .wide = 10,
         .sort = SORT_CERTAINTY + 1,
         .left = true,
         .text = cell_certainty,
         .key = key_certainty},
        {.header = "kind", .width = 10, .rank = 3, .left = true, .text = cell_kind},
        {.header = "block",
         .width = 7,
         .wide = 9,
         .rank = 1,
         .sort = SORT_SIZE + 1,
         .text = cell_size,
         .key = key_size},
        {.header = "alike",
         .name = "blocks alike",
         .width = 8,
         .wide = 13,
         .rank = 1,
         .sort = SORT_TWINS + 1,
         .text = cell_twins,
         .key = key_twins},
        {.header = "hang",
         .name = "hang on them",
         .width = 8,
         .wide = 13,
         .rank = 6,
         .text = cell_indirect},
        {.header = "bytes",
         .width = 6,
         .wide = 10,
         .sort = SORT_BYTES + 1,
         .text = cell_bytes,
         .key = key_bytes},
        {.header = "growth",
         .width = 9,
         .wide = 11,
         .rank = 2,
         .sort = SORT_GROWTH + 1,
         .text = cell_growth,
         .key = key_growth},
        {.header = "scans",
         .width = 5,
         .wide = 6,
         .rank = 4,
         .sort = SORT_AGE + 1,
         .text = cell_scans,
         .key = key_scans},
        {.header = "since", .width = 8, .rank = 5, .text = cell_since},
        {.header = "first bytes", .width = 23, .rank = 7, .left = true, .text = cell_hex},
        {.header = "content",
         .name = "content, or type",
         .width = 16,
         .rank = 1,
         .rest = true,
         .left = true,
         .text = cell_content},
        {.header = NULL},
};

const struct table_ops heap_lost_table = {
        .columns = lost_columns,
        .tie = SORT_BYTES,
        .id = lost_id,
        .matches = lost_matches,
};
