/* SPDX-License-Identifier: MIT */
/* When growth reaches a limit: on lines and curves with noise, told from a third of the way on. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "detect/climb.h"
#include "detect/detect.h"
#include "detect/eta.h"
#include "support_traces.h"

#define MIB 1048576.0

/* --- whole traces through the engine ------------------------------------------------------------------ */

enum course { LINE, SQUARE, EXPONENTIAL };

/* A process that reaches its limit `whole` seconds after it began to grow. */
struct plan {
	enum course course;
	double whole, interval; /* seconds */
	double begin, room;     /* bytes: what it holds at first; what it may still take */
	double noise;           /* bytes, around its course */
	double bend; /* EXPONENTIAL: e-foldings until the end; SQUARE: 1 all, 0 none of it */
	uint64_t random;
};

static double grown(const struct plan *p, double part)
{
	switch (p->course) {
	case SQUARE:
		return p->room * ((1 - p->bend) * part + p->bend * part * part);
	case EXPONENTIAL:
		return p->room * expm1(p->bend * part) / expm1(p->bend);
	default:
		return p->room * part;
	}
}

static double random_between(uint64_t *state, double low, double high)
{
	return low + (high - low) * trace_random(state);
}

static struct plan plan_of(unsigned seed)
{
	static const double intervals[] = {0.5, 1, 1, 5, 60};
	struct plan p = {.course = seed < 10   ? LINE
	                           : seed < 16 ? SQUARE
	                                       : EXPONENTIAL,
	                 .interval = intervals[seed % 5],
	                 .random = seed * 7919 + 1};

	p.whole = p.interval * floor(random_between(&p.random, 300, 2000));
	p.begin = random_between(&p.random, 60, 300) * MIB;
	p.room = random_between(&p.random, 300, 3000) * MIB;
	p.noise = p.room * random_between(&p.random, 0, 0.01);
	p.bend = p.course == SQUARE ? random_between(&p.random, 0.5, 1)
	                            : random_between(&p.random, 1.2, 2.8);
	return p;
}

static struct sample sample_at(struct plan *p, double t)
{
	struct sample s;
	double v = p->begin + grown(p, t / p->whole) + p->noise * random_between(&p->random, -1, 1);

	sample_init(&s);
	s.time = (uint64_t)(t * (double)NS_PER_S);
	s.v[FIGURE_ANON] = (uint64_t)v / 4096 * 4096;
	s.v[FIGURE_RSS] = s.v[FIGURE_ANON] + (uint64_t)MIB;
	return s;
}

/* How far from what is left, as a share of that, the engine is after `part` of the way; NAN: silent. */
static double missed_by(unsigned seed, double part, bool *ret_inside)
{
	struct plan p = plan_of(seed);
	struct detect_limits limits = detect_no_limits();
	struct detect *d = detect_new();
	struct sample s;
	double t;

	assert_non_null(d);
	limits.cgroup = (uint64_t)(p.begin + p.room);
	for (t = 0; t <= part * p.whole; t += p.interval) {
		s = sample_at(&p, t);
		limits.cgroup_usage = s.v[FIGURE_ANON];
		detect_limits(d, &limits);
		assert_int_equal(detect_sample(d, &s), 0);
	}
	const struct verdict *v = detect_verdict(d);
	double left = p.whole - (t - p.interval), miss = (v->eta - left) / left;
	*ret_inside = v->eta_low <= left && !(v->eta_high < left);
	if (isfinite(v->eta)) {
		assert_int_equal(v->limit, LIMIT_CGROUP);
		assert_true(v->eta_low <= v->eta && !(v->eta_high < v->eta));
	}
	detect_free(d);
	return miss;
}

enum { TRACES = 20 };

static void counted_at(double part, unsigned least)
{
	unsigned good = 0, inside = 0;

	for (unsigned seed = 0; seed < TRACES; seed++) {
		bool in;
		double miss = missed_by(seed, part, &in);
		inside += in;
		if (fabs(miss) <= 0.2)
			good++;
		else
			print_message("  trace %u (%s): %.0f %% off at %.2f of the way\n", seed,
			              seed < 10   ? "line"
			              : seed < 16 ? "square"
			                          : "exponential",
			              100 * miss, part);
	}
	print_message("at %.2f of the way: %u of %u within 20 %%, %u in the interval\n", part, good,
	              TRACES, inside);
	assert_true(good >= least);
	assert_true(inside >= 14);
}

