/* SPDX-License-Identifier: MIT */
/*
 * Call sites as a table: who grows, what it keeps, what it frees again. It knows columns; how a name is laid out
 * is sites_cell.c, which lines there are sites_lines.c.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/safe_text.h"
#include "tui/sites_internal.h"

enum { SECONDS = 60 };

enum sites_sort {
	SORT_GROWTH,
	SORT_LIVE,
	SORT_BLOCKS,
	SORT_ALLOCATED,
	SORT_FREED,
	SORT_LIFETIME,
	SORT_SAMPLES,
	SORT_COUNT
};
const char *const sites_blocks_sorts[] = {
        [SORT_GROWTH] = "growth",           [SORT_LIVE] = "bytes still there",
        [SORT_BLOCKS] = "blocks or pages",  [SORT_ALLOCATED] = "bytes allocated",
        [SORT_FREED] = "bytes freed again", [SORT_LIFETIME] = "mean lifetime",
        [SORT_SAMPLES] = "samples",         [SORT_COUNT] = NULL,
};
const char *const sites_hits_sorts[] = {"calls", NULL};

static const struct sites_view *view_at(const struct table_at *at)
{
	return (const struct sites_view *)at->view;
}

const struct sites_row *sites_row_at(const struct table_at *at)
{
	return &view_at(at)->lines.rows[at->row];
}

const struct site_frame *sites_frame_at(const struct table_at *at, uint32_t i)
{
	const struct sites_view *v = view_at(at);

	return &at->m->sites->frames[v->lines.chain[sites_row_at(at)->chain + i]];
}

static const struct site *sum_at(const struct table_at *at)
{
	return &sites_row_at(at)->sum;
}

static bool lasts(const struct site *s)
{
	return s->share > 0;
}

/* What goes on growing and was steady so far is worth a colour. */
bool sites_matters(const struct site *s)
{
	return lasts(s) && s->steady;
}

/* --- figures -------------------------------------------------------------------------------------- */

static enum role cell_growth(const struct table_at *at, char *out, size_t size)
{
	const struct site *s = sum_at(at);
	double minute = s->growth_bytes * SECONDS;

	if (isnan(minute)) {
		snprintf(out, size, "-");
		return ROLE_DIM;
	}
	enum role role = table_change(at, true, sites_whole(minute), sites_matters(s), out, size);
	return lasts(s) ? role : ROLE_DIM;
}

/* What grew and then rested comes behind all that goes on. */
static uint64_t key_growth(const struct table_at *at)
{
	const struct site *s = sum_at(at);

	return table_key_real(lasts(s) ? s->growth_bytes : s->growth_bytes - 1e15);
}

static void share_draw(const struct canvas *cell, double share, enum role role)
{
	int bar = cell->columns - 6;

	if (!(share >= 0.005)) {
		canvas_right(cell, 0, 0, cell->columns, ROLE_DIM, isfinite(share) ? "" : "-");
		return;
	}
	if (bar > 2)
		canvas_bar(cell, 0, 0, bar, role == ROLE_GROWTH ? role : ROLE_GRAPH, share);
	canvas_textf(cell, 0, bar > 2 ? bar : cell->columns - 6, CANVAS_REST, role, "%4.0f %%",
	             fmin(share, 1) * 100);
}

static void cell_share(const struct table_at *at, const struct canvas *cell)
{
	const struct site *s = sum_at(at);

	share_draw(cell, s->share, sites_matters(s) ? ROLE_GROWTH : ROLE_TEXT);
}

static void cell_part(const struct table_at *at, const struct canvas *cell)
{
	uint64_t all = at->m->sites->samples;

	share_draw(cell, all ? (double)sum_at(at)->samples / (double)all : 0, ROLE_TEXT);
}

enum { BYTES_LIVE, BYTES_ALLOCATED, BYTES_FREED, COUNT_BLOCKS, COUNT_SAMPLES };

static uint64_t figure_at(const struct table_at *at)
{
	const struct site *s = sum_at(at);

	switch (at->arg) {
	case BYTES_LIVE:
		return s->live_bytes;
	case BYTES_ALLOCATED:
		return s->allocated_bytes;
	case BYTES_FREED:
		return s->freed_bytes;
	case COUNT_BLOCKS:
		return s->live_blocks;
	default:
		return s->samples;
	}
}

