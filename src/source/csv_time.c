/* SPDX-License-Identifier: MIT */
/*
 * Knows the times a row can begin with: seconds, seconds since 1970 and their thousandths, a clock, a
 * date. Refuses to know which of them a file ought to use.
 */
#include <ctype.h>
#include <string.h>

#include "base/clock.h"
#include "source/csv_internal.h"

/* Figures too large for an uptime are dates: seconds, and the finer units programs log. */
static bool number_parse(struct cell c, struct time_read *ret)
{
	int64_t ns;
	uint64_t divide = 1;
	size_t digits = 0;

	while (digits < c.len && isdigit((unsigned char)c.text[digits]))
		digits++;
	/* 13 digits are milliseconds, 16 microseconds, 19 nanoseconds since 1970. */
	if (digits >= 12)
		divide = digits < 15 ? 1000 : digits < 18 ? 1000000 : NS_PER_S;
	if (divide > 1) {
		uint64_t n = 0;
		if (digits > 19)
			return false;
		for (size_t i = 0; i < digits; i++)
			n = n * 10 + (uint64_t)(c.text[i] - '0');
		if (digits != c.len && c.text[digits] != '.')
			return false;
		/* 14 digits may also be 20261120134813, which is no such number. */
		if (n > INT64_MAX / (NS_PER_S / divide))
			return false;
		ns = (int64_t)(n * (NS_PER_S / divide));
	} else if (!decimal_ns(c, &ns)) {
		return false;
	}
	bool wall = ns >= (int64_t)(1000000000ull * NS_PER_S);
	*ret = (struct time_read){ns, wall, wall, TIME_NUMBER};
	return true;
}

bool time_cell(struct cell c, struct time_read *ret)
{
	int64_t ns;
	c = cell_trim(c);
	if (!c.len)
		return false;
	if (number_parse(c, ret))
		return true;
	if (clock_parse(c, false, &ns)) {
		*ret = (struct time_read){.ns = ns, .form = TIME_CLOCK};
		return true;
	}
	return date_prefix(c, ret) == c.len;
}

size_t time_prefix(struct cell text, bool date_only, struct time_read *ret)
{
	size_t n = date_prefix(text, ret);
	if (n || date_only)
		return n;
	while (n < text.len && !strchr(" \t,;=", text.text[n]))
		n++;
	size_t len = n && text.text[n - 1] == ':' ? n - 1 : n;
	struct cell word = {text.text, len};
	return time_cell(word, ret) ? n : 0;
}
