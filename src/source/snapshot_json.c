/* SPDX-License-Identifier: MIT */
/*
 * An exported moment as JSON. Knows schema 1; what is missing in it is unknown, for older exports had less.
 * Refuses to know regions, which are taken out of the text (snapshot_json_regions.c).
 */
#include "source/snapshot_json.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/safe_text.h"
#include "model/figure.h"

/* --- values ---------------------------------------------------------------------------------------- */

double member_real(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	return json_is_number(v) ? json_number_value(v) : (double)NAN;
}

uint64_t member_count(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);
	double real;

	if (json_is_integer(v))
		return json_integer_value(v) >= 0 ? (uint64_t)json_integer_value(v) : UNKNOWN;
	real = json_is_real(v) ? json_real_value(v) : -1;
	return real >= 0 && real < 0x1p64 - 2048 ? (uint64_t)real : UNKNOWN;
}

uint64_t member_seconds(const json_t *o, const char *key)
{
	double s = member_real(o, key);

	return s >= 0 && s < 9e9 ? (uint64_t)llround(s * 1e9) : UNKNOWN;
}

const char *member_text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

/* Of any origin, though ours are safe already: what was safe stays as it is. */
static void text_take(const json_t *o, const char *key, char *out, size_t size)
{
	const char *text = member_text(o, key);

	safe_copy(out, size, text, strlen(text), SAFE_UTF8);
}

static uint64_t utc_of(const json_t *o, const char *key)
{
	const char *text = member_text(o, key), *end;
	struct tm tm = {0};
	time_t seconds;

	end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	seconds = end && !*end ? timegm(&tm) : -1;
	return seconds >= 0 && seconds < 9000000000 ? (uint64_t)seconds * NS_PER_S : UNKNOWN;
}

/* The place of a word in a list of words; `other` where it is none of them. */
static int word_of(const json_t *o, const char *key, const char *const *words, int count, int other)
{
	const char *text = member_text(o, key);

	for (int i = 0; *text && i < count; i++)
		if (words[i] && strcmp(words[i], text) == 0)
			return i;
	return other;
}

/* --- samples --------------------------------------------------------------------------------------- */

static void sample_take(const json_t *o, struct sample *s)
{
	s->time = known_or(member_seconds(o, "time_s"), 0);
	s->wall = utc_of(o, "utc");
	for (const struct column *c = columns; c->header; c++)
		if (c->json && c->figure >= 0)
			s->v[c->figure] = c->unit == UNIT_SECONDS ? member_seconds(o, c->json)
			                                          : member_count(o, c->json);
}

static void figures_take(const json_t *o, struct sample *s)
{
	for (int f = 0; f < FIGURE_COUNT; f++) {
		const struct figure_info *info = &figure_infos[f];
		uint64_t v = info->unit == UNIT_SECONDS ? member_seconds(o, info->json)
		                                        : member_count(o, info->json);
		if (known(v))
			s->v[f] = v;
	}
}

/* Exports of before have no "figures": more than in "last" stands in the lines of status. */
static void figures_from_status(struct moment *m)
{
	for (const struct status_figure *f = status_figures; f->figure != FIGURE_COUNT; f++)
		if (!known(m->sample.v[f->figure]))
			m->sample.v[f->figure] = m->status[f->key];
}

static void sample_complete(const json_t *snapshot, struct moment *m)
{
	const json_t *figures = json_object_get(snapshot, "figures");
	const json_t *status = json_object_get(snapshot, "status");

	for (int i = 0; i < STATUS_KEY_COUNT; i++)
		m->status[i] = member_count(status, status_keys[i].name);
	if (figures)
		figures_take(figures, &m->sample);
	else
		figures_from_status(m);
}

/* --- the target and the verdict ---------------------------------------------------------------------- */

static int target_take(const json_t *report, const json_t *o, struct moment *m)
{
	uint64_t pid = member_count(report, "pid");

	m->target = target_new();
	if (!m->target)
		return -ENOMEM;
	m->target->pid = pid <= INT32_MAX ? (int32_t)pid : 0;
	m->target->inner_pid = member_count(o, "inner_pid");
	m->target->uid = member_count(o, "uid");
	m->target->start_ticks = member_count(o, "start_ticks");
	m->target->page = member_count(o, "page_size");
	text_take(o, "comm", m->target->comm, sizeof(m->target->comm));
	text_take(report, "command", m->target->command, sizeof(m->target->command));
	text_take(o, "exe", m->target->exe, sizeof(m->target->exe));
	text_take(o, "user", m->target->user, sizeof(m->target->user));
	return 0;
}

