/* SPDX-License-Identifier: MIT */
/*
 * Knows how digits become integers and doubles, with the same result in every locale. Refuses to
 * know units (num_unit.c) and what a number stands for.
 */
#include "base/num.h"

#include <errno.h>
#include <float.h>
#include <stdbool.h>

/* No double needs more: beyond it the value is 0 or does not fit, whatever the digits. */
enum { EXPONENT_LIMIT = 5000 };

static bool digit_is(char c)
{
	return c >= '0' && c <= '9';
}

static int digits_u64(const char *s, size_t n, uint64_t *ret)
{
	uint64_t value = 0;
	bool overflow = false;

	if (n == 0)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		if (!digit_is(s[i]))
			return -EINVAL;
		uint64_t digit = (uint64_t)(s[i] - '0');
		overflow |= __builtin_mul_overflow(value, 10u, &value);
		overflow |= __builtin_add_overflow(value, digit, &value);
	}
	if (overflow)
		return -ERANGE;
	*ret = value;
	return 0;
}

int num_u64(const char *s, size_t n, uint64_t *ret)
{
	uint64_t magnitude;

	if (n > 0 && s[0] == '-')
		return digits_u64(s + 1, n - 1, &magnitude) == -EINVAL ? -EINVAL : -ERANGE;
	return digits_u64(s, n, ret);
}

int num_hex(const char *s, size_t n, uint64_t *ret)
{
	uint64_t value = 0;
	bool overflow = false;

	if (n == 0)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		char c = s[i];
		unsigned digit;
		if (digit_is(c))
			digit = (unsigned)(c - '0');
		else if (c >= 'a' && c <= 'f')
			digit = (unsigned)(c - 'a') + 10;
		else if (c >= 'A' && c <= 'F')
			digit = (unsigned)(c - 'A') + 10;
		else
			return -EINVAL;
		overflow |= value >> 60 != 0;
		value = value << 4 | digit;
	}
	if (overflow)
		return -ERANGE;
	*ret = value;
	return 0;
}

/* The digits of a decimal number as mantissa * 10^exponent, and how far they were read. */
struct decimal {
	uint64_t mantissa; /* the first 19 significant digits: always fits */
	int64_t exponent;
	size_t digits; /* seen at all, leading zeros included */
	size_t end;    /* index behind the last character used */
};

static struct decimal decimal_scan(const char *s, size_t n, size_t start)
{
	struct decimal d = {.end = start};
	bool point = false;

	for (; d.end < n; d.end++) {
		char c = s[d.end];
		if (c == '.' && !point) {
			point = true;
			continue;
		}
		if (!digit_is(c))
			break;
		d.digits++;
		if (d.mantissa < 1000000000000000000ull) {
			d.mantissa = d.mantissa * 10 + (uint64_t)(c - '0');
			d.exponent -= point;
		} else {
			d.exponent += !point;
		}
	}
	return d;
}

/* "e+12" in s[start..n), to the very end. */
static int exponent_scan(const char *s, size_t n, size_t start, int64_t *ret)
{
	size_t i = start + 1;
	bool negative = i < n && s[i] == '-';
	int64_t value = 0;

	if (i < n && (s[i] == '-' || s[i] == '+'))
		i++;
	if (i == n)
		return -EINVAL;
	for (; i < n; i++) {
		if (!digit_is(s[i]))
			return -EINVAL;
		/* Far beyond any input's count of digits, far below overflow. */
		if (value < INT64_MAX / 100)
			value = value * 10 + (s[i] - '0');
	}
	*ret = negative ? -value : value;
	return 0;
}

static long double decimal_scale(uint64_t mantissa, int64_t exponent)
{
	if (mantissa == 0)
		return 0;
	bool negative = exponent < 0;
	int64_t left = negative ? -exponent : exponent;
	if (left > EXPONENT_LIMIT)
		left = EXPONENT_LIMIT;
	long double power = 1, base = 10;
	for (; left > 0; left >>= 1) {
		if (left & 1)
			power *= base;
		base *= base;
	}
	return negative ? (long double)mantissa / power : (long double)mantissa * power;
}

int num_double(const char *s, size_t n, double *ret)
{
	bool negative = n > 0 && s[0] == '-';
	size_t start = n > 0 && (s[0] == '-' || s[0] == '+');
	struct decimal d = decimal_scan(s, n, start);
	int64_t exponent = 0;

	if (d.digits == 0)
		return -EINVAL;
	if (d.end < n) {
		if (s[d.end] != 'e' && s[d.end] != 'E')
			return -EINVAL;
		int r = exponent_scan(s, n, d.end, &exponent);
		if (r < 0)
			return r;
	}
	long double value = decimal_scale(d.mantissa, d.exponent + exponent);
	if (value > (long double)DBL_MAX)
		return -ERANGE;
	*ret = (double)(negative ? -value : value);
	return 0;
}
