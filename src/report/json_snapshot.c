/* SPDX-License-Identifier: MIT */
/*
 * Knows what an exported moment holds beyond the report: every region, every figure, the history in
 * its charts. Refuses to know the report itself.
 */
#include "report/json_values.h"

#include <string.h>

#include <jansson.h>

#include "base/known.h"

/* --- members ------------------------------------------------------------------------------------- */

static json_t *status_value(const uint64_t v[STATUS_KEY_COUNT])
{
	json_t *o = json_object();
	int bad = 0;

	for (int i = 0; i < STATUS_KEY_COUNT; i++)
		bad |= json_object_set_new(o, status_keys[i].name, value_count(v[i]));
	return value_whole(o, bad);
}

static json_t *meminfo_value(const uint64_t v[MEMINFO_KEY_COUNT])
{
	json_t *o = json_object();
	int bad = 0;

	for (int i = 0; i < MEMINFO_KEY_COUNT; i++)
		bad |= json_object_set_new(o, meminfo_keys[i].name, value_count(v[i]));
	return value_whole(o, bad);
}

static json_t *fds_value(const uint64_t v[FD_KIND_COUNT])
{
	json_t *o = json_object();
	int bad = 0;

	for (int i = 0; i < FD_KIND_COUNT; i++)
		bad |= json_object_set_new(o, fd_kind_names[i], value_count(v[i]));
	return value_whole(o, bad);
}

static json_t *limits_value(const struct moment *m)
{
	json_t *o = json_object();
	int bad = 0;

	bad |= json_object_set_new(o, "address_space", value_count(m->limits[LIMIT_AS]));
	bad |= json_object_set_new(o, "data", value_count(m->limits[LIMIT_DATA]));
	bad |= json_object_set_new(o, "stack", value_count(m->limits[LIMIT_STACK]));
	bad |= json_object_set_new(o, "open_files", value_count(m->limits[LIMIT_NOFILE]));
	bad |= json_object_set_new(o, "cgroup", value_count(m->cgroup_limit));
	bad |= json_object_set_new(o, "cgroup_usage", value_count(m->cgroup_usage));
	bad |= json_object_set_new(o, "cgroup_path", value_word(m->cgroup_path));
	bad |= json_object_set_new(o, "cgroup_cache", value_count(m->bounds.cgroup_cache));
	bad |= json_object_set_new(o, "cgroup_ancestor", json_integer(m->bounds.cgroup_ancestor));
	bad |= json_object_set_new(o, "cgroup_throttles", json_boolean(m->bounds.cgroup_throttles));
	bad |= json_object_set_new(o, "mappings", value_count(m->limits[LIMIT_MAPPINGS]));
	bad |= json_object_set_new(o, "address_32_bit", value_count(m->bounds.address));
	return value_whole(o, bad);
}

static json_t *target_value(const struct moment *m)
{
	const struct target *t = m->target;
	json_t *o;
	int bad = 0;

	if (!t)
		return json_null();
	o = json_object();
	bad |= json_object_set_new(o, "comm", value_word(t->comm));
	bad |= json_object_set_new(o, "exe", value_word(t->exe));
	bad |= json_object_set_new(o, "user", value_word(t->user));
	bad |= json_object_set_new(o, "uid", value_count(t->uid));
	bad |= json_object_set_new(o, "inner_pid", value_count(t->inner_pid));
	bad |= json_object_set_new(o, "start_ticks", value_count(t->start_ticks));
	bad |= json_object_set_new(o, "page_size", value_count(t->page));
	bad |= json_object_set_new(o, "state", value_word(target_state_words[m->state]));
	bad |= json_object_set_new(o, "lacking", value_word(m->abilities.lacking));
	return value_whole(o, bad);
}

static json_t *events_value(const struct moment *m)
{
	json_t *a = json_array();
	int bad = 0;

	for (unsigned i = 0; i < m->event_count && i < MOMENT_EVENTS; i++) {
		const struct event *e = &m->events[i];
		json_t *o = json_object();
		int wrong = json_object_set_new(o, "time_s", value_seconds(e->time));
		wrong |= json_object_set_new(o, "kind", value_word(event_kind_words[e->kind]));
		wrong |= json_object_set_new(o, "text", value_word(e->text));
		bad |= json_array_append_new(a, value_whole(o, wrong));
	}
	return value_whole(a, bad);
}

/* One point is [time_s, min, max, last]: short, because there are many. */
static json_t *chart_value(const struct chart *c)
{
	json_t *a = json_array();
	int bad = 0;

	for (unsigned i = 0; i < c->count && i < CHART_POINTS; i++) {
		const struct chart_point *p = &c->points[i];
		json_t *point = json_array();
		int wrong = json_array_append_new(point, value_seconds(p->time));
		wrong |= json_array_append_new(point, value_count(p->min));
		wrong |= json_array_append_new(point, value_count(p->max));
		wrong |= json_array_append_new(point, value_count(p->last));
		bad |= json_array_append_new(a, value_whole(point, wrong));
	}
	return value_whole(a, bad);
}

