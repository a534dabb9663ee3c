/* SPDX-License-Identifier: MIT */
/*
 * View 6: which code grows, as a list of call sites or as a tree of their stacks. It knows which lines are in front
 * and what a key asks for; it traces nothing itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/safe_text.h"
#include "tui/keys.h"
#include "tui/sites_internal.h"

static const struct view_ops sites_blocks_ops, sites_hits_ops, sites_open_ops;

static struct sites_view *sites_of(const struct view *v)
{
	return (struct sites_view *)v;
}

const struct sites_facts *sites_shown(const struct moment *m)
{
	return m->sites && m->live && sites_are_old(m->sites, &m->sites_progress) ? NULL : m->sites;
}

/* Else sites_empty_draw says why there are none. */
static bool sites_is_listed(const struct moment *m)
{
	return sites_shown(m) && m->sites->site_count > 0;
}

static bool in_hits(const struct moment *m)
{
	return m->sites && m->sites->kind == SITES_HITS;
}

struct table *sites_rows_table(struct sites_view *v, const struct moment *m)
{
	return in_hits(m) ? &v->hits : &v->blocks;
}

static int page_of(const struct sites_view *v, const struct moment *m)
{
	int rows = sites_list_rows(v, m, v->view.settings->rows);

	return rows > 1 ? rows - 1 : 1;
}

/* --- the view ------------------------------------------------------------------------------------- */

static void sites_refresh(struct view *view, const struct moment *m)
{
	struct sites_view *v = sites_of(view);

	v->failed = false;
	sites_lines_done(&v->lines);
	if (!sites_is_listed(m))
		v->open = 0;
	else
		v->failed = !sites_lines_make(v, m->sites);
	view->ops = v->open ? &sites_open_ops : in_hits(m) ? &sites_hits_ops : &sites_blocks_ops;
	v->blocks.mode =
	        m->sites && m->sites->kind == SITES_GROWTH ? SITES_IN_PAGES : SITES_IN_BLOCKS;
	table_refresh(sites_rows_table(v, m), view, m, v->lines.count, page_of(v, m));
	if (v->open)
		sites_detail_refresh(v, m);
}

static unsigned blocks_sorted_by(const struct view *view)
{
	return sites_of(view)->blocks.sort;
}

static unsigned hits_sorted_by(const struct view *view)
{
	return sites_of(view)->hits.sort;
}

static void sites_free(struct view *view)
{
	struct sites_view *v = sites_of(view);

	table_done(&v->blocks);
	table_done(&v->hits);
	sites_lines_done(&v->lines);
	free(v);
}

/* --- tracing -------------------------------------------------------------------------------------- */

/* At most 54 columns: with its frame such a menu fits into 60. */
static const char trace_menu_growth[] = "growth stacks: who grew memory, at hardly any price";
static const char trace_menu_allocations[] = "allocation sites: who keeps what; price told first";
static const char *const trace_menu[] = {trace_menu_growth, trace_menu_allocations,
                                         "stop the tracing that goes on", NULL};
static const char *const trace_menu_idle[] = {trace_menu_growth, trace_menu_allocations, NULL};
enum { MENU_GROWTH, MENU_ALLOCATIONS, MENU_STOP };

/* Nothing is to choose where nobody can be traced: app says why. */
static const char *const *sites_traces(const struct view *view, const struct moment *m,
                                       unsigned *ret_at)
{
	bool on = sites_are_traced(&m->sites_progress);

	if ((!sites_is_live(sites_of(view), m) && m->live) || m->sites_progress.never)
		return NULL;
	/* Of a past moment it is not known whether something goes on now. */
	*ret_at = m->live && on ? MENU_STOP : MENU_GROWTH;
	return m->live && !on ? trace_menu_idle : trace_menu;
}

static void ask_trace(struct sites_view *v, uint64_t entry, struct request *ret)
{
	static const struct request asks[] = {
	        [MENU_GROWTH] = {.action = ACTION_TRACE, .id = SITES_GROWTH},
	        [MENU_ALLOCATIONS] = {.action = ACTION_PRICE},
	        [MENU_STOP] = {.action = ACTION_TRACE, .id = SITES_NONE},
	};

	if (entry >= sizeof(asks) / sizeof(asks[0]))
		return;
	*ret = asks[entry];
	if (entry != MENU_STOP)
		v->open = 0;
}

