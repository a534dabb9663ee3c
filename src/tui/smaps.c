/* SPDX-License-Identifier: MIT */
/*
 * View 3: of what the memory of each region consists: private or shared, clean or dirty, swapped, lazily
 * freed, huge. It knows the figures of smaps; rows, groups and keys are maps_view.c.
 */

#include <stdio.h>
#include <string.h>

#include "base/safe_text.h"
#include "tui/keys.h"
#include "tui/maps_view.h"

/* From so many rows on there is room for the legend, the sums and the line below. */
enum { ROWS_LEGEND = 9, ROWS_TOTAL = 6, ROWS_SUMMARY = 7 };

/* Order of the sort menu; columns name their place in it. */
enum smaps_sort {
	SORT_RSS,
	SORT_PSS,
	SORT_PRIVATE_DIRTY,
	SORT_PRIVATE_CLEAN,
	SORT_SHARED_DIRTY,
	SORT_SHARED_CLEAN,
	SORT_ANONYMOUS,
	SORT_SWAP,
	SORT_LAZYFREE,
	SORT_HUGE,
	SORT_SIZE,
	SORT_REGIONS,
	SORT_KIND,
	SORT_LABEL,
	SORT_COUNT
};
static const char *const smaps_sorts[SORT_COUNT + 1] = {
        [SORT_RSS] = "RSS",
        [SORT_PSS] = "PSS",
        [SORT_PRIVATE_DIRTY] = "private dirty",
        [SORT_PRIVATE_CLEAN] = "private clean",
        [SORT_SHARED_DIRTY] = "shared dirty",
        [SORT_SHARED_CLEAN] = "shared clean",
        [SORT_ANONYMOUS] = "anonymous",
        [SORT_SWAP] = "swap",
        [SORT_LAZYFREE] = "lazily freed",
        [SORT_HUGE] = "huge pages",
        [SORT_SIZE] = "size",
        [SORT_REGIONS] = "number of regions (groups)",
        [SORT_KIND] = "kind",
        [SORT_LABEL] = "label",
};

/* --- huge pages ------------------------------------------------------------------------------------- */

/* All that huge pages hold, the pool's included; what an older kernel does not tell is none. */
static uint64_t huge_of(const uint64_t bytes[SMAPS_KEY_COUNT])
{
	static const enum smaps_key optional[] = {SMAPS_SHMEM_PMD, SMAPS_FILE_PMD,
	                                          SMAPS_SHARED_HUGETLB, SMAPS_PRIVATE_HUGETLB};
	uint64_t sum = bytes[SMAPS_ANON_HUGE];

	for (size_t i = 0; i < sizeof(optional) / sizeof(optional[0]); i++)
		sum = known_add(sum, known_or(bytes[optional[i]], 0));
	return sum;
}

static uint64_t key_huge(const struct table_at *at)
{
	uint64_t bytes[SMAPS_KEY_COUNT];

	for (int k = 0; k < SMAPS_KEY_COUNT; k++)
		bytes[k] = maps_bytes_at(at, (enum smaps_key)k);
	return huge_of(bytes);
}

static enum role cell_huge(const struct table_at *at, char *out, size_t size)
{
	return table_size(at, key_huge(at), out, size);
}

/* --- the bar ---------------------------------------------------------------------------------------- */

enum { PARTS = 5 };

/* The denser a part is drawn, the more it costs. */
static const struct part {
	const char *glyph;
	char letter;
	const char *name, *brief;
	enum role role;
	enum smaps_key key;
} parts[PARTS] = {
        {"\u2588", 'D', "private dirty", "private dirty", ROLE_PART_0, SMAPS_PRIVATE_DIRTY},
        {"\u2593", 'c', "private clean", "clean", ROLE_PART_1, SMAPS_PRIVATE_CLEAN},
        {"\u2592", 'S', "shared dirty", "shared dirty", ROLE_PART_2, SMAPS_SHARED_DIRTY},
        {"\u2591", 's', "shared clean", "clean", ROLE_PART_3, SMAPS_SHARED_CLEAN},
        {"\u259a", 'w', "swap", "swap", ROLE_PART_4, SMAPS_SWAP},
};
static const char absent_name[] = "not in memory";

/* Not a shade: without colours it would read as one of the parts. */
#define ABSENT "\u00b7"

