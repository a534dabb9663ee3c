/* SPDX-License-Identifier: MIT */
/*
 * Listing regions and groups of them, for Maps and Smaps: what is listed, stepping in and out, and what
 * is said where nothing can be. It knows no column; those are maps.c and smaps.c.
 */

#include "tui/maps_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/safe_text.h"
#include "tui/page.h"

static struct maps_view *maps_of(const struct view *v)
{
	return (struct maps_view *)v;
}

struct view *maps_view_new(size_t size, const struct maps_view *as,
                           const struct view_settings *settings)
{
	struct maps_view *v = calloc(1, size);

	if (!v)
		return NULL;
	*v = *as;
	v->view.settings = settings;
	return &v->view;
}

void maps_view_free(struct view *view)
{
	struct maps_view *v = maps_of(view);

	table_done(&v->table);
	maps_rows_done(&v->rows);
	free(v);
}

unsigned maps_view_sorted_by(const struct view *view)
{
	return maps_of(view)->table.sort;
}

/* --- what is listed --------------------------------------------------------------------------------- */

const struct maps_row *maps_at(const struct table_at *at)
{
	const struct maps_view *v = maps_of(at->view);
	size_t count;

	return at->row == TABLE_TOTAL ? &v->total : &maps_rows_listed(&v->rows, &count)[at->row];
}

const struct region *maps_region_at(const struct table_at *at)
{
	return maps_rows_region(at->m, maps_at(at));
}

uint64_t maps_bytes_at(const struct table_at *at, enum smaps_key key)
{
	const struct maps_view *v = maps_of(at->view);

	if (at->row == TABLE_TOTAL)
		return v->totals[key];
	return maps_rows_bytes(&v->rows, at->m, at->row, key);
}

uint64_t maps_view_id(const struct table_at *at)
{
	return maps_at(at)->id;
}

bool maps_view_shows(const struct table_at *at)
{
	const struct maps_rows *rows = &maps_of(at->view)->rows;

	return rows->within == GROUP_REGION || maps_at(at)->group == rows->inside;
}

bool maps_view_matches(const struct table_at *at, const char *filter)
{
	return maps_row_matches(&maps_of(at->view)->rows, at->m, at->row, filter);
}

bool maps_growth_matters(const struct moment *m)
{
	return m->verdict.kind >= VERDICT_SUSPICIOUS;
}

/* Without a filter the sums of the table itself do, and 60,000 regions are left in peace. */
static void totals_make(struct maps_view *v, const struct moment *m)
{
	struct table_at at = {.view = &v->view, .m = m};

	if (m->regions && !v->view.filter[0] && v->rows.within == GROUP_REGION) {
		memcpy(v->totals, m->regions->totals, sizeof(v->totals));
		v->total = (struct maps_row){.size = m->regions->size,
		                             .rss = v->totals[SMAPS_RSS],
		                             .count = (uint32_t)m->regions->count};
		return;
	}
	memset(v->totals, 0, sizeof(v->totals));
	v->total = (struct maps_row){0};
	for (size_t i = 0; i < v->table.count; i++) {
		at.row = v->table.items[i].row;
		const struct maps_row *row = maps_at(&at);
		v->total.size = known_add(v->total.size, row->size);
		v->total.rss = known_add(v->total.rss, row->rss);
		v->total.count += row->count;
		for (int k = 0; k < SMAPS_KEY_COUNT; k++)
			v->totals[k] =
			        known_add(v->totals[k], maps_bytes_at(&at, (enum smaps_key)k));
	}
}

void maps_view_refresh(struct view *view, const struct moment *m)
{
	struct maps_view *v = maps_of(view);
	size_t count;

	v->table.mode = v->rows.by == GROUP_REGION ? LISTS_REGIONS : LISTS_GROUPS;
	v->rows.labels = v->table.sort == v->label_sort;
	maps_rows_make(&v->rows, m, &v->table);
	maps_rows_listed(&v->rows, &count);
	table_refresh(&v->table, view, m, count, v->page(v));
	v->table.failed = v->table.failed || v->rows.failed;
	totals_make(v, m);
}

/* --- keys ------------------------------------------------------------------------------------------- */

static void group_show(struct maps_view *v, enum maps_group by)
{
	v->rows.by = by;
	v->rows.within = GROUP_REGION;
	v->table.held = false;
}

static void group_enter(struct maps_view *v, uint64_t id)
{
	v->rows.within = v->rows.by;
	v->rows.inside = id;
	v->rows.by = GROUP_REGION;
	v->table.held = false;
}

static bool group_leave(struct maps_view *v)
{
	if (v->rows.within == GROUP_REGION)
		return false;
	v->rows.by = v->rows.within;
	v->rows.within = GROUP_REGION;
	table_hold(&v->table, v->rows.inside);
	return true;
}

/* Opens what is under the cursor. True: the list is another one now. */
static bool enter(struct maps_view *v, const struct moment *m, struct request *ret)
{
	struct table_at at = {.view = &v->view, .m = m};

	if (!table_selected(&v->table, &at.row))
		return false;
	uint64_t id = maps_at(&at)->id;
	if (v->rows.by == GROUP_REGION) {
		table_hold(&v->table, id);
		*ret = (struct request){.action = ACTION_FOCUS, .id = id};
		return false;
	}
	group_enter(v, id);
	return true;
}

