/* SPDX-License-Identifier: MIT */
#include "store/bound.h"
#include "store/replay_internal.h"

/*
 * What is read of all of a recording: when there were samples, passes and images, and the figures of charts.
 * Knows how to find a time among them; refuses to know what is drawn.
 */

#include <errno.h>
#include <string.h>

const int replay_chart_figure[CHART_COUNT] = {
        [CHART_RSS] = FIGURE_RSS,   [CHART_VSZ] = FIGURE_VSZ,     [CHART_HEAP] = FIGURE_HEAP,
        [CHART_BASE] = -1,          [CHART_SHMEM] = FIGURE_SHMEM, [CHART_FILE] = FIGURE_FILE,
        [CHART_SWAP] = FIGURE_SWAP,
};

static int too_many(const struct replay *r, struct fault *fault)
{
	fault_set(fault, STATUS_USAGE,
	          "%s: more rows than memory holds; free some, or take a shorter recording",
	          r->label);
	return -ENOMEM;
}

/* --- samples ------------------------------------------------------------------------------------ */

/* Columns of QUERY_MARKS. */
enum { MARK_SPAN = 3, MARK_ANON, MARK_LAZYFREE, MARK_HUGETLB, MARK_FIGURES };
enum { MARK_EXTREMES = MARK_FIGURES + CHART_COUNT - 1 };

static void read_figures(sqlite3_stmt *s, struct mark *m)
{
	struct sample sum;
	int column = MARK_FIGURES;

	sample_init(&sum);
	for (unsigned k = 0; k < CHART_COUNT; k++)
		if (replay_chart_figure[k] >= 0)
			m->last[k] = replay_u64(s, column++);
	sum.v[FIGURE_ANON] = replay_u64(s, MARK_ANON);
	sum.v[FIGURE_LAZYFREE] = replay_u64(s, MARK_LAZYFREE);
	sum.v[FIGURE_HUGETLB] = replay_u64(s, MARK_HUGETLB);
	sum.v[FIGURE_SWAP] = m->last[CHART_SWAP];
	m->last[CHART_BASE] = sample_base(&sum, NULL);
}

/* Where a bucket knows no extremes of a figure, its last value is all there is. */
static int read_extremes(struct replay *r, sqlite3_stmt *s, struct mark *m)
{
	struct extremes *e = rows_grow(&r->extremes, sizeof(*e), REPLAY_MARKS);

	if (!e)
		return -ENOMEM;
	for (unsigned k = 0; k < CHART_COUNT; k++) {
		uint64_t least = replay_u64(s, MARK_EXTREMES + 2 * (int)k);
		uint64_t most = replay_u64(s, MARK_EXTREMES + 2 * (int)k + 1);
		bool whole = known(least) && known(most) && least <= most;

		e->min[k] = whole ? least : m->last[k];
		e->max[k] = whole ? most : m->last[k];
	}
	m->extremes = (uint32_t)r->extremes.count;
	return 0;
}

static int read_mark(struct replay *r, sqlite3_stmt *s, uint64_t time)
{
	struct mark *m = rows_grow(&r->marks, sizeof(*m), REPLAY_MARKS);

	if (!m)
		return -ENOMEM;
	*m = (struct mark){.time = time, .wall = replay_u64(s, 1)};
	m->flags = (uint32_t)known_or(replay_u64(s, 2), 0);
	m->span = known_or(replay_u64(s, MARK_SPAN), 0);
	read_figures(s, m);
	return m->span ? read_extremes(r, s, m) : 0;
}

/* --- passes, images ----------------------------------------------------------------------------- */

static int read_pass(struct replay *r, sqlite3_stmt *s, uint64_t time)
{
	struct pass *p = rows_grow(&r->passes, sizeof(*p), REPLAY_PASSES);

	if (!p)
		return -ENOMEM;
	*p = (struct pass){time, replay_u64(s, 1), replay_u64(s, 2) == 1};
	return 0;
}

static int read_image(struct replay *r, sqlite3_stmt *s, uint64_t time)
{
	struct image *i = rows_grow(&r->images, sizeof(*i), REPLAY_IMAGES);
	uint64_t pid = replay_u64(s, 1);

	if (!i)
		return -ENOMEM;
	*i = (struct image){time, replay_u64(s, 2), pid <= INT32_MAX ? (int32_t)pid : 0};
	return 0;
}

/* --- all of them -------------------------------------------------------------------------------- */

typedef int read_fn(struct replay *r, sqlite3_stmt *s, uint64_t time);

/* Reads the rows of a query that are later than `last` (UNKNOWN: all), in rising order. */
static int load(struct replay *r, enum replay_query query, uint64_t last, read_fn *read,
                struct fault *fault)
{
	sqlite3_stmt *s = replay_query(r, query);
	int err;

