/* SPDX-License-Identifier: MIT */
/*
 * Shares the cells of a line out among regions, and draws it. It knows sizes and kinds; no address is
 * to scale.
 */

#include "tui/strip.h"

#include <math.h>
#include <string.h>

#include "base/safe_text.h"

/* What regions have of the cell that is being filled. */
struct filling {
	double by_kind[REGION_KIND_COUNT], room, resident;
	uint32_t first, last;
	bool any;
};

static double region_share(const struct maps_row *row)
{
	return sqrt((double)row->size);
}

static double resident_part(const struct maps_row *row)
{
	if (!known(row->rss) || row->size == 0)
		return 0;
	return row->rss < row->size ? (double)row->rss / (double)row->size : 1;
}

static void filling_add(struct filling *f, const struct maps_row *row, enum region_kind kind,
                        double share)
{
	f->by_kind[kind] += share;
	f->room += share;
	f->resident += share * resident_part(row);
	if (!f->any)
		f->first = row->first;
	f->last = row->first;
	f->any = true;
}

static void filling_end(struct filling *f, struct strip_cell *cell)
{
	unsigned kind = 0;

	for (unsigned k = 1; k < REGION_KIND_COUNT; k++)
		if (f->by_kind[k] > f->by_kind[kind])
			kind = k;
	*cell = (struct strip_cell){.kind = (enum region_kind)kind,
	                            .first = f->first,
	                            .last = f->last};
	if (f->room > 0)
		cell->resident = (unsigned)ceil(4 * f->resident / f->room - 0.05);
	memset(f, 0, sizeof(*f));
}

void strip_make(struct strip *s, const struct maps_rows *rows, const struct moment *m, int width)
{
	struct filling f = {0};
	double total = 0, room, left;

	s->count = 0;
	for (size_t i = 0; i < rows->region_count; i++)
		total += region_share(&rows->regions[i]);
	if (width <= 0 || total <= 0)
		return;
	unsigned cells = width < STRIP_CELLS ? (unsigned)width : STRIP_CELLS;
	room = left = total / cells;
	for (size_t i = 0; i < rows->region_count; i++) {
		const struct maps_row *row = &rows->regions[i];
		enum region_kind kind = m->regions->rows[i]->kind;
		double share = region_share(row);
		while (share >= left && s->count + 1 < cells) {
			filling_add(&f, row, kind, left);
			share -= left;
			left = room;
			filling_end(&f, &s->cells[s->count++]);
		}
		if (share > 0)
			filling_add(&f, row, kind, share);
		left -= share;
	}
	/* what rounding left belongs to the last cell */
	if (f.any)
		filling_end(&f, &s->cells[s->count++]);
}

/* --- drawing ---------------------------------------------------------------------------------------- */

/* Where colours are missing a letter tells the kind: small where less than half is in memory. */
static const char kind_letters[REGION_KIND_COUNT + 1] = "HANSMTRDBFXGVJ.O";

static bool in_letters(const struct canvas *c)
{
	return c->ascii || !c->theme->colours;
}

static void cell_draw(const struct strip_cell *cell, const struct canvas *c, int y, int x)
{
	static const char *const shades[] = {"\u2591", "\u2592", "\u2593", "\u2588", "\u2588"};
	unsigned shade = cell->resident < 4 ? cell->resident : 4;
	char letter[2] = {kind_letters[cell->kind], 0};

	if (letter[0] >= 'A' && cell->resident < 2)
		letter[0] = (char)(letter[0] - 'A' + 'a');
	canvas_text(c, y, x, 1, (enum role)(ROLE_KIND + cell->kind),
	            in_letters(c) ? letter : shades[shade]);
}

void strip_draw(const struct strip *s, const struct canvas *c, int y, int x, size_t selected)
{
	for (unsigned i = 0; i < s->count; i++) {
		const struct strip_cell *cell = &s->cells[i];
		cell_draw(cell, c, y, x + (int)i);
		if (selected >= cell->first && selected <= cell->last)
			canvas_row(c, y, x + (int)i, 1, ROLE_SELECTED);
	}
}

/* Kinds that are there, by what they have in memory; address space merely set aside goes last. */
static unsigned kinds_order(const struct region_table *t, enum region_kind ret[REGION_KIND_COUNT])
{
	unsigned count = 0;

	for (unsigned k = 0; k < REGION_KIND_COUNT; k++) {
		unsigned at = count;
		if (t->by_kind[k].count == 0)
			continue;
		for (; at > 0 &&
		       known_or(t->by_kind[ret[at - 1]].rss, 0) < known_or(t->by_kind[k].rss, 0);
		     at--)
			ret[at] = ret[at - 1];
		ret[at] = (enum region_kind)k;
		count++;
	}
	return count;
}

void strip_legend(const struct moment *m, const struct canvas *c, int y)
{
	enum region_kind kinds[REGION_KIND_COUNT];
	unsigned count = kinds_order(m->regions, kinds);
	int x = 1;

	for (unsigned i = 0; i < count; i++) {
		enum region_kind k = kinds[i];
		uint64_t bytes = k == REGION_RESERVED ? m->regions->by_kind[k].size
		                                      : m->regions->by_kind[k].rss;
		const char letter[2] = {kind_letters[k], 0};
		char size[HUMAN_MAX];
		human_size5(size, bytes);
		int width = 2 + text_width(region_kinds[k].name) + 1 + text_width(size);
		if (x + width >= c->columns)
			return;
		enum role role = (enum role)(ROLE_KIND + k);
		x += canvas_text(c, y, x, 1, role, in_letters(c) ? letter : "\u25a0") + 1;
		x += canvas_text(c, y, x, CANVAS_REST, ROLE_DIM, region_kinds[k].name) + 1;
		x += canvas_text(c, y, x, CANVAS_REST, ROLE_TEXT, size) + 2;
	}
}
