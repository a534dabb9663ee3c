/* SPDX-License-Identifier: MIT */
/*
 * Knows how people read sizes, differences, rates and counts. Refuses to know the locale: every
 * figure is put together from integers, so LC_NUMERIC can neither change the decimal point nor
 * the separators. Times are in human_time.c.
 */
#include "base/human.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/known.h"

static const char *const unit_names[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
static const char unit_letters[] = "\0KMGTPE";

enum { UNIT_LAST = 6 };

static char *human_unknown(char *out)
{
	return strcpy(out, "-");
}

/* bytes / 1024^power in tenths, rounded; power is 1 to UNIT_LAST. */
static uint64_t size_tenths(uint64_t bytes, unsigned power)
{
	uint64_t unit = 1ull << (10 * power);
	uint64_t rest = bytes % unit;

	/* rest < 2^60, so ten times it and half a unit stay below 2^64. */
	return bytes / unit * 10 + (rest * 10 + unit / 2) / unit;
}

static char *size_write(char *out, uint64_t bytes, unsigned power)
{
	uint64_t tenths = size_tenths(bytes, power);

	snprintf(out, HUMAN_MAX, "%" PRIu64 ".%" PRIu64 " %s", tenths / 10, tenths % 10,
	         unit_names[power]);
	return out;
}

char *human_size(char out[HUMAN_MAX], uint64_t bytes, enum human_unit unit)
{
	if (!known(bytes))
		return human_unknown(out);
	if (unit == HUMAN_KB) {
		snprintf(out, HUMAN_MAX, "%" PRIu64 " kB", bytes / 1024 + (bytes % 1024 >= 512));
		return out;
	}
	if (unit == HUMAN_MB || unit == HUMAN_GB)
		return size_write(out, bytes, unit == HUMAN_MB ? 2 : 3);
	if (bytes < 1024) {
		snprintf(out, HUMAN_MAX, "%" PRIu64 " B", bytes);
		return out;
	}
	/* Judged after rounding: 1023.97 kB is "1.0 MB", never "1024.0 kB". */
	unsigned power = 1;
	while (power < UNIT_LAST && size_tenths(bytes, power) >= 10240)
		power++;
	return size_write(out, bytes, power);
}

char *human_block(char out[HUMAN_MAX], uint64_t bytes)
{
	unsigned power = 1;

	/* The largest unit that leaves no fraction; many kB are no longer read at a glance. */
	while (power < UNIT_LAST && bytes % (1ull << (10 * power + 10)) == 0)
		power++;
	if (!known(bytes) || bytes < 1024 || bytes % (1ull << (10 * power)) ||
	    bytes >> (10 * power) >= 10240)
		return human_size(out, bytes, HUMAN_AUTO);
	snprintf(out, HUMAN_MAX, "%" PRIu64 " %s", bytes >> (10 * power), unit_names[power]);
	return out;
}

char *human_size5(char out[HUMAN_MAX], uint64_t bytes)
{
	if (!known(bytes))
		return human_unknown(out);
	if (bytes < 1024) {
		snprintf(out, HUMAN_MAX, "%" PRIu64, bytes);
		return out;
	}
	unsigned power = 1;
	while (power < UNIT_LAST && size_tenths(bytes, power) >= 10235)
		power++;
	uint64_t tenths = size_tenths(bytes, power);
	if (tenths < 1000)
		snprintf(out, HUMAN_MAX, "%" PRIu64 ".%" PRIu64 "%c", tenths / 10, tenths % 10,
		         unit_letters[power]);
	else
		snprintf(out, HUMAN_MAX, "%" PRIu64 "%c", (tenths + 5) / 10, unit_letters[power]);
	return out;
}

char *human_delta(char out[HUMAN_MAX], int64_t bytes, enum human_unit unit)
{
	uint64_t magnitude = bytes < 0 ? 0 - (uint64_t)bytes : (uint64_t)bytes;

	if (bytes == 0)
		return human_size(out, 0, unit);
	out[0] = bytes < 0 ? '-' : '+';
	char size[HUMAN_MAX];
	snprintf(out + 1, HUMAN_MAX - 1, "%s", human_size(size, magnitude, unit));
	return out;
}

char *human_rate(char out[HUMAN_MAX], double bytes_per_s)
{
	static const struct {
		const char *name;
		double seconds;
	} periods[] = {{"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}};
	size_t last = sizeof(periods) / sizeof(periods[0]) - 1;

	if (!isfinite(bytes_per_s))
		return human_unknown(out);
	double rate = fabs(bytes_per_s);
	size_t i = 0;
	while (i < last && rate * periods[i].seconds < 1024)
		i++;
	double scaled = rate * periods[i].seconds;
	uint64_t bytes = scaled < 0x1p63 ? (uint64_t)(scaled + 0.5) : 1ull << 63;
	if (bytes == 0)
		return strcpy(out, "0");
	char size[HUMAN_MAX];
	snprintf(out, HUMAN_MAX, "%c%.24s/%s", bytes_per_s < 0 ? '-' : '+',
	         human_size(size, bytes, HUMAN_AUTO), periods[i].name);
	return out;
}

char *human_count(char out[HUMAN_MAX], uint64_t n)
{
	if (!known(n))
		return human_unknown(out);
	char digits[HUMAN_MAX];
	int count = snprintf(digits, sizeof(digits), "%" PRIu64, n);
	char *p = out;
	for (int i = 0; i < count; i++) {
		if (i > 0 && (count - i) % 3 == 0)
			*p++ = ',';
		*p++ = digits[i];
	}
	*p = '\0';
	return out;
}