static void time_to_the_limit__is_within_20_percent__at_a_third_of_the_way(void **state)
{
	(void)state;
	counted_at(1 / 3.0 + 0.002, 18);
}

static void time_to_the_limit__stays_so__until_the_end(void **state)
{
	static const double parts[] = {0.4, 0.5, 0.65, 0.8, 0.95};

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		counted_at(parts[i], 18);
}

/* The share of a family's traces whose end is told within 20 % after a third of its growth. */
static void family_is_told(enum trace_family family, double begins)
{
	static struct sample trace[TRACE_MAX];

	for (unsigned seed = 1; seed <= 4; seed++) {
		struct trace_spec spec = {.family = family,
		                          .interval = 1,
		                          .duration = 600,
		                          .age = 0.1,
		                          .seed = seed,
		                          .channels = TRACE_FULL};
		unsigned n = trace_make(&spec, trace), end = 0;
		struct detect_limits limits = detect_no_limits();
		struct detect *d = detect_new();
		assert_non_null(d);
		limits.cgroup = trace[n - 1].v[FIGURE_ANON] + trace[n - 1].v[FIGURE_SHMEM];
		while (trace[end].v[FIGURE_ANON] + trace[end].v[FIGURE_SHMEM] < limits.cgroup)
			end++;
		unsigned at = (unsigned)(begins + (end - begins) / 3);
		for (unsigned i = 0; i <= at; i++) {
			limits.cgroup_usage = trace[i].v[FIGURE_ANON] + trace[i].v[FIGURE_SHMEM];
			detect_limits(d, &limits);
			assert_int_equal(detect_sample(d, &trace[i]), 0);
		}
		double eta = detect_verdict(d)->eta, left = end - at;
		if (!(fabs(eta - left) <= 0.2 * left))
			fail_msg("%s, seed %u: %.0f s told, %.0f s left", trace_names[family], seed,
			         eta, left);
		detect_free(d);
	}
}

