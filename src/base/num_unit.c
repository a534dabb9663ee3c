/* SPDX-License-Identifier: MIT */
/*
 * Knows the sizes, times and rates people type on a command line. Refuses to know which values
 * an option allows: its caller has the bounds.
 */
#include "base/num.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/known.h"

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit size_units[] = {
        {"", 1},
        {"b", 1},
        {"k", 1ull << 10},
        {"kb", 1ull << 10},
        {"kib", 1ull << 10},
        {"m", 1ull << 20},
        {"mb", 1ull << 20},
        {"mib", 1ull << 20},
        {"g", 1ull << 30},
        {"gb", 1ull << 30},
        {"gib", 1ull << 30},
        {"t", 1ull << 40},
        {"tb", 1ull << 40},
        {"tib", 1ull << 40},
        {NULL, 0},
};

static const struct unit time_units[] = {
        {"", 1000000000ull},
        {"ns", 1},
        {"us", 1000},
        {"ms", 1000000},
        {"s", 1000000000ull},
        {"m", 60 * 1000000000ull},
        {"min", 60 * 1000000000ull},
        {"h", 3600 * 1000000000ull},
        {"d", 86400 * 1000000000ull},
        {NULL, 0},
};

static uint64_t unit_factor(const struct unit *units, const char *name, size_t n)
{
	for (const struct unit *u = units; u->name; u++)
		if (strlen(u->name) == n && strncasecmp(u->name, name, n) == 0)
			return u->factor;
	return 0;
}

/* A whole number stays exact; a fraction goes through a double and is rounded. Never UNKNOWN. */
static int quantity_scale(const char *s, size_t n, uint64_t factor, uint64_t *ret)
{
	uint64_t whole;
	double fraction;
	int r;

	if (!memchr(s, '.', n)) {
		r = num_u64(s, n, &whole);
		if (r < 0)
			return r;
		if (whole > (UNKNOWN - 1) / factor)
			return -ERANGE;
		*ret = whole * factor;
		return 0;
	}
	r = num_double(s, n, &fraction);
	if (r < 0)
		return r;
	long double scaled = (long double)fraction * (long double)factor + 0.5L;
	if (scaled >= (long double)UNKNOWN)
		return -ERANGE;
	*ret = (uint64_t)scaled;
	return 0;
}

/* The whole of s[0..n) as a number and one of `units`. */
static int quantity_parse(const char *s, size_t n, const struct unit *units, uint64_t *ret)
{
	bool negative = n > 0 && s[0] == '-';
	uint64_t value;

	if (negative) {
		s++;
		n--;
	}
	size_t digits = 0;
	while (digits < n && ((s[digits] >= '0' && s[digits] <= '9') || s[digits] == '.'))
		digits++;
	uint64_t factor = unit_factor(units, s + digits, n - digits);
	if (digits == 0 || factor == 0)
		return -EINVAL;
	int r = quantity_scale(s, digits, factor, &value);
	if (r < 0)
		return r;
	if (negative)
		return -ERANGE;
	*ret = value;
	return 0;
}

int num_size(const char *s, uint64_t *ret_bytes)
{
	return quantity_parse(s, strlen(s), size_units, ret_bytes);
}

int num_time(const char *s, uint64_t *ret_ns)
{
	return quantity_parse(s, strlen(s), time_units, ret_ns);
}

int num_rate(const char *s, double *ret_bytes_per_s)
{
	const char *slash = strchr(s, '/');
	uint64_t bytes;

	if (!slash)
		return -EINVAL;
	int r = quantity_parse(s, (size_t)(slash - s), size_units, &bytes);
	if (r < 0)
		return r;
	/* "10M/" would mean per second by the rule for times; it is a slip of the hand. */
	const char *per = slash + 1;
	uint64_t ns = unit_factor(time_units, per, strlen(per));
	if (ns == 0 || *per == '\0')
		return -EINVAL;
	*ret_bytes_per_s = (double)bytes * 1e9 / (double)ns;
	return 0;
}
