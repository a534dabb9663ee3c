/* SPDX-License-Identifier: MIT */
#include "store/replay_stream.h"
#include "store/bound.h"

/*
 * Rows of regions in the order of time, though the file has them in the order of regions. Knows for each region
 * the rows that come next, a few read at once, and which region's turn it is (a heap); refuses to know who
 * wants the tables.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { AHEAD = 32, AHEAD_MANY = 4, MANY = 4000 };

/* A row that is still to come. */
struct coming {
	uint64_t time;
	struct region *region; /* NULL: gone from then on */
};

/* One region. */
struct course {
	uint64_t id;
	struct region *now; /* as of the last table; NULL: not there */
	struct coming *coming;
	unsigned count, next;
	uint64_t read; /* ns: the last row read; UNKNOWN: none yet */
	bool ended;    /* no more rows in the file */
	bool listed;   /* among those of the table */
};

struct replay_stream {
	struct replay *r;
	size_t begun; /* spans that have a course; they are taken in the order of their begin */
	struct span *spans; /* by rising begin */
	size_t span_count;
	struct rows heap; /* struct course *, the one whose row comes next first */
	struct rows list; /* struct course *, by address: the table */
	bool unsorted;
	unsigned ahead;
	bool ready;
};

struct replay_stream *replay_stream_new(struct replay *r)
{
	struct replay_stream *s = calloc(1, sizeof(*s));

	if (s)
		s->r = r;
	return s;
}

static void course_free(struct course *c)
{
	if (!c)
		return;
	for (unsigned i = c->next; i < c->count; i++)
		region_unref(c->coming[i].region);
	region_unref(c->now);
	free(c->coming);
	free(c);
}

void replay_stream_free(struct replay_stream *s)
{
	if (!s)
		return;
	/* A course is in the heap while rows of it are to come; without any it is in the table only. */
	for (size_t i = 0; i < s->list.count; i++) {
		struct course *c = ((struct course **)s->list.rows)[i];

		if (c->next == c->count)
			course_free(c);
	}
	for (size_t i = 0; i < s->heap.count; i++)
		course_free(((struct course **)s->heap.rows)[i]);
	rows_done(&s->heap);
	rows_done(&s->list);
	free(s->spans);
	free(s);
}

/* --- rows to come ------------------------------------------------------------------------------- */

static uint64_t turn(const struct course *c)
{
	return c->coming[c->next].time;
}

/* Reads on. 1: there is a row, 0: there is none, -errno. */
static int read_ahead(struct replay_stream *s, struct course *c)
{
	sqlite3_stmt *q = replay_query(s->r, QUERY_CHANGES);
	int err = 0;

	c->count = c->next = 0;
	replay_bind(q, 1, c->id);
	if (known(c->read))
		replay_bind(q, 2, c->read);
	else
		bound(2, sqlite3_bind_int64(q, 2, -1));
	replay_bind(q, 3, s->ahead);
	while (c->count < s->ahead && (err = replay_step(s->r, q)) > 0) {
		struct coming *next = &c->coming[c->count];

		next->time = replay_u64(q, 0);
		if (!known(next->time) || (known(c->read) && next->time <= c->read))
			continue;
		err = replay_region_read(s->r, q, &next->region);
		if (err)
			break;
		c->read = next->time;
		c->count++;
	}
	if (c->count == s->ahead)
		err = 0;
	sqlite3_reset(q);
	c->ended = !err && c->count < s->ahead;
	return err < 0 ? err : c->count > 0;
}

static void heap_down(struct replay_stream *s, size_t i)
{
	struct course **h = s->heap.rows;

	for (;;) {
		size_t least = i;

		for (size_t k = 2 * i + 1; k <= 2 * i + 2 && k < s->heap.count; k++)
			if (turn(h[k]) < turn(h[least]))
				least = k;
		if (least == i)
			return;
		struct course *swap = h[i];
		h[i] = h[least];
		h[least] = swap;
		i = least;
	}
}

static int heap_add(struct replay_stream *s, struct course *c)
{
	struct course **place = rows_grow(&s->heap, sizeof(*place), REPLAY_IDS), **h;
	size_t i = s->heap.count - 1;

	if (!place)
		return -ENOMEM;
	*place = c;
	for (h = s->heap.rows; i && turn(h[i]) < turn(h[(i - 1) / 2]); i = (i - 1) / 2) {
		struct course *swap = h[i];

		h[i] = h[(i - 1) / 2];
		h[(i - 1) / 2] = swap;
	}
	return 0;
}

