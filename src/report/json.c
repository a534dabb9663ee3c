/* SPDX-License-Identifier: MIT */
/*
 * Knows schema 1 of the report. Refuses to know how a value is spelt, and where the text goes.
 */
#include "report/data.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/known.h"
#include "report/json_values.h"

enum { SCHEMA = 1, LARGEST = 20 };

/* --- the regions worth a line -------------------------------------------------------------------- */

struct pick {
	const struct region *region;
	double rate; /* bytes per second; 0 where it does not grow or nobody knows */
};

static int by_rss(const void *a, const void *b)
{
	const struct region *x = ((const struct pick *)a)->region,
	                    *y = ((const struct pick *)b)->region;
	uint64_t p = known_or(x->bytes[SMAPS_RSS], 0), q = known_or(y->bytes[SMAPS_RSS], 0);

	return p != q ? (p < q) - (p > q) : (x->start > y->start) - (x->start < y->start);
}

static int by_rate(const void *a, const void *b)
{
	double p = ((const struct pick *)a)->rate, q = ((const struct pick *)b)->rate;

	return p > q || p < q ? (p < q) - (p > q) : by_rss(a, b);
}

/* All that grow (history follows at most 500) and the largest, fastest first. */
static size_t regions_pick(const struct moment *m, struct pick *picks)
{
	const struct region_table *t = m->regions;
	size_t n = 0;

	for (size_t i = 0; i < t->count; i++) {
		const struct region_trend *trend = moment_trend(m, t->rows[i]->id);
		double rate = trend && isfinite(trend->rate) ? trend->rate : 0;
		picks[i] = (struct pick){t->rows[i], rate > 0 ? rate : 0};
	}
	qsort(picks, t->count, sizeof(*picks), by_rss);
	for (size_t i = 0; i < t->count; i++)
		if (i < LARGEST || picks[i].rate > 0)
			picks[n++] = picks[i];
	qsort(picks, n, sizeof(*picks), by_rate);
	return n;
}

static json_t *regions_value(const struct moment *m)
{
	json_t *a = json_array();
	struct pick *picks;
	int bad = 0;

	if (!m->regions || !m->regions->count)
		return a;
	picks = calloc(m->regions->count, sizeof(*picks));
	size_t n = picks ? regions_pick(m, picks) : 0;
	for (size_t i = 0; i < n; i++)
		bad |= json_array_append_new(a, value_region(m, picks[i].region, false));
	free(picks);
	return value_whole(a, bad || !picks);
}

/* --- the verdict --------------------------------------------------------------------------------- */

static json_t *evidence_value(const struct verdict *v)
{
	json_t *a = json_array();
	int bad = 0;

	for (unsigned i = 0; i < v->evidence_count && i < VERDICT_EVIDENCE_MAX; i++) {
		const struct evidence *e = &v->evidence[i];
		json_t *o = json_object();
		int wrong = json_object_set_new(o, "for", json_boolean(e->is_for));
		wrong |= json_object_set_new(o, "weight", value_real(e->weight));
		wrong |= json_object_set_new(o, "text", value_text(e->text, strlen(e->text)));
		bad |= json_array_append_new(a, value_whole(o, wrong));
	}
	return value_whole(a, bad);
}

