/* SPDX-License-Identifier: MIT */
/*
 * How a watch continues an older recording. Knows what the file holds, how far its times and ids must be
 * moved, and keeps what comes before the first sample, whose clock alone tells how far. Refuses to know
 * whether the file may be appended to.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/safe_text.h"
#include "store/bound.h"
#include "store/recording_internal.h"

#define APPEND_REST 1000000000ull /* ns between two watches where no clock tells */
#define APPEND_MIN  1000000ull    /* likewise at least: times rise, whatever a clock tells */
#define REST_MAX    (10ull * 365 * 86400 * APPEND_REST) /* a clock may say anything */
#define TIME_MAX    ((uint64_t)INT64_MAX / 2)           /* nothing that we wrote lies beyond */

enum { HELD_MAX = 4096 };

enum held_kind { HELD_IMAGE, HELD_REGIONS, HELD_EVENT, HELD_VERDICT };

struct recording_held {
	enum held_kind kind;
	uint64_t time;
	void *what; /* a reference, or a copy */
};

static void held_free(struct recording_held *h)
{
	if (h->kind == HELD_IMAGE)
		target_unref(h->what);
	else if (h->kind == HELD_REGIONS)
		region_table_unref(h->what);
	else
		free(h->what);
}

/* Takes `what` over, also on failure. */
static int hold(struct recording *r, enum held_kind kind, uint64_t time, void *what)
{
	struct recording_held h = {kind, time, what};

	if (!what)
		return -ENOMEM;
	if (r->held_count == r->held_cap) {
		size_t cap = r->held_cap ? r->held_cap * 2 : 16;
		struct recording_held *more =
		        cap > HELD_MAX ? NULL : realloc(r->held, cap * sizeof(*more));

		if (!more) {
			held_free(&h);
			return -ENOMEM;
		}
		r->held = more;
		r->held_cap = cap;
	}
	r->held[r->held_count++] = h;
	return 0;
}

static void *copy_of(const void *p, size_t n)
{
	void *copy = malloc(n);

	return copy ? memcpy(copy, p, n) : NULL;
}

int recording_hold_image(struct recording *r, uint64_t time, const struct target *t)
{
	/* References are counted beside what the target is, which stays as it is. */
	return hold(r, HELD_IMAGE, time, target_ref((struct target *)(uintptr_t)t));
}

int recording_hold_regions(struct recording *r, struct region_table *t)
{
	return hold(r, HELD_REGIONS, t->time, region_table_ref(t));
}

int recording_hold_event(struct recording *r, const struct event *e)
{
	if (e->time < r->now.held)
		return 0;
	return hold(r, HELD_EVENT, e->time, copy_of(e, sizeof(*e)));
}

int recording_hold_verdict(struct recording *r, uint64_t time, const struct verdict *v)
{
	if (time < r->now.held)
		return 0;
	return hold(r, HELD_VERDICT, time, copy_of(v, sizeof(*v)));
}

static void held_drop(struct recording *r, size_t from)
{
	while (r->held_count > from)
		held_free(&r->held[--r->held_count]);
}

void recording_held_kept(struct recording *r)
{
	if (r->now.based)
		held_drop(r, 0);
	r->held_kept = r->held_count;
}

void recording_held_cut(struct recording *r)
{
	held_drop(r, r->held_kept);
}

static int held_put(struct recording *r, const struct recording_held *h)
{
	switch (h->kind) {
	case HELD_IMAGE:
		return recording_put_image(r, h->time, h->what);
	case HELD_REGIONS:
		return recording_put_regions(r, h->what);
	case HELD_EVENT:
		return recording_put_event(r, h->what);
	default:
		return recording_put_verdict(r, h->time, h->what);
	}
}

/* --- the same process as before? ------------------------------------------------------------------ */

/* What is not known, then or now, tells nothing apart. 0 or -ENOMEM. */
static int text_compare(sqlite3_stmt *s, int column, const char *bytes, size_t max, bool *ret_same)
{
	const char *stored = (const char *)sqlite3_column_text(s, column);
	struct buf safe;
	int err;

	*ret_same = true;
	if (!stored && sqlite3_column_type(s, column) != SQLITE_NULL)
		return -ENOMEM;
	if (!bytes[0] || !stored)
		return 0;
	buf_init(&safe, max * 4 + 1);
	safe_text(&safe, bytes, strnlen(bytes, max), SAFE_UTF8);
	err = safe.error;
	*ret_same = err || strcmp(stored, buf_str(&safe)) == 0;
	buf_done(&safe);
	return err;
}

static int image_compare(sqlite3_stmt *s, const struct target *t, bool *ret_same)
{
	int err = 0;

	*ret_same = column_count(s, 0) == (uint64_t)t->pid && column_count(s, 1) == t->start_ticks;
	if (*ret_same)
		err = text_compare(s, 2, t->exe, sizeof(t->exe), ret_same);
	if (*ret_same && err == 0)
		err = text_compare(s, 3, t->comm, sizeof(t->comm), ret_same);
	return err;
}

/*
 * False when the image before `time` in the file is that of the watch which begins. What cannot be read is
 * neither: 0 or -errno.
 */
static int image_other(struct recording *r, const struct target *t, uint64_t time, bool *ret_other)
{
	sqlite3_stmt *s;
	bool same = false;
	int i = 1, err = 0, rc;

	*ret_other = true;
	if (!t)
		return 0;
	rc = sqlite3_prepare_v2(r->db,
	                        "SELECT pid,start_ticks,exe,comm FROM image"
	                        " WHERE time<?1 ORDER BY time DESC LIMIT 1",
	                        -1, &s, NULL);
	if (rc != SQLITE_OK)
		return recording_errno(r, rc);
	bind_count(s, &i, time);
	rc = bound_step(s);
	if (rc == SQLITE_ROW)
		err = image_compare(s, t, &same);
	else
		err = recording_errno(r, rc);
	sqlite3_finalize(s);
	*ret_other = !same;
	return err;
}

