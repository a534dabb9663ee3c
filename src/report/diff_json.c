/* SPDX-License-Identifier: MIT */
/*
 * A comparison as JSON. Knows the keys, which include/report/diff.h explains; refuses to know how values are
 * spelt.
 */
#include "report/diff.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include <jansson.h>

#include "model/figure.h"
#include "report/json_values.h"

enum { SCHEMA = 1, ROWS_MOST = 1000, NOTE_MAX = 1024, LABEL_MAX = 64 };

static json_t *change_value(const struct diff_value *v, double unit)
{
	json_t *o = json_object();
	int bad = 0;

	if (unit > 1) {
		bad |= json_object_set_new(o, "a", value_seconds(v->v[DIFF_A]));
		bad |= json_object_set_new(o, "b", value_seconds(v->v[DIFF_B]));
		bad |= json_object_set_new(o, "change",
		                           v->known ? value_real((double)v->change / unit)
		                                    : json_null());
		return value_whole(o, bad);
	}
	bad |= json_object_set_new(o, "a", value_count(v->v[DIFF_A]));
	bad |= json_object_set_new(o, "b", value_count(v->v[DIFF_B]));
	bad |= json_object_set_new(o, "change", v->known ? json_integer(v->change) : json_null());
	return value_whole(o, bad);
}

static json_t *bytes_value(const struct diff_value *v)
{
	return change_value(v, 1);
}

static json_t *perms_value(unsigned prot)
{
	char perms[5];

	return json_string(region_perms(prot, perms));
}

/* --- members --------------------------------------------------------------------------------------- */

static json_t *side_value(const struct diff_side *s, const char *file)
{
	const struct target *t = s->target;
	json_t *o = json_object();
	int bad = 0;

	bad |= json_object_set_new(o, "file", value_word(file));
	bad |= json_object_set_new(o, "pid", t && t->pid ? json_integer(t->pid) : json_null());
	bad |= json_object_set_new(o, "command", value_word(t ? t->command : NULL));
	bad |= json_object_set_new(o, "utc", value_utc(s->wall));
	bad |= json_object_set_new(o, "time_s", value_seconds(s->time));
	return value_whole(o, bad);
}

static json_t *headline_value(const struct diff *d)
{
	struct buf line;
	json_t *v = NULL;

	buf_init(&line, NOTE_MAX);
	if (diff_headline(d, &line) == 0)
		v = value_text(buf_str(&line), line.len);
	buf_done(&line);
	return v;
}

static json_t *notes_value(const struct diff *d)
{
	json_t *a = json_array();
	int bad = 0;

	for (unsigned i = 0; diff_note(d, i); i++)
		bad |= json_array_append_new(a, json_string(diff_note(d, i)));
	return value_whole(a, bad);
}

static json_t *groups_value(const struct diff *d)
{
	json_t *a = json_array();
	int bad = 0;

	for (size_t i = 0; i < d->group_count && i < ROWS_MOST; i++) {
		const struct diff_group *g = &d->groups[i];
		json_t *o = json_object();
		int wrong = json_object_set_new(o, "kind", value_word(region_kinds[g->kind].json));
		wrong |= json_object_set_new(o, "perms", perms_value(g->prot));
		wrong |= json_object_set_new(o, "size", value_count(g->size));
		wrong |= json_object_set_new(o, "count", bytes_value(&g->count));
		wrong |= json_object_set_new(o, "per_minute", value_real(g->rate));
		wrong |= json_object_set_new(o, "held", bytes_value(&g->held));
		bad |= json_array_append_new(a, value_whole(o, wrong));
	}
	return value_whole(a, bad);
}

/* null: not looked into on both sides. */
static json_t *heap_value(const struct diff *d)
{
	json_t *o, *rows;
	int bad = 0;

	if (!d->heap || d->same_look)
		return json_null();
	o = json_object();
	rows = json_array();
	for (size_t i = 0; i < d->class_count && i < ROWS_MOST; i++) {
		const struct diff_class *c = &d->classes[i];
		json_t *row = json_object();
		int wrong = json_object_set_new(row, "bytes", value_count(c->low));
		wrong |= json_object_set_new(row, "bytes_most", value_count(c->high));
		wrong |= json_object_set_new(row, "blocks", bytes_value(&c->blocks));
		wrong |= json_object_set_new(row, "live", bytes_value(&c->bytes));
		bad |= json_array_append_new(rows, value_whole(row, wrong));
	}
	bad |= json_object_set_new(o, "live", bytes_value(&d->live));
	bad |= json_object_set_new(o, "kept", bytes_value(&d->kept));
	bad |= json_object_set_new(o, "seconds", value_seconds(d->heap_span));
	bad |= json_object_set_new(o, "size_classes", rows);
	return value_whole(o, bad);
}

static json_t *figures_value(const struct diff *d)
{
	json_t *o = json_object();
	int bad = 0;

	for (unsigned i = 0; i < d->figure_count; i++) {
		const struct diff_figure *f = &d->figures[i];
		const struct figure_info *info = &figure_infos[f->figure];
		double unit = info->unit == UNIT_SECONDS ? 1e9 : 1;
		json_t *v = change_value(&f->value, unit);
		int wrong = json_object_set_new(v, "per_second", value_real(f->rate / unit));
		bad |= json_object_set_new(o, info->json, value_whole(v, wrong));
	}
	return value_whole(o, bad);
}

