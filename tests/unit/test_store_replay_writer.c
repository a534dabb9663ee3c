/* SPDX-License-Identifier: MIT */
/* What the writer was given comes back: every field, also appended, also while it is being written. */

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support_recording.h"
#include "support_replay.h"

enum { PASSES = 30 };

static struct target *target_of(int pid, const char *command)
{
	struct target *t = target_new();

	assert_non_null(t);
	t->pid = pid;
	t->uid = 1000;
	t->start_ticks = (uint64_t)pid * 7;
	t->page = 4096;
	snprintf(t->comm, sizeof(t->comm), "comm of %d", pid);
	snprintf(t->command, sizeof(t->command), "%s", command);
	snprintf(t->exe, sizeof(t->exe), "/usr/bin/%d", pid);
	snprintf(t->user, sizeof(t->user), "shop");
	return t;
}

static void put_image(struct studio *s, uint64_t time, int pid, const char *command)
{
	struct target *t = target_of(pid, command);

	assert_int_equal(recording_image(s->r, time, t), 0);
	target_unref(t);
}

static void put_sample(struct studio *s, uint64_t time, uint64_t salt)
{
	struct sample sample;

	studio_sample(&sample, time, salt);
	assert_int_equal(recording_sample(s->r, &sample, 0, NULL), 0);
}

static void same_sample(const struct sample *a, const struct sample *b)
{
	assert_int_equal(a->time, b->time);
	assert_int_equal(a->wall, b->wall);
	assert_int_equal(a->flags, b->flags);
	assert_memory_equal(a->v, b->v, sizeof(a->v));
}

static void same_region(const struct region *a, const struct region *b)
{
	assert_int_equal(a->id, b->id);
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->prot, b->prot);
	assert_int_equal(a->mappings, b->mappings);
	assert_int_equal(a->start, b->start);
	assert_int_equal(a->end, b->end);
	assert_int_equal(a->size, b->size);
	assert_int_equal(a->offset, b->offset);
	assert_int_equal(a->inode, b->inode);
	assert_int_equal(a->major, b->major);
	assert_int_equal(a->minor, b->minor);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->born, b->born);
	assert_int_equal(a->peak, b->peak);
	assert_memory_equal(a->bytes, b->bytes, sizeof(a->bytes));
	assert_int_equal(a->name_len, b->name_len);
	assert_memory_equal(a->name, b->name, a->name_len);
}

static void same_table(const struct region_table *a, const struct region_table *b)
{
	assert_non_null(a);
	assert_int_equal(a->time, b->time);
	assert_int_equal(a->count, b->count);
	assert_int_equal(a->mappings, b->mappings);
	assert_int_equal(a->estimated, b->estimated);
	for (size_t i = 0; i < a->count; i++)
		same_region(a->rows[i], b->rows[i]);
}

/* Samples every second, a pass every other one; the tables are kept with a reference. */
static void record(struct studio *s, struct region_table *kept[PASSES])
{
	studio_open(s);
	put_image(s, 0, 4711, "shopd --port 80");
	for (unsigned i = 0; i < PASSES; i++) {
		put_sample(s, 2 * i * SECOND, 2 * i);
		kept[i] = region_table_ref(
		        studio_regions(s, 2 * i * SECOND, 60, i ? 9 : 0, i ? 3 : 0));
		assert_int_equal(recording_regions(s->r, kept[i]), 0);
		put_sample(s, (2 * i + 1) * SECOND, 2 * i + 1);
	}
	studio_commit(s);
}

static void forget(struct region_table *kept[PASSES])
{
	for (unsigned i = 0; i < PASSES; i++)
		region_table_unref(kept[i]);
}

static void moment__has_every_field__that_was_recorded(void **state)
{
	struct region_table *kept[PASSES];
	struct studio *s = *state;
	struct sample sample;
	struct replay *r;

	record(s, kept);
	studio_close(s);
	r = replay_of(s->path);
	for (unsigned i = PASSES; i-- > 0;) {
		for (unsigned k = 0; k < 2; k++) {
			struct moment *m = moment_of(r, (2 * i + k) * SECOND, 0);

			studio_sample(&sample, (2 * i + k) * SECOND, 2 * i + k);
			same_sample(&m->sample, &sample);
			same_table(m->regions, kept[i]);
			assert_int_equal(m->samples, 2 * i + k + 1);
			assert_int_equal(m->interval, SECOND);
			assert_int_equal(m->status[STATUS_VM_RSS], sample.v[FIGURE_RSS]);
			assert_false(m->live);
			moment_unref(m);
		}
	}
	forget(kept);
	replay_free(r);
}

