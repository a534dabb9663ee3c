/* SPDX-License-Identifier: MIT */
/*
 * The pages of the region in focus, a glyph a cell: which are in memory, in swap, huge, never touched.
 * It knows the page map of a moment; it scans nothing.
 */

#include <stdio.h>
#include <string.h>

#include "base/safe_text.h"
#include "tui/detail_internal.h"

enum { INDENT = 2, HALF = 50 };

enum look { LOOK_FULL, LOOK_PART, LOOK_FILE, LOOK_HUGE, LOOK_SWAP, LOOK_NONE, LOOK_COUNT };

static const struct {
	const char *glyph;
	char letter;
	enum role role;
	const char *name;
} looks[LOOK_COUNT] = {
        [LOOK_FULL] = {"\u2588", '#', ROLE_PART_0, "resident"},
        [LOOK_PART] = {"\u2584", '+', ROLE_PART_0, "in part"},
        [LOOK_FILE] = {"\u2593", 'f', ROLE_PART_3, "of a file"},
        [LOOK_HUGE] = {"\u25a0", 'H', ROLE_PART_1, "huge"},
        [LOOK_SWAP] = {"\u259a", 's', ROLE_PART_4, "swapped"},
        [LOOK_NONE] = {"\u00b7", '.', ROLE_TRACK, "untouched"},
};

static enum look cell_look(const struct page_cell *cell)
{
	if (cell->resident == 0 && cell->swapped == 0)
		return LOOK_NONE;
	if (cell->swapped > cell->resident)
		return LOOK_SWAP;
	if (cell->huge >= HALF)
		return LOOK_HUGE;
	if (cell->file >= HALF)
		return LOOK_FILE;
	return cell->resident >= HALF ? LOOK_FULL : LOOK_PART;
}

static void look_draw(const struct canvas *c, int y, int x, enum look look)
{
	const char letter[2] = {looks[look].letter, 0};

	canvas_text(c, y, x, 1, looks[look].role, c->ascii ? letter : looks[look].glyph);
}

static void cells_draw(struct page *p, const struct page_map *map)
{
	int width = p->canvas.columns - 2 * INDENT;

	if (width < 1)
		return;
	for (unsigned from = 0; from < map->count; from += (unsigned)width) {
		int y = detail_row(p);
		for (int x = 0; y >= 0 && x < width && from + (unsigned)x < map->count; x++)
			look_draw(&p->canvas, y, INDENT + x,
			          cell_look(&map->cells[from + (unsigned)x]));
	}
}

/* What is met in the map, with its glyph and, where it is counted, its bytes. */
static void legend_draw(struct page *p, const struct page_map *map, enum human_unit unit)
{
	const uint64_t bytes[LOOK_COUNT] = {
	        [LOOK_FULL] = map->present, [LOOK_PART] = UNKNOWN,
	        [LOOK_FILE] = UNKNOWN,      [LOOK_HUGE] = map->huge,
	        [LOOK_SWAP] = map->swapped, [LOOK_NONE] = map->untouched};
	bool counted[LOOK_COUNT] = {
	        [LOOK_FULL] = true, [LOOK_HUGE] = true, [LOOK_SWAP] = true, [LOOK_NONE] = true};
	bool met[LOOK_COUNT] = {false};
	int y = detail_row(p), x = INDENT;

	for (unsigned i = 0; i < map->count; i++)
		met[cell_look(&map->cells[i])] = true;
	for (int i = 0; i < LOOK_COUNT; i++) {
		char size[HUMAN_MAX];
		if (!met[i] && !counted[i])
			continue;
		human_size(size, bytes[i], unit);
		int width = 2 + text_width(looks[i].name) + (counted[i] ? 1 + text_width(size) : 0);
		if (x + width > p->canvas.columns - 1) {
			y = detail_row(p);
			x = INDENT;
		}
		if (y < 0) {
			x += width + 2;
			continue;
		}
		look_draw(&p->canvas, y, x, (enum look)i);
		x += 2;
		x += canvas_text(&p->canvas, y, x, CANVAS_REST, ROLE_DIM, looks[i].name) + 1;
		if (counted[i])
			x += canvas_text(&p->canvas, y, x, CANVAS_REST, ROLE_TEXT, size) + 1;
		x++;
	}
}

static void price_write(struct page *p, const struct page_map *map)
{
	char cell[HUMAN_MAX], took[HUMAN_MAX], longest[HUMAN_MAX], text[160];

	human_size(cell, map->cell, HUMAN_AUTO);
	human_duration(took, map->took);
	human_duration(longest, map->longest);
	snprintf(text, sizeof(text), "a cell is %s; the scan took %s, its longest call %s", cell,
	         took, longest);
	page_text(p, INDENT, ROLE_DIM, text);
	if (map->error) {
		snprintf(text, sizeof(text), "the scan ended early: %s", strerror(-map->error));
		page_text(p, INDENT, ROLE_WARN, text);
	}
}

static void missing_write(const struct detail *d, struct page *p, const struct moment *m)
{
	const char *text = "the pages are being looked at";

	if (d->gone)
		text = "none: the region is no longer there";
	else if (!m->live)
		text = "none: pages can only be looked at in the present";
	else if (!m->abilities.pagemap)
		text = "not permitted: it takes its own user, or CAP_SYS_PTRACE, which a root in a "
		       "container may lack";
	page_text(p, INDENT, ROLE_DIM, text);
}

void detail_pages(const struct detail *d, struct page *p, const struct moment *m)
{
	const struct page_map *map = m->focus_pages;

	page_text(p, 1, ROLE_HEAD, "Pages");
	if (!map || map->id != d->id) {
		missing_write(d, p, m);
		return;
	}
	cells_draw(p, map);
	legend_draw(p, map, d->view.settings->unit);
	price_write(p, map);
}