static const struct target *held_image(const struct recording *r)
{
	const struct target *t = NULL;

	for (size_t i = 0; i < r->held_count; i++)
		if (r->held[i].kind == HELD_IMAGE)
			t = r->held[i].what;
	return t;
}

int recording_image_known(struct recording *r, uint64_t time, const struct target *t)
{
	char sql[128];
	bool other;
	int err;

	if (!known(time) || time != r->now.joint || !t->exe[0])
		return 0;
	err = image_other(r, t, time, &other);
	if (err < 0)
		return err;
	r->now.joint = UNKNOWN;
	if (!other)
		return 0;
	snprintf(sql, sizeof(sql), "UPDATE sample SET flags=flags|%d WHERE time=%" PRIu64,
	         SAMPLE_EPOCH, time);
	return recording_exec(r, sql);
}

/* --- where it continues -------------------------------------------------------------------------- */

uint64_t recording_time(const struct recording *r, uint64_t time)
{
	int64_t moved;

	if (!known(time))
		return UNKNOWN;
	/* What happened before the watch was recorded at all happened when it began. */
	if (__builtin_add_overflow((int64_t)time, r->now.shift, &moved) ||
	    moved < (int64_t)r->now.floor)
		return r->now.floor;
	return (uint64_t)moved;
}

/* Where the watch before ended: its last pass may have come in behind its last sample. */
static uint64_t end_of(const struct recording *r)
{
	uint64_t pass = known_or(r->now.newest_pass, 0);

	return pass > r->now.newest ? pass : r->now.newest;
}

static int64_t shift_of(const struct recording *r, const struct sample *s)
{
	uint64_t rest = APPEND_REST, least = end_of(r) + APPEND_MIN, begin;

	/* As it is, also where it is less than an interval: a rate is reckoned with it. */
	if (known(s->wall) && known(r->now.newest_wall) && s->wall > r->now.newest_wall)
		rest = s->wall - r->now.newest_wall;
	if (rest > REST_MAX)
		rest = REST_MAX;
	begin = r->now.newest + rest;
	return (int64_t)(begin > least ? begin : least) - (int64_t)s->time;
}

/* --- what it has already ------------------------------------------------------------------------- */

bool recording_has(struct recording *r, const struct sample *s, uint64_t span)
{
	bool other = true;

	return s->time < r->now.past && known(s->wall) && known(r->now.newest_wall) &&
	       known_or(known_sub(s->wall, span), 0) <= r->now.newest_wall &&
	       image_other(r, held_image(r), INT64_MAX, &other) == 0 && !other;
}

/* Of what comes before it the newest image and the newest table hold on; the rest is in the file, too. */
void recording_pass_over(struct recording *r, const struct sample *s)
{
	size_t image = SIZE_MAX, regions = SIZE_MAX, n = 0, kept = 0;

	for (size_t i = 0; i < r->held_count; i++) {
		if (r->held[i].kind == HELD_IMAGE)
			image = i;
		else if (r->held[i].kind == HELD_REGIONS)
			regions = i;
	}
	for (size_t i = 0; i < r->held_count; i++) {
		if (i != image && i != regions) {
			held_free(&r->held[i]);
			continue;
		}
		kept += i < r->held_kept;
		r->held[n++] = r->held[i];
	}
	r->held_count = n;
	r->held_kept = kept;
	r->now.held = s->time + 1;
}

int recording_base(struct recording *r, const struct sample *s, unsigned *ret_flags)
{
	const struct target *t = held_image(r);
	bool other;
	int err = image_other(r, t, INT64_MAX, &other);

	if (err < 0)
		return err;
	r->now.shift = shift_of(r, s);
	/* A pass may have ended before the first sample: it is none of the image before. */
	r->now.floor = (uint64_t)((int64_t)s->time + r->now.shift);
	r->now.based = true;
	/* Its executable is read later than its first sample. */
	r->now.joint = t && !t->exe[0] && !other ? recording_time(r, s->time) : UNKNOWN;
	err = recording_life_end_all(r, end_of(r) + 1);
	for (size_t i = 0; i < r->held_count && err == 0; i++)
		err = held_put(r, &r->held[i]);
	*ret_flags = SAMPLE_GAP | (other ? SAMPLE_EPOCH : 0u);
	return err;
}

/* --- what is there ------------------------------------------------------------------------------- */

int recording_tail(struct recording *r)
{
	struct recording_state *n = &r->now;
	uint64_t id = 0;
	int err = recording_number(r, "SELECT max(time) FROM sample", &n->newest);

	if (err == 0)
		err = recording_number(r,
		                       "SELECT wall FROM sample WHERE wall IS NOT NULL"
		                       " ORDER BY time DESC LIMIT 1",
		                       &n->newest_wall);
	if (err == 0)
		err = recording_number(r, "SELECT max(time) FROM pass", &n->newest_pass);
	if (err == 0)
		err = recording_number(r, "SELECT max(id) FROM region", &id);
	if (err == 0)
		err = recording_number(r, "SELECT count(*) FROM event", &n->events);
	if (err == 0)
		err = recording_number(r, "SELECT count(*) FROM image", &n->images);
	if (err < 0)
		return err;
	n->based = !known(n->newest);
	r->id_shift = known_or(id, 0);
	return known_or(n->newest, 0) > TIME_MAX || known_or(n->newest_pass, 0) > TIME_MAX ||
	                       r->id_shift > TIME_MAX
	               ? -EUCLEAN
	               : 0;
}
