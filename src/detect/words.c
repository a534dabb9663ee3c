/* SPDX-License-Identifier: MIT */
#include "detect/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/known.h"

/* Knows how figures stand inside a sentence. Refuses to know the sentences. */

static uint64_t whole(double v)
{
	if (isnan(v))
		return UNKNOWN;
	v = fabs(v) + 0.5;
	return v < 0x1p63 ? (uint64_t)v : 1ull << 63;
}

char *words_bytes(char out[HUMAN_MAX], double bytes)
{
	return human_size(out, whole(bytes), HUMAN_AUTO);
}

char *words_seconds(char out[HUMAN_MAX], double seconds)
{
	double ns = seconds * (double)NS_PER_S;

	/* Below a minute tenths of a second say nothing; below ten they are all there is. */
	if (seconds >= 10 && seconds < 60)
		ns = round(seconds) * (double)NS_PER_S;
	return human_duration(out, whole(ns));
}

char *words_clock(char out[HUMAN_MAX], double watch)
{
	return human_clock(out, whole(watch * (double)NS_PER_S), false);
}

char *words_rate(char out[HUMAN_MAX], double rate)
{
	human_rate(out, rate);
	if (out[0] == '+')
		memmove(out, out + 1, strlen(out));
	return out;
}

/* Both ends in the unit of the middle, whose words end in it: "1.7 kB/s". */
static bool ends_in_unit(char out[HUMAN_MAX], const char *middle, double rate, double end)
{
	const char *unit = strchr(middle, ' ');
	char text[80];
	double figure = 0, sign = middle[0] == '-' ? -1 : 1;

	for (const char *p = middle; unit && p < unit; p++) {
		if (*p == '.')
			continue;
		if (*p >= '0' && *p <= '9')
			figure = figure * 10 + (*p - '0');
	}
	bool tenths = unit && unit - middle >= 2 && unit[-2] == '.';
	if (!(figure > 0) || !(fabs(end / rate) < 1e6))
		return false;
	double scaled = sign * figure * end / rate;
	long long whole_part = llround(fabs(scaled) * (tenths ? 1 : 10));
	snprintf(text, sizeof(text), "%s%lld.%lld%.16s", scaled < 0 && whole_part ? "-" : "",
	         whole_part / 10, whole_part % 10, unit);
	snprintf(out, HUMAN_MAX, "%.31s", text);
	return true;
}

char *words_interval(char out[WORDS_RATE_MAX], double rate, double low, double high)
{
	char a[HUMAN_MAX], b[HUMAN_MAX], c[HUMAN_MAX];

	words_rate(a, rate);
	if (!ends_in_unit(b, a, rate, low) || !ends_in_unit(c, a, rate, high)) {
		words_rate(b, low);
		words_rate(c, high);
	}
	if (!strcmp(b, c))
		snprintf(out, WORDS_RATE_MAX, "%s", a);
	else
		snprintf(out, WORDS_RATE_MAX, "%s (%s to %s)", a, b, c);
	return out;
}
