/* SPDX-License-Identifier: MIT */
/*
 * Which columns fit, and the rows in sight. It knows places and roles; what a cell says is asked of
 * its column.
 */

#include "tui/table.h"

#include "base/safe_text.h"

/* At the right edge stands the scroll bar. */
enum { MARGIN = 1, GAP = 1, EDGE = 2 };

static unsigned rank_most(const struct table_column *all)
{
	unsigned most = 0;

	for (const struct table_column *c = all; c->header; c++)
		most = c->rank > most ? c->rank : most;
	return most;
}

static bool column_stays(const struct table *t, const struct table_column *c, unsigned rank)
{
	return c->rank <= rank && (!c->modes || (c->modes & t->mode));
}

static int width_needed(const struct table *t, unsigned rank)
{
	int needed = MARGIN + EDGE - GAP;

	for (const struct table_column *c = t->ops->columns; c->header; c++)
		if (column_stays(t, c, rank))
			needed += c->width + GAP;
	return needed;
}

/*
 * Where every column has a place, what is left makes them wide, the most important first. The rest goes
 * to the one that takes it: while others are missing, its text is worth more than wide figures.
 */
static void spare_share(const struct table *t, unsigned rank, int spare, struct table_layout *l)
{
	const struct table_column *all = t->ops->columns;

	for (unsigned r = 0; r <= rank && rank == rank_most(all); r++) {
		for (unsigned i = 0; i < l->count; i++) {
			int more = all[i].wide - all[i].width;
			if (all[i].rank != r || l->width[i] < 0 || more <= 0 || more > spare)
				continue;
			l->width[i] += more;
			spare -= more;
		}
	}
	for (unsigned i = 0; i < l->count; i++)
		if (all[i].rest && l->width[i] >= 0 && spare > 0)
			l->width[i] += spare;
}

void table_place(const struct table *t, int room, struct table_layout *ret)
{
	const struct table_column *all = t->ops->columns;
	unsigned rank = rank_most(all);
	int x = MARGIN;

	while (rank > 0 && width_needed(t, rank) > room)
		rank--;
	*ret = (struct table_layout){0};
	for (; all[ret->count].header && ret->count < TABLE_COLUMNS; ret->count++) {
		const struct table_column *c = &all[ret->count];
		ret->width[ret->count] = column_stays(t, c, rank) ? c->width : -1;
	}
	spare_share(t, rank, room - width_needed(t, rank), ret);
	for (unsigned i = 0; i < ret->count; i++) {
		ret->x[i] = x;
		x += ret->width[i] >= 0 ? ret->width[i] + GAP : 0;
	}
}

/* --- drawing ---------------------------------------------------------------------------------------- */

/* The gap behind a column belongs to the next heading where that begins at once. */
static bool is_tight(const struct table *t, const struct table_layout *l, unsigned i)
{
	do
		i++;
	while (i < l->count && l->width[i] < 0);
	return i < l->count && t->ops->columns[i].left;
}

/* Behind the name, of which no more than `width` columns stand there. */
static int arrow_at(const struct table_column *column, const char *name, int width)
{
	return column->left && text_width(name) < width ? text_width(name) : width;
}

/* Names the columns; an arrow tells by which the rows are sorted, and whether it rises or falls. */
static void head_draw(const struct table *t, const struct table_layout *l, const struct canvas *c)
{
	for (unsigned i = 0; i < l->count; i++) {
		const struct table_column *column = &t->ops->columns[i];
		bool sorted = column->sort == t->sort + 1, up = column->up != t->reversed;
		enum role role = sorted ? ROLE_TITLE : ROLE_HEAD;
		const char *arrow = up ? (c->ascii ? "^" : "\u25b4") : (c->ascii ? "v" : "\u25be");
		int x = l->x[i], width = l->width[i];
		const char *name = column->header;
		if (width < 0)
			continue;
		if (column->name && text_width(column->name) <= width)
			name = column->name;
		if (sorted && is_tight(t, l, i) && (!column->left || text_width(name) >= width))
			width--;
		if (column->left)
			canvas_text(c, 0, x, width, role, name);
		else
			canvas_right(c, 0, x, width, role, name);
		if (sorted)
			canvas_text(c, 0, x + arrow_at(column, name, width), 1, role, arrow);
	}
}

static void cell_draw(const struct table_column *column, const struct table_at *at,
                      const struct canvas *cell)
{
	char text[TABLE_TEXT];

	if (column->draw) {
		column->draw(at, cell);
		return;
	}
	enum role role = column->text(at, text, sizeof(text));
	if (column->left)
		canvas_cut(cell, 0, 0, cell->columns, role, text, true);
	else
		canvas_right(cell, 0, 0, cell->columns, role, text);
}

static void row_draw(const struct table *t, const struct table_layout *l, struct table_at *at,
                     const struct canvas *c, int y)
{
	for (unsigned i = 0; i < l->count; i++) {
		if (l->width[i] <= 0)
			continue;
		struct canvas cell = canvas_part(c, y, l->x[i], 1, l->width[i]);
		at->width = l->width[i];
		at->arg = t->ops->columns[i].arg;
		cell_draw(&t->ops->columns[i], at, &cell);
	}
}

void table_draw(const struct table *t, const struct view *v, const struct moment *m,
                const struct canvas *c)
{
	struct table_at at = {.view = v, .m = m};
	struct table_layout l;

	table_place(t, c->columns, &l);
	head_draw(t, &l, c);
	if (t->failed)
		canvas_text(c, 1, MARGIN, CANVAS_REST, ROLE_ALARM,
		            "not enough memory to list them");
	for (int y = 1; y < c->rows && t->list.top + (size_t)y - 1 < t->count; y++) {
		size_t i = t->list.top + (size_t)y - 1;
		at.row = t->items[i].row;
		row_draw(t, &l, &at, c, y);
		if (i == t->list.at && !t->behind)
			canvas_row(c, y, 0, c->columns, ROLE_SELECTED);
	}
	canvas_scroll(c, 1, c->rows - 1, t->list.top, t->count);
}

void table_draw_total(const struct table *t, const struct view *v, const struct moment *m,
                      const struct canvas *c, int y)
{
	struct table_at at = {.view = v, .m = m, .row = TABLE_TOTAL};
	struct table_layout l;

	table_place(t, c->columns, &l);
	row_draw(t, &l, &at, c, y);
}
