/* SPDX-License-Identifier: MIT */
/* The grid of samples, and the crank turned by a source that brings its own figures. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/ticker.h"
#include "app/watch.h"
#include "base/clock.h"
#include "model/history.h"

/* A source that grows by `step` bytes a sample and ends after `left` samples. */
struct script {
	struct source source;
	uint64_t anon, step, left;
	uint64_t own_time;        /* 0: time of the ticker; else ns a sample */
	unsigned flags_at, flags; /* SAMPLE_... for the sample number flags_at */
	struct source_news news;  /* told with that sample; kind 0: none */
	unsigned taken;
	bool freed;
};

static int script_sample(struct source *source, uint64_t now, struct sample *ret)
{
	struct script *s = (struct script *)source;

	if (s->left-- == 0)
		return -ENODATA;
	sample_init(ret);
	ret->time = s->own_time ? s->own_time * s->taken : now;
	ret->wall = UNKNOWN;
	s->taken++;
	s->anon += s->step;
	ret->v[FIGURE_ANON] = s->anon;
	ret->v[FIGURE_SWAP] = 0;
	ret->v[FIGURE_LAZYFREE] = 0;
	ret->v[FIGURE_RSS] = s->anon + (4 << 20);
	ret->v[FIGURE_VSZ] = s->anon + (64 << 20);
	ret->v[FIGURE_HEAP] = s->anon;
	ret->v[FIGURE_DATA] = s->anon + (8 << 20);
	if (s->taken == s->flags_at)
		ret->flags |= s->flags;
	return 0;
}

static struct region_table *script_regions(struct source *source)
{
	(void)source;
	return NULL;
}

static void script_describe(struct source *source, struct moment *m)
{
	(void)source;
	m->state = TARGET_REPLAYED;
}

static void script_free(struct source *source)
{
	((struct script *)source)->freed = true;
}

static bool script_news(struct source *source, struct source_news *ret)
{
	struct script *s = (struct script *)source;
	bool told = s->news.kind && s->taken == s->flags_at;

	if (told)
		*ret = s->news;
	if (told)
		s->news.kind = 0;
	return told;
}

static const struct source_ops script_ops = {
        .news = script_news,
        .sample = script_sample,
        .regions = script_regions,
        .describe = script_describe,
        .free = script_free,
};

static struct watch *watch_of(struct script *s, uint64_t interval)
{
	struct options o = {.interval = interval, .mode = MODE_ANALYZE};
	struct watch *w = NULL;

	s->source.ops = &script_ops;
	if (!s->anon)
		s->anon = 64 << 20;
	assert_int_equal(watch_new(&s->source, &o, &w), 0);
	return w;
}

/* Turns the crank to the end and returns how often `word` began a line that had to be said. */
static unsigned run_and_count(struct watch *w, const char *word)
{
	unsigned n = 0;
	const char *line;

	while (watch_sample(w, 0) == 0)
		while ((line = watch_next_line(w)))
			n += strncmp(line, word, strlen(word)) == 0;
	return n;
}

static void watch__warns__once_about_a_straight_leak(void **state)
{
	struct script s = {.step = 1 << 20, .left = 60, .own_time = NS_PER_S};
	struct watch *w = watch_of(&s, NS_PER_S);

	(void)state;
	assert_int_equal(run_and_count(w, "Warning: linear heap growth detected"), 1);
	assert_true(watch_alarmed(w));
	watch_free(w);
	assert_true(s.freed);
}

static void watch__says__nothing_about_an_idle_process(void **state)
{
	struct script s = {.step = 0, .left = 120, .own_time = NS_PER_S};
	struct watch *w = watch_of(&s, NS_PER_S);

	(void)state;
	assert_int_equal(run_and_count(w, ""), 0);
	assert_false(watch_alarmed(w));
	watch_free(w);
}

