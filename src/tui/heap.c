/* SPDX-License-Identifier: MIT */
/*
 * View 5: what the heap is made of: sizes of blocks and which of them grow, blocks that nobody points to, arenas
 * and what they keep. It knows the three lists and which has the keys; it looks at nothing itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/safe_text.h"
#include "tui/heap_internal.h"
#include "tui/keys.h"

/* From so many rows on there is room for each part, and for all lists at once. */
enum {
	ROWS_HEAD = 6,
	ROWS_BAR = 9,
	ROWS_SUMMARY = 11,
	ROWS_FINDING = 12,
	ROWS_ALL = 34,
	ARENAS_MOST = 6,
};

static const struct view_ops heap_list_ops[HEAP_LISTS], heap_open_ops;

static struct heap_view *heap_of(const struct view *v)
{
	return (struct heap_view *)v;
}

/* --- what is listed ------------------------------------------------------------------------------- */

/* True when there are blocks to list; else heap_empty_draw says why not. */
static bool heap_is_listed(const struct moment *m)
{
	return m->heap && m->heap->walked && m->heap->class_count + m->heap->arena_rows > 0;
}

size_t heap_rows(const struct moment *m, enum heap_list list)
{
	const struct heap_facts *f = m->heap;

	if (!heap_is_listed(m))
		return 0;
	return list == HEAP_SIZES  ? f->class_count
	       : list == HEAP_LOST ? (f->lost ? f->lost->head_count : 0)
	                           : f->arena_rows;
}

const struct lost_head *heap_lost_at(const struct moment *m, size_t row)
{
	return &m->heap->lost->heads[row];
}

/* Blocks with a mapping of their own have no arena: any number that is no address. */
uint64_t heap_id_at(const struct moment *m, enum heap_list list, size_t row)
{
	if (list == HEAP_SIZES)
		return m->heap->classes[row].low;
	if (list == HEAP_LOST)
		return heap_lost_at(m, row)->address;
	return m->heap->arenas[row].address ? m->heap->arenas[row].address : 1;
}

/* --- where what stands ---------------------------------------------------------------------------- */

/* Rows of each part; below -1: there is no room for it. */
struct heap_layout {
	int head, bar, finding, tabs, summary; /* first rows */
	struct {
		int title, y, rows; /* title -1: it stands in the tabs; rows 0: not in sight */
	} list[HEAP_LISTS];
};

/* Rows for every list, each below its title: what it needs, but the lost no more than two fifths of the rest. */
static void place_all(const struct moment *m, int y, int rows, struct heap_layout *l)
{
	int arenas = (int)heap_rows(m, HEAP_ARENAS), lost = (int)heap_rows(m, HEAP_LOST);
	int titles = HEAP_LISTS + 2 * HEAP_LISTS - 1; /* a title and a head each, blanks between */

	arenas = arenas > ARENAS_MOST ? ARENAS_MOST : arenas;
	int rest = rows - titles - arenas, most = rest * 2 / 5;
	lost = lost > most ? most : lost < 1 ? 1 : lost;
	int sizes = (int)heap_rows(m, HEAP_SIZES);
	sizes = sizes > rest - lost ? rest - lost : sizes;
	const int shares[HEAP_LISTS] = {sizes, lost, arenas};
	for (int i = 0; i < HEAP_LISTS; i++) {
		l->list[i].title = y;
		l->list[i].y = y + 1;
		l->list[i].rows = shares[i] + 1;
		y += shares[i] + 3;
	}
}

static struct heap_layout heap_place(const struct heap_view *v, const struct moment *m, int rows)
{
	struct heap_layout l = {.head = -1, .bar = -1, .finding = -1, .tabs = -1, .summary = -1};
	char text[HEAP_LINE * 2];
	bool alarm;
	int y = 0, end = rows;

	for (int i = 0; i < HEAP_LISTS; i++)
		l.list[i].title = -1;
	if (rows >= ROWS_HEAD)
		l.head = y++;
	if (rows >= ROWS_BAR) {
		l.bar = y;
		y += 2;
	}
	if (rows >= ROWS_FINDING && heap_finding(m, text, sizeof(text), &alarm)) {
		l.finding = y++;
		y += text_width(text) > v->view.settings->columns - 3;
	}
	if (rows >= ROWS_SUMMARY)
		l.summary = --end;
	if (rows >= ROWS_ALL) {
		place_all(m, y + 1, end - y - 1, &l);
		return l;
	}
	if (rows >= 2)
		l.tabs = y++;
	l.list[v->list].y = y;
	l.list[v->list].rows = end - y;
	return l;
}

