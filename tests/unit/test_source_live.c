/* SPDX-License-Identifier: MIT */
/* A real process, watched: its figures, its regions, its page maps. */
#include "source/live.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/known.h"
#include "source/live_internal.h"
#include "support_live.h"

enum { BIG = 16 << 20 };

/* Maps 16 MiB and touches half of it; then grows its heap by 1 MiB a turn. */
static void grow(int turn)
{
	if (turn) {
		char *heap = sbrk(1 << 20);
		memset(heap, 1, 1 << 20);
		return;
	}
	char *p = mmap(NULL, BIG, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise(p, BIG, MADV_NOHUGEPAGE);
	memset(p, 1, BIG / 2);
}

static void live__heap__is_that_of_maps_at_every_row(void **state)
{
	(void)state;
	struct child c = child_start(grow);
	struct source *s = live_start("/proc", c.pid);
	struct sample a, b;
	assert_int_equal(live_take(s, &a), 0);
	assert_int_equal(a.v[FIGURE_HEAP], heap_of(c.pid));
	child_turn(&c);
	assert_int_equal(live_take(s, &b), 0);
	assert_int_equal(b.v[FIGURE_HEAP], heap_of(c.pid));
	assert_int_equal(b.v[FIGURE_HEAP], a.v[FIGURE_HEAP] + (1 << 20));
	s->ops->free(s);
	child_end(&c);
}

static void live__heap__is_unknown__unless_asked_for_again(void **state)
{
	(void)state;
	struct child c = child_start(grow);
	struct source *s = live_start("/proc", c.pid);
	struct sample a;
	assert_int_equal(live_take(s, &a), 0);
	assert_int_equal(s->ops->sample(s, 0, &a), 0);
	assert_int_equal(a.v[FIGURE_HEAP], UNKNOWN);
	s->ops->free(s);
	child_end(&c);
}

static void live__sample__has_the_cheap_figures(void **state)
{
	(void)state;
	struct child c = child_start(grow);
	struct source *s = live_start("/proc", c.pid);
	struct sample a, b;
	assert_int_equal(s->ops->sample(s, 7, &a), 0);
	assert_int_equal(s->ops->sample(s, 7, &b), 0);
	assert_int_equal(a.time, 7);
	assert_true(b.time > a.time);
	assert_true(known(a.wall));
	assert_true(a.v[FIGURE_RSS] >= BIG / 2);
	assert_true(a.v[FIGURE_ANON] >= BIG / 2);
	assert_true(a.v[FIGURE_VSZ] >= BIG);
	/* A sanitizer may have a thread of its own. */
	assert_in_range(a.v[FIGURE_THREADS], 1, 2);
	assert_true(known(a.v[FIGURE_CPU]) && known(a.v[FIGURE_AGE]));
	assert_true(a.v[FIGURE_AGE] < clock_boot());
	assert_int_equal(a.flags & (SAMPLE_EPOCH | SAMPLE_GAP | SAMPLE_STOPPED), 0);
	s->ops->free(s);
	child_end(&c);
}

static void live__pass__gives_regions_and_held_figures(void **state)
{
	(void)state;
	struct child c = child_start(grow);
	struct live_options o = live_defaults("/proc", c.pid);
	struct fault f;
	struct source *s;
	o.min_period = 3600 * NS_PER_S;
	assert_int_equal(live_open(&o, &s, &f), 0);
	struct region_table *t = live_table(s);
	assert_non_null(t);
	assert_true(t->count > 5);
	assert_true(t->totals[SMAPS_PRIVATE_DIRTY] >= BIG / 2);
	struct sample a, b;
	assert_int_equal(s->ops->sample(s, 1, &a), 0);
	assert_int_equal(s->ops->sample(s, 2, &b), 0);
	assert_true(a.flags & SAMPLE_FRESH);
	assert_false(b.flags & SAMPLE_FRESH);
	assert_int_equal(b.v[FIGURE_PSS], t->totals[SMAPS_PSS]);
	assert_int_equal(b.v[FIGURE_PRIVATE_DIRTY], t->totals[SMAPS_PRIVATE_DIRTY]);
	assert_int_equal(b.v[FIGURE_MAPS], t->mappings);
	assert_null(s->ops->regions(s));
	region_table_unref(t);
	s->ops->free(s);
	child_end(&c);
}

static void live__period__follows_the_interval(void **state)
{
	(void)state;
	struct child c = child_start(grow);
	struct live_options o = live_defaults("/proc", c.pid);
	struct fault f;
	struct source *s;
	o.min_period = 3600 * NS_PER_S;
	assert_int_equal(live_open(&o, &s, &f), 0);
	struct region_table *first = live_table(s);
	struct moment *m = moment_new();
	s->ops->describe(s, m);
	assert_int_equal(m->costs.period_ns, o.min_period);
	uint64_t pass = m->costs.pass_ns;
	live_set_period(s, NS_PER_MS);
	s->ops->describe(s, m);
	assert_true(m->costs.period_ns < o.min_period);
	moment_unref(m);
	/* The share of time counts in any case: a pass this slow (sanitizers) asks for patience. */
	if (pass < 20 * NS_PER_MS) {
		struct region_table *second = live_table(s);
		assert_non_null(first);
		assert_non_null(second);
		assert_true(second->time > first->time);
		region_table_unref(second);
	}
	region_table_unref(first);
	s->ops->free(s);
	child_end(&c);
}

static void live__totals__hold_for_three_periods(void **state)
{
	(void)state;
	struct live_figures f = {.serial = 1, .read = 100 * NS_PER_S};
	assert_true(live_figures_hold(&f, 103 * NS_PER_S, 0, 0));
	assert_false(live_figures_hold(&f, 103 * NS_PER_S + 1, 0, 0));
	assert_true(live_figures_hold(&f, 115 * NS_PER_S, 5 * NS_PER_S, 0));
	assert_false(live_figures_hold(&f, 115 * NS_PER_S + 1, 5 * NS_PER_S, 0));
	f.failed = true;
	assert_false(live_figures_hold(&f, 100 * NS_PER_S, 5 * NS_PER_S, 0));
	f = (struct live_figures){.serial = 0};
	assert_false(live_figures_hold(&f, 1, 0, 0));
}

static void live__totals__hold_no_longer_than_a_minute_or_three_intervals(void **state)
{
	(void)state;
	struct live_figures f = {.serial = 1, .read = 100 * NS_PER_S};
	uint64_t half_an_hour = 1800 * NS_PER_S;
	assert_true(live_figures_hold(&f, 160 * NS_PER_S, half_an_hour, NS_PER_S));
	assert_false(live_figures_hold(&f, 160 * NS_PER_S + 1, half_an_hour, NS_PER_S));
	assert_true(live_figures_hold(&f, 190 * NS_PER_S, half_an_hour, 30 * NS_PER_S));
	assert_false(live_figures_hold(&f, 190 * NS_PER_S + 1, half_an_hour, 30 * NS_PER_S));
}

static void slices__that_left_mappings_out__claim_no_sums(void **state)
{
	(void)state;
	struct region_table *t = calloc(1, sizeof(*t) + sizeof(t->rows[0]));
	struct region *r = calloc(1, sizeof(*r));
	char text[240];
	assert_true(t && r);
	t->count = 1;
	t->rows[0] = r;
	r->kind = REGION_RESERVED;
	r->bytes[SMAPS_RSS] = UNKNOWN;
	t->by_kind[REGION_HEAP].rss = 4096;
	live_slices_doubt(t);
	assert_int_equal(t->totals[SMAPS_RSS], UNKNOWN);
	assert_int_equal(t->totals[SMAPS_SWAP], UNKNOWN);
	assert_int_equal(t->by_kind[REGION_RESERVED].rss, UNKNOWN);
	assert_int_equal(t->by_kind[REGION_HEAP].rss, 4096);
	live_slices_lacking(2, text, sizeof(text));
	assert_non_null(strstr(text, "2 mappings of more than 64 GiB"));
	live_slices_lacking(0, text, sizeof(text));
	assert_string_equal(text, "");
	free(r);
	free(t);
}

/* The region of the 16 MiB; NULL: none. */
static const struct region *big_region(const struct region_table *t)
{
	for (size_t i = 0; i < t->count; i++) {
		uint64_t rss = t->rows[i]->bytes[SMAPS_RSS];
		if (t->rows[i]->kind == REGION_ANON && rss >= BIG / 2 && rss < BIG)
			return t->rows[i];
	}
	return NULL;
}

static void live__slices__count_what_smaps_counts__without_pss(void **state)
{
	(void)state;
	if (access("/proc/self/pagemap", R_OK) < 0)
		skip();
	struct child c = child_start(grow);
	struct source *s = live_start("/proc", c.pid);
	struct region_table *whole = live_table(s);
	s->ops->free(s);

	struct live_options o = live_defaults("/proc", c.pid);
	struct fault f;
	o.max_stall = 1;
	assert_int_equal(live_open(&o, &s, &f), 0);
	struct region_table *sliced = live_table(s);
	assert_non_null(sliced);
	assert_true(sliced->estimated);
	assert_int_equal(sliced->totals[SMAPS_PSS], UNKNOWN);
	assert_int_equal(sliced->totals[SMAPS_SWAP], whole->totals[SMAPS_SWAP]);
	assert_int_equal(big_region(sliced)->bytes[SMAPS_RSS], big_region(whole)->bytes[SMAPS_RSS]);
	assert_int_equal(big_region(sliced)->bytes[SMAPS_ANONYMOUS],
	                 big_region(whole)->bytes[SMAPS_ANONYMOUS]);
	struct moment *m = moment_new();
	s->ops->describe(s, m);
	assert_true(m->costs.sliced);
	moment_unref(m);
	region_table_unref(whole);
	region_table_unref(sliced);
	s->ops->free(s);
	child_end(&c);
}

static void live__focus__shows_pages_cell_by_cell(void **state)
{
	(void)state;
	if (access("/proc/self/pagemap", R_OK) < 0)
		skip();
	struct child c = child_start(grow);
	struct source *s = live_start("/proc", c.pid);
	struct region_table *t = live_table(s);
	const struct region *big = big_region(t);
	assert_non_null(big);
	live_focus(s, big->id, big->start, big->end);
	struct moment *m = moment_new();
	struct pollfd p = {.fd = s->ops->wake(s), .events = POLLIN};
	for (;;) {
		s->ops->describe(s, m);
		if (m->focus_pages)
			break;
		assert_int_equal(poll(&p, 1, 10000), 1);
		region_table_unref(s->ops->regions(s));
	}
	assert_int_equal(m->focus_pages->error, 0);
	assert_int_equal(m->focus_pages->id, big->id);
	assert_int_equal(m->focus_pages->present, big->bytes[SMAPS_RSS]);
	assert_int_equal(m->focus_pages->present + m->focus_pages->swapped +
	                         m->focus_pages->untouched,
	                 big->end - big->start);
	assert_true(m->focus_pages->count > 0 && m->focus_pages->count <= PAGE_CELLS);
	moment_unref(m);
	region_table_unref(t);
	s->ops->free(s);
	child_end(&c);
}

static void focus__is_bounded_and_given_up__for_another_one(void **state)
{
	(void)state;
	struct source *s = live_start("/proc", getpid());
	struct live_shared *sh = ((struct live *)s)->sh;
	struct live_reader r = {.sh = sh, .focusing = true};

	assert_false(live_between(&r));
	live_focus(s, 7, 4096, 8192);
	assert_true(live_between(&r));
	r.focusing = false;
	assert_false(live_between(&r));
	assert_int_equal(live_pages_bounded(PAGES_PAGEMAP, PAGES_ENTRIES_LIMIT), 0);
	assert_int_equal(live_pages_bounded(PAGES_PAGEMAP, PAGES_ENTRIES_LIMIT + 1), -EFBIG);
	assert_int_equal(live_pages_bounded(PAGES_SCAN, PAGES_ENTRIES_LIMIT + 1), 0);
	s->ops->free(s);
}

static void live__describe__tells_who_it_is(void **state)
{
	(void)state;
	struct source *s = live_start("/proc", getpid());
	struct moment *m = moment_new();
	struct pollfd p = {.fd = s->ops->wake(s), .events = POLLIN};
	for (;;) {
		s->ops->describe(s, m);
		if (m->target->exe[0])
			break;
		assert_int_equal(poll(&p, 1, 10000), 1);
		region_table_unref(s->ops->regions(s));
	}
	assert_int_equal(m->target->pid, getpid());
	assert_int_equal(m->target->uid, getuid());
	assert_non_null(strstr(m->target->command, "test_source_live"));
	assert_int_equal(m->state, TARGET_RUNNING);
	assert_true(m->abilities.exe);
	assert_true(known(m->status[STATUS_VM_RSS]));
	assert_int_equal(m->costs.blocked_ns, 0);
	assert_false(live_oom_killed(s));
	moment_unref(m);
	s->ops->free(s);
}

/* The moment once the slow reader told of the tree's surroundings. */
static struct moment *surroundings_of(struct source *s)
{
	struct moment *m = NULL;
	struct sample sample;

	live_take(s, &sample);
	for (int i = 0; i < 500; i++) {
		moment_unref(m);
		m = moment_new();
		assert_non_null(m);
		s->ops->describe(s, m);
		if (known(m->bounds.oom_score))
			return m;
		usleep(10000);
	}
	return m;
}

static void live__bounds__come_from_the_tree(void **state)
{
	(void)state;
	struct tree t = tree_new();
	char path[256];
	tree_path(&t, "../sys", path);
	assert_int_equal(mkdir(path, 0700), 0);
	tree_path(&t, "../sys/vm", path);
	assert_int_equal(mkdir(path, 0700), 0);
	tree_write(&t, "../sys/vm/max_map_count", "4242\n");
	tree_write(
	        &t, "limits",
	        "Max open files            10                   20                   files     \n");
	tree_write(&t, "oom_score", "668\n");
	tree_write(&t, "oom_score_adj", "-17\n");
	struct source *s = live_start(t.path, TREE_PID);
	struct moment *m = surroundings_of(s);
	assert_int_equal(m->limits[LIMIT_MAPPINGS], 4242);
	assert_int_equal(m->bounds.oom_score, 668);
	assert_int_equal(m->bounds.oom_adjust, -17);
	assert_int_equal(m->bounds.address, UNKNOWN);
	moment_unref(m);
	s->ops->free(s);
	tree_free(&t);
}

static void live__bounds__not_readable_are_unknown(void **state)
{
	(void)state;
	struct tree t = tree_new();
	tree_write(&t, "oom_score", "1\n");
	struct source *s = live_start(t.path, TREE_PID);
	struct moment *m = surroundings_of(s);
	assert_int_equal(m->limits[LIMIT_MAPPINGS], UNKNOWN);
	assert_int_equal(m->bounds.oom_adjust, BOUNDS_NO_ADJUST);
	moment_unref(m);
	s->ops->free(s);
	tree_free(&t);
}

static void live__address_limit__is_told_by_the_stack(void **state)
{
	static const struct {
		uint64_t stack, limit;
	} cases[] = {
	        {0xbffff000, 3ull << 30}, /* 32-bit kernel */
	        {0xffffd000, 4ull << 30}, /* 32-bit program of a 64-bit kernel */
	        {0x7ffc12345000, UNKNOWN},
	        {UNKNOWN, UNKNOWN}, /* not permitted */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct live_image image = {.code = 0x8048000, .stack = cases[i].stack};
		assert_int_equal(live_address_limit(&image), cases[i].limit);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(live__bounds__come_from_the_tree),
	        cmocka_unit_test(live__bounds__not_readable_are_unknown),
	        cmocka_unit_test(live__address_limit__is_told_by_the_stack),
	        cmocka_unit_test(live__heap__is_that_of_maps_at_every_row),
	        cmocka_unit_test(live__heap__is_unknown__unless_asked_for_again),
	        cmocka_unit_test(live__sample__has_the_cheap_figures),
	        cmocka_unit_test(live__pass__gives_regions_and_held_figures),
	        cmocka_unit_test(live__period__follows_the_interval),
	        cmocka_unit_test(live__totals__hold_for_three_periods),
	        cmocka_unit_test(live__totals__hold_no_longer_than_a_minute_or_three_intervals),
	        cmocka_unit_test(slices__that_left_mappings_out__claim_no_sums),
	        cmocka_unit_test(live__slices__count_what_smaps_counts__without_pss),
	        cmocka_unit_test(live__focus__shows_pages_cell_by_cell),
	        cmocka_unit_test(focus__is_bounded_and_given_up__for_another_one),
	        cmocka_unit_test(live__describe__tells_who_it_is),
	};
	return cmocka_run_group_tests_name("source_live", tests, NULL, NULL);
}
