/* SPDX-License-Identifier: MIT */
/*
 * Knows how facts of the model are spelt in JSON, and what jansson refuses: stray bytes, numbers
 * that are not finite. Refuses to know which of them a report has.
 */
#include "report/json_values.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/human.h"
#include "base/known.h"
#include "base/safe_text.h"
#include "model/figure.h"

enum { LABEL_MAX = 64, REAL_DIGITS = 12 };

json_t *value_text(const char *s, size_t n)
{
	struct buf safe;
	json_t *v = NULL;

	buf_init(&safe, n * 4 + 1);
	if (safe_text(&safe, s, n, SAFE_UTF8) == 0)
		v = json_stringn(buf_str(&safe), safe.len);
	buf_done(&safe);
	return v;
}

json_t *value_word(const char *s)
{
	return s && s[0] ? value_text(s, strlen(s)) : json_null();
}

json_t *value_count(uint64_t v)
{
	if (!known(v))
		return json_null();
	/* jansson counts in signed 64 bits; offsets of device memory lie beyond. */
	return v <= INT64_MAX ? json_integer((json_int_t)v) : json_real((double)v);
}

json_t *value_seconds(uint64_t ns)
{
	return known(ns) ? json_real((double)ns / 1e9) : json_null();
}

json_t *value_real(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

json_t *value_address(uint64_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, v);
	return json_string(text);
}

json_t *value_utc(uint64_t wall)
{
	char text[HUMAN_MAX];

	return known(wall) ? json_string(human_utc(text, wall, false)) : json_null();
}

json_t *value_whole(json_t *object, int failed)
{
	if (!failed)
		return object;
	json_decref(object);
	return NULL;
}

/* --- samples ------------------------------------------------------------------------------------- */

static json_t *cell_value(const struct column *c, const struct sample *s)
{
	if (c->figure < 0)
		return strcmp(c->name, COLUMN_DATE) == 0 ? value_utc(s->wall)
		                                         : value_seconds(s->time);
	return c->unit == UNIT_SECONDS ? value_seconds(s->v[c->figure])
	                               : value_count(s->v[c->figure]);
}

json_t *value_sample(const struct sample *s)
{
	json_t *o = json_object();
	int bad = 0;

	for (const struct column *c = columns; c->header; c++)
		if (c->json)
			bad |= json_object_set_new(o, c->json, cell_value(c, s));
	return value_whole(o, bad);
}

json_t *value_figures(const struct sample *s)
{
	json_t *o = json_object();
	int bad = 0;

	for (int f = 0; f < FIGURE_COUNT; f++)
		bad |= json_object_set_new(o, figure_infos[f].json,
		                           figure_infos[f].unit == UNIT_SECONDS
		                                   ? value_seconds(s->v[f])
		                                   : value_count(s->v[f]));
	return value_whole(o, bad);
}

/* --- regions ------------------------------------------------------------------------------------- */

static json_t *region_name(const struct region *r)
{
	char label[LABEL_MAX];

	if (r->name_len)
		return value_text(r->name, r->name_len);
	region_label(r, label, sizeof(label));
	return value_word(label);
}

/* Huge pages count where the kernel knows them. */
static uint64_t region_sum(const struct region *r, enum smaps_key a, enum smaps_key b,
                           enum smaps_key huge)
{
	return known_add(known_add(r->bytes[a], r->bytes[b]), known_or(r->bytes[huge], 0));
}

static json_t *region_flags(const struct region *r)
{
	json_t *a = json_array();
	int bad = 0;

	for (unsigned i = 0; smaps_flags[i].meaning; i++)
		if (r->flags >> i & 1)
			bad |= json_array_append_new(a, json_string(smaps_flags[i].code));
	return value_whole(a, bad);
}

static json_t *region_smaps(const struct region *r)
{
	json_t *o = json_object();
	int bad = 0;

	for (int i = 0; i < SMAPS_KEY_COUNT; i++)
		bad |= json_object_set_new(o, smaps_keys[i].name, value_count(r->bytes[i]));
	return value_whole(o, bad);
}

static int region_all(json_t *o, const struct moment *m, const struct region *r)
{
	int64_t weight, rss, size;
	bool changed = baseline_change(m->baseline, r, &weight, &rss, &size);
	int bad = 0;

	bad |= json_object_set_new(o, "id", value_count(r->id));
	bad |= json_object_set_new(o, "name",
	                           r->name_len ? value_text(r->name, r->name_len) : json_null());
	bad |= json_object_set_new(o, "mappings", json_integer(r->mappings));
	bad |= json_object_set_new(o, "born_s", value_seconds(r->born));
	bad |= json_object_set_new(o, "peak_rss", value_count(r->peak));
	bad |= json_object_set_new(o, "change", changed ? json_integer(weight) : json_null());
	bad |= json_object_set_new(o, "smaps", region_smaps(r));
	bad |= json_object_set_new(o, "vm_flags", region_flags(r));
	return bad;
}

json_t *value_region(const struct moment *m, const struct region *r, bool all)
{
	const struct region_trend *t = moment_trend(m, r->id);
	json_t *o = json_object();
	char perms[5], dev[24];
	int bad = 0;

	snprintf(dev, sizeof(dev), "%02x:%02x", r->major, r->minor);
	bad |= json_object_set_new(o, "label", region_name(r));
	bad |= json_object_set_new(o, "kind", value_word(region_kinds[r->kind].json));
	bad |= json_object_set_new(o, "start", value_address(r->start));
	bad |= json_object_set_new(o, "end", value_address(r->end));
	bad |= json_object_set_new(o, "perms", json_string(region_perms(r->prot, perms)));
	bad |= json_object_set_new(o, "offset", value_count(r->offset));
	bad |= json_object_set_new(o, "dev", json_string(dev));
	bad |= json_object_set_new(o, "inode", value_count(r->inode));
	bad |= json_object_set_new(o, "size", value_count(r->size));
	bad |= json_object_set_new(o, "rss", value_count(r->bytes[SMAPS_RSS]));
	bad |= json_object_set_new(o, "pss", value_count(r->bytes[SMAPS_PSS]));
	bad |= json_object_set_new(o, "private",
	                           value_count(region_sum(r, SMAPS_PRIVATE_CLEAN,
	                                                  SMAPS_PRIVATE_DIRTY,
	                                                  SMAPS_PRIVATE_HUGETLB)));
	bad |= json_object_set_new(o, "shared",
	                           value_count(region_sum(r, SMAPS_SHARED_CLEAN, SMAPS_SHARED_DIRTY,
	                                                  SMAPS_SHARED_HUGETLB)));
	bad |= json_object_set_new(o, "swap", value_count(r->bytes[SMAPS_SWAP]));
	bad |= json_object_set_new(o, "growth_bytes_per_s", t ? value_real(t->rate) : json_null());
	if (all)
		bad |= region_all(o, m, r);
	return value_whole(o, bad);
}

/* --- text ---------------------------------------------------------------------------------------- */

static int into_buf(const char *bytes, size_t n, void *arg)
{
	return buf_add(arg, bytes, n) ? -1 : 0;
}

int value_write(json_t *value, bool lines, struct buf *out)
{
	size_t flags = JSON_ENCODE_ANY | JSON_REAL_PRECISION(REAL_DIGITS);
	int err = 0;

	if (!value)
		return -ENOMEM;
	if (lines)
		flags |= JSON_INDENT(2);
	if (json_dump_callback(value, into_buf, out, flags))
		err = out->error ? out->error : -ENOMEM;
	json_decref(value);
	return err;
}