static int page_of(const struct heap_view *v, const struct moment *m, enum heap_list list)
{
	int rows = heap_place(v, m, v->view.settings->rows).list[list].rows;

	return rows > 1 ? rows - 1 : 1;
}

/* --- the view ------------------------------------------------------------------------------------- */

/* Menus of sorting and the keys of the footer are those of the list in front. */
static void ops_choose(struct heap_view *v)
{
	v->view.ops = v->open ? &heap_open_ops : &heap_list_ops[v->list];
}

static void heap_refresh(struct view *view, const struct moment *m)
{
	struct heap_view *v = heap_of(view);
	char filter[VIEW_FILTER_MAX];

	if (!heap_is_listed(m)) {
		heap_empty_refresh(v, m);
		v->open = 0;
	}
	ops_choose(v);
	memcpy(filter, view->filter, sizeof(filter));
	for (int i = 0; i < HEAP_LISTS; i++) {
		struct table *t = &v->tables[i];
		t->behind = (enum heap_list)i != v->list;
		/* What is typed is meant for the list in front alone. */
		if (t->behind)
			view->filter[0] = '\0';
		table_refresh(t, view, m, heap_rows(m, (enum heap_list)i),
		              page_of(v, m, (enum heap_list)i));
		memcpy(view->filter, filter, sizeof(filter));
	}
	if (v->open)
		heap_detail_refresh(v, m);
}

static unsigned heap_sorted_by(const struct view *view)
{
	return heap_of(view)->tables[heap_of(view)->list].sort;
}

static void heap_free(struct view *view)
{
	struct heap_view *v = heap_of(view);

	for (int i = 0; i < HEAP_LISTS; i++)
		table_done(&v->tables[i]);
	free(v);
}

/* --- keys ----------------------------------------------------------------------------------------- */

static void open_row(struct heap_view *v, const struct moment *m, struct request *ret)
{
	size_t row;

	if (!table_selected(&v->tables[v->list], &row))
		return;
	v->open = heap_id_at(m, v->list, row);
	v->top = 0;
	table_hold(&v->tables[v->list], v->open);
	if (v->list == HEAP_LOST)
		*ret = (struct request){.action = ACTION_PEEK, .id = v->open};
}

static void close_row(struct heap_view *v, struct request *ret)
{
	if (v->list == HEAP_LOST)
		*ret = (struct request){.action = ACTION_PEEK};
	v->open = 0;
}

static bool list_key(struct heap_view *v, const struct request *what, const struct moment *m,
                     struct request *ret, bool *ret_again)
{
	*ret_again = true;
	if (!heap_is_listed(m))
		return false;
	switch (what->action) {
	case ACTION_ENTER:
		open_row(v, m, ret);
		return true;
	case ACTION_GROUP:
		v->list = (enum heap_list)((v->list + 1) % HEAP_LISTS);
		v->view.filter[0] = '\0';
		return true;
	default:
		return table_act(&v->tables[v->list], &v->view, what, m, page_of(v, m, v->list),
		                 ret_again);
	}
}

static bool heap_act(struct view *view, const struct request *what, const struct moment *m,
                     struct request *ret)
{
	struct heap_view *v = heap_of(view);
	bool again = true, handled = true;

	if (v->open && what->action == ACTION_BACK)
		close_row(v, ret);
	else if (v->open)
		handled = heap_detail_act(v, what);
	else
		handled = list_key(v, what, m, ret, &again);
	if (handled && again)
		heap_refresh(view, m);
	return handled;
}

/* --- drawing -------------------------------------------------------------------------------------- */

/* One sentence where a list is empty; the head of its columns would stand above nothing. */
static const char *none_words(const struct heap_view *v, const struct moment *m,
                              enum heap_list list)
{
	if (v->list == list && v->view.filter[0])
		return "nothing here matches the filter; Esc takes it away";
	if (list != HEAP_LOST)
		return "none";
	if (!m->heap->lost || !m->heap->lost->scans)
		return "no scan was made yet";
	return "none: something points to every block";
}

static void list_draw(const struct heap_view *v, const struct moment *m, const struct canvas *c,
                      const struct heap_layout *l, enum heap_list list)
{
	struct canvas part = canvas_part(c, l->list[list].y, 0, l->list[list].rows, c->columns);

	if (v->tables[list].count > 0 || v->tables[list].failed)
		table_draw(&v->tables[list], &v->view, m, &part);
	else
		canvas_text(&part, 0, 2, CANVAS_REST, ROLE_DIM, none_words(v, m, list));
}

static int title_draw(const struct heap_view *v, const struct moment *m, const struct canvas *c,
                      int y, int x, enum heap_list list)
{
	char text[96];

	heap_list_title(m, list, text, sizeof(text));
	return x +
	       canvas_text(c, y, x, CANVAS_REST, v->list == list ? ROLE_SELECTED : ROLE_DIM, text);
}

