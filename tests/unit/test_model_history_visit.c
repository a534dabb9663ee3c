/* SPDX-License-Identifier: MIT */
/* What a walk over history gives, against all that went into it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/history.h"
#include "model/verdict.h"

#define SECOND 1000000000ull
enum { SAMPLES = 5000, FULL = 1200, EPOCH_AT = 300, GAP_AT = 700 };

/* All samples, and what the walk made of them. */
struct walk {
	struct sample all[SAMPLES];
	uint64_t oldest; /* time of the first sample */
	uint64_t until;  /* time of the newest thing that was visited */
	uint64_t sample; /* of the newest sample */
	unsigned next;   /* first of all that no visited sample stands for yet */
	unsigned full, buckets, epochs, gaps, verdicts, events, tables;
};

static void sample_make(struct sample *s, unsigned i)
{
	sample_init(s);
	s->time = i * SECOND;
	s->wall = 1000000 * SECOND + s->time;
	s->flags = i == EPOCH_AT ? SAMPLE_EPOCH : i == GAP_AT ? SAMPLE_GAP : 0;
	s->v[FIGURE_RSS] = (uint64_t)(rand() % 1000) << 12;
	s->v[FIGURE_ANON] = (uint64_t)(rand() % 1000) << 12;
	s->v[FIGURE_UNIX] = i; /* history does not keep it */
}

/* What is older than the end of the first bucket comes right behind it. */
static void rises(struct walk *w, uint64_t time)
{
	if (time < w->oldest)
		time = w->oldest;
	assert_true(time >= w->until);
	w->until = time;
}

/* The samples from w->next on that lie within [time - span, time], by brute force. */
static void check_bucket(struct walk *w, const struct sample *s, uint64_t span,
                         const struct sample extremes[2])
{
	uint64_t least = UINT64_MAX, most = 0;
	unsigned flags = 0, i = w->next;

	assert_int_equal(w->all[i].time, s->time - span);
	for (; i < SAMPLES && w->all[i].time <= s->time; i++) {
		uint64_t rss = w->all[i].v[FIGURE_RSS];

		least = rss < least ? rss : least;
		most = rss > most ? rss : most;
		flags |= w->all[i].flags;
	}
	assert_int_equal(extremes[0].v[FIGURE_RSS], least);
	assert_int_equal(extremes[1].v[FIGURE_RSS], most);
	assert_int_equal(s->v[FIGURE_RSS], w->all[i - 1].v[FIGURE_RSS]);
	assert_int_equal(s->wall, w->all[i - 1].wall);
	assert_int_equal(s->flags & SAMPLE_EPOCH, flags & SAMPLE_EPOCH);
	w->next = i;
	w->buckets++;
}

static void on_sample(void *arg, const struct sample *s, uint64_t span,
                      const struct sample extremes[2])
{
	struct walk *w = arg;

	if (!w->full && !w->buckets)
		w->oldest = s->time;
	rises(w, s->time);
	w->sample = s->time;
	w->epochs += (s->flags & SAMPLE_EPOCH) != 0;
	w->gaps += (s->flags & SAMPLE_GAP) != 0;
	if (extremes) {
		check_bucket(w, s, span, extremes);
		return;
	}
	assert_int_equal(span, 0);
	assert_int_equal(s->time, w->all[w->next].time);
	assert_int_equal(s->v[FIGURE_RSS], w->all[w->next].v[FIGURE_RSS]);
	assert_int_equal(s->v[FIGURE_ANON], w->all[w->next].v[FIGURE_ANON]);
	w->next++;
	w->full++;
}

static void on_regions(void *arg, struct region_table *t)
{
	struct walk *w = arg;

	rises(w, t->time);
	w->tables++;
}

/* The sample of its time was visited before. */
static void on_verdict(void *arg, uint64_t time, const struct verdict *v)
{
	struct walk *w = arg;

	rises(w, time);
	assert_true(!w->full || w->sample >= time);
	assert_int_equal(v->confidence, time / SECOND / 1000);
	w->verdicts++;
}

static void on_event(void *arg, const struct event *e)
{
	struct walk *w = arg;

	rises(w, e->time);
	assert_true(!w->full || w->sample >= e->time);
	w->events++;
}

static const struct history_visitor visitor = {on_sample, on_regions, on_verdict,
                                               on_event,  NULL,       NULL};

static void table_add(struct history *h, uint64_t time)
{
	struct region_table *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	t->refs = 1;
	t->time = time;
	assert_int_equal(history_regions(h, t), 0);
	region_table_unref(t);
}

static void history_visit__gives__every_sample_once_in_order(void **state)
{
	struct history *h = history_new(SECOND);
	struct walk *w = calloc(1, sizeof(*w));
	struct verdict v;

	(void)state;
	assert_non_null(w);
	verdict_init(&v);
	for (unsigned i = 0; i < SAMPLES; i++) {
		sample_make(&w->all[i], i);
		assert_int_equal(history_sample(h, &w->all[i]), 0);
		v.confidence = (int)(i / 1000);
		history_verdict(h, w->all[i].time, &v);
		if (i % 1000 == 0)
			history_event(h, &(struct event){.time = w->all[i].time});
		if (i % 500 == 250)
			table_add(h, w->all[i].time + SECOND / 2);
	}
	history_visit(h, &visitor, w);
	assert_int_equal(w->next, SAMPLES);
	assert_true(w->full >= FULL);
	assert_true(w->buckets > 100);
	assert_int_equal(w->epochs, 1);
	assert_int_equal(w->verdicts, 5);
	assert_int_equal(w->events, 5);
	assert_int_equal(w->tables, 10);
	history_free(h);
	free(w);
}

static void history_visit__gives__the_newest_sample_whole(void **state)
{
	struct history *h = history_new(SECOND);
	struct walk *w = calloc(1, sizeof(*w));

	(void)state;
	assert_non_null(w);
	for (unsigned i = 0; i < 10; i++) {
		sample_make(&w->all[i], i);
		assert_int_equal(history_sample(h, &w->all[i]), 0);
	}
	history_visit(h, &visitor, w);
	assert_int_equal(w->full, 10);
	assert_int_equal(w->buckets, 0);
	history_free(h);
	free(w);
}

static void history_visit__gives__nothing_of_nothing(void **state)
{
	struct history *h = history_new(SECOND);
	struct walk w = {.until = 0};

	(void)state;
	history_visit(h, &visitor, &w);
	assert_int_equal(w.full + w.buckets + w.verdicts + w.events + w.tables, 0);
	history_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(history_visit__gives__every_sample_once_in_order),
	        cmocka_unit_test(history_visit__gives__the_newest_sample_whole),
	        cmocka_unit_test(history_visit__gives__nothing_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
