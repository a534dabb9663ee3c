/* SPDX-License-Identifier: MIT */
/*
 * Knows which field of a fact goes to which column. Refuses to know when it is written, and regions.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/bound.h"
#include "store/recording_internal.h"

int recording_put_image(struct recording *r, uint64_t time, const struct target *t)
{
	sqlite3_stmt *s = r->sql[SQL_IMAGE];
	int i = 1, err = 0;

	bind_count(s, &i, recording_time(r, time));
	bind_count(s, &i, (uint64_t)t->pid);
	bind_count(s, &i, t->inner_pid);
	bind_count(s, &i, t->uid);
	bind_count(s, &i, t->start_ticks);
	bind_count(s, &i, t->page);
	err = bind_text(s, &i, t->comm, strnlen(t->comm, sizeof(t->comm)));
	if (err == 0)
		err = bind_text(s, &i, t->command, strnlen(t->command, sizeof(t->command)));
	if (err == 0)
		err = bind_text(s, &i, t->exe, strnlen(t->exe, sizeof(t->exe)));
	if (err == 0)
		err = bind_text(s, &i, t->user, strnlen(t->user, sizeof(t->user)));
	if (err == 0)
		err = recording_run(r, SQL_IMAGE);
	r->now.images += err == 0;
	return err ? err : recording_image_known(r, recording_time(r, time), t);
}

int recording_put_event(struct recording *r, const struct event *e)
{
	sqlite3_stmt *s = r->sql[SQL_EVENT];
	int i = 1, err;

	bind_count(s, &i, recording_time(r, e->time));
	bind_word(s, &i, event_kind_words[e->kind]);
	err = bind_text(s, &i, e->text, strnlen(e->text, sizeof(e->text)));
	if (err == 0 && !e->text[0])
		bound(i - 1, sqlite3_bind_text(s, i - 1, "", 0, SQLITE_STATIC));
	if (err == 0)
		err = recording_run(r, SQL_EVENT);
	r->now.events += err == 0;
	return err;
}

static int put_evidence(struct recording *r, uint64_t time, const struct verdict *v)
{
	sqlite3_stmt *s = r->sql[SQL_EVIDENCE];
	int err = 0;

	for (unsigned k = 0; k < v->evidence_count && err == 0; k++) {
		const struct evidence *e = &v->evidence[k];
		int i = 1;

		bind_count(s, &i, time);
		bind_count(s, &i, k);
		bind_count(s, &i, e->is_for);
		bind_real(s, &i, e->weight);
		err = bind_text(s, &i, e->text, strnlen(e->text, sizeof(e->text)));
		if (err == 0)
			err = recording_run(r, SQL_EVIDENCE);
	}
	return err;
}

static int put_links(struct recording *r, uint64_t time, const struct verdict *v)
{
	sqlite3_stmt *s = r->sql[SQL_LINK];
	int err = 0;

	for (unsigned k = 0; k < v->links.count && err == 0; k++) {
		const struct link *l = &v->links.link[k];
		int i = 1;

		bind_count(s, &i, time);
		bind_count(s, &i, k);
		bind_word(s, &i, link_kind_json[l->kind]);
		bind_word(s, &i, l->figure >= 0 ? schema_figures[l->figure] : NULL);
		bind_real(s, &i, l->per_unit);
		bind_real(s, &i, l->low);
		bind_real(s, &i, l->high);
		bind_real(s, &i, l->r);
		bind_count(s, &i, l->count);
		err = bind_text(s, &i, l->text, strnlen(l->text, sizeof(l->text)));
		if (err == 0)
			err = recording_run(r, SQL_LINK);
	}
	return err;
}

static void bind_outlook(sqlite3_stmt *s, int *i, const struct verdict *v)
{
	bind_word(s, i, verdict_limit_json[v->limit]);
	bind_count(s, i, v->limit_bytes);
	bind_count(s, i, v->limit_count);
	bind_real(s, i, v->eta);
	bind_real(s, i, v->eta_low);
	bind_real(s, i, v->eta_high);
	bind_real(s, i, v->power);
	bind_real(s, i, v->plateau);
	bind_real(s, i, v->plateau_in);
}

static int put_conclusion(struct recording *r, uint64_t time, const struct verdict *v)
{
	sqlite3_stmt *s = r->sql[SQL_VERDICT];
	int i = 1, err;

	bind_count(s, &i, time);
	bind_word(s, &i, verdict_kind_json[v->kind]);
	bind_word(s, &i, verdict_cause_json[v->cause]);
	bind_word(s, &i, verdict_pattern_json[v->pattern]);
	bind_word(s, &i, verdict_where_json[v->where]);
	bind_count(s, &i, v->outside_heap);
	bind_count(s, &i, v->confidence < 0 ? UNKNOWN : (uint64_t)v->confidence);
	err = bind_text(s, &i, v->reason, strnlen(v->reason, sizeof(v->reason)));
	if (err == 0)
		err = bind_text(s, &i, v->condition, strnlen(v->condition, sizeof(v->condition)));
	if (err < 0)
		return err;
	bind_count(s, &i, v->needs);
	bind_real(s, &i, v->growth);
	bind_real(s, &i, v->growth_low);
	bind_real(s, &i, v->growth_high);
	bind_count(s, &i, recording_time(r, v->since));
	bind_count(s, &i, recording_time(r, v->flagged));
	bind_outlook(s, &i, v);
	return recording_run(r, SQL_VERDICT);
}

/* Of two verdicts of one time the later one stands, without a rest of the other. */
static int drop_rest(struct recording *r, uint64_t time)
{
	int i = 1, k = 1, err;

	bind_count(r->sql[SQL_DROP_EVIDENCE], &i, time);
	bind_count(r->sql[SQL_DROP_LINK], &k, time);
	err = recording_run(r, SQL_DROP_EVIDENCE);
	return err < 0 ? err : recording_run(r, SQL_DROP_LINK);
}