static enum role cell_bytes(const struct table_at *at, char *out, size_t size)
{
	return table_size(at, figure_at(at), out, size);
}

static enum role cell_count(const struct table_at *at, char *out, size_t size)
{
	uint64_t n = figure_at(at);
	char text[HUMAN_MAX];

	snprintf(out, size, "%s", known(n) ? human_count(text, n) : "-");
	return known(n) && n ? ROLE_TEXT : ROLE_DIM;
}

static enum role cell_lifetime(const struct table_at *at, char *out, size_t size)
{
	double seconds = sum_at(at)->lifetime;
	char text[HUMAN_MAX];

	if (isnan(seconds) || seconds < 0)
		snprintf(out, size, "-");
	else
		snprintf(out, size, "%s",
		         human_duration(text, (uint64_t)sites_whole(seconds * (double)NS_PER_S)));
	return isnan(seconds) ? ROLE_DIM : ROLE_TEXT;
}

static uint64_t key_lifetime(const struct table_at *at)
{
	return table_key_real(sum_at(at)->lifetime * 1e6);
}

static void cell_course(const struct table_at *at, const struct canvas *cell)
{
	const struct site *s = sum_at(at);
	unsigned count = s->spark_count < SPARK_POINTS ? s->spark_count : SPARK_POINTS;
	bool flat = true;

	for (unsigned i = 1; i < count; i++)
		flat = flat && s->spark[i] == s->spark[0];
	canvas_spark(cell, 0, 0, cell->columns, flat ? ROLE_TRACK : ROLE_GRAPH, s->spark, count);
}

/* --- lines ---------------------------------------------------------------------------------------- */

static uint64_t line_id(const struct table_at *at)
{
	return sites_row_at(at)->id;
}

static bool line_shows(const struct table_at *at)
{
	return !sites_row_at(at)->hidden;
}

static bool chain_has(const struct table_at *at, const char *filter)
{
	const struct sites_facts *f = at->m->sites;

	for (uint32_t i = 0; i < sites_row_at(at)->chained; i++) {
		const char *function = sites_text(f, sites_frame_at(at, i)->function);
		if (table_contains(filter, function, strlen(function)))
			return true;
	}
	return false;
}

static bool line_matches(const struct table_at *at, const char *filter)
{
	const struct sites_row *r = sites_row_at(at);

	if (view_at(at)->filtered)
		return r->hit;
	if (r->site == SITES_INNER)
		return chain_has(at, filter);
	return sites_stack_has(at->m->sites, &at->m->sites->sites[r->site], filter, NULL);
}

/* Where each line stands below the one above it: siblings in the order in which they come. */
struct place {
	uint32_t first, next; /* below it, beside it: lines, counted from 1 */
};

static void places_walk(const struct sites_row *rows, const struct place *places, uint32_t at,
                        struct table_item *items, size_t *count)
{
	for (; at; at = places[at].next) {
		items[(*count)++].row = at - 1;
		if (rows[at - 1].depth < SITE_FRAMES_MAX + 1)
			places_walk(rows, places, places[at].first, items, count);
	}
}

static void lines_arrange(const struct table_at *at, struct table_item *items, size_t count)
{
	const struct sites_lines *l = &view_at(at)->lines;
	struct place *places = view_at(at)->tree ? calloc(l->count + 1, sizeof(*places)) : NULL;
	size_t placed = 0;

	if (!places)
		return;
	for (size_t i = count; i-- > 0;) {
		uint32_t row = (uint32_t)items[i].row, up = l->rows[row].parent;
		struct place *above = &places[up == SITES_INNER ? 0 : up + 1];
		places[row + 1].next = above->first;
		above->first = row + 1;
	}
	places_walk(l->rows, places, places[0].first, items, &placed);
	free(places);
}

/* --- the tables ----------------------------------------------------------------------------------- */

#define NAME_COLUMN                                                            \
	{                                                                      \
		.header = "function", .width = 36, .rest = true, .left = true, \
		.draw = sites_name_cell                                        \
	}
