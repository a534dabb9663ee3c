/* SPDX-License-Identifier: MIT */
#include "store/replay_internal.h"

/*
 * What was said in the course of a watch: the verdict of then, events, the rows of the closing table. Knows
 * their columns; refuses to know how a verdict is reached.
 */

#include <errno.h>
#include <math.h>

#include "store/schema.h"

/* --- the verdict -------------------------------------------------------------------------------- */

static void read_judgement(sqlite3_stmt *s, struct verdict *v)
{
	uint64_t confidence = replay_u64(s, 6);

	v->kind = (enum verdict_kind)replay_word(s, 1, verdict_kind_json, VERDICT_KIND_COUNT,
	                                         VERDICT_UNKNOWN);
	v->cause =
	        (enum verdict_cause)replay_word(s, 2, verdict_cause_json, CAUSE_COUNT, CAUSE_NULL);
	v->pattern = (enum verdict_pattern)replay_word(s, 3, verdict_pattern_json, PATTERN_COUNT,
	                                               PATTERN_NULL);
	v->where =
	        (enum verdict_where)replay_word(s, 4, verdict_where_json, WHERE_COUNT, WHERE_NULL);
	v->outside_heap = replay_u64(s, 5) == 1;
	v->confidence = confidence <= 100 ? (int)confidence : -1;
	replay_text(s, 7, v->reason, sizeof(v->reason));
	replay_text(s, 8, v->condition, sizeof(v->condition));
	v->needs = replay_u64(s, 9);
	v->growth = replay_real(s, 10);
	v->growth_low = replay_real(s, 11);
	v->growth_high = replay_real(s, 12);
	v->since = replay_u64(s, 13);
	v->flagged = replay_u64(s, 14);
}

static void read_outlook(sqlite3_stmt *s, struct verdict *v)
{
	v->limit = (enum verdict_limit)replay_word(s, 15, verdict_limit_json, LIMIT_KIND_COUNT,
	                                           LIMIT_NONE);
	v->limit_bytes = replay_u64(s, 16);
	v->limit_count = replay_u64(s, 17);
	v->eta = replay_real(s, 18);
	v->eta_low = replay_real(s, 19);
	v->eta_high = replay_real(s, 20);
	v->power = replay_real(s, 21);
	v->plateau = replay_real(s, 22);
	v->plateau_in = replay_real(s, 23);
}

static int read_evidence(const struct replay *r, uint64_t time, struct verdict *v)
{
	sqlite3_stmt *s = replay_query(r, QUERY_EVIDENCE);
	int err = 0;

	replay_bind(s, 1, time);
	while (v->evidence_count < VERDICT_EVIDENCE_MAX && (err = replay_step(r, s)) > 0) {
		struct evidence *e = &v->evidence[v->evidence_count];
		double weight = replay_real(s, 1);

		e->is_for = replay_u64(s, 0) == 1;
		e->weight = weight >= 0 && weight <= 1 ? weight : 0;
		replay_text(s, 2, e->text, sizeof(e->text));
		v->evidence_count += e->text[0] != '\0';
	}
	sqlite3_reset(s);
	return err < 0 ? err : 0;
}

static int read_links(const struct replay *r, uint64_t time, struct links *links)
{
	sqlite3_stmt *s = replay_query(r, QUERY_LINKS);
	int err = 0;

	replay_bind(s, 1, time);
	while (links->count < LINKS_MAX && (err = replay_step(r, s)) > 0) {
		struct link *l = &links->link[links->count];
		int kind = replay_word(s, 0, link_kind_json, LINK_KIND_COUNT, LINK_KIND_COUNT);

		if (kind == LINK_KIND_COUNT)
			continue;
		*l = (struct link){.kind = (enum link_kind)kind};
		l->figure = replay_word(s, 1, schema_figures, FIGURE_COUNT, -1);
		l->per_unit = replay_real(s, 2);
		l->low = replay_real(s, 3);
		l->high = replay_real(s, 4);
		l->r = replay_real(s, 5);
		l->count = replay_u64(s, 6);
		replay_text(s, 7, l->text, sizeof(l->text));
		links->count++;
	}
	sqlite3_reset(s);
	return err < 0 ? err : 0;
}