static void source__brings_the_same_tables__as_the_watch_had(void **state)
{
	struct region_table *kept[PASSES], *t;
	struct studio *s = *state;
	struct source *source;
	struct sample sample, want;
	unsigned n = 0;
	struct replay *r;
	int err;

	record(s, kept);
	studio_close(s);
	r = replay_of(s->path);
	assert_int_equal(replay_source(r, &source), 0);
	for (; (err = source->ops->sample(source, 0, &sample)) == 0; n++) {
		studio_sample(&want, n * SECOND, n);
		same_sample(&sample, &want);
		t = source->ops->regions(source);
		if (n % 2)
			assert_null(t);
		else
			same_table(t, kept[n / 2]);
		region_table_unref(t);
	}
	assert_int_equal(err, -ENODATA);
	assert_int_equal(n, 2 * PASSES);
	source->ops->free(source);
	forget(kept);
	replay_free(r);
}

/* --- what was said ------------------------------------------------------------------------------ */

static void verdict_make(struct verdict *v)
{
	verdict_init(v);
	v->kind = VERDICT_LEAK;
	v->cause = CAUSE_LEAK;
	v->pattern = PATTERN_STEPWISE;
	v->where = WHERE_ARENA;
	v->outside_heap = true;
	v->confidence = 93;
	snprintf(v->reason, sizeof(v->reason), "it grows and \xc3\xa4 never rests");
	snprintf(v->condition, sizeof(v->condition), "it went on");
	v->needs = 14 * SECOND;
	v->growth = 1048576.5;
	v->growth_low = 1e6;
	v->since = 3 * SECOND;
	v->flagged = 4 * SECOND;
	v->limit = LIMIT_CGROUP_HIGH;
	v->limit_bytes = 512u << 20;
	v->eta = 400.25;
	v->eta_low = 390;
	v->power = 12.5;
	v->plateau = 1e9;
	v->plateau_in = 60;
	v->evidence_count = 2;
	v->evidence[0] = (struct evidence){.is_for = true, .weight = 0.75, .text = "it grows"};
	v->evidence[1] = (struct evidence){.is_for = false, .weight = 0.25, .text = "it is young"};
	v->links.count = 1;
	v->links.link[0] = (struct link){.kind = LINK_WHILE_OPEN,
	                                 .figure = FIGURE_CONNECTIONS,
	                                 .per_unit = 4096,
	                                 .low = 4000,
	                                 .high = NAN,
	                                 .r = 0.99,
	                                 .count = 12,
	                                 .text = "4 KB a minute for each connection"};
}

static void same_real(double a, double b)
{
	if (isnan(b))
		assert_true(isnan(a));
	else
		assert_true(a == b);
}

static void same_verdict(const struct verdict *a, const struct verdict *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->cause, b->cause);
	assert_int_equal(a->pattern, b->pattern);
	assert_int_equal(a->where, b->where);
	assert_int_equal(a->outside_heap, b->outside_heap);
	assert_int_equal(a->confidence, b->confidence);
	assert_string_equal(a->reason, b->reason);
	assert_string_equal(a->condition, b->condition);
	assert_int_equal(a->needs, b->needs);
	assert_int_equal(a->since, b->since);
	assert_int_equal(a->flagged, b->flagged);
	assert_int_equal(a->limit, b->limit);
	assert_int_equal(a->limit_bytes, b->limit_bytes);
	assert_int_equal(a->limit_count, b->limit_count);
	same_real(a->growth, b->growth);
	same_real(a->growth_low, b->growth_low);
	same_real(a->growth_high, b->growth_high);
	same_real(a->eta, b->eta);
	same_real(a->eta_low, b->eta_low);
	same_real(a->eta_high, b->eta_high);
	same_real(a->power, b->power);
	same_real(a->plateau, b->plateau);
	same_real(a->plateau_in, b->plateau_in);
}

static void same_reasons(const struct verdict *a, const struct verdict *b)
{
	assert_int_equal(a->evidence_count, b->evidence_count);
	for (unsigned i = 0; i < a->evidence_count; i++) {
		assert_int_equal(a->evidence[i].is_for, b->evidence[i].is_for);
		same_real(a->evidence[i].weight, b->evidence[i].weight);
		assert_string_equal(a->evidence[i].text, b->evidence[i].text);
	}
	assert_int_equal(a->links.count, b->links.count);
	for (unsigned i = 0; i < a->links.count; i++) {
		const struct link *x = &a->links.link[i], *y = &b->links.link[i];

		assert_int_equal(x->kind, y->kind);
		assert_int_equal(x->figure, y->figure);
		assert_int_equal(x->count, y->count);
		same_real(x->per_unit, y->per_unit);
		same_real(x->low, y->low);
		same_real(x->high, y->high);
		same_real(x->r, y->r);
		assert_string_equal(x->text, y->text);
	}
}