/* The answer to a price; false: there was no question, or it is none. */
static bool priced_key(const struct moment *m, enum action action, struct request *ret)
{
	if (!sites_is_priced(m))
		return false;
	if (action == ACTION_ENTER || action == ACTION_SCAN)
		*ret = (struct request){.action = ACTION_TRACE, .id = SITES_ALLOCATIONS};
	else if (action == ACTION_BACK)
		*ret = (struct request){.action = ACTION_TRACE, .id = SITES_NONE};
	else
		return false;
	return true;
}

/* --- keys ----------------------------------------------------------------------------------------- */

static void enter(struct sites_view *v, const struct moment *m)
{
	const struct sites_row *r = sites_selected(v, m);

	if (!r)
		return;
	table_hold(sites_rows_table(v, m), r->id);
	if (r->site == SITES_INNER) {
		sites_line_turn(v, r, !r->open);
		return;
	}
	v->open = r->id;
	v->top = 0;
}

/* Left closes, or goes to the line above; Right opens. */
static void fold(struct sites_view *v, const struct moment *m, bool open)
{
	const struct sites_row *r = sites_selected(v, m);

	if (!r || !v->tree)
		return;
	table_hold(sites_rows_table(v, m), r->id);
	if (r->site == SITES_INNER && r->open != open)
		sites_line_turn(v, r, open);
	else if (!open && r->parent != SITES_INNER)
		table_hold(sites_rows_table(v, m), v->lines.rows[r->parent].id);
}

static bool list_key(struct sites_view *v, const struct request *what, const struct moment *m,
                     bool *ret_again)
{
	*ret_again = true;
	if (!sites_is_listed(m) || v->failed)
		return false;
	switch (what->action) {
	case ACTION_ENTER:
		enter(v, m);
		return true;
	case ACTION_TREE:
		v->tree = !v->tree;
		return true;
	case ACTION_LEFT:
	case ACTION_RIGHT:
		fold(v, m, what->action == ACTION_RIGHT);
		return true;
	default:
		return table_act(sites_rows_table(v, m), &v->view, what, m, page_of(v, m),
		                 ret_again);
	}
}

static bool sites_act(struct view *view, const struct request *what, const struct moment *m,
                      struct request *ret)
{
	struct sites_view *v = sites_of(view);
	bool again = true, handled = true;

	if (what->action == ACTION_TRACE)
		ask_trace(v, what->id, ret);
	else if (priced_key(m, what->action, ret))
		again = false;
	else if (v->open && what->action == ACTION_BACK)
		v->open = 0;
	else if (v->open)
		handled = sites_detail_act(v, what);
	else
		handled = list_key(v, what, m, &again);
	if (handled && again)
		sites_refresh(view, m);
	return handled;
}

static void sites_draw(const struct view *view, const struct moment *m, const struct canvas *c)
{
	const struct sites_view *v = sites_of(view);

	if (!sites_is_listed(m))
		sites_empty_draw(v, m, c);
	else if (v->open)
		sites_detail_draw(v, m, c);
	else
		sites_list_draw(v, m, c);
}

#define SITES_OPS(sort_names, sorted)                                                       \
	{                                                                                   \
		.title = "Sites", .number = 6, .place = PLACE_SITES, .sorts = (sort_names), \
		.sorted_by = (sorted), .traces = sites_traces, .free = sites_free,          \
		.refresh = sites_refresh, .draw = sites_draw, .act = sites_act,             \
	}

static const struct view_ops sites_blocks_ops = SITES_OPS(sites_blocks_sorts, blocks_sorted_by);
static const struct view_ops sites_hits_ops = SITES_OPS(sites_hits_sorts, hits_sorted_by);

static const struct view_ops sites_open_ops = {
        .title = "Sites",
        .number = 6,
        .place = PLACE_SITE,
        .traces = sites_traces,
        .free = sites_free,
        .refresh = sites_refresh,
        .draw = sites_draw,
        .act = sites_act,
};

struct view *view_sites_new(const struct view_settings *settings)
{
	struct sites_view *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->view.settings = settings;
	v->view.ops = &sites_blocks_ops;
	v->blocks.ops = &sites_blocks_table;
	v->blocks.mode = SITES_IN_BLOCKS;
	v->hits.ops = &sites_hits_table;
	return &v->view;
}
