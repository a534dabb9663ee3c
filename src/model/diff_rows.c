/* SPDX-License-Identifier: MIT */
/*
 * Knows which sections a comparison has, in which order, and how their cells read. Refuses to know how wide
 * anything is and where it goes.
 */
#include "model/diff_rows.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/safe_text.h"
#include "model/figure.h"

/* Regions that are all alike, told one by one. */
enum { ALIKE_MOST = 3 };

struct writer {
	const struct diff *d;
	size_t most;
	enum human_unit unit;
	void (*fn)(const struct diff_row *row, void *arg);
	void *arg;
};

/* --- cells ------------------------------------------------------------------------------------------ */

static uint64_t magnitude(int64_t v)
{
	return v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
}

static void count_change(char out[HUMAN_MAX], int64_t change)
{
	char n[HUMAN_MAX];

	snprintf(out, HUMAN_MAX, "%s%.30s",
	         change > 0   ? "+"
	         : change < 0 ? "-"
	                      : "",
	         human_count(n, magnitude(change)));
}

/* "12.3 s", "3:04:05" of CPU time. */
static void seconds(char out[HUMAN_MAX], uint64_t ns)
{
	if (!known(ns))
		snprintf(out, HUMAN_MAX, "-");
	else if (ns < 600 * NS_PER_S)
		snprintf(out, HUMAN_MAX, "%.1f s", floor((double)ns / 1e8) / 10);
	else
		human_clock(out, ns, false);
}

static void amount(const struct writer *w, char out[HUMAN_MAX], enum figure_unit unit, uint64_t v)
{
	if (unit == UNIT_BYTES)
		human_size(out, v, w->unit);
	else if (unit == UNIT_COUNT)
		human_count(out, v);
	else
		seconds(out, v);
}

static void change(const struct writer *w, char out[HUMAN_MAX], enum figure_unit unit, int64_t v)
{
	char time[HUMAN_MAX];

	if (unit == UNIT_BYTES) {
		human_delta(out, v, w->unit);
	} else if (unit == UNIT_COUNT) {
		count_change(out, v);
	} else {
		seconds(time, magnitude(v));
		snprintf(out, HUMAN_MAX, "%s%.30s", v > 0 ? "+" : v < 0 ? "-" : "", time);
	}
}

/* A few a minute are told with a decimal: one in ten minutes is not none. */
static void rate(const struct writer *w, char out[HUMAN_MAX], enum figure_unit unit,
                 double per_minute)
{
	if (!isfinite(per_minute) || fabs(per_minute) > 0x1p62)
		snprintf(out, HUMAN_MAX, "-");
	else if (unit == UNIT_COUNT && fabs(per_minute) < 10 && per_minute != 0)
		snprintf(out, HUMAN_MAX, "%c%d.%d", per_minute < 0 ? '-' : '+',
		         (int)(fabs(per_minute) * 10 + 0.5) / 10,
		         (int)(fabs(per_minute) * 10 + 0.5) % 10);
	else
		change(w, out, unit, llround(per_minute));
}

static double a_minute(int64_t v, uint64_t span)
{
	return known(span) && span ? (double)v / ((double)span / (60.0 * NS_PER_S)) : (double)NAN;
}

static void value_cells(const struct writer *w, struct diff_row *row, enum figure_unit unit,
                        const struct diff_value *v, uint64_t span)
{
	amount(w, row->cells[DIFF_CELL_A], unit, v->v[DIFF_A]);
	amount(w, row->cells[DIFF_CELL_B], unit, v->v[DIFF_B]);
	if (v->known)
		change(w, row->cells[DIFF_CELL_CHANGE], unit, v->change);
	else
		snprintf(row->cells[DIFF_CELL_CHANGE], HUMAN_MAX, "-");
	rate(w, row->cells[DIFF_CELL_RATE], unit,
	     v->known ? a_minute(v->change, span) : (double)NAN);
}

static void last_cell(const struct writer *w, struct diff_row *row, enum figure_unit unit,
                      const struct diff_value *v)
{
	if (v->known)
		change(w, row->cells[DIFF_CELL_LAST], unit, v->change);
	else
		snprintf(row->cells[DIFF_CELL_LAST], HUMAN_MAX, "-");
}

/* --- rows ------------------------------------------------------------------------------------------- */