int replay_verdict_at(const struct replay *r, uint64_t time, struct verdict *ret)
{
	sqlite3_stmt *s = replay_query(r, QUERY_VERDICT);
	uint64_t of;
	int err;

	verdict_init(ret);
	replay_bind(s, 1, time);
	err = replay_step(r, s);
	if (err <= 0)
		return err;
	of = replay_u64(s, 0);
	read_judgement(s, ret);
	read_outlook(s, ret);
	sqlite3_reset(s);
	err = read_evidence(r, of, ret);
	return err ? err : read_links(r, of, &ret->links);
}

/* --- events ------------------------------------------------------------------------------------- */

int replay_events(const struct replay *r, uint64_t time, struct moment *m)
{
	sqlite3_stmt *s = replay_query(r, QUERY_EVENTS);
	unsigned n = 0;
	int err = 0;

	replay_bind(s, 1, time);
	while (n < MOMENT_EVENTS && (err = replay_step(r, s)) > 0) {
		struct event *e = &m->events[n];
		int kind = replay_word(s, 1, event_kind_words, EVENT_KIND_COUNT, EVENT_KIND_COUNT);

		e->time = replay_u64(s, 0);
		/* A later program may know other events. */
		if (kind == EVENT_KIND_COUNT || !known(e->time))
			continue;
		e->kind = (enum event_kind)kind;
		replay_text(s, 2, e->text, sizeof(e->text));
		n++;
	}
	sqlite3_reset(s);
	m->event_count = n;
	/* They came newest first. */
	for (unsigned i = 0; i < n / 2; i++) {
		struct event swap = m->events[i];

		m->events[i] = m->events[n - 1 - i];
		m->events[n - 1 - i] = swap;
	}
	return err < 0 ? err : 0;
}

/* --- rows of the closing table ------------------------------------------------------------------ */

static double rate_between(const struct sample *a, const struct sample *b)
{
	int64_t d;

	if (b->time <= a->time || !known_delta(b->v[FIGURE_RSS], a->v[FIGURE_RSS], &d))
		return (double)NAN;
	return (double)d / ((double)(b->time - a->time) / 1e9);
}

static int confidence_at(const struct replay *r, uint64_t time, int *ret)
{
	sqlite3_stmt *s = replay_query(r, QUERY_CONFIDENCE);
	uint64_t v;
	int err;

	replay_bind(s, 1, time);
	err = replay_number(r, s, &v);
	*ret = v <= 100 ? (int)v : -1;
	return err;
}

static int add_row(const struct replay *r, uint64_t time, struct moment *m)
{
	struct table_row *row = &m->rows[m->row_count];
	int err = replay_sample_at(r, time, &row->sample);

	if (err)
		return err == -ENOENT ? 0 : err;
	err = confidence_at(r, row->sample.time, &row->confidence);
	row->rate = m->row_count ? rate_between(&row[-1].sample, &row->sample) : (double)NAN;
	m->row_count++;
	return err;
}

/* As a history does: every 2nd, 4th, ... of all, so that no more than ROWS are left, and the last. */
enum { ROWS = 320 };

int replay_rows(const struct replay *r, size_t count, struct moment *m)
{
	size_t stride = 1, kept, all, shown;
	bool extra;
	int err = 0;

	m->row_count = 0;
	if (!count)
		return 0;
	while ((count + stride - 1) / stride > ROWS)
		stride *= 2;
	kept = (count + stride - 1) / stride;
	extra = (kept - 1) * stride != count - 1;
	all = kept + extra;
	shown = all < MOMENT_ROWS ? all : MOMENT_ROWS;
	for (size_t i = 0; !err && i < shown; i++) {
		size_t at = shown > 1 ? (i * (all - 1) + (shown - 1) / 2) / (shown - 1) : 0;
		size_t mark = at < kept ? at * stride : count - 1;

		err = add_row(r, replay_mark(r, mark)->time, m);
	}
	return err;
}
