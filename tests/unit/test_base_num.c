/* SPDX-License-Identifier: MIT */
/* Which texts are numbers, sizes, times and rates, and which are not; and sums with unknowns. */
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

#include "base/known.h"
#include "base/num.h"

enum { UNTOUCHED = 4711 };

static void u64_is(const char *s, uint64_t want)
{
	uint64_t got = UNTOUCHED;
	assert_int_equal(num_u64(s, strlen(s), &got), 0);
	assert_true(got == want);
}

static void u64_refuses(const char *s, int error)
{
	uint64_t got = UNTOUCHED;
	assert_int_equal(num_u64(s, strlen(s), &got), error);
	assert_true(got == UNTOUCHED);
}

static void hex_is(const char *s, uint64_t want)
{
	uint64_t got = UNTOUCHED;
	assert_int_equal(num_hex(s, strlen(s), &got), 0);
	assert_true(got == want);
}

static void hex_refuses(const char *s, int error)
{
	uint64_t got = UNTOUCHED;
	assert_int_equal(num_hex(s, strlen(s), &got), error);
	assert_true(got == UNTOUCHED);
}

static void double_is(const char *s, double want)
{
	double got = UNTOUCHED;
	assert_int_equal(num_double(s, strlen(s), &got), 0);
	assert_true(fabs(got - want) <= fabs(want) * 0x1p-52);
}

static void double_refuses(const char *s, int error)
{
	double got = UNTOUCHED;
	assert_int_equal(num_double(s, strlen(s), &got), error);
	assert_true(got == UNTOUCHED);
}

/* num_size and num_time. */
typedef int parser(const char *s, uint64_t *ret);

static void quantity_is(parser *parse, const char *s, uint64_t want)
{
	uint64_t got = UNTOUCHED;
	assert_int_equal(parse(s, &got), 0);
	assert_true(got == want);
}

static void quantity_refuses(parser *parse, const char *s, int error)
{
	uint64_t got = UNTOUCHED;
	assert_int_equal(parse(s, &got), error);
	assert_true(got == UNTOUCHED);
}

static void num_u64__reads__all_64_bits(void **state)
{
	(void)state;
	u64_is("0", 0);
	u64_is("0007", 7);
	u64_is("4294967296", 4294967296);
	u64_is("18446744073709551615", UINT64_MAX);
}

static void num_u64__refuses__overflow(void **state)
{
	(void)state;
	u64_refuses("18446744073709551616", -ERANGE);
	u64_refuses("184467440737095516150", -ERANGE);
	u64_refuses("99999999999999999999999999999999999", -ERANGE);
}

static void num_u64__refuses__what_is_no_number(void **state)
{
	(void)state;
	u64_refuses("", -EINVAL);
	u64_refuses(" 1", -EINVAL);
	u64_refuses("1 ", -EINVAL);
	u64_refuses("+1", -EINVAL);
	u64_refuses("0x10", -EINVAL);
	u64_refuses("1e3", -EINVAL);
	u64_refuses("-", -EINVAL);
	u64_refuses("-x", -EINVAL);
	u64_refuses("99999999999999999999x", -EINVAL);
	u64_refuses("\xd9\xa3", -EINVAL); /* an Arabic digit */
}

static void num_u64__calls_a_negative_number__out_of_range(void **state)
{
	(void)state;
	u64_refuses("-1", -ERANGE);
	u64_refuses("-99999999999999999999", -ERANGE);
}

static void num_u64__stops__at_the_length_given(void **state)
{
	(void)state;
	uint64_t got = 0;

	assert_int_equal(num_u64("1234 kB", 4, &got), 0);
	assert_true(got == 1234);
}

static void num_hex__reads__addresses_of_either_case(void **state)
{
	(void)state;
	hex_is("0", 0);
	hex_is("7ffC0a1b2000", 0x7ffc0a1b2000);
	hex_is("ffffffffff600000", 0xffffffffff600000);
	hex_is("0000000000000000000012", 0x12);
}

static void num_hex__refuses__overflow_and_strays(void **state)
{
	(void)state;
	hex_refuses("10000000000000000", -ERANGE);
	hex_refuses("", -EINVAL);
	hex_refuses("0x12", -EINVAL);
	hex_refuses("12g", -EINVAL);
	hex_refuses("-1", -EINVAL);
}

static void num_double__reads__decimals(void **state)
{
	(void)state;
	double_is("0", 0);
	double_is("-0.0", 0);
	double_is("12.5", 12.5);
	double_is("+.5", 0.5);
	double_is("5.", 5);
	double_is("-51.3", -51.3);
	double_is("1e3", 1000);
	double_is("2.5E-3", 0.0025);
	double_is("1763646240.123456", 1763646240.123456);
}