static void head(const struct writer *w, const char *title, const char *last)
{
	struct diff_row row = {.kind = DIFF_ROW_HEAD,
	                       .cells = {"A", "B", "change", "per minute", ""}};

	snprintf(row.name, sizeof(row.name), "%s", title);
	snprintf(row.cells[DIFF_CELL_LAST], HUMAN_MAX, "%s", last);
	w->fn(&row, w->arg);
}

static void more(const struct writer *w, size_t left)
{
	struct diff_row row = {.kind = DIFF_ROW_MORE};
	char n[HUMAN_MAX];

	snprintf(row.name, sizeof(row.name), "and %s more", human_count(n, left));
	w->fn(&row, w->arg);
}

static void group_row(const struct writer *w, const struct diff_group *g)
{
	struct diff_row row = {.kind = DIFF_ROW, .matters = g->count.change > 0};
	char size[HUMAN_MAX], perms[5];

	snprintf(row.name, sizeof(row.name), "%s %s %s", human_block(size, g->size),
	         region_kinds[g->kind].name, region_perms(g->prot, perms));
	value_cells(w, &row, UNIT_COUNT, &g->count, w->d->pass_span);
	last_cell(w, &row, UNIT_BYTES, &g->held);
	w->fn(&row, w->arg);
}

static void figure_row(const struct writer *w, const struct diff_figure *f)
{
	const struct figure_info *info = &figure_infos[f->figure];
	struct diff_row row = {.kind = DIFF_ROW, .matters = !info->counter && f->value.change > 0};

	snprintf(row.name, sizeof(row.name), "%s", info->label);
	value_cells(w, &row, info->unit, &f->value, f->span);
	w->fn(&row, w->arg);
}

static void sum_row(const struct writer *w, const struct diff_sum *s, const char *name, size_t len)
{
	struct diff_row row = {.kind = DIFF_ROW, .matters = s->held.change > 0};

	safe_copy(row.name, sizeof(row.name), name, len, SAFE_UTF8);
	value_cells(w, &row, UNIT_BYTES, &s->held, w->d->pass_span);
	last_cell(w, &row, UNIT_COUNT, &s->count);
	w->fn(&row, w->arg);
}

static const struct region *any_of(const struct diff_region *x)
{
	return x->r[DIFF_B] ? x->r[DIFF_B] : x->r[DIFF_A];
}

static void region_row(const struct writer *w, const struct diff_region *x)
{
	const struct region *r = any_of(x);
	struct diff_row row = {.kind = DIFF_ROW, .matters = x->held.change > 0};
	const char *kind = region_kinds[r->kind].name;
	char perms[5];

	if (r->name_len)
		safe_copy(row.name, sizeof(row.name), r->name, r->name_len, SAFE_UTF8);
	else
		snprintf(row.name, sizeof(row.name), "%s %" PRIx64, kind, r->start);
	snprintf(row.extra, sizeof(row.extra), "%s %s", kind, region_perms(r->prot, perms));
	value_cells(w, &row, UNIT_BYTES, &x->held, w->d->pass_span);
	last_cell(w, &row, UNIT_BYTES, &x->size);
	/* What was born or is gone has no rate of its own. */
	if (!x->r[DIFF_A] || !x->r[DIFF_B])
		row.cells[DIFF_CELL_RATE][0] = '\0';
	w->fn(&row, w->arg);
}

static void class_row(const struct writer *w, const struct diff_class *c)
{
	const struct heap_class span = {.low = c->low, .high = c->high};
	struct diff_row row = {.kind = DIFF_ROW, .matters = c->blocks.change > 0};
	char size[64];

	snprintf(row.name, sizeof(row.name), "%s bytes",
	         heap_class_name(&span, size, sizeof(size)));
	value_cells(w, &row, UNIT_COUNT, &c->blocks, w->d->heap_span);
	last_cell(w, &row, UNIT_BYTES, &c->bytes);
	w->fn(&row, w->arg);
}

static void bytes_row(const struct writer *w, const char *name, const struct diff_value *v,
                      bool matters)
{
	struct diff_row row = {.kind = DIFF_ROW, .matters = matters && v->change > 0};

	snprintf(row.name, sizeof(row.name), "%s", name);
	value_cells(w, &row, UNIT_BYTES, v, w->d->heap_span);
	w->fn(&row, w->arg);
}

/* --- sections --------------------------------------------------------------------------------------- */

