/* SPDX-License-Identifier: MIT */
#include "store/replay_internal.h"

/*
 * From when to when each region was there. Knows the table that tells it, and how it is found out in a
 * recording that has none; refuses to know what a region was like.
 */

#include <errno.h>

/* More ids than this are told faster by reading all rows. */
enum { SPANS_FEW = 8000 };

static int add_span(struct replay *r, const struct span *next)
{
	struct span *v = rows_grow(&r->spans, sizeof(*v), REPLAY_IDS);

	if (!v)
		return -ENOMEM;
	*v = *next;
	return 0;
}

/* --- from the rows of regions ------------------------------------------------------------------- */

static int next_span(const struct replay *r, uint64_t last, struct span *ret)
{
	sqlite3_stmt *s = replay_query(r, QUERY_IDS);
	int err;

	replay_bind(s, 1, last);
	err = replay_step(r, s);
	if (err <= 0)
		return err;
	ret->id = replay_u64(s, 0);
	ret->first = known_or(replay_u64(s, 1), 0);
	ret->gone = UNKNOWN;
	sqlite3_reset(s);
	/* An order that is none would go on for ever. */
	return known(ret->id) && ret->id > last ? 1 : 0;
}

static int find_end(const struct replay *r, struct span *span)
{
	sqlite3_stmt *s = replay_query(r, QUERY_GONE);
	int err;

	replay_bind(s, 1, span->id);
	err = replay_step(r, s);
	if (err > 0) {
		if (replay_u64(s, 1) == 1)
			span->gone = replay_u64(s, 0);
		sqlite3_reset(s);
	}
	return err < 0 ? err : 0;
}

/* One by one: two steps down the tree for each, past all of its rows. */
static int spans_step(struct replay *r, uint64_t last)
{
	struct span next = {.id = last};
	int err;

	while ((err = next_span(r, next.id, &next)) > 0) {
		err = find_end(r, &next);
		if (!err)
			err = add_span(r, &next);
		if (err)
			return err;
	}
	return err;
}

/* All rows, which are in the order of ids and times. */
static int spans_scan(struct replay *r, uint64_t last)
{
	sqlite3_stmt *s = replay_query(r, QUERY_SPANS);
	struct span next = {.id = last};
	int err = 0, bad = 0;

	replay_bind(s, 1, last);
	while (!bad && (err = replay_step(r, s)) > 0) {
		uint64_t id = replay_u64(s, 0), time = known_or(replay_u64(s, 1), 0);

		if (!known(id) || id < next.id)
			break;
		if (id != next.id && next.id != last)
			bad = add_span(r, &next);
		if (id != next.id)
			next = (struct span){.id = id, .first = time};
		next.gone = replay_u64(s, 2) == 1 ? time : UNKNOWN;
	}
	sqlite3_reset(s);
	if (!bad && err >= 0 && next.id != last)
		bad = add_span(r, &next);
	return bad ? bad : err < 0 ? err : 0;
}

/* --- from the table of lives -------------------------------------------------------------------- */

static int read_lives(struct replay *r, uint64_t last)
{
	sqlite3_stmt *s = replay_query(r, QUERY_LIVES);
	int err = 0, bad = 0;

	replay_bind(s, 1, last);
	while (!bad && (err = replay_step(r, s)) > 0) {
		struct span next = {.id = replay_u64(s, 0),
		                    .first = known_or(replay_u64(s, 1), 0),
		                    .gone = replay_u64(s, 2)};

		if (!known(next.id) || next.id <= last)
			break;
		last = next.id;
		bad = add_span(r, &next);
	}
	sqlite3_reset(s);
	return bad ? bad : err < 0 ? err : 0;
}

/* --- all of them -------------------------------------------------------------------------------- */

static uint64_t last_span(const struct replay *r)
{
	const struct span *v = r->spans.rows;

	return r->spans.count ? v[r->spans.count - 1].id : 0;
}

/* What is not in the table, for there is none or its writer did not know of it, is looked for in the rows. */
int replay_spans_load(struct replay *r)
{
	uint64_t newest, last = last_span(r);
	int err = replay_number(r, replay_query(r, QUERY_NEWEST_ID), &newest);

	if (err || newest == last)
		return err;
	if (r->query[QUERY_LIVES])
		err = read_lives(r, last);
	last = last_span(r);
	if (err || (known(newest) && newest <= last))
		return err;
	return known(newest) && newest > last + SPANS_FEW ? spans_scan(r, last)
	                                                  : spans_step(r, last);
}
