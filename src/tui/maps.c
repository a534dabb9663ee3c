/* SPDX-License-Identifier: MIT */
/*
 * View 2: every region with what it is, what it has, and how that changes; the address space above
 * it. It knows its columns; rows, groups and keys are maps_view.c.
 */

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "tui/keys.h"
#include "tui/maps_view.h"
#include "tui/strip.h"

/* From so many rows on there is room for the address space, its legend and the line below. */
enum { ROWS_STRIP = 8, ROWS_LEGEND = 10, ROWS_SUMMARY = 6, ROWS_SAME = 9 };

/* Order of the sort menu; columns name their place in it. */
enum maps_sort {
	SORT_CHANGE,
	SORT_RSS,
	SORT_RATE,
	SORT_SIZE,
	SORT_PSS,
	SORT_SWAP,
	SORT_PRIVATE,
	SORT_MAPPINGS,
	SORT_REGIONS,
	SORT_KIND,
	SORT_ADDRESS,
	SORT_LABEL,
	SORT_COUNT
};
static const char *const maps_sorts[SORT_COUNT + 1] = {
        [SORT_CHANGE] = "growth since the baseline, then RSS",
        [SORT_RSS] = "RSS",
        [SORT_RATE] = "rate of growth",
        [SORT_SIZE] = "size",
        [SORT_PSS] = "PSS",
        [SORT_SWAP] = "swap",
        [SORT_PRIVATE] = "private memory",
        [SORT_MAPPINGS] = "number of mappings",
        [SORT_REGIONS] = "number of regions (groups)",
        [SORT_KIND] = "kind",
        [SORT_ADDRESS] = "address (regions)",
        [SORT_LABEL] = "label",
};

/* --- cells ------------------------------------------------------------------------------------------ */

static enum role cell_start(const struct table_at *at, char *out, size_t size)
{
	snprintf(out, size, "%" PRIx64, maps_region_at(at)->start);
	return ROLE_DIM;
}

static uint64_t key_start(const struct table_at *at)
{
	return known_sub(maps_region_at(at)->start, 0);
}

static enum role cell_end(const struct table_at *at, char *out, size_t size)
{
	snprintf(out, size, "%" PRIx64, maps_region_at(at)->end);
	return ROLE_DIM;
}

static enum role cell_perms(const struct table_at *at, char *out, size_t size)
{
	char text[5];

	snprintf(out, size, "%s", region_perms(maps_region_at(at)->prot, text));
	return ROLE_DIM;
}

static enum role cell_change(const struct table_at *at, char *out, size_t size)
{
	const struct maps_row *row = maps_at(at);

	return table_change(at, row->changed, row->change, maps_growth_matters(at->m), out, size);
}

static uint64_t key_change(const struct table_at *at)
{
	const struct maps_row *row = maps_at(at);

	return row->changed ? table_key_signed(row->change) : UNKNOWN;
}

static enum role cell_rate(const struct table_at *at, char *out, size_t size)
{
	return table_rate(at, maps_at(at)->rate, maps_growth_matters(at->m), out, size);
}

static uint64_t key_rate(const struct table_at *at)
{
	return table_key_real(maps_at(at)->rate);
}

static bool spark_is_flat(const uint64_t *values, unsigned count)
{
	for (unsigned i = 1; i < count; i++)
		if (values[i] != values[0])
			return false;
	return true;
}

/* What does not move is drawn dim, so that the eye finds what does. */
static void cell_spark(const struct table_at *at, const struct canvas *cell)
{
	const struct maps_view *v = (const struct maps_view *)at->view;
	const uint64_t *values = NULL;
	unsigned count = 0;

	if (v->rows.by == GROUP_REGION) {
		const struct region_trend *trend = moment_trend(at->m, maps_at(at)->id);
		values = trend ? trend->spark : NULL;
		count = trend ? trend->spark_count : 0;
	} else {
		values = v->rows.sums[at->row].spark;
		count = SPARK_POINTS;
	}
	if (!values)
		return;
	canvas_spark(cell, 0, 0, cell->columns,
	             spark_is_flat(values, count) ? ROLE_TRACK : ROLE_GRAPH, values, count);
}