static void part_draw(const struct part *part, const struct canvas *c, int x, int width)
{
	const char letter[2] = {part->letter, 0};

	for (int i = 0; i < width; i++)
		canvas_text(c, 0, x + i, 1, part->role, c->ascii ? letter : part->glyph);
}

/* How much of `size` each part fills; what was never touched stays empty. */
static void bar_draw(const uint64_t *figures, uint64_t size, const struct canvas *c)
{
	double sum = 0;
	int x = 0;

	for (int i = 0; i < c->columns; i++)
		canvas_text(c, 0, i, 1, ROLE_TRACK, c->ascii ? "." : ABSENT);
	for (int i = 0; i < PARTS && known(size) && size > 0; i++) {
		sum += (double)known_or(figures[i], 0) / (double)size;
		int end = (int)((sum < 1 ? sum : 1) * c->columns + 0.5);
		part_draw(&parts[i], c, x, end - x);
		x = end;
	}
}

static void cell_bar(const struct table_at *at, const struct canvas *cell)
{
	uint64_t figures[PARTS];

	for (int i = 0; i < PARTS; i++)
		figures[i] = maps_bytes_at(at, parts[i].key);
	bar_draw(figures, maps_at(at)->size, cell);
}

/* What is neither in memory nor swapped: as the bars draw it. */
static void absent_draw(const struct canvas *c, int y, int x)
{
	canvas_text(c, y, x, 1, ROLE_TRACK, c->ascii ? "." : ABSENT);
}

static int legend_width(bool brief)
{
	int width = 1 + 2 + text_width(absent_name);

	for (int i = 0; i < PARTS; i++)
		width += 4 + text_width(brief ? parts[i].brief : parts[i].name);
	return width;
}

/* Whole names only: half of one says something else. */
static void legend_draw(const struct canvas *c, int y)
{
	bool brief = legend_width(false) > c->columns;
	int x = 1;

	for (int i = 0; i < PARTS; i++) {
		const char *name = brief ? parts[i].brief : parts[i].name;
		if (x + 2 + text_width(name) > c->columns)
			return;
		struct canvas cell = canvas_part(c, y, x, 1, 1);
		part_draw(&parts[i], &cell, 0, 1);
		x += 2 + canvas_text(c, y, x + 2, CANVAS_REST, ROLE_DIM, name) + 2;
	}
	if (x + 2 + text_width(absent_name) > c->columns)
		return;
	absent_draw(c, y, x);
	canvas_text(c, y, x + 2, CANVAS_REST, ROLE_DIM, absent_name);
}

/* --- columns ---------------------------------------------------------------------------------------- */