static void watch__tells__a_crossed_threshold_once(void **state)
{
	struct script s = {.step = 1 << 20, .left = 30, .own_time = NS_PER_S};
	struct options o = {.interval = NS_PER_S, .mode = MODE_ANALYZE};
	struct watch *w = NULL;

	(void)state;
	s.source.ops = &script_ops;
	s.anon = 64 << 20;
	thresholds_add(&o.thresholds, MAX_RSS, 80 << 20);
	assert_int_equal(watch_new(&s.source, &o, &w), 0);
	assert_int_equal(run_and_count(w, "Warning: RSS "), 1);
	assert_true(watch_alarmed(w));
	watch_free(w);
}

/* Up for ten samples, down for ten: one note that counts, and a banner only while it is above. */
static void watch__tells_each_crossing__and_notes_how_many(void **state)
{
	struct script s = {.left = 60, .own_time = NS_PER_S};
	struct options o = {.interval = NS_PER_S, .mode = MODE_ANALYZE};
	struct watch *w = NULL;
	unsigned lines = 0, above = 0;

	(void)state;
	s.source.ops = &script_ops;
	thresholds_add(&o.thresholds, MAX_RSS, 80 << 20);
	assert_int_equal(watch_new(&s.source, &o, &w), 0);
	for (unsigned i = 0; i < 60; i++) {
		s.anon = (i / 10 % 2 ? 90ull : 50ull) << 20;
		assert_int_equal(watch_sample(w, 0), 0);
		for (const char *line; (line = watch_next_line(w));)
			lines += strstr(line, "--max-rss") != NULL;
		struct moment *now = watch_moment(w, UNKNOWN, 0);
		assert_non_null(now);
		above += now->alarm[0] != 0;
		assert_int_equal(now->alarms, (i + 10) / 20);
		moment_unref(now);
	}
	assert_int_equal(lines, 3);
	assert_int_equal(above, 30);
	struct moment *m = watch_moment(w, UNKNOWN, 0);
	unsigned notes = 0;
	for (unsigned i = 0; i < m->warning_count; i++)
		notes += strcmp(m->warnings[i], "RSS 94.0 MB is above --max-rss 80 MB (3 times)") ==
		         0;
	assert_int_equal(notes, 1);
	moment_unref(m);
	watch_free(w);
}

static void watch__departs__from_a_recording_it_was_given(void **state)
{
	struct script s = {.left = 60, .own_time = NS_PER_S};
	struct options o = {.interval = NS_PER_S, .mode = MODE_ANALYZE};
	static struct normal normal;
	struct sample taught;
	struct watch *w = NULL;

	(void)state;
	s.source.ops = &script_ops;
	s.anon = 64 << 20;
	normal_init(&normal);
	for (unsigned i = 0; i < 20; i++) {
		sample_init(&taught);
		taught.time = i * NS_PER_S;
		taught.v[FIGURE_ANON] = (i == 19 ? 65ull : 64ull) << 20;
		normal_teach(&normal, &taught);
	}
	assert_int_equal(normal_taught(&normal), 0);
	o.normal = &normal;
	assert_int_equal(watch_new(&s.source, &o, &w), 0);
	for (unsigned i = 0; i < 30; i++)
		assert_int_equal(watch_sample(w, 0), 0);
	assert_false(watch_alarmed(w));
	s.anon = 80 << 20;
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(watch_sample(w, 0), 0);
	assert_true(watch_alarmed(w));
	struct moment *m = watch_moment(w, UNKNOWN, 0);
	assert_non_null(m);
	assert_non_null(strstr(m->alarm, "above what was normal in the --normal recording"));
	assert_int_not_equal(m->verdict.kind, VERDICT_LEAK);
	moment_unref(m);
	watch_free(w);
}

static void watch__starts__anew_after_exec(void **state)
{
	struct script s = {.step = 1 << 20,
	                   .left = 20,
	                   .own_time = NS_PER_S,
	                   .flags_at = 10,
	                   .flags = SAMPLE_EPOCH};
	struct watch *w = watch_of(&s, NS_PER_S);
	struct moment *m;
	unsigned execs = 0;

	(void)state;
	run_and_count(w, "");
	m = watch_moment(w, UNKNOWN, 0);
	assert_non_null(m);
	for (unsigned i = 0; i < m->event_count; i++)
		execs += m->events[i].kind == EVENT_EXEC;
	assert_int_equal(execs, 1);
	assert_int_equal(m->baseline->sample.time, 9 * NS_PER_S);
	moment_unref(m);
	watch_free(w);
}