static void num_double__agrees_with_strtod(void **state)
{
	(void)state;
	unsigned seed = 20180415;

	for (int i = 0; i < 20000; i++) {
		char text[64];
		double mantissa = (double)rand_r(&seed) + (double)rand_r(&seed) / RAND_MAX;
		snprintf(text, sizeof(text), "%.*fe%d", rand_r(&seed) % 20, mantissa,
		         rand_r(&seed) % 500 - 250);
		double_is(text, strtod(text, NULL));
	}
}

static void num_double__takes__as_many_digits_as_there_are(void **state)
{
	(void)state;
	double_is("0.000000000000000000000000000000000000000000000000001", 1e-51);
	double_is("123456789012345678901234567890", 123456789012345678901234567890.0);
	double_is("0e999999999999999999999999", 0);
	double_is("1e-999999999999999999999999", 0);
}

static void num_double__refuses__what_is_not_finite_or_no_number(void **state)
{
	(void)state;
	double_refuses("1e309", -ERANGE);
	double_refuses("-1e99999999999999999999", -ERANGE);
	double_refuses("", -EINVAL);
	double_refuses("-", -EINVAL);
	double_refuses(".", -EINVAL);
	double_refuses("nan", -EINVAL);
	double_refuses("inf", -EINVAL);
	double_refuses("0x1p3", -EINVAL);
	double_refuses("1,5", -EINVAL);
	double_refuses("1.2.3", -EINVAL);
	double_refuses("1e", -EINVAL);
	double_refuses("1e+", -EINVAL);
	double_refuses("1e5x", -EINVAL);
	double_refuses("1 ", -EINVAL);
}

static void num_size__reads__units_of_1024(void **state)
{
	(void)state;
	quantity_is(num_size, "0", 0);
	quantity_is(num_size, "512", 512);
	quantity_is(num_size, "512B", 512);
	quantity_is(num_size, "512K", 512 << 10);
	quantity_is(num_size, "10kB", 10 << 10);
	quantity_is(num_size, "64MiB", 64 << 20);
	quantity_is(num_size, "1.5G", 1536ull << 20);
	quantity_is(num_size, "2t", 2ull << 40);
	quantity_is(num_size, ".5k", 512);
}

static void num_size__stays_exact__beyond_a_double(void **state)
{
	(void)state;
	quantity_is(num_size, "9007199254740993", 9007199254740993);
	quantity_is(num_size, "18446744073709551614", UNKNOWN - 1);
}

static void num_size__refuses__what_does_not_fit_or_is_unknown(void **state)
{
	(void)state;
	quantity_refuses(num_size, "18446744073709551615", -ERANGE);
	quantity_refuses(num_size, "16777216T", -ERANGE);
	quantity_refuses(num_size, "16777216.0T", -ERANGE);
	quantity_refuses(num_size, "-1M", -ERANGE);
}

static void num_size__refuses__what_is_no_size(void **state)
{
	(void)state;
	const char *const no[] = {"",    "M",     "1X",   "1MM", "1 M",  "1M ",
	                          "1Mi", "1.2.3", "1e3M", "--1", "0x1M", "."};

	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		quantity_refuses(num_size, no[i], -EINVAL);
}

static void num_time__reads__units_of_time(void **state)
{
	(void)state;
	quantity_is(num_time, "5", 5000000000);
	quantity_is(num_time, "0.5", 500000000);
	quantity_is(num_time, "0.1", 100000000);
	quantity_is(num_time, "500ms", 500000000);
	quantity_is(num_time, "250us", 250000);
	quantity_is(num_time, "10s", 10000000000);
	quantity_is(num_time, "2m", 120000000000);
	quantity_is(num_time, "1h", 3600000000000);
	quantity_is(num_time, "1d", 86400000000000);
}

static void num_time__refuses__the_rest(void **state)
{
	(void)state;
	quantity_refuses(num_time, "", -EINVAL);
	quantity_refuses(num_time, "s", -EINVAL);
	quantity_refuses(num_time, "5 s", -EINVAL);
	quantity_refuses(num_time, "5w", -EINVAL);
	quantity_refuses(num_time, "nan", -EINVAL);
	quantity_refuses(num_time, "-5", -ERANGE);
	quantity_refuses(num_time, "99999999999d", -ERANGE);
}

static void num_rate__reads__size_per_time(void **state)
{
	(void)state;
	double rate = 0;

	assert_int_equal(num_rate("1MB/s", &rate), 0);
	assert_true(fabs(rate - 1048576) < 1e-6);
	assert_int_equal(num_rate("36k/h", &rate), 0);
	assert_true(fabs(rate - 10.24) < 1e-9);
	assert_int_equal(num_rate("600k/m", &rate), 0);
	assert_true(fabs(rate - 10240) < 1e-9);
}

