/* SPDX-License-Identifier: MIT */
/*
 * Knows the JSON of --top. Refuses to know how a value is spelt, who stands in it, and where it goes.
 */
#include <math.h>
#include <string.h>

#include <jansson.h>

#include "base/known.h"
#include "detect/machine.h"
#include "report/json_values.h"
#include "report/top.h"

enum { SCHEMA = 1 };

/* Raw bytes in a field of this size; "" is null. */
static json_t *name_value(const char *s, size_t room)
{
	return s[0] ? value_text(s, strnlen(s, room)) : json_null();
}

static json_t *signed_value(bool is_known, int64_t v)
{
	return is_known ? json_integer(v) : json_null();
}

static int verdict_put(json_t *o, const struct process *p, const struct process_suspect *s)
{
	bool judged = p->suspect || p->verdict != VERDICT_UNKNOWN;
	int bad = 0;

	bad |= json_object_set_new(o, "verdict",
	                           value_word(judged ? verdict_kind_json[p->verdict] : NULL));
	bad |= json_object_set_new(o, "cause", value_word(verdict_cause_json[p->cause]));
	bad |= json_object_set_new(o, "confidence",
	                           p->confidence < 0 ? json_null() : json_integer(p->confidence));
	bad |= json_object_set_new(o, "reason", value_word(s ? s->reason : NULL));
	bad |= json_object_set_new(o, "growth_bytes_per_s", value_real(p->growth / 60));
	return bad;
}

static json_t *process_value(const struct process_list *l, uint32_t row)
{
	const struct process *p = &l->rows[row];
	const char state[2] = {p->state, 0};
	json_t *o = json_object();
	int bad = 0;

	bad |= json_object_set_new(o, "pid", json_integer(p->pid));
	bad |= json_object_set_new(o, "ppid", p->ppid ? json_integer(p->ppid) : json_null());
	bad |= json_object_set_new(o, "comm", name_value(p->comm, sizeof(p->comm)));
	bad |= json_object_set_new(o, "command", name_value(p->command, sizeof(p->command)));
	bad |= json_object_set_new(o, "state", value_word(state));
	bad |= json_object_set_new(o, "uid", value_count(p->uid));
	bad |= json_object_set_new(o, "user", name_value(p->user, sizeof(p->user)));
	bad |= json_object_set_new(o, "unit", name_value(p->unit, sizeof(p->unit)));
	bad |= json_object_set_new(o, "age_s", value_seconds(p->age));
	bad |= json_object_set_new(o, "rss", value_count(p->rss));
	bad |= json_object_set_new(o, "vsz", value_count(p->vsz));
	bad |= json_object_set_new(o, "anon", value_count(p->anon));
	bad |= json_object_set_new(o, "swap", value_count(p->swap));
	bad |= verdict_put(o, p, process_suspect_of(l, row));
	return value_whole(o, bad);
}

static json_t *processes_value(const struct process_list *l, size_t n)
{
	uint32_t rows[TOP_MAX];
	size_t count = top_choose(l, n < TOP_MAX ? n : TOP_MAX, rows);
	json_t *a = json_array();
	int bad = 0;

	for (size_t i = 0; i < count; i++)
		bad |= json_array_append_new(a, process_value(l, rows[i]));
	return value_whole(a, bad);
}

static json_t *meminfo_value(const struct machine *m)
{
	json_t *o = json_object();
	int bad = 0;

	for (int i = 0; i < MEMINFO_KEY_COUNT; i++)
		bad |= json_object_set_new(o, meminfo_keys[i].name, value_count(m->now[i]));
	return value_whole(o, bad);
}

static json_t *grown_value(const struct machine_course *c)
{
	json_t *o = json_object();
	int bad = 0;

	for (int i = 0; i < MACHINE_PART_COUNT; i++)
		bad |= json_object_set_new(o, machine_part_json[i],
		                           signed_value(c->known && c->grown_known[i],
		                                        c->grown[i]));
	return value_whole(o, bad);
}

static json_t *machine_value(const struct machine *m)
{
	struct machine_course c;
	char text[240];
	json_t *o = json_object();
	int bad = 0;

	machine_course_find(m, &c);
	machine_sentence(m, text, sizeof(text));
	bad |= json_object_set_new(o, "meminfo", meminfo_value(m));
	bad |= json_object_set_new(o, "stalled_some_percent", value_real(m->pressure.some));
	bad |= json_object_set_new(o, "stalled_full_percent", value_real(m->pressure.full));
	bad |= json_object_set_new(o, "loses", c.known ? json_boolean(c.loses) : json_null());
	bad |= json_object_set_new(o, "lost_bytes", signed_value(c.known, c.lost));
	bad |= json_object_set_new(o, "grown_bytes", grown_value(&c));
	bad |= json_object_set_new(o, "text", value_word(c.known ? text : NULL));
	return value_whole(o, bad);
}

static json_t *top_value(const struct process_list *l, size_t n, const char *version)
{
	json_t *o = json_object();
	int bad = 0;

	bad |= json_object_set_new(o, "schema", json_integer(SCHEMA));
	bad |= json_object_set_new(o, "tool", json_string("memleak-detective"));
	bad |= json_object_set_new(o, "version", value_word(version));
	bad |= json_object_set_new(o, "duration_s", value_seconds(l->span));
	bad |= json_object_set_new(o, "interval_s",
	                           l->growth_known ? value_seconds(l->interval) : json_null());
	bad |= json_object_set_new(o, "growth_known", json_boolean(l->growth_known));
	bad |= json_object_set_new(o, "processes", value_count(l->count));
	bad |= json_object_set_new(o, "unreadable", value_count(l->hidden));
	bad |= json_object_set_new(o, "judged", json_integer(l->suspect_count));
	bad |= json_object_set_new(o, "machine", machine_value(&l->machine));
	bad |= json_object_set_new(o, "top", processes_value(l, n));
	return value_whole(o, bad);
}

int top_json(const struct process_list *l, size_t n, const char *version, struct buf *out)
{
	return value_write(top_value(l, n, version), true, out);
}