static void time_to_the_limit__is_told__of_leaks_of_many_shapes(void **state)
{
	static const enum trace_family families[] = {
	        TRACE_LEAK_BLOCK, TRACE_LEAK_SMALL,  TRACE_LEAK_SLOW,  TRACE_LEAK_SHARED,
	        TRACE_LEAK_NOISY, TRACE_LEAK_STEPS,  TRACE_LEAK_FLOOR, TRACE_LEAK_STAIRS,
	        TRACE_LEAK_DROP,  TRACE_LEAK_FASTER,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		family_is_told(families[i], 0);
	family_is_told(TRACE_LEAK_LATE, 200);
}

static void a_limit__never_changes_the_verdict(void **state)
{
	(void)state;
	for (unsigned seed = 0; seed < TRACES; seed += 3) {
		struct plan p = plan_of(seed);
		struct detect_limits limits = detect_no_limits();
		struct detect *with = detect_new(), *without = detect_new();
		assert_true(with && without);
		limits.cgroup = (uint64_t)(p.begin + p.room);
		limits.available = 1ull << 34;
		for (double t = 0; t <= p.whole / 2; t += p.interval) {
			struct sample s = sample_at(&p, t);
			limits.cgroup_usage = s.v[FIGURE_ANON];
			detect_limits(with, &limits);
			assert_int_equal(detect_sample(with, &s), 0);
			assert_int_equal(detect_sample(without, &s), 0);
			const struct verdict *a = detect_verdict(with),
			                     *b = detect_verdict(without);
			assert_true(a->kind == b->kind && a->cause == b->cause &&
			            a->confidence == b->confidence && a->flagged == b->flagged);
		}
		assert_true(isnan(detect_verdict(without)->eta));
		detect_free(with);
		detect_free(without);
	}
}

/* --- the parts ---------------------------------------------------------------------------------------- */

static struct eta_course course_of(double (*f)(double), double span)
{
	struct eta_course c = {.n = 40, .now = span};

	for (unsigned i = 0; i < c.n; i++) {
		c.t[i] = span * (i + 0.5) / c.n;
		c.y[i] = f(c.t[i]);
	}
	return c;
}

static double along_a_line(double t)
{
	return 100 + 2 * t;
}

static double along_a_parabola(double t)
{
	return 100 + t + 0.02 * t * t;
}

static double flat_then_up(double t)
{
	return t < 60 ? 100 : 100 + 5 * (t - 60);
}

static double slowing_down(double t)
{
	return 100 * sqrt(t);
}

static void eta_curved__is_for__growth_that_accelerates(void **state)
{
	struct eta_course c = course_of(along_a_parabola, 100);
	struct eta e;

	(void)state;
	assert_true(eta_curved(&c, along_a_parabola(150), 0, &e));
	assert_true(fabs(e.at - 50) < 3 && e.low <= e.at && e.high >= e.at);
	/* Too far to be followed: it may come so soon, and that is all. */
	assert_false(eta_curved(&c, along_a_parabola(500), 0, &e));
	assert_true(isnan(e.at) && e.low > 0 && e.low < 400);
	c = course_of(along_a_line, 100);
	assert_false(eta_curved(&c, along_a_line(150), 0, &e));
	assert_true(isnan(e.low));
	assert_true(eta_is_straight(&c));
	c = course_of(slowing_down, 100);
	assert_false(eta_curved(&c, 2000, 0, &e));
}

static void growth_that_began_late__is_neither_a_line_nor_a_curve(void **state)
{
	struct eta_course c = course_of(flat_then_up, 100);
	struct eta e;

	(void)state;
	assert_false(eta_is_straight(&c));
	assert_false(eta_curved(&c, flat_then_up(150), 0, &e));
}

static void eta_straight__without_a_lower_bound__may_never_come(void **state)
{
	struct eta_course c = course_of(along_a_line, 100);
	struct eta e = eta_straight(&c, along_a_line(150), &(struct sen){2, -1, 4});

	(void)state;
	assert_true(fabs(e.at - 50) < 2);
	assert_true(fabs(e.low - 25) < 2);
	assert_true(isnan(e.high));
	e = eta_straight(&c, 50, &(struct sen){2, 1, 4});
	assert_true(!(e.at > 0) && !isnan(e.at));
}

/* --- figures that are no memory ----------------------------------------------------------------------- */

static void climb__goes_on__only_while_it_rises(void **state)
{
	static struct climb c;
	struct eta_course course;
	struct sen rate;

	(void)state;
	climb_reset(&c);
	for (unsigned i = 0; i < 1000; i++)
		climb_push(&c, i, 500 + 3 * i);
	assert_true(climb_goes_on(&c, 16, &rate, &course));
	assert_true(fabs(rate.slope - 3) < 0.1);
	for (unsigned i = 1000; i < 3000; i++)
		climb_push(&c, i, 500 + 3 * 1000);
	assert_false(climb_goes_on(&c, 16, &rate, &course));
}

static void climb__says_nothing__of_what_goes_up_and_down(void **state)
{
	static struct climb c;
	struct eta_course course;
	struct sen rate;

	(void)state;
	climb_reset(&c);
	/* The first rise is all that was seen until it is over; the later ones are none. */
	for (unsigned i = 0; i < 1000; i++) {
		climb_push(&c, i, 500 + 100 * sin(i / 7.0));
		assert_false(i > 100 && climb_goes_on(&c, 16, &rate, &course));
	}
}

static struct sample grown_sample(unsigned second, uint64_t vsz, uint64_t data, uint64_t maps)
{
	struct sample s;

	sample_init(&s);
	s.time = second * NS_PER_S;
	s.v[FIGURE_ANON] = 20ull << 20;
	s.v[FIGURE_RSS] = 21ull << 20;
	s.v[FIGURE_VSZ] = vsz;
	s.v[FIGURE_DATA] = data;
	s.v[FIGURE_MAPS] = maps;
	return s;
}

static struct verdict last_of(const struct detect_limits *limits, uint64_t vsz_step,
                              uint64_t data_step, uint64_t maps_step)
{
	struct detect *d = detect_new();

	assert_non_null(d);
	for (unsigned i = 0; i <= 60; i++) {
		struct sample s = grown_sample(i, (1ull << 30) + i * vsz_step,
		                               (1ull << 28) + i * data_step, 1000 + i * maps_step);
		detect_limits(d, limits);
		assert_int_equal(detect_sample(d, &s), 0);
	}
	struct verdict v = *detect_verdict(d);
	detect_free(d);
	return v;
}

static void mappings__that_multiply__meet_max_map_count(void **state)
{
	struct detect_limits limits = detect_no_limits();

	(void)state;
	limits.mappings = 65530;
	limits.available = 8ull << 30;
	struct verdict v = last_of(&limits, 0, 0, 100);
	assert_int_equal(v.limit, LIMIT_MAPS);
	assert_true(v.limit_count == 65530 && !known(v.limit_bytes));
	assert_true(fabs(v.eta - (65530 - 7000) / 100.0) < 10);
	assert_int_not_equal(v.kind, VERDICT_LEAK);
	/* Not growing, mappings are no limit at all; not readable, neither. */
	v = last_of(&limits, 0, 0, 0);
	assert_int_equal(v.limit, LIMIT_SYSTEM);
	assert_true(isnan(v.eta));
	limits.mappings = UNKNOWN;
	v = last_of(&limits, 0, 0, 100);
	assert_int_equal(v.limit, LIMIT_SYSTEM);
}

static void address_space__of_a_32_bit_process__ends(void **state)
{
	struct detect_limits limits = detect_no_limits();

	(void)state;
	limits.address = 3ull << 30;
	struct verdict v = last_of(&limits, 10 << 20, 0, 0);
	assert_int_equal(v.limit, LIMIT_ADDRESS);
	assert_true(fabs(v.eta - (2048 - 600) / 10.0) < 5);
	assert_true(isfinite(v.eta_low) && isfinite(v.eta_high));
	limits.address_space = 2ull << 30;
	v = last_of(&limits, 10 << 20, 0, 0);
	assert_int_equal(v.limit, LIMIT_RLIMIT);
	assert_true(v.limit_bytes == 2ull << 30);
	assert_true(fabs(v.eta - (1024 - 600) / 10.0) < 5);
}

static void vm_data__meets_its_rlimit__with_its_own_growth(void **state)
{
	struct detect_limits limits = detect_no_limits();

	(void)state;
	limits.data = 1ull << 30;
	struct verdict v = last_of(&limits, 50 << 20, 4 << 20, 0);
	assert_int_equal(v.limit, LIMIT_RLIMIT);
	assert_true(fabs(v.eta - (768 - 240) / 4.0) < 5);
}

static void usage_read_long_ago__is_made_up_for(void **state)
{
	struct detect_limits limits = detect_no_limits();
	struct detect *d = detect_new();

	(void)state;
	assert_non_null(d);
	limits.cgroup = 1024ull << 20;
	limits.cgroup_usage = 24ull << 20;
	limits.cgroup_throttles = true;
	for (unsigned i = 0; i <= 100; i++) {
		struct sample s = grown_sample(i, UNKNOWN, UNKNOWN, UNKNOWN);
		s.v[FIGURE_ANON] += i * (5ull << 20);
		s.v[FIGURE_RSS] += i * (5ull << 20);
		detect_limits(d, &limits);
		assert_int_equal(detect_sample(d, &s), 0);
	}
	assert_int_equal(detect_verdict(d)->limit, LIMIT_CGROUP_HIGH);
	assert_true(fabs(detect_verdict(d)->eta - (1000 - 500) / 5.0) < 5);
	detect_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(time_to_the_limit__is_within_20_percent__at_a_third_of_the_way),
	        cmocka_unit_test(time_to_the_limit__stays_so__until_the_end),
	        cmocka_unit_test(time_to_the_limit__is_told__of_leaks_of_many_shapes),
	        cmocka_unit_test(a_limit__never_changes_the_verdict),
	        cmocka_unit_test(eta_curved__is_for__growth_that_accelerates),
	        cmocka_unit_test(growth_that_began_late__is_neither_a_line_nor_a_curve),
	        cmocka_unit_test(eta_straight__without_a_lower_bound__may_never_come),
	        cmocka_unit_test(climb__goes_on__only_while_it_rises),
	        cmocka_unit_test(climb__says_nothing__of_what_goes_up_and_down),
	        cmocka_unit_test(mappings__that_multiply__meet_max_map_count),
	        cmocka_unit_test(address_space__of_a_32_bit_process__ends),
	        cmocka_unit_test(vm_data__meets_its_rlimit__with_its_own_growth),
	        cmocka_unit_test(usage_read_long_ago__is_made_up_for),
	};
	return cmocka_run_group_tests_name("detect_eta", tests, NULL, NULL);
}