static json_t *sums_value(const struct diff_sum *sums, size_t count, bool by_name)
{
	json_t *a = json_array();
	int bad = 0;

	for (size_t i = 0; i < count && i < ROWS_MOST; i++) {
		const struct region *r = sums[i].one;
		json_t *o = json_object();
		int wrong =
		        by_name ? json_object_set_new(o, "name", value_text(r->name, r->name_len))
		                : json_object_set_new(o, "kind",
		                                      value_word(region_kinds[r->kind].json));
		wrong |= json_object_set_new(o, "count", bytes_value(&sums[i].count));
		wrong |= json_object_set_new(o, "held", bytes_value(&sums[i].held));
		wrong |= json_object_set_new(o, "size", bytes_value(&sums[i].size));
		bad |= json_array_append_new(a, value_whole(o, wrong));
	}
	return value_whole(a, bad);
}

/* --- regions --------------------------------------------------------------------------------------- */

static json_t *region_value(const struct diff_region *x)
{
	const struct region *r = x->r[DIFF_B] ? x->r[DIFF_B] : x->r[DIFF_A];
	json_t *o = json_object();
	char label[LABEL_MAX];
	int bad = 0;

	region_label(r, label, sizeof(label));
	bad |= json_object_set_new(o, "label",
	                           r->name_len ? value_text(r->name, r->name_len)
	                                       : value_word(label));
	bad |= json_object_set_new(o, "kind", value_word(region_kinds[r->kind].json));
	bad |= json_object_set_new(o, "perms", perms_value(r->prot));
	bad |= json_object_set_new(o, "start", value_address(r->start));
	bad |= json_object_set_new(o, "end", value_address(r->end));
	bad |= json_object_set_new(o, "held", bytes_value(&x->held));
	bad |= json_object_set_new(o, "size", bytes_value(&x->size));
	return value_whole(o, bad);
}

static json_t *list_value(const struct diff_regions *list)
{
	json_t *o = json_object(), *rows = json_array();
	int bad = 0;

	for (size_t i = 0; i < list->count && i < ROWS_MOST; i++)
		bad |= json_array_append_new(rows, region_value(&list->rows[i]));
	bad |= json_object_set_new(o, "count", json_integer((json_int_t)list->count));
	bad |= json_object_set_new(o, "complete", json_boolean(list->told));
	bad |= json_object_set_new(o, "held_change", json_integer(list->held));
	bad |= json_object_set_new(o, "size_change", json_integer(list->size));
	bad |= json_object_set_new(o, "rows", rows);
	return value_whole(o, bad);
}

static json_t *regions_value(const struct diff *d)
{
	json_t *o;
	int bad = 0;

	if (!d->side[DIFF_A].regions || !d->side[DIFF_B].regions)
		return json_null();
	o = json_object();
	for (int f = 0; f < DIFF_FATE_COUNT; f++)
		bad |= json_object_set_new(o, diff_fate_words[f], list_value(&d->regions[f]));
	bad |= json_object_set_new(o, "same", json_integer((json_int_t)d->same));
	return value_whole(o, bad);
}

/* --- the whole ------------------------------------------------------------------------------------- */

int diff_json(const struct diff *d, const struct diff_files *files, const char *version,
              struct buf *out)
{
	static const char *const matches[] = {NULL, "id", "address", "object"};
	json_t *o = json_object();
	int bad = 0;

	bad |= json_object_set_new(o, "schema", json_integer(SCHEMA));
	bad |= json_object_set_new(o, "tool", json_string("memleak-detective"));
	bad |= json_object_set_new(o, "version", value_word(version));
	bad |= json_object_set_new(o, "a", side_value(&d->side[DIFF_A], files->name[DIFF_A]));
	bad |= json_object_set_new(o, "b", side_value(&d->side[DIFF_B], files->name[DIFF_B]));
	bad |= json_object_set_new(o, "swapped", json_boolean(d->swapped));
	bad |= json_object_set_new(o, "one_process", json_boolean(d->one_process));
	bad |= json_object_set_new(o, "seconds", value_seconds(d->span));
	bad |= json_object_set_new(o, "pass_seconds", value_seconds(d->pass_span));
	bad |= json_object_set_new(o, "matched_by", value_word(matches[d->match]));
	bad |= json_object_set_new(o, "headline", headline_value(d));
	bad |= json_object_set_new(o, "notes", notes_value(d));
	bad |= json_object_set_new(o, "same_size", groups_value(d));
	bad |= json_object_set_new(o, "heap", heap_value(d));
	bad |= json_object_set_new(o, "figures", figures_value(d));
	bad |= json_object_set_new(o, "kinds", sums_value(d->kinds, d->kind_count, false));
	bad |= json_object_set_new(o, "names", sums_value(d->names, d->name_count, true));
	bad |= json_object_set_new(o, "regions", regions_value(d));
	return value_write(value_whole(o, bad), true, out);
}