static uint64_t private_at(const struct table_at *at)
{
	return known_add(maps_bytes_at(at, SMAPS_PRIVATE_CLEAN),
	                 maps_bytes_at(at, SMAPS_PRIVATE_DIRTY));
}

static enum role cell_private(const struct table_at *at, char *out, size_t size)
{
	return table_size(at, private_at(at), out, size);
}

static uint64_t mappings_at(const struct table_at *at)
{
	const struct maps_view *v = (const struct maps_view *)at->view;

	if (v->rows.by != GROUP_REGION)
		return v->rows.sums[at->row].mappings;
	return maps_region_at(at)->mappings;
}

static enum role cell_mappings(const struct table_at *at, char *out, size_t size)
{
	char text[HUMAN_MAX];
	uint64_t mappings = mappings_at(at);

	snprintf(out, size, "%s", human_count(text, mappings));
	return mappings > 1 ? ROLE_TEXT : ROLE_DIM;
}

/* --- columns ---------------------------------------------------------------------------------------- */

static const struct table_column maps_columns[] = {
        {.header = "kind",
         .width = 8,
         .rank = 2,
         .sort = SORT_KIND + 1,
         .left = true,
         .up = true,
         .text = maps_cell_kind,
         .key = maps_key_kind},
        {.header = "regions",
         .width = 8,
         .rank = 4,
         .modes = LISTS_GROUPS,
         .sort = SORT_REGIONS + 1,
         .text = maps_cell_regions,
         .key = maps_key_regions},
        {.header = "address",
         .width = 12,
         .wide = 16,
         .rank = 4,
         .modes = LISTS_REGIONS,
         .sort = SORT_ADDRESS + 1,
         .up = true,
         .text = cell_start,
         .key = key_start},
        {.header = "end",
         .width = 12,
         .wide = 16,
         .rank = 12,
         .modes = LISTS_REGIONS,
         .text = cell_end},
        {.header = "perm",
         .width = 4,
         .rank = 7,
         .modes = LISTS_REGIONS,
         .left = true,
         .text = cell_perms},
        {.header = "size",
         .width = 9,
         .wide = 11,
         .rank = 5,
         .sort = SORT_SIZE + 1,
         .text = maps_cell_size,
         .key = maps_key_size},
        {.header = "RSS",
         .width = 9,
         .wide = 11,
         .sort = SORT_RSS + 1,
         .text = maps_cell_rss,
         .key = maps_key_rss},
        {.header = "PSS",
         .width = 9,
         .wide = 11,
         .rank = 9,
         .sort = SORT_PSS + 1,
         .arg = SMAPS_PSS,
         .text = maps_cell_bytes,
         .key = maps_key_bytes},
        {.header = "private",
         .width = 9,
         .wide = 11,
         .rank = 10,
         .sort = SORT_PRIVATE + 1,
         .text = cell_private,
         .key = private_at},
        {.header = "swap",
         .width = 9,
         .rank = 8,
         .sort = SORT_SWAP + 1,
         .arg = SMAPS_SWAP,
         .text = maps_cell_bytes,
         .key = maps_key_bytes},
        {.header = "mappings",
         .width = 8,
         .rank = 11,
         .sort = SORT_MAPPINGS + 1,
         .text = cell_mappings,
         .key = mappings_at},
        {.header = "change",
         .width = 10,
         .wide = 11,
         .rank = 1,
         .sort = SORT_CHANGE + 1,
         .text = cell_change,
         .key = key_change},
        {.header = "rate",
         .width = 14,
         .rank = 3,
         .sort = SORT_RATE + 1,
         .text = cell_rate,
         .key = key_rate},
        {.header = "course", .width = 10, .wide = SPARK_POINTS, .rank = 6, .draw = cell_spark},
        {.header = "label",
         .width = 18,
         .rest = true,
         .sort = SORT_LABEL + 1,
         .left = true,
         .up = true,
         .text = maps_cell_label,
         .key = maps_key_label},
        {.header = NULL},
};

