/* SPDX-License-Identifier: MIT */
/*
 * Knows how people read durations, clocks and dates. Refuses to read a clock: every time comes
 * from the caller. Integers only, so no locale takes part.
 */
#include "base/human.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/known.h"

static uint64_t divide_rounded(uint64_t value, uint64_t unit)
{
	return value / unit + (value % unit >= unit - unit / 2);
}

/* "34 us", "3.2 ms", "14 s": one decimal below ten, where it says something. */
static char *duration_small(char *out, uint64_t ns, uint64_t unit, const char *name)
{
	uint64_t tenths = divide_rounded(ns, unit / 10);

	if (tenths < 100 && tenths % 10)
		snprintf(out, HUMAN_MAX, "%" PRIu64 ".%" PRIu64 " %s", tenths / 10, tenths % 10,
		         name);
	else
		snprintf(out, HUMAN_MAX, "%" PRIu64 " %s", divide_rounded(ns, unit), name);
	return out;
}

/* "2 h 05 min", or "2 h" when nothing is left over. */
static char *duration_pair(char *out, uint64_t total, uint64_t per, const char *large,
                           const char *small, int digits)
{
	if (total % per)
		snprintf(out, HUMAN_MAX, "%" PRIu64 " %s %0*" PRIu64 " %s", total / per, large,
		         digits, total % per, small);
	else
		snprintf(out, HUMAN_MAX, "%" PRIu64 " %s", total / per, large);
	return out;
}

char *human_duration(char out[HUMAN_MAX], uint64_t ns)
{
	if (!known(ns))
		return strcpy(out, "-");
	if (ns == 0)
		return strcpy(out, "0 s");
	if (ns < NS_PER_US) {
		snprintf(out, HUMAN_MAX, "%" PRIu64 " ns", ns);
		return out;
	}
	/* Each border is judged after rounding: 59.7 s is "1 min", never "60 s". */
	if (divide_rounded(ns, NS_PER_US) < 1000)
		return duration_small(out, ns, NS_PER_US, "us");
	if (divide_rounded(ns, NS_PER_MS) < 1000)
		return duration_small(out, ns, NS_PER_MS, "ms");
	uint64_t seconds = divide_rounded(ns, NS_PER_S);
	if (seconds < 60)
		return duration_small(out, ns, NS_PER_S, "s");
	if (seconds < 3600)
		return duration_pair(out, seconds, 60, "min", "s", 2);
	uint64_t minutes = divide_rounded(seconds, 60);
	if (minutes < 24 * 60)
		return duration_pair(out, minutes, 60, "h", "min", 2);
	return duration_pair(out, divide_rounded(seconds, 3600), 24, "d", "h", 1);
}

char *human_clock(char out[HUMAN_MAX], uint64_t ns, bool tenths)
{
	if (!known(ns))
		return strcpy(out, "-");
	/* Rounded, because a sample taken a hair before its tick belongs to the tick. */
	uint64_t t = tenths ? divide_rounded(ns, NS_PER_S / 10) : divide_rounded(ns, NS_PER_S) * 10;
	uint64_t s = t / 10;
	char fraction[8] = "";
	if (tenths)
		snprintf(fraction, sizeof(fraction), ".%u", (unsigned)(t % 10));
	if (s < 3600)
		snprintf(out, HUMAN_MAX, "%02u:%02u%s", (unsigned)(s / 60), (unsigned)(s % 60),
		         fraction);
	else
		snprintf(out, HUMAN_MAX, "%" PRIu64 ":%02u:%02u%s", s / 3600,
		         (unsigned)(s / 60 % 60), (unsigned)(s % 60), fraction);
	return out;
}

char *human_utc(char out[HUMAN_MAX], uint64_t wall_ns, bool compact)
{
	time_t seconds = (time_t)(wall_ns / NS_PER_S);
	struct tm tm;

	if (!known(wall_ns) || !gmtime_r(&seconds, &tm) ||
	    !strftime(out, HUMAN_MAX, compact ? "%Y%m%dT%H%M%SZ" : "%Y-%m-%dT%H:%M:%SZ", &tm))
		return strcpy(out, "-");
	return out;
}

char *human_localtime(char out[HUMAN_MAX], uint64_t wall_ns)
{
	time_t seconds = (time_t)(wall_ns / NS_PER_S);
	struct tm tm;

	if (!known(wall_ns) || !localtime_r(&seconds, &tm) ||
	    !strftime(out, HUMAN_MAX, "%H:%M:%S", &tm))
		return strcpy(out, "-");
	return out;
}