static void num_rate__refuses__the_rest(void **state)
{
	(void)state;
	const char *const no[] = {"",      "/",       "10M",    "10M/", "/s",
	                          "10M/x", "10M/s/s", "10M/2s", "x/s"};
	double rate = UNTOUCHED;

	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		assert_int_equal(num_rate(no[i], &rate), -EINVAL);
	assert_int_equal(num_rate("-1M/s", &rate), -ERANGE);
	assert_true(rate == UNTOUCHED);
}

static void known__makes_the_whole_unknown__when_a_part_is(void **state)
{
	(void)state;
	int64_t delta = UNTOUCHED;

	assert_false(known(known_add(UNKNOWN, 1)));
	assert_false(known(known_add(0, UNKNOWN)));
	assert_false(known(known_sub(UNKNOWN, UNKNOWN)));
	assert_false(known(known_mul(0, UNKNOWN)));
	assert_false(known_delta(1, UNKNOWN, &delta));
	assert_true(delta == UNTOUCHED);
	assert_true(known_or(UNKNOWN, 7) == 7);
	assert_true(known_or(0, 7) == 0);
}

static void known__saturates__and_never_becomes_unknown(void **state)
{
	(void)state;
	const uint64_t edges[] = {0,          1,           2,           1ull << 32,
	                          1ull << 63, UNKNOWN / 2, UNKNOWN - 2, UNKNOWN - 1};
	const size_t count = sizeof(edges) / sizeof(edges[0]);

	for (size_t i = 0; i < count * count; i++) {
		uint64_t a = edges[i / count], b = edges[i % count], sum, product;
		if (__builtin_add_overflow(a, b, &sum) || sum == UNKNOWN)
			sum = UNKNOWN - 1;
		if (__builtin_mul_overflow(a, b, &product) || product == UNKNOWN)
			product = UNKNOWN - 1;
		assert_true(known_add(a, b) == sum);
		assert_true(known_mul(a, b) == product);
		assert_true(known_sub(a, b) == (a > b ? a - b : 0));
	}
}

static void known_delta__is_signed_and_saturates(void **state)
{
	(void)state;
	int64_t delta;

	assert_true(known_delta(5, 7, &delta) && delta == -2);
	assert_true(known_delta(7, 5, &delta) && delta == 2);
	assert_true(known_delta(UNKNOWN - 1, 0, &delta) && delta == INT64_MAX);
	assert_true(known_delta(0, UNKNOWN - 1, &delta) && delta == -INT64_MAX);
	assert_int_equal(known_delta_add(-3, 5), 2);
	assert_true(known_delta_add(INT64_MAX, 1) == INT64_MAX);
	assert_true(known_delta_add(-INT64_MAX, -INT64_MAX) == -INT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(num_u64__reads__all_64_bits),
	        cmocka_unit_test(num_u64__refuses__overflow),
	        cmocka_unit_test(num_u64__refuses__what_is_no_number),
	        cmocka_unit_test(num_u64__calls_a_negative_number__out_of_range),
	        cmocka_unit_test(num_u64__stops__at_the_length_given),
	        cmocka_unit_test(num_hex__reads__addresses_of_either_case),
	        cmocka_unit_test(num_hex__refuses__overflow_and_strays),
	        cmocka_unit_test(num_double__reads__decimals),
	        cmocka_unit_test(num_double__agrees_with_strtod),
	        cmocka_unit_test(num_double__takes__as_many_digits_as_there_are),
	        cmocka_unit_test(num_double__refuses__what_is_not_finite_or_no_number),
	        cmocka_unit_test(num_size__reads__units_of_1024),
	        cmocka_unit_test(num_size__stays_exact__beyond_a_double),
	        cmocka_unit_test(num_size__refuses__what_does_not_fit_or_is_unknown),
	        cmocka_unit_test(num_size__refuses__what_is_no_size),
	        cmocka_unit_test(num_time__reads__units_of_time),
	        cmocka_unit_test(num_time__refuses__the_rest),
	        cmocka_unit_test(num_rate__reads__size_per_time),
	        cmocka_unit_test(num_rate__refuses__the_rest),
	        cmocka_unit_test(known__makes_the_whole_unknown__when_a_part_is),
	        cmocka_unit_test(known__saturates__and_never_becomes_unknown),
	        cmocka_unit_test(known_delta__is_signed_and_saturates),
	};

	return cmocka_run_group_tests_name("base_num", tests, NULL, NULL);
}