static const struct table_column smaps_columns[] = {
        {.header = "kind",
         .width = 8,
         .rank = 1,
         .sort = SORT_KIND + 1,
         .left = true,
         .up = true,
         .text = maps_cell_kind,
         .key = maps_key_kind},
        {.header = "regions",
         .width = 8,
         .rank = 6,
         .modes = LISTS_GROUPS,
         .sort = SORT_REGIONS + 1,
         .text = maps_cell_regions,
         .key = maps_key_regions},
        {.header = "size",
         .width = 6,
         .wide = 10,
         .rank = 9,
         .sort = SORT_SIZE + 1,
         .text = maps_cell_size,
         .key = maps_key_size},
        {.header = "RSS",
         .width = 6,
         .wide = 10,
         .sort = SORT_RSS + 1,
         .text = maps_cell_rss,
         .key = maps_key_rss},
        {.header = "PSS",
         .arg = SMAPS_PSS,
         .width = 6,
         .wide = 10,
         .rank = 1,
         .sort = SORT_PSS + 1,
         .text = maps_cell_bytes,
         .key = maps_key_bytes},
        {.header = "pdirty",
         .name = "prv dirty",
         .arg = SMAPS_PRIVATE_DIRTY,
         .width = 6,
         .wide = 10,
         .rank = 2,
         .sort = SORT_PRIVATE_DIRTY + 1,
         .text = maps_cell_bytes,
         .key = maps_key_bytes},
        {.header = "pclean",
         .name = "prv clean",
         .arg = SMAPS_PRIVATE_CLEAN,
         .width = 6,
         .wide = 10,
         .rank = 4,
         .sort = SORT_PRIVATE_CLEAN + 1,
         .text = maps_cell_bytes,
         .key = maps_key_bytes},
        {.header = "sdirty",
         .name = "shr dirty",
         .arg = SMAPS_SHARED_DIRTY,
         .width = 6,
         .wide = 10,
         .rank = 5,
         .sort = SORT_SHARED_DIRTY + 1,
         .text = maps_cell_bytes,
         .key = maps_key_bytes},
        {.header = "sclean",
         .name = "shr clean",
         .arg = SMAPS_SHARED_CLEAN,
         .width = 6,
         .wide = 10,
         .rank = 5,
         .sort = SORT_SHARED_CLEAN + 1,
         .text = maps_cell_bytes,
         .key = maps_key_bytes},
        {.header = "anon",
         .name = "anonymous",
         .arg = SMAPS_ANONYMOUS,
         .width = 6,
         .wide = 10,
         .rank = 8,
         .sort = SORT_ANONYMOUS + 1,
         .text = maps_cell_bytes,
         .key = maps_key_bytes},
        {.header = "swap",
         .arg = SMAPS_SWAP,
         .width = 6,
         .wide = 10,
         .rank = 3,
         .sort = SORT_SWAP + 1,
         .text = maps_cell_bytes,
         .key = maps_key_bytes},
        {.header = "lazy",
         .name = "lazyfree",
         .arg = SMAPS_LAZYFREE,
         .width = 6,
         .wide = 10,
         .rank = 7,
         .sort = SORT_LAZYFREE + 1,
         .text = maps_cell_bytes,
         .key = maps_key_bytes},
        {.header = "huge",
         .width = 6,
         .wide = 10,
         .rank = 7,
         .sort = SORT_HUGE + 1,
         .text = cell_huge,
         .key = key_huge},
        {.header = "of size",
         .name = "of its size",
         .width = 10,
         .wide = 24,
         .rank = 3,
         .left = true,
         .draw = cell_bar},
        {.header = "label",
         .width = 13,
         .rest = true,
         .sort = SORT_LABEL + 1,
         .left = true,
         .up = true,
         .text = maps_cell_label,
         .key = maps_key_label},
        {.header = NULL},
};

static const struct table_ops smaps_table = {
        .columns = smaps_columns,
        .tie = SORT_RSS,
        .id = maps_view_id,
        .shows = maps_view_shows,
        .matches = maps_view_matches,
};

/* --- the whole -------------------------------------------------------------------------------------- */

struct smaps_layout {
	int table, rows, legend, total, summary; /* first rows; -1: none */
};

static struct smaps_layout smaps_place(int rows)
{
	struct smaps_layout l = {.legend = -1, .total = -1, .summary = -1};

	if (rows >= ROWS_LEGEND)
		l.legend = l.table++;
	if (rows >= ROWS_SUMMARY)
		l.summary = --rows;
	if (rows >= ROWS_TOTAL)
		l.total = --rows;
	l.rows = rows - l.table;
	return l;
}

static int smaps_page(const struct maps_view *v)
{
	return smaps_place(v->view.settings->rows).rows - 1;
}

static void smaps_draw(const struct view *view, const struct moment *m, const struct canvas *c)
{
	const struct maps_view *v = (const struct maps_view *)view;
	struct smaps_layout l = smaps_place(c->rows);

	if (maps_view_empty(v, m, c))
		return;
	struct canvas list = canvas_part(c, l.table, 0, l.rows, c->columns);
	legend_draw(c, l.legend);
	table_draw(&v->table, view, m, &list);
	table_draw_total(&v->table, view, m, c, l.total);
	maps_view_summary(v, m, c, l.summary);
}

static const struct view_ops smaps_ops = {
        .title = "Smaps",
        .number = 3,
        .place = PLACE_SMAPS,
        .sorts = smaps_sorts,
        .sorted_by = maps_view_sorted_by,
        .free = maps_view_free,
        .refresh = maps_view_refresh,
        .draw = smaps_draw,
        .act = maps_view_act,
};

struct view *view_smaps_new(const struct view_settings *settings)
{
	const struct maps_view as = {
	        .view = {.ops = &smaps_ops},
	        .table = {.ops = &smaps_table},
	        .rows = {.still = true},
	        .label_sort = SORT_LABEL,
	        .page = smaps_page,
	};

	return maps_view_new(sizeof(as), &as, settings);
}