static void moment__has_the_verdict_and_the_events_of_then(void **state)
{
	const struct event exit = {.time = 8 * SECOND, .kind = EVENT_EXIT, .text = "it ended"};
	const struct event start = {.time = 0, .kind = EVENT_START, .text = "the watch began"};
	struct studio *s = *state;
	struct verdict v, empty;
	struct moment *m;
	struct replay *r;

	studio_open(s);
	put_image(s, 0, 4711, "shopd");
	verdict_init(&empty);
	verdict_make(&v);
	for (uint64_t i = 0; i < 10; i++) {
		put_sample(s, i * SECOND, i);
		assert_int_equal(recording_verdict(s->r, i * SECOND, i < 4 ? &empty : &v), 0);
		if (i == 0)
			assert_int_equal(recording_event(s->r, &start), 0);
		if (i == 8)
			assert_int_equal(recording_event(s->r, &exit), 0);
	}
	studio_commit(s);
	r = replay_of(s->path);
	m = moment_of(r, 3 * SECOND, 0);
	same_verdict(&m->verdict, &empty);
	assert_int_equal(m->event_count, 1);
	moment_unref(m);
	for (uint64_t i = 4; i < 10; i++) {
		m = moment_of(r, i * SECOND, 0);
		same_verdict(&m->verdict, &v);
		same_reasons(&m->verdict, &v);
		assert_int_equal(m->rows[m->row_count - 1].confidence, 93);
		assert_int_equal(m->rows[0].confidence, -1);
		moment_unref(m);
	}
	m = moment_of(r, 9 * SECOND, 0);
	assert_int_equal(m->event_count, 2);
	assert_int_equal(m->events[0].kind, EVENT_START);
	assert_int_equal(m->events[1].kind, EVENT_EXIT);
	assert_string_equal(m->events[1].text, "it ended");
	assert_int_equal(replay_event_before(r, 8 * SECOND), 0);
	assert_int_equal(replay_event_after(r, 0), 8 * SECOND);
	assert_int_equal(replay_event_after(r, 8 * SECOND), UNKNOWN);
	assert_int_equal(replay_event_before(r, 0), UNKNOWN);
	moment_unref(m);
	replay_free(r);
}

/* --- other processes ---------------------------------------------------------------------------- */

static void moment__is_that_of_its_own_process__after_an_exec(void **state)
{
	struct studio *s = *state;
	struct region_table *t;
	struct moment *m;
	struct replay *r;

	studio_open(s);
	put_image(s, 0, 1, "first");
	for (uint64_t i = 0; i < 20; i++) {
		if (i == 10)
			put_image(s, i * SECOND, 2, "second");
		put_sample(s, i * SECOND, i);
		if (i % 5)
			continue;
		/* The pass over the new program comes two seconds after it began. */
		t = i == 10 ? studio_regions(s, 12 * SECOND, 10, 0, 0)
		            : studio_regions(s, i * SECOND, 10, 0, i == 0 ? 0 : 2);
		if (i != 10)
			assert_int_equal(recording_regions(s->r, t), 0);
	}
	studio_commit(s);
	r = replay_of(s->path);
	m = moment_of(r, 9 * SECOND, 0);
	assert_string_equal(m->target->command, "first");
	assert_int_equal(m->regions->count, 10);
	assert_int_equal(m->baseline->sample.time, 0);
	moment_unref(m);
	m = moment_of(r, 11 * SECOND, 0);
	assert_string_equal(m->target->command, "second");
	assert_null(m->regions);
	assert_int_equal(m->trend_count, 0);
	assert_int_equal(m->first.time, 0);
	assert_int_equal(m->baseline->sample.time, 10 * SECOND);
	moment_unref(m);
	m = moment_of(r, 16 * SECOND, 0);
	assert_non_null(m->regions);
	assert_true(m->baseline->has_regions);
	moment_unref(m);
	replay_free(r);
}

static void replay__goes_on_behind_what_was_there__in_a_file_that_was_appended_to(void **state)
{
	struct region_table *kept[PASSES];
	struct studio *s = *state;
	struct replay *r;
	struct moment *m;
	uint64_t first_end, n = 0;

	record(s, kept);
	studio_close(s);
	first_end = (2 * PASSES - 1) * SECOND;
	forget(kept);
	region_table_unref(s->table);
	s->table = NULL;
	record(s, kept);
	studio_close(s);
	r = replay_of(s->path);
	for (uint64_t t = replay_oldest(r); known(t); t = replay_after(r, t))
		n++;
	assert_int_equal(n, 4 * PASSES);
	assert_true(replay_newest(r) > first_end + first_end);
	m = moment_of(r, replay_newest(r), 0);
	assert_int_equal(m->regions->count, 60);
	for (size_t i = 0; i < 60; i++)
		assert_int_equal(m->regions->rows[i]->start, kept[PASSES - 1]->rows[i]->start);
	moment_unref(m);
	m = moment_of(r, replay_after(r, first_end), 0);
	assert_true(m->sample.flags & SAMPLE_GAP);
	moment_unref(m);
	m = moment_of(r, first_end, 0);
	assert_int_equal(m->samples, 2 * PASSES);
	moment_unref(m);
	forget(kept);
	replay_free(r);
}