static bool same_real(double a, double b)
{
	return a == b || (a != a && b != b);
}

static bool same_outlook(const struct verdict *a, const struct verdict *b)
{
	return a->limit == b->limit && a->limit_bytes == b->limit_bytes &&
	       a->limit_count == b->limit_count && same_real(a->eta, b->eta) &&
	       same_real(a->eta_low, b->eta_low) && same_real(a->eta_high, b->eta_high) &&
	       same_real(a->power, b->power) && same_real(a->plateau, b->plateau) &&
	       same_real(a->plateau_in, b->plateau_in);
}

static bool same_evidence(const struct verdict *a, const struct verdict *b)
{
	if (a->evidence_count != b->evidence_count || a->links.count != b->links.count)
		return false;
	for (unsigned k = 0; k < a->evidence_count; k++) {
		const struct evidence *x = &a->evidence[k], *y = &b->evidence[k];

		if (x->is_for != y->is_for || !same_real(x->weight, y->weight) ||
		    strcmp(x->text, y->text) != 0)
			return false;
	}
	for (unsigned k = 0; k < a->links.count; k++) {
		const struct link *x = &a->links.link[k], *y = &b->links.link[k];

		if (x->kind != y->kind || x->figure != y->figure || x->count != y->count ||
		    !same_real(x->per_unit, y->per_unit) || !same_real(x->low, y->low) ||
		    !same_real(x->high, y->high) || !same_real(x->r, y->r) ||
		    strcmp(x->text, y->text) != 0)
			return false;
	}
	return true;
}

static bool same_verdict(const struct verdict *a, const struct verdict *b)
{
	return a->kind == b->kind && a->cause == b->cause && a->pattern == b->pattern &&
	       a->where == b->where && a->outside_heap == b->outside_heap &&
	       a->confidence == b->confidence && strcmp(a->reason, b->reason) == 0 &&
	       strcmp(a->condition, b->condition) == 0 && a->needs == b->needs &&
	       same_real(a->growth, b->growth) && same_real(a->growth_low, b->growth_low) &&
	       same_real(a->growth_high, b->growth_high) && a->since == b->since &&
	       a->flagged == b->flagged && same_outlook(a, b) && same_evidence(a, b);
}

static int remember(struct recording *r, const struct verdict *v)
{
	/* The one of the last commit must survive a rollback. */
	if (!r->now.verdict || r->now.verdict == r->kept.verdict) {
		struct verdict *copy = malloc(sizeof(*copy));

		if (!copy)
			return -ENOMEM;
		r->now.verdict = copy;
	}
	*r->now.verdict = *v;
	return 0;
}

int recording_put_verdict(struct recording *r, uint64_t time, const struct verdict *v)
{
	uint64_t at = recording_time(r, time);
	int err;

	if (r->now.verdict && same_verdict(r->now.verdict, v))
		return 0;
	err = drop_rest(r, at);
	if (err == 0)
		err = put_conclusion(r, at, v);
	if (err == 0)
		err = put_evidence(r, at, v);
	if (err == 0)
		err = put_links(r, at, v);
	if (err == 0)
		err = remember(r, v);
	if (err == 0)
		r->now.weight[0] += WEIGHT_VERDICT;
	return err;
}

/* Least and largest of a difference of two figures: no more is known of it than these bounds. */
static uint64_t base_bound(const struct sample extremes[2], unsigned k)
{
	struct sample s = extremes[k];

	s.v[FIGURE_LAZYFREE] = extremes[!k].v[FIGURE_LAZYFREE];
	return sample_base(&s, NULL);
}

/* A full-rate row has no extremes. */
static void bind_extremes(sqlite3_stmt *s, int *i, const struct sample extremes[2])
{
	for (unsigned k = 0; k < 2; k++)
		bind_count(s, i, extremes ? base_bound(extremes, k) : UNKNOWN);
	for (unsigned f = 0; f < SCHEMA_EXTREMES; f++)
		for (unsigned k = 0; k < 2; k++)
			bind_count(s, i, extremes ? extremes[k].v[f] : UNKNOWN);
}

int recording_put_sample(struct recording *r, const struct sample *sample, unsigned flags,
                         uint64_t span, const struct sample extremes[2])
{
	sqlite3_stmt *s = r->sql[SQL_SAMPLE];
	uint64_t time = recording_time(r, sample->time);
	int i = 1, err;

	if (known(r->now.newest) && time <= r->now.newest)
		return -EINVAL;
	bind_count(s, &i, time);
	bind_count(s, &i, sample->wall);
	bind_count(s, &i, flags);
	bind_count(s, &i, extremes ? span : 0);
	for (unsigned f = 0; f < FIGURE_COUNT; f++)
		bind_count(s, &i, sample->v[f]);
	bind_extremes(s, &i, extremes);
	err = recording_run(r, SQL_SAMPLE);
	if (err < 0)
		return err;
	r->now.newest = time;
	if (known(sample->wall))
		r->now.newest_wall = sample->wall;
	r->now.weight[0] += WEIGHT_SAMPLE;
	return 0;
}