/* The name of a figure that is linked; those of columns have the column's. */
static json_t *figure_value(int figure)
{
	static const struct {
		enum figure figure;
		const char *name;
	} names[] = {{FIGURE_FD_FILE, "fd_files"},          {FIGURE_FD_SOCKET, "fd_sockets"},
	             {FIGURE_FD_PIPE, "fd_pipes"},          {FIGURE_FD_EVENT, "fd_events"},
	             {FIGURE_FD_MEMFD, "fd_memfds"},        {FIGURE_CONNECTIONS, "connections"},
	             {FIGURE_SOCKETS_SEEN, "sockets_seen"}, {FIGURE_THREADS_SEEN, "threads_seen"},
	             {FIGURE_IO_READ, "io_read"},           {FIGURE_IO_WRITE, "io_write"},
	             {FIGURE_CTX_VOLUNTARY, "switches"},    {FIGURE_MAJFLT, "major_faults"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if ((int)names[i].figure == figure)
			return value_word(names[i].name);
	for (const struct column *c = columns; figure >= 0 && c->header; c++)
		if (c->figure == figure)
			return value_word(c->json);
	return json_null();
}

static json_t *links_value(const struct links *links)
{
	json_t *a = json_array();
	int bad = 0;

	for (unsigned i = 0; i < links->count && i < LINKS_MAX; i++) {
		const struct link *l = &links->link[i];
		json_t *o = json_object();
		int wrong = json_object_set_new(o, "kind", value_word(link_kind_json[l->kind]));
		wrong |= json_object_set_new(o, "figure", figure_value(l->figure));
		wrong |= json_object_set_new(o, "per_unit", value_real(l->per_unit));
		wrong |= json_object_set_new(o, "low", value_real(l->low));
		wrong |= json_object_set_new(o, "high", value_real(l->high));
		wrong |= json_object_set_new(o, "r", value_real(l->r));
		wrong |= json_object_set_new(o, "count", value_count(l->count));
		wrong |= json_object_set_new(o, "text", value_text(l->text, strlen(l->text)));
		bad |= json_array_append_new(a, value_whole(o, wrong));
	}
	return value_whole(a, bad);
}

static json_t *limit_value(const struct verdict *v)
{
	json_t *o;
	int bad;

	if (v->limit == LIMIT_NONE)
		return json_null();
	o = json_object();
	bad = json_object_set_new(o, "kind", value_word(verdict_limit_json[v->limit]));
	bad |= json_object_set_new(o, "bytes", value_count(v->limit_bytes));
	bad |= json_object_set_new(o, "count", value_count(v->limit_count));
	return value_whole(o, bad);
}

static int verdict_put(json_t *o, const struct verdict *v)
{
	int bad = 0;

	bad |= json_object_set_new(o, "verdict", value_word(verdict_kind_json[v->kind]));
	bad |= json_object_set_new(o, "cause", value_word(verdict_cause_json[v->cause]));
	bad |= json_object_set_new(o, "confidence",
	                           v->confidence < 0 ? json_null() : json_integer(v->confidence));
	bad |= json_object_set_new(o, "pattern", value_word(verdict_pattern_json[v->pattern]));
	bad |= json_object_set_new(o, "where", value_word(verdict_where_json[v->where]));
	bad |= json_object_set_new(o, "flagged_at_s", value_seconds(v->flagged));
	bad |= json_object_set_new(o, "growth_bytes_per_s", value_real(v->growth));
	bad |= json_object_set_new(o, "growth_low", value_real(v->growth_low));
	bad |= json_object_set_new(o, "growth_high", value_real(v->growth_high));
	bad |= json_object_set_new(o, "eta_s", value_real(v->eta));
	bad |= json_object_set_new(o, "eta_low_s", value_real(v->eta_low));
	bad |= json_object_set_new(o, "eta_high_s", value_real(v->eta_high));
	bad |= json_object_set_new(o, "limit", limit_value(v));
	bad |= json_object_set_new(o, "seen_above_bytes_per_s", value_real(v->power));
	bad |= json_object_set_new(o, "plateau_bytes", value_real(v->plateau));
	bad |= json_object_set_new(o, "plateau_in_s", value_real(v->plateau_in));
	return bad;
}

/* --- the report ---------------------------------------------------------------------------------- */

static int watch_put(json_t *o, const struct moment *m, const char *version)
{
	const struct target *t = m->target;
	int bad = 0;

	bad |= json_object_set_new(o, "schema", json_integer(SCHEMA));
	bad |= json_object_set_new(o, "tool", json_string("memleak-detective"));
	bad |= json_object_set_new(o, "version", value_word(version));
	bad |= json_object_set_new(o, "pid", t && t->pid ? json_integer(t->pid) : json_null());
	bad |= json_object_set_new(o, "command", value_word(t ? t->command : NULL));
	bad |= json_object_set_new(o, "samples", value_count(m->samples));
	bad |= json_object_set_new(o, "duration_s", value_seconds(m->time));
	bad |= json_object_set_new(o, "interval_s", value_seconds(m->interval));
	bad |= json_object_set_new(o, "ended", value_word(watch_end_json[m->ended]));
	return bad;
}

/* A past moment does not know how many there were by then. */
static json_t *restarts_value(const struct moment *m)
{
	if (!m->lives.count && !m->live)
		return json_null();
	return value_count(m->lives.count ? m->lives.count - 1 : 0);
}

/* null where there was no restart to tell of. */
static json_t *lives_value(const struct lives *l)
{
	json_t *a = json_array();
	int bad = 0;

	if (l->count < 2) {
		json_decref(a);
		return json_null();
	}
	for (unsigned i = 0; i < l->kept && i < LIVES_KEPT; i++) {
		const struct life *life = &l->life[i];
		json_t *o = json_object();
		int wrong = json_object_set_new(o, "begin_s", value_seconds(life->begin));
		wrong |= json_object_set_new(o, "duration_s",
		                             value_seconds(life->end - life->begin));
		wrong |= json_object_set_new(o, "first_bytes", value_count(life->first));
		wrong |= json_object_set_new(o, "last_bytes", value_count(life->last));
		wrong |= json_object_set_new(o, "growth_bytes_per_s", value_real(life->growth));
		wrong |= json_object_set_new(o, "steady", json_boolean(life->steady));
		bad |= json_array_append_new(a, value_whole(o, wrong));
	}
	return value_whole(a, bad);
}

static json_t *warnings_value(const struct moment *m)
{
	json_t *a = json_array();
	int bad = 0;

	for (unsigned i = 0; i < m->warning_count && i < MOMENT_WARNINGS; i++)
		bad |= json_array_append_new(a, value_word(m->warnings[i]));
	if (m->abilities.lacking[0])
		bad |= json_array_append_new(a, value_word(m->abilities.lacking));
	return value_whole(a, bad);
}

static json_t *report_value(const struct moment *m, const char *version)
{
	json_t *o = json_object();
	int bad = watch_put(o, m, version);

	bad |= verdict_put(o, &m->verdict);
	bad |= json_object_set_new(o, "first", value_sample(&m->first));
	bad |= json_object_set_new(o, "last", value_sample(&m->sample));
	bad |= json_object_set_new(o, "oom_score", value_count(m->bounds.oom_score));
	bad |= json_object_set_new(o, "oom_score_adj",
	                           m->bounds.oom_adjust == BOUNDS_NO_ADJUST
	                                   ? json_null()
	                                   : json_integer(m->bounds.oom_adjust));
	bad |= json_object_set_new(o, "evidence", evidence_value(&m->verdict));
	bad |= json_object_set_new(o, "restarts", restarts_value(m));
	bad |= json_object_set_new(o, "lives", lives_value(&m->lives));
	bad |= json_object_set_new(o, "links", links_value(&m->verdict.links));
	bad |= json_object_set_new(o, "regions", regions_value(m));
	bad |= json_object_set_new(o, "heap", value_heap(m->heap));
	bad |= json_object_set_new(o, "sites", value_sites(m->sites));
	bad |= json_object_set_new(o, "sites_trace", value_sites_trace(m->sites));
	bad |= json_object_set_new(o, "warnings", warnings_value(m));
	return value_whole(o, bad);
}

int json_report(const struct moment *m, const char *version, bool snapshot, struct buf *out)
{
	int err = value_write(report_value(m, version), true, out);

	if (err || !snapshot)
		return err;
	/* The snapshot is written region by region into the open object: a tree of 60,000 regions
	 * with all their fields would take 300 MB. */
	out->len -= strlen("\n}");
	buf_adds(out, ",\n  \"snapshot\": ");
	err = snapshot_write(m, out);
	return err ? err : buf_adds(out, "\n}");
}

bool json_available(void)
{
	return true;
}