static json_t *history_value(const struct moment *m)
{
	json_t *o = json_object(), *point = json_array();
	int bad = json_array_append_new(point, json_string("time_s"));

	bad |= json_array_append_new(point, json_string("min"));
	bad |= json_array_append_new(point, json_string("max"));
	bad |= json_array_append_new(point, json_string("last"));
	bad |= json_object_set_new(o, "point", value_whole(point, bad));
	for (int k = 0; k < CHART_COUNT; k++)
		bad |= json_object_set_new(o, chart_names[k], chart_value(&m->charts[k]));
	return value_whole(o, bad);
}

/* What the two letters in "vm_flags" stand for. */
static json_t *meanings_value(void)
{
	json_t *o = json_object();
	int bad = 0;

	for (unsigned i = 0; smaps_flags[i].meaning; i++)
		bad |= json_object_set_new(o, smaps_flags[i].code,
		                           json_string(smaps_flags[i].meaning));
	return value_whole(o, bad);
}

static json_t *pass_value(const struct region_table *t)
{
	json_t *o, *totals;
	int bad = 0;

	if (!t)
		return json_null();
	o = json_object();
	totals = json_object();
	for (int i = 0; i < SMAPS_KEY_COUNT; i++)
		bad |= json_object_set_new(totals, smaps_keys[i].name, value_count(t->totals[i]));
	bad |= json_object_set_new(o, "time_s", value_seconds(t->time));
	bad |= json_object_set_new(o, "torn", json_boolean(t->torn));
	bad |= json_object_set_new(o, "partial", json_boolean(t->partial));
	bad |= json_object_set_new(o, "estimated", json_boolean(t->estimated));
	bad |= json_object_set_new(o, "mappings", value_count(t->mappings));
	bad |= json_object_set_new(o, "size", value_count(t->size));
	bad |= json_object_set_new(o, "totals", totals);
	return value_whole(o, bad);
}

static json_t *costs_value(const struct costs *c)
{
	json_t *o = json_object();
	int bad = 0;

	bad |= json_object_set_new(o, "pass_s", value_seconds(c->pass_ns));
	bad |= json_object_set_new(o, "longest_call_s", value_seconds(c->longest_call_ns));
	bad |= json_object_set_new(o, "worst_call_s", value_seconds(c->worst_call_ns));
	bad |= json_object_set_new(o, "period_s", value_seconds(c->period_ns));
	bad |= json_object_set_new(o, "cpu_percent", value_real(c->cpu_percent));
	bad |= json_object_set_new(o, "blocked_s", value_seconds(c->blocked_ns));
	return value_whole(o, bad);
}

/* --- text ---------------------------------------------------------------------------------------- */

/* Member `key`, on one line; everything behind `err` is skipped once something failed. */
static int member_write(int err, const char *key, json_t *value, struct buf *out)
{
	if (err) {
		json_decref(value);
		return err;
	}
	buf_addf(out, "    \"%s\": ", key);
	err = value_write(value, false, out);
	return err ? err : buf_adds(out, ",\n");
}

/* One region a line. */
static int regions_write(const struct moment *m, struct buf *out)
{
	size_t count = m->regions ? m->regions->count : 0;
	int err = 0;

	if (!m->regions)
		return buf_adds(out, "    \"regions\": null\n");
	buf_adds(out, "    \"regions\": [");
	for (size_t i = 0; i < count && !err; i++) {
		buf_adds(out, i ? ",\n      " : "\n      ");
		err = value_write(value_region(m, m->regions->rows[i], true), false, out);
	}
	return err ? err : buf_adds(out, "\n    ]\n");
}

int snapshot_write(const struct moment *m, struct buf *out)
{
	int err = buf_adds(out, "{\n");

	err = member_write(err, "time_s", value_seconds(m->time), out);
	err = member_write(err, "utc", value_utc(m->wall), out);
	err = member_write(err, "live", json_boolean(m->live), out);
	err = member_write(err, "target", target_value(m), out);
	err = member_write(err, "reason", value_word(m->verdict.reason), out);
	err = member_write(err, "figures", value_figures(&m->sample), out);
	err = member_write(err, "status", status_value(m->status), out);
	err = member_write(err, "status_peak", status_value(m->status_peak), out);
	err = member_write(err, "fds", fds_value(m->fds), out);
	err = member_write(err, "meminfo", meminfo_value(m->meminfo), out);
	err = member_write(err, "limits", limits_value(m), out);
	err = member_write(err, "costs", costs_value(&m->costs), out);
	err = member_write(err, "events", events_value(m), out);
	err = member_write(err, "history", history_value(m), out);
	err = member_write(err, "pass", pass_value(m->regions), out);
	err = member_write(err, "vm_flag_meanings", meanings_value(), out);
	if (!err)
		err = regions_write(m, out);
	return err ? err : buf_adds(out, "  }");
}