static const struct table_ops maps_table = {
        .columns = maps_columns,
        .tie = SORT_RSS,
        .id = maps_view_id,
        .shows = maps_view_shows,
        .matches = maps_view_matches,
};

/* --- the whole -------------------------------------------------------------------------------------- */

struct maps {
	struct maps_view list;
	struct strip strip;
};

struct maps_layout {
	int strip, legend, table, rows, same, summary; /* first rows; -1: none */
};

static struct maps_layout maps_place(const struct maps_view *v, int rows)
{
	struct maps_layout l = {.strip = -1, .legend = -1, .same = -1, .summary = -1};

	if (rows >= ROWS_STRIP)
		l.strip = l.table++;
	if (rows >= ROWS_LEGEND)
		l.legend = l.table++;
	if (rows >= ROWS_SUMMARY)
		l.summary = --rows;
	if (rows >= ROWS_SAME && v->rows.same.count > 0)
		l.same = --rows;
	l.rows = rows - l.table;
	return l;
}

static int maps_page(const struct maps_view *v)
{
	return maps_place(v, v->view.settings->rows).rows - 1;
}

static void maps_refresh(struct view *view, const struct moment *m)
{
	struct maps *v = (struct maps *)view;

	maps_view_refresh(view, m);
	strip_make(&v->strip, &v->list.rows, m, view->settings->columns - 2);
}

static void same_draw(const struct same_size *same, const struct canvas *c, int y)
{
	char count[HUMAN_MAX], each[HUMAN_MAX], all[HUMAN_MAX], fresh[HUMAN_MAX];
	int x = 1;

	x += canvas_textf(c, y, x, CANVAS_REST, ROLE_TEXT, "%s mappings of %s",
	                  human_count(count, same->count),
	                  human_size(each, same->size, HUMAN_AUTO));
	x += canvas_textf(c, y, x, CANVAS_REST, ROLE_DIM, " each, %s of address space",
	                  human_size(all, known_mul(same->count, same->size), HUMAN_AUTO));
	if (same->fresh > 0)
		canvas_textf(c, y, x, CANVAS_REST, ROLE_WARN, ", +%s since the baseline",
		             human_count(fresh, same->fresh));
}

static void maps_draw(const struct view *view, const struct moment *m, const struct canvas *c)
{
	const struct maps_view *v = (const struct maps_view *)view;
	struct maps_layout l = maps_place(v, c->rows);
	struct table_at at = {.view = view, .m = m};
	size_t selected = SIZE_MAX;

	if (maps_view_empty(v, m, c))
		return;
	if (v->rows.by == GROUP_REGION && table_selected(&v->table, &at.row))
		selected = maps_at(&at)->first;
	struct canvas list = canvas_part(c, l.table, 0, l.rows, c->columns);
	strip_draw(&((const struct maps *)view)->strip, c, l.strip, 1, selected);
	strip_legend(m, c, l.legend);
	table_draw(&v->table, view, m, &list);
	if (l.same >= 0)
		same_draw(&v->rows.same, c, l.same);
	maps_view_summary(v, m, c, l.summary);
}

static const struct view_ops maps_ops = {
        .title = "Maps",
        .number = 2,
        .place = PLACE_MAPS,
        .sorts = maps_sorts,
        .sorted_by = maps_view_sorted_by,
        .free = maps_view_free,
        .refresh = maps_refresh,
        .draw = maps_draw,
        .act = maps_view_act,
};

struct view *view_maps_new(const struct view_settings *settings)
{
	const struct maps_view as = {
	        .view = {.ops = &maps_ops},
	        .table = {.ops = &maps_table},
	        .label_sort = SORT_LABEL,
	        .page = maps_page,
	};

	return maps_view_new(sizeof(struct maps), &as, settings);
}