bool maps_view_act(struct view *view, const struct request *what, const struct moment *m,
                   struct request *ret)
{
	struct maps_view *v = maps_of(view);
	bool again = false;

	switch (what->action) {
	case ACTION_ENTER:
		again = enter(v, m, ret);
		break;
	case ACTION_BACK:
		again = group_leave(v);
		if (!again)
			return false;
		break;
	case ACTION_GROUP: {
		enum maps_group by = v->rows.within != GROUP_REGION ? v->rows.within : v->rows.by;
		group_show(v, (enum maps_group)((by + 1) % GROUP_COUNT));
		again = true;
		break;
	}
	default:
		if (!table_act(&v->table, view, what, m, v->page(v), &again))
			return false;
	}
	if (again)
		view->ops->refresh(view, m);
	return true;
}

/* --- words ------------------------------------------------------------------------------------------ */

bool maps_view_empty(const struct maps_view *v, const struct moment *m, const struct canvas *c)
{
	struct page p = {.canvas = *c, .cut = true};
	char text[VIEW_FILTER_MAX + 64];

	if (v->table.count > 0 || v->table.failed)
		return false;
	if (!m->regions && m->abilities.lacking[0]) {
		page_text(&p, 1, ROLE_WARN, m->abilities.lacking);
	} else if (!m->regions) {
		page_text(&p, 1, ROLE_DIM,
		          m->live ? "no pass over smaps yet" : "no regions are known of this time");
	} else if (v->view.filter[0]) {
		snprintf(text, sizeof(text), "no region matches /%s/; Esc takes the filter away",
		         v->view.filter);
		page_text(&p, 1, ROLE_DIM, text);
	} else if (v->rows.within != GROUP_REGION) {
		page_text(&p, 1, ROLE_DIM, "no region of this group is left; Esc goes back");
	} else {
		page_text(&p, 1, ROLE_DIM, "it has no memory mapped");
	}
	return true;
}

/* The pass in a few words where its figures are not what they seem. */
static const char *pass_words(const struct region_table *t)
{
	if (t->partial)
		return "the pass ended early: some are missing";
	if (t->torn)
		return "mappings changed while they were read";
	if (t->estimated)
		return "from page maps: PSS and dirty pages are unknown";
	return "";
}

static int counts_draw(const struct maps_view *v, const struct moment *m, const struct canvas *c,
                       int y)
{
	char regions[HUMAN_MAX], all[HUMAN_MAX], mappings[HUMAN_MAX];

	human_count(regions, v->total.count);
	human_count(all, m->regions->count);
	human_count(mappings, m->regions->mappings);
	if (v->view.filter[0])
		return canvas_textf(c, y, 1, CANVAS_REST, ROLE_DIM, "%s of %s regions match /%s/",
		                    regions, all, v->view.filter);
	if (v->rows.by == GROUP_REGION)
		return canvas_textf(c, y, 1, CANVAS_REST, ROLE_DIM, "%s regions in %s mappings",
		                    all, mappings);
	human_count(mappings, v->table.count);
	return canvas_textf(c, y, 1, CANVAS_REST, ROLE_DIM, "%s %s, %s regions", mappings,
	                    v->rows.by == GROUP_KIND ? "kinds" : "labels", regions);
}

/* The group one is in, by the name of one of its regions. */
static int inside_draw(const struct maps_view *v, const struct moment *m, const struct canvas *c,
                       int y)
{
	struct table_at at = {.view = &v->view, .m = m, .width = 40};
	char text[MAPS_LABEL], label[TABLE_TEXT], count[HUMAN_MAX];
	size_t len;

	if (!table_selected(&v->table, &at.row))
		return 0;
	const struct region *r = maps_region_at(&at);
	if (v->rows.within == GROUP_KIND)
		snprintf(label, sizeof(label), "%s", region_kinds[r->kind].name);
	else
		table_label(&at, maps_label(r, text, &len),
		            r->name_len ? r->name_len : strlen(text), label, sizeof(label));
	return canvas_textf(c, y, 1, CANVAS_REST, ROLE_TITLE, "%s: %s regions; Esc goes back",
	                    label, human_count(count, v->total.count));
}

void maps_view_summary(const struct maps_view *v, const struct moment *m, const struct canvas *c,
                       int y)
{
	char order[128];
	int x = 1;

	if (!m->regions)
		return;
	x += v->rows.within != GROUP_REGION ? inside_draw(v, m, c, y) : counts_draw(v, m, c, y);
	const char *words = pass_words(m->regions);
	if (*words)
		x += 3 + canvas_text(c, y, x + 3, c->columns - x - 4, ROLE_WARN, words);
	snprintf(order, sizeof(order), "%s by %s", v->table.reversed ? ", reversed" : ",",
	         v->view.ops->sorts[v->table.sort]);
	canvas_cut(c, y, x, c->columns - x - 1, ROLE_DIM, order, false);
}
