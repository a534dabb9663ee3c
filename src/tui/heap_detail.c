/* SPDX-License-Identifier: MIT */
/*
 * One row of view 5 opened: the course of a size, the content of a lost block and who points to it, an arena
 * in full. It knows how they are laid out and scrolled; their sentences are heap_facts.c.
 */
#include "tui/heap_detail.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/safe_text.h"

enum { ROWS_CHART = 12, CHART_LEAST = 4, CHART_MOST = 14 };

/* --- which row ------------------------------------------------------------------------------------ */

/* The row that is open; false: it is not there any more. */
static bool heap_open_row(const struct heap_view *v, const struct moment *m, size_t *ret_row)
{
	size_t count = heap_rows(m, v->list);

	for (size_t row = 0; row < count; row++)
		if (heap_id_at(m, v->list, row) == v->open) {
			*ret_row = row;
			return true;
		}
	return false;
}

/* --- the text ------------------------------------------------------------------------------------- */

static void gone_write(const struct heap_view *v, struct page *p)
{
	static const char *const words[HEAP_LISTS] = {
	        [HEAP_SIZES] = "no block of this size is live any more; Esc goes back",
	        [HEAP_LOST] = "it is not among the lost blocks of this look; Esc goes back",
	        [HEAP_ARENAS] = "this arena is not there any more; Esc goes back",
	};

	page_text(p, 1, ROLE_DIM, words[v->list]);
}

static void detail_write(const struct heap_view *v, struct page *p, const struct moment *m)
{
	size_t row;

	if (!heap_open_row(v, m, &row)) {
		gone_write(v, p);
		return;
	}
	switch (v->list) {
	case HEAP_SIZES:
		heap_class_write(p, m, &m->heap->classes[row]);
		break;
	case HEAP_LOST:
		heap_lost_write(p, m, heap_lost_at(m, row));
		break;
	default:
		heap_arena_write(p, &m->heap->arenas[row]);
		break;
	}
}

/* --- place ---------------------------------------------------------------------------------------- */

/* Rows of the chart between title and text; a size alone has a course. */
static int chart_rows(const struct heap_view *v, int rows)
{
	int wanted = rows * 2 / 5;

	if (v->list != HEAP_SIZES || rows < ROWS_CHART)
		return 0;
	return wanted < CHART_LEAST ? CHART_LEAST : wanted > CHART_MOST ? CHART_MOST : wanted;
}

static int text_top(const struct heap_view *v, int rows)
{
	return v->list == HEAP_SIZES ? 1 + chart_rows(v, rows) : 0;
}

static size_t text_last(const struct heap_view *v)
{
	int rows = v->view.settings->rows - text_top(v, v->view.settings->rows);
	size_t page = rows > 0 ? (size_t)rows : 1;

	return v->total > page ? v->total - page : 0;
}

void heap_detail_refresh(struct heap_view *v, const struct moment *m)
{
	struct page p = {
	        .canvas = {.columns = v->view.settings->columns, .ascii = v->view.settings->ascii}};

	detail_write(v, &p, m);
	v->total = p.line;
	if (v->top > text_last(v))
		v->top = text_last(v);
}

bool heap_detail_act(struct heap_view *v, const struct request *what)
{
	int rows = v->view.settings->rows - text_top(v, v->view.settings->rows);

	return page_scroll(what->action, rows, text_last(v), &v->top);
}

/* --- drawing -------------------------------------------------------------------------------------- */

/* The latest looks are told by number, not by time: they count as evenly apart. */
static void chart_of(const struct heap_facts *f, const struct heap_class *c, struct chart *ret)
{
	uint64_t step = f->looks > 1 ? f->span / (f->looks - 1) : 0;

	memset(ret, 0, sizeof(*ret));
	for (unsigned i = 0; i < c->spark_count && i < SPARK_POINTS; i++) {
		uint64_t bytes = known_mul(c->spark[i], (c->low + c->high) / 2);
		uint64_t back = step * (c->spark_count - 1 - i);
		ret->points[ret->count++] = (struct chart_point){
		        .time = f->time > back ? f->time - back : 0,
		        .min = bytes,
		        .max = bytes,
		        .last = bytes,
		};
	}
	if (ret->count) {
		ret->from = ret->points[0].time;
		ret->to = ret->points[ret->count - 1].time;
	}
}

/* Which size, and its course below. */
static void size_draw(const struct heap_view *v, const struct moment *m, const struct canvas *c,
                      int rows)
{
	char name[HEAP_NAME];
	struct chart chart;
	size_t row;

	if (v->list != HEAP_SIZES || !heap_open_row(v, m, &row))
		return;
	const struct heap_class *class = &m->heap->classes[row];
	struct canvas plot = canvas_part(c, 1, 1, rows, c->columns - 2);
	heap_class_short(class, name, sizeof(name));
	int x = 1 + canvas_textf(c, 0, 1, CANVAS_REST, ROLE_TITLE, "Blocks of %s%s", name,
	                         strchr(name, ' ') ? "" : " bytes");
	if (rows == 0)
		return;
	canvas_textf(c, 0, x + 2, CANVAS_REST, ROLE_DIM,
	             "memory in live ones at the latest %u look%s", class->spark_count,
	             class->spark_count == 1 ? "" : "s");
	chart_of(m->heap, class, &chart);
	canvas_chart(&plot, &chart, ROLE_GRAPH, NULL, 0);
}

void heap_detail_draw(const struct heap_view *v, const struct moment *m, const struct canvas *c)
{
	int top = text_top(v, c->rows);
	struct canvas text = canvas_part(c, top, 0, c->rows - top, c->columns);
	struct page p = {.canvas = text, .top = v->top};

	size_draw(v, m, c, chart_rows(v, c->rows));
	detail_write(v, &p, m);
	canvas_scroll(&text, 0, text.rows, v->top, v->total);
}
