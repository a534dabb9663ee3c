/* SPDX-License-Identifier: MIT */
/*
 * How soon a plain leak is named: 1 MB/s at 1 s by the 15th sample, at 5 s within a minute, 6 GB in 8
 * minutes within the first. With noise of several kinds and seeds, and after a start that warms up.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "support_shapes.h"

#define KIB 1024.0
#define MIB (1024.0 * 1024.0)

/* A program that also works: small blocks come and go. */
static double work(double t, uint64_t seed)
{
	uint64_t at = (uint64_t)(t * 20 + 0.5);

	if (seed == 0)
		return 0;
	return 96 * KIB * shape_noise(seed, at) + 4096 * floor(9 * shape_noise(seed + 100, at));
}

struct plain {
	double rate, interval, level;
	double warm; /* seconds of a start that fills 60 MiB ever more slowly */
	uint64_t seed;
	double lump; /* bytes that come at once */
};

static double bytes_of(const struct plain *p, double t)
{
	double warm = p->warm > 0 ? 60 * MIB * (1 - exp(-3 * fmin(t, p->warm) / p->warm)) : 0;
	double leaked = p->rate * fmax(0, t - p->warm);

	if (p->lump > 0)
		leaked = p->lump * floor(leaked / p->lump);
	return p->level + warm + leaked + work(t, p->seed);
}

/* Seconds until it is named; twice `most` when it was not. */
static double named_at(const struct plain *p, double most)
{
	struct detect *d = engine_new();
	const struct verdict *v = detect_verdict(d);
	double t = 0;

	for (unsigned i = 0; t < most; i++) {
		t = i * p->interval;
		struct sample s = sample_at((uint64_t)(t * (double)NS_PER_S), bytes_of(p, t));
		v = sample_judge(d, &s);
		if (v->kind == VERDICT_LEAK)
			break;
	}
	double named = known(v->flagged) ? (double)v->flagged / (double)NS_PER_S : 2 * most;
	detect_free(d);
	return named;
}

/* MiB; over more than 20 times what is lost in 15 s the rises must be more, or lie on a line. */
static const double levels[] = {2, 40, 180, 1000, 8000};

static void named_by(struct plain p, double limit)
{
	double latest = 0;

	for (unsigned i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		for (p.seed = 0; p.seed <= 5; p.seed++) {
			p.level = levels[i] * MIB;
			double t = named_at(&p, limit + 60);
			latest = fmax(latest, t);
			if (t > limit)
				fail_msg("%.0f B/s at %g s over %.0f MiB, seed %u: named at %g s",
				         p.rate, p.interval, levels[i], (unsigned)p.seed, t);
		}
	}
	print_message("%.0f B/s at %g s: named by %g s\n", p.rate, p.interval, latest);
}

static void a_megabyte_a_second__at_1_s__is_named_by_sample_15(void **state)
{
	(void)state;
	named_by((struct plain){.rate = MIB, .interval = 1}, 14);
	named_by((struct plain){.rate = 1e6, .interval = 1}, 14);
	named_by((struct plain){.rate = MIB, .interval = 1, .lump = MIB}, 14);
}

static void a_megabyte_a_second__at_half_a_second__is_named_by_second_15(void **state)
{
	(void)state;
	named_by((struct plain){.rate = MIB, .interval = 0.5}, 15);
	named_by((struct plain){.rate = MIB, .interval = 0.5, .lump = MIB}, 15);
}

static void a_megabyte_a_second__at_5_s__is_named_within_a_minute(void **state)
{
	(void)state;
	named_by((struct plain){.rate = MIB, .interval = 5}, 60);
	named_by((struct plain){.rate = MIB, .interval = 5, .lump = MIB}, 60);
}

static void six_gigabytes_in_eight_minutes__are_named_by_minute_one(void **state)
{
	(void)state;
	named_by((struct plain){.rate = 6 * 1024 * MIB / 480, .interval = 1}, 14);
	named_by((struct plain){.rate = 6 * 1024 * MIB / 480, .interval = 5}, 60);
}

/* The leak begins where the warm-up ends; what came before is part of the watch and asks for a little more. */
static void a_leak__after_a_start_that_warms_up__is_named_soon(void **state)
{
	(void)state;
	named_by((struct plain){.rate = MIB, .interval = 1, .warm = 20}, 20 + 20);
	named_by((struct plain){.rate = MIB, .interval = 5, .warm = 20}, 20 + 60);
	named_by((struct plain){.rate = 6 * 1024 * MIB / 480, .interval = 1, .warm = 20}, 60);
}

/* The same start without a leak behind it is none, whenever it is asked. */
static void the_start_alone__is_no_leak(void **state)
{
	(void)state;
	for (unsigned k = 0; k < 2; k++) {
		for (uint64_t seed = 0; seed <= 5; seed++) {
			struct plain p = {.interval = k ? 5 : 1,
			                  .level = 40 * MIB,
			                  .warm = 20,
			                  .seed = seed};
			assert_true(named_at(&p, 300) > 300);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_megabyte_a_second__at_1_s__is_named_by_sample_15),
	        cmocka_unit_test(a_megabyte_a_second__at_half_a_second__is_named_by_second_15),
	        cmocka_unit_test(a_megabyte_a_second__at_5_s__is_named_within_a_minute),
	        cmocka_unit_test(six_gigabytes_in_eight_minutes__are_named_by_minute_one),
	        cmocka_unit_test(a_leak__after_a_start_that_warms_up__is_named_soon),
	        cmocka_unit_test(the_start_alone__is_no_leak),
	};

	return cmocka_run_group_tests_name("detect, fast", tests, NULL, NULL);
}
