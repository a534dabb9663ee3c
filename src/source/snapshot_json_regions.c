/* SPDX-License-Identifier: MIT */
/*
 * The regions of an exported moment, read one by one out of the text: as one tree, 60,000 of them would take 300 MB.
 * Knows the members of a region; refuses to know what stands around the array.
 */
#include "source/snapshot_json.h"

#include <errno.h>
#include <string.h>

bool snapshot_regions_find(const struct snapshot_text *t, size_t *ret_at, size_t *ret_len)
{
	size_t at, len;

	if (!json_member(t->bytes, t->len, "snapshot", &at, &len) ||
	    !json_member(t->bytes + at, len, "regions", ret_at, ret_len))
		return false;
	*ret_at += at;
	return t->bytes[*ret_at] == '[';
}

static void text_of_region(const json_t *o, const char *key,
                           void (*fn)(const char *, size_t, struct region *), struct region *r)
{
	const char *s = member_text(o, key);

	fn(s, strlen(s), r);
}

static void take_kind(const char *s, size_t n, struct region *r)
{
	snapshot_kind(s, n, &r->kind);
}

static void take_start(const char *s, size_t n, struct region *r)
{
	snapshot_address(s, n, &r->start);
}

static void take_end(const char *s, size_t n, struct region *r)
{
	snapshot_address(s, n, &r->end);
}

static void take_perms(const char *s, size_t n, struct region *r)
{
	snapshot_perms(s, n, &r->prot);
}

static void figures_of_region(const json_t *o, struct region *r)
{
	const json_t *smaps = json_object_get(o, "smaps"), *flags = json_object_get(o, "vm_flags");
	uint64_t mappings = member_count(o, "mappings");

	r->id = known_or(member_count(o, "id"), 0);
	r->mappings = mappings <= UINT32_MAX ? (uint32_t)mappings : 1;
	r->size = member_count(o, "size");
	r->offset = known_or(member_count(o, "offset"), 0);
	r->inode = known_or(member_count(o, "inode"), 0);
	r->born = member_seconds(o, "born_s");
	r->peak = member_count(o, "peak_rss");
	for (int k = 0; k < SMAPS_KEY_COUNT; k++)
		r->bytes[k] = member_count(smaps, smaps_keys[k].name);
	for (size_t i = 0; i < json_array_size(flags); i++) {
		const char *code = json_string_value(json_array_get(flags, i));
		r->flags |= code ? snapshot_flag(code, strlen(code)) : 0;
	}
}

/* Exports of before have no "name": a label that only describes is none. */
static const char *name_of(const json_t *o, const struct region *r)
{
	const char *label = member_text(o, "label");

	if (json_object_get(o, "name"))
		return member_text(o, "name");
	return snapshot_describes(r, label, strlen(label)) ? "" : label;
}

static int region_take(const json_t *o, struct snapshot_rows *rows)
{
	struct region r;
	const char *name;

	if (!json_is_object(o))
		return -EINVAL;
	snapshot_region_init(&r);
	text_of_region(o, "kind", take_kind, &r);
	text_of_region(o, "start", take_start, &r);
	text_of_region(o, "end", take_end, &r);
	text_of_region(o, "perms", take_perms, &r);
	text_of_region(o, "dev", snapshot_device, &r);
	figures_of_region(o, &r);
	if (r.end < r.start)
		return -EINVAL;
	name = name_of(o, &r);
	return snapshot_rows_add(rows, &r, name, strlen(name));
}

static size_t blanks(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && strchr(" \t\r\n", s[i]) && s[i])
		i++;
	return i;
}

/* One element of text[0..len), which begins with it. 0 and the bytes it took, or -errno. */
static int element_read(const char *text, size_t len, struct snapshot_rows *rows, size_t *ret_took)
{
	json_error_t error;
	json_t *o = json_loadb(text, len, JSON_DISABLE_EOF_CHECK, &error);
	int err = o ? region_take(o, rows) : -EINVAL;

	json_decref(o);
	*ret_took = error.position > 0 ? (size_t)error.position : len;
	return err;
}

/* text[0..len) is the array, brackets included. */
static int elements_read(const char *text, size_t len, struct snapshot_rows *rows)
{
	size_t at = 1, took;

	at += blanks(text + at, len - at);
	if (at < len && text[at] == ']')
		return 0;
	for (;;) {
		int err = at < len ? element_read(text + at, len - at, rows, &took) : -EINVAL;
		if (err)
			return err;
		at += took;
		at += blanks(text + at, len - at);
		if (at >= len || (text[at] != ',' && text[at] != ']'))
			return -EINVAL;
		if (text[at++] == ']')
			return 0;
	}
}

int snapshot_regions_take(const char *text, size_t len, const json_t *pass, struct moment *m)
{
	struct snapshot_rows rows = {0};
	int err = elements_read(text, len, &rows);

	if (!err) {
		m->regions = snapshot_rows_table(&rows);
		err = m->regions ? 0 : -ENOMEM;
	}
	snapshot_rows_done(&rows);
	if (err)
		return err;
	m->regions->time = known_or(member_seconds(pass, "time_s"), m->time);
	m->regions->torn = json_is_true(json_object_get(pass, "torn"));
	m->regions->partial = json_is_true(json_object_get(pass, "partial"));
	m->regions->estimated = json_is_true(json_object_get(pass, "estimated"));
	if (known(member_count(pass, "mappings")))
		m->regions->mappings = member_count(pass, "mappings");
	return 0;
}
