/* SPDX-License-Identifier: MIT */
/* From when on changes count, where passes miss regions. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "app/watch.h"
#include "base/clock.h"
#include "support_pass.h"

/* A source of one region and a sample a second; the passes before `whole_from` are torn, those before `from` are none. */
struct torn_source {
	struct source source;
	struct tracker *tracker;
	unsigned taken, from, whole_from, exec_at;
};

static int torn_sample(struct source *source, uint64_t now, struct sample *ret)
{
	struct torn_source *s = (struct torn_source *)source;

	(void)now;
	sample_init(ret);
	ret->time = NS_PER_S * s->taken;
	ret->v[FIGURE_RSS] = ret->v[FIGURE_ANON] = 8 * MB;
	if (s->taken && s->taken == s->exec_at)
		ret->flags |= SAMPLE_EPOCH;
	s->taken++;
	return 0;
}

static struct region_table *torn_regions(struct source *source)
{
	struct torn_source *s = (struct torn_source *)source;
	const struct vma v = {0x7f0000000000, 0x7f0000000000 + 8 * MB, "rw-p", "", 0, 8 * MB, NULL};
	struct region_table *t;

	/* One pass a sample, and none before the first. */
	if (!s->taken || s->taken <= s->from)
		return NULL;
	t = pass_run(s->tracker, &v, 1, NS_PER_S * (s->taken - 1));
	t->torn = s->taken <= s->whole_from;
	return t;
}

static void torn_describe(struct source *source, struct moment *m)
{
	(void)source;
	m->state = TARGET_REPLAYED;
}

static void torn_free(struct source *source)
{
	tracker_free(((struct torn_source *)source)->tracker);
}

static bool torn_news(struct source *source, struct source_news *ret)
{
	(void)source;
	(void)ret;
	return false;
}

static const struct source_ops torn_ops = {
        .news = torn_news,
        .sample = torn_sample,
        .regions = torn_regions,
        .describe = torn_describe,
        .free = torn_free,
};

/* When the baseline is of after ten samples, the key having been pressed behind so many of them; 0: never. */
static uint64_t based_at(struct torn_source *s, unsigned pressed)
{
	struct options o = {.interval = NS_PER_S, .mode = MODE_ANALYZE};
	struct watch *w = NULL;
	struct moment *m;
	uint64_t at;

	s->source.ops = &torn_ops;
	s->tracker = tracker_new();
	assert_non_null(s->tracker);
	assert_int_equal(watch_new(&s->source, &o, &w), 0);
	for (unsigned i = 1; i <= 10; i++) {
		assert_int_equal(watch_sample(w, 0), 0);
		if (i == pressed)
			watch_rebase(w);
	}
	m = watch_moment(w, UNKNOWN, 0);
	assert_non_null(m);
	assert_true(m->baseline->has_regions);
	at = m->baseline->sample.time;
	moment_unref(m);
	watch_free(w);
	return at / NS_PER_S;
}

static void baseline__of_its_own__is_of_the_first_whole_pass(void **state)
{
	(void)state;
	assert_int_equal(based_at(&(struct torn_source){.whole_from = 5}, 0), 5);
}

/* "From here on" is where somebody said it. */
static void baseline__by_key__stays_where_it_was_set(void **state)
{
	(void)state;
	assert_int_equal(based_at(&(struct torn_source){.whole_from = 5}, 3), 2);
	assert_int_equal(based_at(&(struct torn_source){.whole_from = 5}, 7), 6);
}

static void baseline__by_key__waits_for_the_first_pass(void **state)
{
	(void)state;
	assert_int_equal(based_at(&(struct torn_source){.from = 4, .whole_from = 6}, 3), 4);
}

static void baseline__by_key__goes_with_its_program(void **state)
{
	(void)state;
	assert_int_equal(based_at(&(struct torn_source){.whole_from = 8, .exec_at = 5}, 3), 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(baseline__of_its_own__is_of_the_first_whole_pass),
	        cmocka_unit_test(baseline__by_key__stays_where_it_was_set),
	        cmocka_unit_test(baseline__by_key__waits_for_the_first_pass),
	        cmocka_unit_test(baseline__by_key__goes_with_its_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