#define COURSE_COLUMN                                                            \
	{                                                                        \
		.header = "course", .width = 9, .wide = SPARK_POINTS, .rank = 2, \
		.draw = cell_course                                              \
	}

static const struct table_column blocks_columns[] = {
        {.header = "growth/min",
         .width = 10,
         .wide = 11,
         .sort = SORT_GROWTH + 1,
         .text = cell_growth,
         .key = key_growth},
        {.header = "share", .width = 9, .wide = 14, .rank = 1, .draw = cell_share},
        {.header = "live",
         .modes = SITES_IN_BLOCKS,
         .arg = BYTES_LIVE,
         .width = 9,
         .wide = 10,
         .sort = SORT_LIVE + 1,
         .text = cell_bytes,
         .key = figure_at},
        {.header = "stayed",
         .modes = SITES_IN_PAGES,
         .arg = BYTES_LIVE,
         .width = 9,
         .wide = 10,
         .sort = SORT_LIVE + 1,
         .text = cell_bytes,
         .key = figure_at},
        {.header = "blocks",
         .modes = SITES_IN_BLOCKS,
         .arg = COUNT_BLOCKS,
         .width = 8,
         .wide = 10,
         .rank = 3,
         .sort = SORT_BLOCKS + 1,
         .text = cell_count,
         .key = figure_at},
        {.header = "pages",
         .modes = SITES_IN_PAGES,
         .arg = COUNT_BLOCKS,
         .width = 8,
         .wide = 10,
         .rank = 3,
         .sort = SORT_BLOCKS + 1,
         .text = cell_count,
         .key = figure_at},
        {.header = "allocated",
         .modes = SITES_IN_BLOCKS,
         .arg = BYTES_ALLOCATED,
         .width = 9,
         .wide = 10,
         .rank = 5,
         .sort = SORT_ALLOCATED + 1,
         .text = cell_bytes,
         .key = figure_at},
        {.header = "touched",
         .modes = SITES_IN_PAGES,
         .arg = BYTES_ALLOCATED,
         .width = 9,
         .wide = 10,
         .rank = 5,
         .sort = SORT_ALLOCATED + 1,
         .text = cell_bytes,
         .key = figure_at},
        {.header = "freed",
         .modes = SITES_IN_BLOCKS,
         .arg = BYTES_FREED,
         .width = 9,
         .wide = 10,
         .rank = 4,
         .sort = SORT_FREED + 1,
         .text = cell_bytes,
         .key = figure_at},
        {.header = "gone",
         .modes = SITES_IN_PAGES,
         .arg = BYTES_FREED,
         .width = 9,
         .wide = 10,
         .rank = 4,
         .sort = SORT_FREED + 1,
         .text = cell_bytes,
         .key = figure_at},
        {.header = "lifetime",
         .modes = SITES_IN_BLOCKS,
         .width = 9,
         .rank = 6,
         .sort = SORT_LIFETIME + 1,
         .text = cell_lifetime,
         .key = key_lifetime},
        {.header = "samples",
         .arg = COUNT_SAMPLES,
         .width = 8,
         .rank = 7,
         .sort = SORT_SAMPLES + 1,
         .text = cell_count,
         .key = figure_at},
        COURSE_COLUMN,
        NAME_COLUMN,
        {.header = NULL},
};

const struct table_ops sites_blocks_table = {
        .columns = blocks_columns,
        .tie = SORT_LIVE,
        .id = line_id,
        .shows = line_shows,
        .matches = line_matches,
        .arrange = lines_arrange,
};

static const struct table_column hits_columns[] = {
        {.header = "calls",
         .arg = COUNT_SAMPLES,
         .width = 10,
         .wide = 13,
         .sort = 1,
         .text = cell_count,
         .key = figure_at},
        {.header = "share", .width = 9, .wide = 14, .rank = 1, .draw = cell_part},
        {.header = "bytes", .arg = BYTES_LIVE, .width = 6, .text = cell_bytes},
        COURSE_COLUMN,
        NAME_COLUMN,
        {.header = NULL},
};

const struct table_ops sites_hits_table = {
        .columns = hits_columns,
        .id = line_id,
        .shows = line_shows,
        .matches = line_matches,
        .arrange = lines_arrange,
};
