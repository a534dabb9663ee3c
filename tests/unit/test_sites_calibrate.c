/* SPDX-License-Identifier: MIT */
/* What a hit costs: on this machine, and reckoned from prices that are given. */
#include "sites/calibrate.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "support_sites_puppet.h"

static void calibrate__finds_that_a_hit_costs_more_than_a_call(void **state)
{
	struct hit_prices p;
	char why[256] = "";

	(void)state;
	if (!probes_work(false))
		skip();
	assert_int_equal(calibrate(&p, why, sizeof(why)), 0);
	print_message("emulated %.0f ns, plain %.0f, returning %.0f, chosen %.0f, seldom %.0f\n",
	              p.emulated, p.plain, p.returning, p.chosen, p.seldom);
	/* A trap takes longer than 50 ns on any machine. */
	assert_true(p.emulated > 50);
	assert_true(p.plain > p.emulated);
	assert_true(p.returning > 50);
	assert_true(p.seldom > 50);
	if (probes_work(true))
		assert_true(p.chosen > p.returning);
}

static void calibrate__reckons_a_hit_between_allocating_and_freeing(void **state)
{
	const struct hit_prices p = {.emulated = 1000,
	                             .plain = 9000,
	                             .returning = 2000,
	                             .seldom = 1500};
	struct spots s = {.count = 2};

	(void)state;
	s.spot[0].role = ROLE_MALLOC;
	s.spot[1].role = ROLE_FREE;
	s.emulated[0] = true;
	assert_float_equal(calibrate_hit(&p, &s, 0), (2000 + 9000) / 2.0, 1e-9);
	s.emulated[1] = true;
	assert_float_equal(calibrate_hit(&p, &s, 0), (2000 + 1000) / 2.0, 1e-9);
	s.emulated[0] = false;
	assert_float_equal(calibrate_hit(&p, &s, 0), (10000 + 1000) / 2.0, 1e-9);
	s.count = 1;
	assert_float_equal(calibrate_hit(&p, &s, 0), 10000, 1e-9);
	s.count = 0;
	assert_true(isnan(calibrate_hit(&p, &s, 0)));
}

static void calibrate__reckons_with_what_gets_cold_between_hits(void **state)
{
	struct hit_prices p = {.emulated = 1000, .plain = 9000, .returning = 1000, .seldom = 1500};
	struct spots s = {.count = 1, .emulated = {true}};

	(void)state;
	s.spot[0].role = ROLE_MALLOC;
	assert_float_equal(calibrate_hit(&p, &s, 500), 1000, 1e-9);
	assert_float_equal(calibrate_hit(&p, &s, CALIBRATE_SELDOM), 1500, 1e-9);
	assert_float_equal(calibrate_hit(&p, &s, 1e9), 1500, 1e-9);
	assert_true(calibrate_hit(&p, &s, 4000) > 1200 && calibrate_hit(&p, &s, 4000) < 1300);
	/* Never cheaper. */
	p.seldom = 700;
	assert_float_equal(calibrate_hit(&p, &s, 1e9), 1000, 1e-9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(calibrate__finds_that_a_hit_costs_more_than_a_call),
	        cmocka_unit_test(calibrate__reckons_a_hit_between_allocating_and_freeing),
	        cmocka_unit_test(calibrate__reckons_with_what_gets_cold_between_hits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
