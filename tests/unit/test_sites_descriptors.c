/* SPDX-License-Identifier: MIT */
/* What is said where too few files may be open: which limit, how many, what to do; never that memory is short. */
#include "sites/descriptors.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "sites/tracer.h"

enum { FEW = 64, PATIENCE_S = 60 };

static void descriptors_explain__names_the_limit_the_number_and_what_to_do(void **state)
{
	char out[240], limit[32];

	(void)state;
	snprintf(limit, sizeof(limit), "of the %llu ", (unsigned long long)descriptors_limit());
	descriptors_explain("probes", 12, 4000, out, sizeof(out));
	assert_non_null(strstr(out, "probes of process 12"));
	assert_non_null(strstr(out, "4000 descriptors"));
	assert_non_null(strstr(out, limit));
	assert_non_null(strstr(out, "`ulimit -n "));
	assert_null(strchr(out, '\n'));
	descriptors_explain("probes", 12, 0, out, sizeof(out));
	assert_non_null(strstr(out, limit));
	assert_null(strstr(out, " 0 "));
}

/* Why a tracing failed, with so many descriptors left. */
static void fail_with(unsigned left, enum sites_kind kind, char why[240])
{
	struct tracer *t = tracer_new("/proc", (int32_t)getpid(), clock_mono(), 5);
	struct sites_progress p;
	int held[FEW];
	unsigned count = 0;
	uint64_t begin = clock_mono();

	assert_non_null(t);
	while (count < FEW && (held[count] = dup(0)) >= 0)
		count++;
	for (; left; left--)
		close(held[--count]);
	tracer_run(t, kind, 10 * NS_PER_S);
	do {
		usleep(1000);
		tracer_progress(t, &p);
		assert_true(clock_mono() < begin + PATIENCE_S * NS_PER_S);
	} while (!p.why[0] && p.phase != SITES_TRACING);
	memcpy(why, p.why, sizeof(p.why));
	while (count)
		close(held[--count]);
	tracer_free(t);
}

static void tracer__says_which_limit_it_met__with_hardly_a_descriptor_left(void **state)
{
	const struct rlimit few = {FEW, FEW};
	char why[240];

	(void)state;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	for (unsigned left = 0; left < 9; left++) {
		fail_with(left, SITES_GROWTH, why);
		if (!why[0])
			break;
		if (!strstr(why, "ulimit -n") || !strstr(why, "64 "))
			fail_msg("%u left: %s", left, why);
		assert_null(strstr(why, "memory"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(descriptors_explain__names_the_limit_the_number_and_what_to_do),
	        cmocka_unit_test(tracer__says_which_limit_it_met__with_hardly_a_descriptor_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