static void groups(const struct writer *w)
{
	size_t count = w->d->group_count, shown = count < w->most ? count : w->most;

	if (!count)
		return;
	head(w, "Mappings of one size", "memory");
	for (size_t i = 0; i < shown; i++)
		group_row(w, &w->d->groups[i]);
	if (shown < count)
		more(w, count - shown);
}

static void blocks(const struct writer *w)
{
	size_t count = w->d->class_count, shown = count < w->most ? count : w->most;

	if (!w->d->heap || w->d->same_look)
		return;
	head(w, "Inside malloc", "");
	bytes_row(w, "live blocks", &w->d->live, true);
	bytes_row(w, "freed and kept", &w->d->kept, false);
	if (!count)
		return;
	head(w, "Live blocks by size", "memory");
	for (size_t i = 0; i < shown; i++)
		class_row(w, &w->d->classes[i]);
	if (shown < count)
		more(w, count - shown);
}

/* What everybody asks for is told even where it stands still. */
static bool figure_is_told(const struct diff_figure *f)
{
	switch (f->figure) {
	case FIGURE_RSS:
	case FIGURE_VSZ:
	case FIGURE_HEAP:
	case FIGURE_ANON:
	case FIGURE_SWAP:
	case FIGURE_THREADS:
	case FIGURE_FDS:
	case FIGURE_CPU:
		return true;
	default:
		return f->value.known && f->value.change;
	}
}

static void figures(const struct writer *w)
{
	if (!w->d->figure_count)
		return;
	head(w, "Figures", "");
	for (unsigned i = 0; i < w->d->figure_count; i++)
		if (figure_is_told(&w->d->figures[i]))
			figure_row(w, &w->d->figures[i]);
}

static bool sum_changed(const struct diff_sum *s)
{
	return s->count.change || s->held.change || s->size.change;
}

static void sums(const struct writer *w, const char *title, const struct diff_sum *list,
                 size_t count, bool by_name)
{
	size_t told = 0;

	for (size_t i = 0; i < count; i++) {
		const struct region *r = list[i].one;
		const char *kind = region_kinds[r->kind].name;
		if (!sum_changed(&list[i]) || told++ >= w->most)
			continue;
		if (told == 1)
			head(w, title, "regions");
		sum_row(w, &list[i], by_name ? r->name : kind,
		        by_name ? r->name_len : strlen(kind));
	}
	if (told > w->most)
		more(w, told - w->most);
}

/* Unnamed, and of one size: who has seen some of them has seen them all. */
static bool alike(const struct diff_region *x, const struct diff_region *y)
{
	const struct region *a = any_of(x), *b = any_of(y);

	return !a->name_len && !b->name_len && a->kind == b->kind && a->prot == b->prot &&
	       x->size.change == y->size.change && x->held.change == y->held.change;
}

static void regions(const struct writer *w, enum diff_fate fate)
{
	static const char *const titles[DIFF_FATE_COUNT] = {
	        [DIFF_BORN] = "born",
	        [DIFF_GROWN] = "that grew",
	        [DIFF_SHRUNK] = "that shrank",
	        [DIFF_GONE] = "gone",
	};
	const struct diff_regions *list = &w->d->regions[fate];
	size_t shown = 0, run = 0;
	char title[80], n[HUMAN_MAX];

	if (!list->count)
		return;
	snprintf(title, sizeof(title), "Regions %s: %s%s", titles[fate],
	         list->told ? "" : "at least ", human_count(n, list->count));
	head(w, title, "space");
	for (size_t i = 0; i < list->count && shown < w->most; i++) {
		run = i && alike(&list->rows[i - 1], &list->rows[i]) ? run + 1 : 0;
		if (run >= ALIKE_MOST)
			continue;
		region_row(w, &list->rows[i]);
		shown++;
	}
	if (shown < list->count)
		more(w, list->count - shown);
}

void diff_rows(const struct diff *d, size_t most, enum human_unit unit,
               void (*fn)(const struct diff_row *row, void *arg), void *arg)
{
	const struct writer w = {d, most, unit, fn, arg};

	groups(&w);
	blocks(&w);
	regions(&w, DIFF_GROWN);
	regions(&w, DIFF_BORN);
	figures(&w);
	sums(&w, "By kind", d->kinds, d->kind_count, false);
	sums(&w, "By name", d->names, d->name_count, true);
	regions(&w, DIFF_SHRUNK);
	regions(&w, DIFF_GONE);
}