/* Another process, not another program: the words are the source's, and lives are counted. */
static void watch__goes_on__with_another_process(void **state)
{
	struct script s = {.step = 1 << 20,
	                   .left = 30,
	                   .own_time = NS_PER_S,
	                   .flags_at = 16,
	                   .flags = SAMPLE_EPOCH | SAMPLE_RESTART,
	                   .news = {EVENT_RESTART, false, "restarted as pid 7 after 1 s"}};
	struct watch *w = watch_of(&s, NS_PER_S);
	struct moment *m;
	unsigned execs = 0, restarts = 0;

	(void)state;
	assert_int_equal(run_and_count(w, "Note: restarted as pid 7 after 1 s"), 1);
	m = watch_moment(w, UNKNOWN, 0);
	assert_non_null(m);
	for (unsigned i = 0; i < m->event_count; i++) {
		const struct event *e = &m->events[i];
		execs += e->kind == EVENT_EXEC;
		restarts += e->kind == EVENT_RESTART && e->time == 15 * NS_PER_S &&
		            !strcmp(e->text, "restarted as pid 7 after 1 s");
	}
	assert_int_equal(execs, 0);
	assert_int_equal(restarts, 1);
	assert_int_equal(m->baseline->sample.time, 15 * NS_PER_S);
	assert_int_equal(m->oldest, 0);
	assert_int_equal(m->lives.count, 2);
	assert_int_equal(m->lives.steady, 2);
	assert_int_equal(m->warning_count, 0);
	moment_unref(m);
	watch_free(w);
}

static void watch__notes__what_a_source_warns_of(void **state)
{
	struct script s = {.left = 5,
	                   .own_time = NS_PER_S,
	                   .flags_at = 1,
	                   .news = {EVENT_WARNING, true, "2 processes are named x"}};
	struct watch *w = watch_of(&s, NS_PER_S);
	struct moment *m;

	(void)state;
	assert_int_equal(run_and_count(w, "Warning: 2 processes are named x"), 1);
	m = watch_moment(w, UNKNOWN, 0);
	assert_non_null(m);
	assert_int_equal(m->warning_count, 1);
	/* No warning of the verdict, which alone is an event of that kind. */
	for (unsigned i = 0; i < m->event_count; i++)
		assert_int_not_equal(m->events[i].kind, EVENT_WARNING);
	moment_unref(m);
	watch_free(w);
}

static void watch__marks__a_gap(void **state)
{
	struct script s = {.source.ops = &script_ops, .left = 5, .own_time = 10 * NS_PER_S};
	struct options o = {.interval = NS_PER_S, .mode = MODE_WATCH};
	struct watch *w = NULL;

	(void)state;
	assert_int_equal(watch_new(&s.source, &o, &w), 0);
	run_and_count(w, "");
	assert_true(watch_row(w)->sample.flags & SAMPLE_GAP);
	watch_free(w);
}

static void watch__takes__the_pace_of_a_file(void **state)
{
	struct script s = {.step = 1 << 20, .left = 13, .own_time = 60 * NS_PER_S};
	struct watch *w = watch_of(&s, NS_PER_S);

	(void)state;
	assert_int_equal(run_and_count(w, "Warning: linear heap growth detected"), 1);
	assert_false(watch_row(w)->sample.flags & SAMPLE_GAP);
	assert_int_equal(watch_interval(w), 60 * NS_PER_S);
	watch_free(w);
}