static int course_begin(struct replay_stream *s, uint64_t id)
{
	struct course *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return -ENOMEM;
	c->id = id;
	c->read = UNKNOWN;
	c->coming = calloc(s->ahead, sizeof(*c->coming));
	err = c->coming ? read_ahead(s, c) : -ENOMEM;
	if (err > 0)
		err = heap_add(s, c);
	else if (err == 0)
		err = -ENOENT;
	if (err)
		course_free(c);
	return err == -ENOENT ? 0 : err;
}

/* --- which regions ------------------------------------------------------------------------------ */

static int by_begin(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return x->first != y->first ? (x->first > y->first) - (x->first < y->first)
	                            : (x->id > y->id) - (x->id < y->id);
}

static int take_spans(struct replay_stream *s)
{
	int err = replay_spans_load(s->r);

	if (err)
		return err;
	s->span_count = s->r->spans.count;
	s->spans = calloc(s->span_count + 1, sizeof(*s->spans));
	if (!s->spans)
		return -ENOMEM;
	if (s->span_count)
		memcpy(s->spans, s->r->spans.rows, s->span_count * sizeof(*s->spans));
	qsort(s->spans, s->span_count, sizeof(*s->spans), by_begin);
	s->ahead = s->span_count > MANY ? AHEAD_MANY : AHEAD;
	s->ready = true;
	return 0;
}

/* --- the table ---------------------------------------------------------------------------------- */

static int list_add(struct replay_stream *s, struct course *c)
{
	struct course **place = rows_grow(&s->list, sizeof(*place), REPLAY_IDS);

	if (!place)
		return -ENOMEM;
	*place = c;
	c->listed = true;
	s->unsorted = true;
	return 0;
}

/* The row whose turn it is becomes what its region is now. */
static int apply(struct replay_stream *s)
{
	struct course **h = s->heap.rows, *c = h[0];
	struct coming *row = &c->coming[c->next++];
	int err = 0;

	if (!c->now || !row->region || c->now->start != row->region->start)
		s->unsorted = true;
	region_unref(c->now);
	c->now = row->region;
	row->region = NULL;
	if (c->now && !c->listed)
		err = list_add(s, c);
	if (!err && c->next == c->count && !c->ended)
		err = read_ahead(s, c) < 0 ? -EIO : 0;
	if (c->next == c->count) {
		h[0] = h[--s->heap.count];
		if (!c->listed)
			course_free(c);
	}
	heap_down(s, 0);
	return err;
}

static int by_address(const void *a, const void *b)
{
	const struct region *x = (*(struct course *const *)a)->now;
	const struct region *y = (*(struct course *const *)b)->now;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

/* Lets go of regions that are gone, for ever where their rows have ended. */
static void list_settle(struct replay_stream *s)
{
	struct course **v = s->list.rows;
	size_t n = 0;

	if (!s->unsorted)
		return;
	for (size_t i = 0; i < s->list.count; i++) {
		if (v[i]->now) {
			v[n++] = v[i];
			continue;
		}
		v[i]->listed = false;
		if (v[i]->next == v[i]->count)
			course_free(v[i]);
	}
	s->list.count = n;
	if (n)
		qsort(v, n, sizeof(*v), by_address);
	s->unsorted = false;
}

static int list_table(struct replay_stream *s, const struct pass *pass, struct region_table **ret)
{
	struct region **rows = calloc(s->list.count + 1, sizeof(struct region *));

	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < s->list.count; i++)
		rows[i] = region_ref(((struct course **)s->list.rows)[i]->now);
	*ret = replay_table(rows, s->list.count, pass);
	for (size_t i = 0; !*ret && i < s->list.count; i++)
		region_unref(rows[i]);
	free(rows);
	return *ret ? 0 : -ENOMEM;
}

int replay_stream_table(struct replay_stream *s, const struct pass *pass, uint64_t time,
                        struct region_table **ret)
{
	uint64_t from;
	int err = s->ready ? 0 : take_spans(s);

	replay_image_at(s->r, time, &from);
	for (; !err && s->begun < s->span_count && s->spans[s->begun].first <= pass->time;
	     s->begun++)
		err = course_begin(s, s->spans[s->begun].id);
	while (!err && s->heap.count && turn(((struct course **)s->heap.rows)[0]) <= pass->time)
		err = apply(s);
	if (err)
		return err;
	list_settle(s);
	*ret = NULL;
	return pass->time < from ? 0 : list_table(s, pass, ret);
}
