/* SPDX-License-Identifier: MIT */
/*
 * What changed between two tables of regions. Knows that an unchanged record is shared by both; refuses to
 * know what a change means.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/recording_internal.h"

/* Rows of both tables that are not one and the same record, by id. */
struct changes {
	const struct region **before, **after;
	size_t before_count, after_count;
};

static int by_id(const void *a, const void *b)
{
	const struct region *x = *(const struct region *const *)a;
	const struct region *y = *(const struct region *const *)b;

	return (x->id > y->id) - (x->id < y->id);
}

/* Both tables rise by address: most rows pair up on the way, and only the rest is sorted by id. */
static int changes_find(const struct region_table *before, const struct region_table *after,
                        struct changes *c)
{
	size_t n = before ? before->count : 0, i = 0, k = 0;

	c->before_count = c->after_count = 0;
	c->before = malloc((n + 1) * sizeof(struct region *));
	c->after = malloc((after->count + 1) * sizeof(struct region *));
	if (!c->before || !c->after)
		return -ENOMEM;
	while (i < n || k < after->count) {
		const struct region *old = i < n ? before->rows[i] : NULL;
		const struct region *new = k < after->count ? after->rows[k] : NULL;

		if (old && old == new) {
			i++;
			k++;
		} else if (!new || (old && old->start <= new->start)) {
			c->before[c->before_count++] = old;
			i++;
		} else {
			c->after[c->after_count++] = new;
			k++;
		}
	}
	qsort(c->before, c->before_count, sizeof(*c->before), by_id);
	qsort(c->after, c->after_count, sizeof(*c->after), by_id);
	return 0;
}

static void changes_done(struct changes *c)
{
	free(c->before);
	free(c->after);
}

static bool same_region(const struct region *a, const struct region *b)
{
	return a == b || (a->mappings == b->mappings && a->kind == b->kind && a->prot == b->prot &&
	                  a->start == b->start && a->end == b->end && a->size == b->size &&
	                  a->offset == b->offset && a->inode == b->inode && a->major == b->major &&
	                  a->minor == b->minor && a->flags == b->flags && a->born == b->born &&
	                  a->peak == b->peak && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0 &&
	                  a->name_len == b->name_len && memcmp(a->name, b->name, a->name_len) == 0);
}

/* The id of a name, which is added where it is new; UNKNOWN for a region without one. */
static int name_id(struct recording *r, const struct region *region, uint64_t *ret)
{
	sqlite3_stmt *find = r->sql[SQL_NAME_FIND], *add = r->sql[SQL_NAME_ADD];
	int i = 1, err;

	*ret = UNKNOWN;
	if (!region->name_len)
		return 0;
	err = bind_text(find, &i, region->name, region->name_len);
	if (err == 0)
		err = recording_step(r, SQL_NAME_FIND);
	if (err > 0) {
		*ret = column_count(find, 0);
		recording_reset(r, SQL_NAME_FIND);
		return 0;
	}
	if (err < 0)
		return err;
	i = 1;
	err = bind_text(add, &i, region->name, region->name_len);
	if (err == 0)
		err = recording_run(r, SQL_NAME_ADD);
	if (err == 0) {
		*ret = (uint64_t)sqlite3_last_insert_rowid(r->db);
		r->now.names_new++;
	}
	return err;
}

static int put_region(struct recording *r, uint64_t time, const struct region *region)
{
	sqlite3_stmt *s = r->sql[SQL_REGION];
	uint64_t name;
	char perms[5];
	int i = 1, err = name_id(r, region, &name);

	if (err < 0)
		return err;
	bind_count(s, &i, region->id + r->id_shift);
	bind_count(s, &i, time);
	bind_count(s, &i, 0);
	bind_word(s, &i, region_kinds[region->kind].json);
	bind_word(s, &i, region_perms(region->prot, perms));
	bind_count(s, &i, region->start);
	bind_count(s, &i, region->end);
	bind_count(s, &i, region->size);
	bind_count(s, &i, region->mappings);
	bind_count(s, &i, region->offset);
	bind_count(s, &i, region->inode);
	bind_count(s, &i, region->major);
	bind_count(s, &i, region->minor);
	bind_count(s, &i, name);
	bind_count(s, &i, region->flags);
	bind_count(s, &i, recording_time(r, region->born));
	bind_count(s, &i, region->peak);
	for (unsigned k = 0; k < SMAPS_KEY_COUNT; k++)
		bind_count(s, &i, region->bytes[k]);
	r->now.weight[0] += WEIGHT_REGION;
	return recording_run(r, SQL_REGION);
}

