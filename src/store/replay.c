/* SPDX-License-Identifier: MIT */
#include "store/replay.h"

/*
 * Opening a recording and finding one's way in it. Knows how it grows under our eyes; refuses to know what
 * is shown of a time.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/safe_text.h"
#include "store/replay_internal.h"

/* --- opening ------------------------------------------------------------------------------------ */

static struct replay *replay_new(const char *path)
{
	struct replay *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	safe_copy(r->label, sizeof(r->label), path, strlen(path), SAFE_UTF8);
	r->path = strdup(path);
	r->guard = calloc(1, sizeof(*r->guard));
	r->rebased = UNKNOWN;
	for (unsigned i = 0; i < FACT_COUNT; i++)
		r->fact[i] = UNKNOWN;
	sample_init(&r->first);
	if (!r->path || !r->guard) {
		replay_free(r);
		return NULL;
	}
	return r;
}

void replay_free(struct replay *r)
{
	if (!r)
		return;
	replay_db_close(r);
	names_done(r);
	target_unref(r->target);
	baseline_unref(r->baseline);
	rows_done(&r->marks);
	rows_done(&r->extremes);
	rows_done(&r->passes);
	rows_done(&r->images);
	rows_done(&r->spans);
	free(r->journal[0]);
	free(r->journal[1]);
	free(r->guard);
	free(r->path);
	free(r);
}

static int no_sample(const struct replay *r, struct fault *fault)
{
	fault_set(fault, STATUS_USAGE,
	          "%s: nothing was recorded in it yet; wait for the first sample", r->label);
	return -ENODATA;
}

/* The first sample; -ESTALE when it is no longer that of the marks. */
static int read_first(struct replay *r, struct fault *fault)
{
	int err = replay_sample_at(r, replay_mark(r, 0)->time, &r->first);

	if (err == -ENOENT || (!err && r->first.time != replay_mark(r, 0)->time))
		return -ESTALE;
	return err ? replay_db_fault(r, fault) : 0;
}

static int read_marks(struct replay *r, bool all, struct fault *fault)
{
	int err = replay_marks_load(r, all, fault);

	if (!err && !r->marks.count)
		err = no_sample(r, fault);
	if (!err)
		err = read_first(r, fault);
	if (!err && all)
		r->read_whole = replay_newest(r);
	return err;
}

static int read_all(struct replay *r, bool all, struct fault *fault)
{
	int err = replay_db_begin(r, fault);

	if (err)
		return err;
	err = read_marks(r, all, fault);
	/* The oldest are dropped while new ones come. */
	if (err == -ESTALE && !all)
		err = read_marks(r, true, fault);
	if (err == -ESTALE)
		err = replay_damaged(r, "its first sample cannot be found", fault);
	if (!err)
		replay_facts_load(r);
	replay_db_end(r);
	return err;
}

static int open_file(struct replay *r, struct fault *fault)
{
	int err = replay_db_open(r, fault);

	if (!err)
		err = replay_db_prepare(r, fault);
	if (!err && replay_db_version(r, &r->version))
		err = replay_db_fault(r, fault);
	return err ? err : read_all(r, true, fault);
}

int replay_open(const char *path, struct replay **ret, struct fault *fault)
{
	struct replay *r = replay_new(path);
	int err;

	if (!r) {
		fault_set(fault, STATUS_USAGE, "%s: out of memory; free some and try again", path);
		return -ENOMEM;
	}
	err = open_file(r, fault);
	if (err)
		replay_free(r);
	else
		*ret = r;
	return err;
}

/* A recording that was at rest goes on: what was read of it is read anew, as by another replay. */
int replay_wake(struct replay *r, struct fault *fault)
{
	struct replay *other = NULL, swap;
	int err = replay_open(r->path, &other, fault);

	if (err)
		return err;
	swap = *r;
	*r = *other;
	*other = swap;
	r->rebased = other->rebased;
	replay_free(other);
	return 0;
}

/* Rows that are thinned out meanwhile are noticed now and then: they cost a step that leads nowhere. */
#define REREAD (300ull * 1000000000)

int replay_refresh(struct replay *r, struct fault *fault)
{
	uint64_t before = replay_newest(r);
	int64_t version;
	bool all;
	int err;

	if (replay_db_woke(r)) {
		err = replay_wake(r, fault);
		return err ? err : 1;
	}
	if (r->immutable)
		return 0;
	if (replay_db_version(r, &version))
		return replay_db_fault(r, fault);
	if (version == r->version && !r->stale)
		return 0;
	all = r->stale || known_sub(before, r->read_whole) > REREAD;
	err = read_all(r, all, fault);
	if (err)
		return err;
	r->version = version;
	r->stale = false;
	return 1;
}

/* --- finding one's way -------------------------------------------------------------------------- */

uint64_t replay_oldest(const struct replay *r)
{
	return r->marks.count ? replay_mark(r, 0)->time : UNKNOWN;
}

uint64_t replay_newest(const struct replay *r)
{
	return r->marks.count ? replay_mark(r, r->marks.count - 1)->time : UNKNOWN;
}

uint64_t replay_at(const struct replay *r, uint64_t time)
{
	size_t n = replay_marks_until(r, time);

	return n ? replay_mark(r, n - 1)->time : UNKNOWN;
}

uint64_t replay_before(const struct replay *r, uint64_t time)
{
	return time ? replay_at(r, time - 1) : UNKNOWN;
}

uint64_t replay_after(const struct replay *r, uint64_t time)
{
	size_t n = replay_marks_until(r, time);

	return n < r->marks.count ? replay_mark(r, n)->time : UNKNOWN;
}

static uint64_t event_time(const struct replay *r, enum replay_query query, uint64_t time)
{
	sqlite3_stmt *s = replay_query(r, query);
	uint64_t found;

	r->guard->left = REPLAY_LOOK;
	replay_bind(s, 1, time);
	return replay_number(r, s, &found) ? UNKNOWN : found;
}

uint64_t replay_event_before(const struct replay *r, uint64_t time)
{
	return event_time(r, QUERY_EVENT_BEFORE, time);
}

uint64_t replay_event_after(const struct replay *r, uint64_t time)
{
	return event_time(r, QUERY_EVENT_AFTER, time);
}

/* The clock of the world may have been set back: the last sample that shows no later time than asked for. */
uint64_t replay_of_wall(const struct replay *r, uint64_t wall)
{
	const struct mark *at = NULL, *next = NULL;

	for (size_t i = r->marks.count; i-- > 0 && !at;) {
		const struct mark *m = replay_mark(r, i);

		if (!known(m->wall))
			continue;
		if (m->wall <= wall)
			at = m;
		else
			next = m;
	}
	if (!at)
		return next ? next->time : UNKNOWN;
	/* Not past the sample that follows, however its clock was set. */
	if (next && wall - at->wall > next->time - at->time)
		return next->time;
	return next ? at->time + (wall - at->wall) : at->time;
}

int replay_rebase(struct replay *r, uint64_t time)
{
	r->rebased = time;
	baseline_unref(r->baseline);
	r->baseline = NULL;
	return 0;
}