	if (known(last))
		replay_bind(s, 1, last);
	else
		bound(1, sqlite3_bind_int64(s, 1, -1));
	while ((err = replay_step(r, s)) > 0) {
		uint64_t time = replay_u64(s, 0);

		if (!known(time) || (known(last) && time <= last))
			err = replay_damaged(r, "times are out of order", fault);
		else if (read(r, s, time) < 0)
			err = too_many(r, fault);
		if (err < 0) {
			sqlite3_reset(s);
			return err;
		}
		last = time;
	}
	return err < 0 ? replay_db_fault(r, fault) : 0;
}

static uint64_t newest(const struct rows *v, size_t size)
{
	/* Each of them begins with its time. */
	return v->count ? *(uint64_t *)((char *)v->rows + (v->count - 1) * size) : UNKNOWN;
}

int replay_marks_load(struct replay *r, bool all, struct fault *fault)
{
	int err;

	if (all)
		r->marks.count = r->extremes.count = r->passes.count = r->images.count = 0;
	err = load(r, QUERY_MARKS, newest(&r->marks, sizeof(struct mark)), read_mark, fault);
	if (!err)
		err = load(r, QUERY_PASSES, newest(&r->passes, sizeof(struct pass)), read_pass,
		           fault);
	if (!err)
		err = load(r, QUERY_IMAGES, newest(&r->images, sizeof(struct image)), read_image,
		           fault);
	return err;
}

/* --- finding ------------------------------------------------------------------------------------ */

static size_t until(const struct rows *v, size_t size, uint64_t time)
{
	size_t from = 0, to = v->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (*(uint64_t *)((char *)v->rows + middle * size) <= time)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

size_t replay_marks_until(const struct replay *r, uint64_t time)
{
	return until(&r->marks, sizeof(struct mark), time);
}

size_t replay_passes_until(const struct replay *r, uint64_t time)
{
	return until(&r->passes, sizeof(struct pass), time);
}

const struct image *replay_image_at(const struct replay *r, uint64_t time, uint64_t *ret_from)
{
	size_t n = until(&r->images, sizeof(struct image), time);

	/* The first pass may have ended before the first sample. */
	*ret_from = n > 1 ? replay_image(r, n - 1)->time : 0;
	return n ? replay_image(r, n - 1) : NULL;
}

/* --- rows of one time --------------------------------------------------------------------------- */

static int read_target(struct replay *r, sqlite3_stmt *s, struct target **ret)
{
	struct target *t = target_new();
	uint64_t pid;

	(void)r;
	if (!t)
		return -ENOMEM;
	pid = replay_u64(s, 0);
	t->pid = pid <= INT32_MAX ? (int32_t)pid : 0;
	t->inner_pid = replay_u64(s, 1);
	t->uid = replay_u64(s, 2);
	t->start_ticks = replay_u64(s, 3);
	t->page = replay_u64(s, 4);
	replay_text(s, 5, t->comm, sizeof(t->comm));
	replay_text(s, 6, t->command, sizeof(t->command));
	replay_text(s, 7, t->exe, sizeof(t->exe));
	replay_text(s, 8, t->user, sizeof(t->user));
	*ret = t;
	return 0;
}

int replay_target_at(struct replay *r, uint64_t time, struct target **ret)
{
	uint64_t from;
	const struct image *i = replay_image_at(r, time, &from);
	sqlite3_stmt *s;
	int err;

	from = i ? i->time : UNKNOWN;
	if (r->target && r->target_time == from) {
		*ret = target_ref(r->target);
		return 0;
	}
	s = replay_query(r, QUERY_TARGET);
	replay_bind(s, 1, time);
	err = replay_step(r, s);
	if (err < 0)
		return err;
	target_unref(r->target);
	r->target = NULL;
	if (err > 0) {
		err = read_target(r, s, &r->target);
		sqlite3_reset(s);
	} else {
		/* Nobody says who it was: that is a target without a name. */
		r->target = target_new();
		err = r->target ? 0 : -ENOMEM;
	}
	if (err)
		return err;
	r->target_time = from;
	*ret = target_ref(r->target);
	return 0;
}

void replay_sample_read(sqlite3_stmt *s, struct sample *ret)
{
	ret->time = replay_u64(s, 0);
	ret->wall = replay_u64(s, 1);
	ret->flags = (unsigned)known_or(replay_u64(s, 2), 0);
	for (int f = 0; f < FIGURE_COUNT; f++)
		ret->v[f] = replay_u64(s, 3 + f);
}

int replay_sample_at(const struct replay *r, uint64_t time, struct sample *ret)
{
	sqlite3_stmt *s = replay_query(r, QUERY_SAMPLE);
	int err;

	replay_bind(s, 1, time);
	err = replay_step(r, s);
	if (err <= 0)
		return err ? err : -ENOENT;
	replay_sample_read(s, ret);
	sqlite3_reset(s);
	return known(ret->time) ? 0 : -EIO;
}