/* --- while it grows ----------------------------------------------------------------------------- */

static void refresh__takes_what_was_written_since__and_says_when_nothing_was(void **state)
{
	struct studio *s = *state;
	struct fault f = {0};
	struct region_table *t;
	struct moment *m;
	struct replay *r;

	studio_open(s);
	put_image(s, 0, 1, "first");
	put_sample(s, 0, 0);
	studio_commit(s);
	r = replay_of(s->path);
	assert_int_equal(replay_newest(r), 0);
	assert_int_equal(replay_refresh(r, &f), 0);
	for (uint64_t i = 1; i < 200; i++) {
		put_sample(s, i * SECOND, i);
		t = studio_regions(s, i * SECOND, 20, 2, 1);
		assert_int_equal(recording_regions(s->r, t), 0);
		if (i % 10)
			continue;
		studio_commit(s);
		assert_int_equal(replay_refresh(r, &f), 1);
		assert_int_equal(replay_newest(r), i * SECOND);
		m = moment_of(r, UNKNOWN, 0);
		assert_int_equal(m->time, i * SECOND);
		same_table(m->regions, t);
		moment_unref(m);
		assert_int_equal(replay_refresh(r, &f), 0);
	}
	replay_free(r);
}

/* --- thinned rows ------------------------------------------------------------------------------- */

static void charts__keep_the_extremes_of_what_was_thinned(void **state)
{
	struct studio *s = *state;
	struct sample sample, extremes[2];
	const struct chart *c;
	struct moment *m;
	struct replay *r;

	studio_open(s);
	put_image(s, 0, 1, "first");
	for (uint64_t i = 1; i <= 20; i++) {
		for (unsigned k = 0; k < 2; k++)
			sample_init(&extremes[k]);
		sample_init(&sample);
		sample.time = i * 60 * SECOND;
		sample.v[FIGURE_RSS] = 100 << 20;
		extremes[0].v[FIGURE_RSS] = (i == 7 ? 50ull : 90ull) << 20;
		extremes[1].v[FIGURE_RSS] = (i == 9 ? 500ull : 110ull) << 20;
		assert_int_equal(recording_sample(s->r, &sample, 60 * SECOND, extremes), 0);
	}
	studio_commit(s);
	r = replay_of(s->path);
	m = moment_of(r, UNKNOWN, 0);
	c = &m->charts[CHART_RSS];
	assert_int_equal(c->count, 20);
	assert_int_equal(c->points[6].min, 50 << 20);
	assert_int_equal(c->points[8].max, 500 << 20);
	assert_int_equal(c->points[12].min, 90 << 20);
	assert_int_equal(c->points[12].max, 110 << 20);
	for (unsigned i = 0; i < c->count; i++)
		assert_int_equal(c->points[i].last, 100 << 20);
	assert_int_equal(m->charts[CHART_SWAP].points[5].last, UNKNOWN);
	assert_int_equal(m->status_peak[STATUS_VM_RSS], 500 << 20);
	assert_int_equal(m->status_peak[STATUS_VM_SWAP], UNKNOWN);
	moment_unref(m);
	replay_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(moment__has_every_field__that_was_recorded,
	                                        studio_setup, studio_teardown),
	        cmocka_unit_test_setup_teardown(source__brings_the_same_tables__as_the_watch_had,
	                                        studio_setup, studio_teardown),
	        cmocka_unit_test_setup_teardown(moment__has_the_verdict_and_the_events_of_then,
	                                        studio_setup, studio_teardown),
	        cmocka_unit_test_setup_teardown(moment__is_that_of_its_own_process__after_an_exec,
	                                        studio_setup, studio_teardown),
	        cmocka_unit_test_setup_teardown(
	                replay__goes_on_behind_what_was_there__in_a_file_that_was_appended_to,
	                studio_setup, studio_teardown),
	        cmocka_unit_test_setup_teardown(
	                refresh__takes_what_was_written_since__and_says_when_nothing_was,
	                studio_setup, studio_teardown),
	        cmocka_unit_test_setup_teardown(charts__keep_the_extremes_of_what_was_thinned,
	                                        studio_setup, studio_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