static void titles_draw(const struct heap_view *v, const struct moment *m, const struct canvas *c,
                        const struct heap_layout *l)
{
	int x = 1;

	canvas_line(c, l->tabs, 0, CANVAS_REST, ROLE_RULE);
	for (int i = 0; i < HEAP_LISTS; i++) {
		int y = l->tabs >= 0 ? l->tabs : l->list[i].title;
		canvas_line(c, l->list[i].title, 0, CANVAS_REST, ROLE_RULE);
		x = title_draw(v, m, c, y, l->tabs >= 0 ? x : 1, (enum heap_list)i) + 1;
	}
	if (l->tabs >= 0 && x + 15 < c->columns) {
		canvas_text(c, l->tabs, c->columns - 14, CANVAS_REST, ROLE_KEY, " a");
		canvas_text(c, l->tabs, c->columns - 12, CANVAS_REST, ROLE_DIM, " next list ");
	}
}

/* In two lines where it does not fit into one. */
static void finding_draw(const struct moment *m, const struct canvas *c, int y)
{
	char text[HEAP_LINE * 2];
	bool alarm;

	if (y < 0 || !heap_finding(m, text, sizeof(text), &alarm))
		return;
	bool two = text_width(text) > c->columns - 3;
	struct page p = {.canvas = canvas_part(c, y, 0, 1 + two, c->columns), .cut = true};
	page_text(&p, 1, alarm ? ROLE_ALARM : ROLE_WARN, text);
}

static void summary_draw(const struct heap_view *v, const struct moment *m, const struct canvas *c,
                         int y)
{
	const struct table *t = &v->tables[v->list];
	char text[HEAP_LINE + 80], doubt[HEAP_LINE], live[HUMAN_MAX];

	if (y < 0)
		return;
	int n = snprintf(text, sizeof(text), "%s live blocks, by %s%s",
	                 human_count(live, m->heap->total.live_blocks),
	                 v->view.ops->sorts ? v->view.ops->sorts[t->sort] : "",
	                 t->reversed ? ", reversed" : "");
	int x = 1 + canvas_text(c, y, 1, CANVAS_REST, ROLE_DIM, text);
	if (n > 0 && heap_doubt_line(m->heap, doubt, sizeof(doubt)))
		canvas_cut(c, y, x + 3, c->columns - x - 4, ROLE_DIM, doubt, false);
}

static void heap_draw(const struct view *view, const struct moment *m, const struct canvas *c)
{
	const struct heap_view *v = heap_of(view);
	struct heap_layout l;

	if (!heap_is_listed(m)) {
		heap_empty_draw(v, m, c);
		return;
	}
	if (v->open) {
		heap_detail_draw(v, m, c);
		return;
	}
	l = heap_place(v, m, c->rows);
	if (l.head >= 0)
		heap_head_draw(c, l.head, m);
	if (l.bar >= 0)
		heap_bar_draw(c, l.bar, m);
	finding_draw(m, c, l.finding);
	titles_draw(v, m, c, &l);
	for (int i = 0; i < HEAP_LISTS; i++)
		if (l.list[i].rows > 0)
			list_draw(v, m, c, &l, (enum heap_list)i);
	summary_draw(v, m, c, l.summary);
}

#define HEAP_OPS(of)                                                                     \
	{                                                                                \
		.title = "Heap", .number = 5, .place = PLACE_HEAP, .sorts = (of),        \
		.sorted_by = heap_sorted_by, .free = heap_free, .refresh = heap_refresh, \
		.draw = heap_draw, .act = heap_act,                                      \
	}

static const struct view_ops heap_list_ops[HEAP_LISTS] = {
        [HEAP_SIZES] = HEAP_OPS(heap_sizes_sorts),
        [HEAP_LOST] = HEAP_OPS(heap_lost_sorts),
        [HEAP_ARENAS] = HEAP_OPS(heap_arenas_sorts),
};

static const struct view_ops heap_open_ops = {
        .title = "Heap",
        .number = 5,
        .place = PLACE_BLOCK,
        .free = heap_free,
        .refresh = heap_refresh,
        .draw = heap_draw,
        .act = heap_act,
};

struct view *view_heap_new(const struct view_settings *settings)
{
	struct heap_view *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->view.settings = settings;
	v->view.ops = &heap_list_ops[HEAP_SIZES];
	v->tables[HEAP_SIZES].ops = &heap_sizes_table;
	v->tables[HEAP_LOST].ops = &heap_lost_table;
	v->tables[HEAP_ARENAS].ops = &heap_arenas_table;
	return &v->view;
}