static int put_gone(struct recording *r, uint64_t time, const struct region *region)
{
	sqlite3_stmt *s = r->sql[SQL_REGION_GONE];
	int i = 1, err;

	bind_count(s, &i, region->id + r->id_shift);
	bind_count(s, &i, time);
	bind_count(s, &i, 1);
	r->now.weight[0] += WEIGHT_REGION;
	err = recording_run(r, SQL_REGION_GONE);
	return err < 0 ? err : recording_life_end(r, region->id + r->id_shift, time);
}

static int put_born(struct recording *r, uint64_t time, const struct region *region)
{
	int err = put_region(r, time, region);

	return err < 0 ? err : recording_life_begin(r, region->id + r->id_shift, time);
}

static int put_changes(struct recording *r, uint64_t time, const struct changes *c)
{
	size_t i = 0, k = 0;
	int err = 0;

	while (err == 0 && (i < c->before_count || k < c->after_count)) {
		const struct region *old = i < c->before_count ? c->before[i] : NULL;
		const struct region *new = k < c->after_count ? c->after[k] : NULL;

		if (!new || (old && old->id < new->id)) {
			err = put_gone(r, time, old);
			i++;
			continue;
		}
		if (old && old->id == new->id) {
			if (!same_region(old, new))
				err = put_region(r, time, new);
			i++;
		} else {
			err = put_born(r, time, new);
		}
		k++;
	}
	return err;
}

static int put_pass(struct recording *r, uint64_t time, const struct region_table *t)
{
	sqlite3_stmt *s = r->sql[SQL_PASS];
	int i = 1;

	bind_count(s, &i, time);
	bind_count(s, &i, t->mappings);
	bind_count(s, &i, t->estimated);
	return recording_run(r, SQL_PASS);
}

/* --- is there room for it? ----------------------------------------------------------------------- */

/* The rows that put_changes() will write: bytes of all, and how many lie among older ones. */
static void measure(const struct changes *c, uint64_t *ret_bytes, uint64_t *ret_scattered)
{
	uint64_t bytes = 0, scattered = 0;
	size_t i = 0, k = 0;

	while (i < c->before_count || k < c->after_count) {
		const struct region *old = i < c->before_count ? c->before[i] : NULL;
		const struct region *new = k < c->after_count ? c->after[k] : NULL;
		bool gone = !new || (old && old->id < new->id);
		bool same = !gone && old && old->id == new->id;

		i += gone || same;
		k += !gone;
		if (same && same_region(old, new))
			continue;
		bytes += gone ? WEIGHT_GONE : WEIGHT_REGION;
		scattered += gone || same;
		/* Its name in the table, and in the index of names. */
		if (!gone && !same)
			bytes += 2 * new->name_len;
	}
	*ret_bytes = bytes;
	*ret_scattered = scattered;
}

int recording_leave_out(struct recording *r, const struct region_table *t)
{
	struct event e = {.time = t->time, .kind = EVENT_WARNING};

	r->now.left_out++;
	if (r->now.leaving_out)
		return 0;
	r->now.leaving_out = true;
	snprintf(e.text, sizeof(e.text),
	         "%zu regions do not fit into --record-limit: left out from here on", t->count);
	return recording_put_event(r, &e);
}

/* 1: it was left out, 0: it fits, -errno: not now. */
static int try_room(struct recording *r, const struct region_table *t, const struct changes *c)
{
	uint64_t bytes, scattered;
	bool never;
	int err;

	measure(c, &bytes, &scattered);
	err = recording_fits_more(r, bytes, scattered, &never);
	if (err == -E2BIG && never) {
		err = recording_leave_out(r, t);
		return err < 0 ? err : 1;
	}
	if (err == 0)
		r->scattered += scattered;
	return err;
}

static int put_table(struct recording *r, struct region_table *t, const struct changes *c)
{
	uint64_t time = recording_time(r, t->time);
	int err = try_room(r, t, c);

	if (err != 0)
		return err < 0 ? err : 0;
	err = put_pass(r, time, t);
	if (err == 0)
		err = put_changes(r, time, c);
	if (err < 0)
		return err;
	r->now.leaving_out = false;
	region_table_unref(r->now.table);
	r->now.table = region_table_ref(t);
	return 0;
}

int recording_put_regions(struct recording *r, struct region_table *t)
{
	struct changes c;
	int err;

	if (t == r->now.table)
		return 0;
	err = changes_find(r->now.table, t, &c);
	if (err == 0)
		err = put_table(r, t, &c);
	changes_done(&c);
	return err;
}