static void verdict_take(const json_t *report, const json_t *snapshot, struct verdict *v)
{
	const json_t *confidence = json_object_get(report, "confidence");

	v->kind = (enum verdict_kind)word_of(report, "verdict", verdict_kind_json,
	                                     VERDICT_KIND_COUNT, VERDICT_UNKNOWN);
	v->cause = (enum verdict_cause)word_of(report, "cause", verdict_cause_json, CAUSE_COUNT,
	                                       CAUSE_NULL);
	v->pattern = (enum verdict_pattern)word_of(report, "pattern", verdict_pattern_json,
	                                           PATTERN_COUNT, PATTERN_NULL);
	v->where = (enum verdict_where)word_of(report, "where", verdict_where_json, WHERE_COUNT,
	                                       WHERE_NULL);
	if (json_is_integer(confidence) && json_integer_value(confidence) >= 0 &&
	    json_integer_value(confidence) <= 100)
		v->confidence = (int)json_integer_value(confidence);
	v->flagged = member_seconds(report, "flagged_at_s");
	v->growth = member_real(report, "growth_bytes_per_s");
	v->growth_low = member_real(report, "growth_low");
	v->growth_high = member_real(report, "growth_high");
	text_take(snapshot, "reason", v->reason, sizeof(v->reason));
}

static void events_take(const json_t *list, struct moment *m)
{
	size_t count = json_array_size(list);

	for (size_t i = count > MOMENT_EVENTS ? count - MOMENT_EVENTS : 0; i < count; i++) {
		const json_t *o = json_array_get(list, i);
		struct event *e = &m->events[m->event_count];
		int kind = word_of(o, "kind", event_kind_words, EVENT_KIND_COUNT, -1);

		if (kind < 0)
			continue;
		e->kind = (enum event_kind)kind;
		e->time = known_or(member_seconds(o, "time_s"), 0);
		text_take(o, "text", e->text, sizeof(e->text));
		m->event_count++;
	}
}

/* --- the file -------------------------------------------------------------------------------------- */

/* All but the regions, as a tree. NULL: no JSON, or no memory. */
static json_t *rest_load(const struct snapshot_text *t, size_t at, size_t len)
{
	json_error_t error;
	struct buf text;
	json_t *o;

	buf_init(&text, SNAPSHOT_BYTES + 8);
	buf_add(&text, t->bytes, at);
	if (len)
		buf_adds(&text, "null ");
	buf_add(&text, t->bytes + at + len, t->len - at - len);
	o = text.error ? NULL : json_loadb(buf_str(&text), text.len, 0, &error);
	buf_done(&text);
	return o;
}

static int report_take(const json_t *report, struct moment *m)
{
	const json_t *snapshot = json_object_get(report, "snapshot");
	int err = target_take(report, json_object_get(snapshot, "target"), m);

	if (err)
		return err;
	m->time = known_or(member_seconds(snapshot, "time_s"), 0);
	m->wall = utc_of(snapshot, "utc");
	m->interval = known_or(member_seconds(report, "interval_s"), NS_PER_S);
	m->samples = known_or(member_count(report, "samples"), 0);
	sample_take(json_object_get(report, "first"), &m->first);
	sample_take(json_object_get(report, "last"), &m->sample);
	sample_complete(snapshot, m);
	verdict_take(report, snapshot, &m->verdict);
	events_take(json_object_get(snapshot, "events"), m);
	return 0;
}

static int tell(const struct snapshot_text *t, const char *what, struct fault *fault)
{
	return fault_set(fault, STATUS_USAGE, "%s: %s", t->name, what);
}

/* Ours, and with what is compared in it; else it is told what it is. */
static int check(const struct snapshot_text *t, const json_t *report, struct fault *fault)
{
	if (strcmp(member_text(report, "tool"), "memleak-detective") != 0)
		return tell(t, "JSON, but not of this program; export a moment with key e", fault);
	if (member_count(report, "schema") != 1)
		return tell(t,
		            "its schema is newer than this program; use the program that wrote it",
		            fault);
	if (!json_is_object(json_object_get(report, "snapshot")))
		return tell(
		        t,
		        "a report without the snapshot of a moment; export one with key e in the "
		        "dashboard",
		        fault);
	return 0;
}

int snapshot_json(const struct snapshot_text *t, struct moment *m, struct fault *fault)
{
	size_t at = 0, len = 0;
	bool regions = snapshot_regions_find(t, &at, &len);
	json_t *report = rest_load(t, regions ? at : 0, regions ? len : 0);
	int err;

	if (!report)
		return tell(t, "damaged: it is no whole JSON; export the moment again with key e",
		            fault);
	err = check(t, report, fault);
	if (err)
		goto out;
	err = report_take(report, m);
	if (!err && regions)
		err = snapshot_regions_take(t->bytes + at, len,
		                            json_object_get(json_object_get(report, "snapshot"),
		                                            "pass"),
		                            m);
	if (err == -EINVAL)
		tell(t,
		     "damaged: its regions do not hold together; export the moment again with "
		     "key e",
		     fault);
	else if (err)
		tell(t, fault_reason(err), fault);
out:
	json_decref(report);
	return err;
}