static void watch__gives__moments_of_the_past(void **state)
{
	struct script s = {.step = 1 << 20, .left = 20, .own_time = NS_PER_S};
	struct watch *w = watch_of(&s, NS_PER_S);
	struct moment *m;

	(void)state;
	run_and_count(w, "");
	m = watch_moment(w, 5 * NS_PER_S, 0);
	assert_non_null(m);
	assert_false(m->live);
	assert_int_equal(m->time, 5 * NS_PER_S);
	assert_int_equal(m->sample.v[FIGURE_ANON], (64 + 6) << 20);
	assert_int_equal(m->status[STATUS_RSS_ANON], (64 + 6) << 20);
	assert_false(known(m->status[STATUS_VM_PEAK]));
	moment_unref(m);
	watch_free(w);
}

/* --- the ticker, in real time but at short intervals: only counts and order are asserted ---------- */

struct run {
	struct watch *watch;
	unsigned samples;
	uint64_t last;
	int fd;
};

static enum watch_end on_sample(void *arg)
{
	struct run *r = arg;
	uint64_t time = watch_row(r->watch)->sample.time;

	assert_true(r->samples == 0 || time > r->last);
	r->last = time;
	r->samples++;
	return END_NOT_YET;
}

static enum watch_end on_wake(void *arg)
{
	(void)arg;
	return END_SIGNAL;
}

static enum watch_end run(struct script *s, uint64_t interval, uint64_t duration, bool woken,
                          struct run *r)
{
	static const struct ticker_ops ops = {.sampled = on_sample, .woken = on_wake};
	enum watch_end how;

	*r = (struct run){.watch = watch_of(s, interval),
	                  .fd = eventfd(woken ? 1 : 0, EFD_NONBLOCK)};
	struct ticker t = {.watch = r->watch,
	                   .start = clock_mono(),
	                   .duration = duration,
	                   .exit_fd = -1,
	                   .fd = r->fd,
	                   .ops = &ops,
	                   .arg = r};
	how = ticker_run(&t);
	watch_free(r->watch);
	close(r->fd);
	return how;
}

static void ticker__takes__first_and_last_tick(void **state)
{
	struct script s = {.left = 1000};
	struct run r;

	(void)state;
	assert_int_equal(run(&s, 50 * NS_PER_MS, 200 * NS_PER_MS, false, &r), END_DURATION);
	/* Five ticks fit; a loaded machine may miss some, none may be made up. */
	assert_in_range(r.samples, 1, 5);
}

static void ticker__ends__with_the_source(void **state)
{
	struct script s = {.left = 2};
	struct run r;

	(void)state;
	assert_int_equal(run(&s, 50 * NS_PER_MS, UNKNOWN, false, &r), END_TARGET);
	assert_int_equal(r.samples, 2);
}

static void ticker__obeys__its_descriptor(void **state)
{
	struct script s = {.left = 1000};
	struct run r;

	(void)state;
	assert_int_equal(run(&s, 3600 * NS_PER_S, UNKNOWN, true, &r), END_SIGNAL);
	assert_int_equal(r.samples, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(watch__warns__once_about_a_straight_leak),
	        cmocka_unit_test(watch__says__nothing_about_an_idle_process),
	        cmocka_unit_test(watch__tells__a_crossed_threshold_once),
	        cmocka_unit_test(watch__tells_each_crossing__and_notes_how_many),
	        cmocka_unit_test(watch__departs__from_a_recording_it_was_given),
	        cmocka_unit_test(watch__starts__anew_after_exec),
	        cmocka_unit_test(watch__goes_on__with_another_process),
	        cmocka_unit_test(watch__notes__what_a_source_warns_of),
	        cmocka_unit_test(watch__marks__a_gap),
	        cmocka_unit_test(watch__takes__the_pace_of_a_file),
	        cmocka_unit_test(watch__gives__moments_of_the_past),
	        cmocka_unit_test(ticker__takes__first_and_last_tick),
	        cmocka_unit_test(ticker__ends__with_the_source),
	        cmocka_unit_test(ticker__obeys__its_descriptor),
	};
	return cmocka_run_group_tests_name("app/ticker", tests, NULL, NULL);
}
