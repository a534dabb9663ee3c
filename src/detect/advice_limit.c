/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/human.h"
#include "detect/advice.h"
#include "detect/words.h"

/*
 * Knows how the nearest limit and the time left until it are said. Refuses to know how they were found.
 */

static const double year = 365.0 * 86400;

static const char *limit_format(enum verdict_limit kind)
{
	switch (kind) {
	case LIMIT_CGROUP:
		return "the cgroup limit of %s";
	case LIMIT_CGROUP_HIGH:
		return "the limit of %s (memory.high) at which its cgroup is throttled";
	case LIMIT_RLIMIT:
		return "its resource limit (ulimit) of %s";
	case LIMIT_MAPS:
		return "the %s mappings that vm.max_map_count allows";
	case LIMIT_ADDRESS:
		return "the %s that a 32-bit process can address";
	default:
		return "the end of this machine's memory, %s of which are left,";
	}
}

static void limit_name(const struct verdict *v, char *out, size_t size)
{
	const char *format = limit_format(v->limit);
	const char *hole = strstr(format, "%s");
	char figure[HUMAN_MAX];

	if (v->limit == LIMIT_MAPS)
		human_count(figure, v->limit_count);
	else
		human_size(figure, v->limit_bytes, HUMAN_AUTO);
	snprintf(out, size, "%.*s%s%s", (int)(hole - format), format, figure, hole + 2);
}

/* "2 h 40 min to 4 h"; "2 h 40 min or more"; "" where no end of it is known. */
static void interval_words(const struct verdict *v, char *out, size_t size)
{
	char low[HUMAN_MAX], high[HUMAN_MAX];

	out[0] = '\0';
	if (!isfinite(v->eta_low))
		return;
	words_seconds(low, v->eta_low);
	if (!isfinite(v->eta_high) || v->eta_high >= year)
		snprintf(out, size, " (%s or more)", low);
	else
		snprintf(out, size, " (%s to %s)", low, words_seconds(high, v->eta_high));
}

int advice_limit(const struct verdict *v, struct buf *out)
{
	char name[120], time[HUMAN_MAX], interval[3 * HUMAN_MAX];

	if (v->limit == LIMIT_NONE || !isfinite(v->eta) || v->eta < 0)
		return out->error;
	limit_name(v, name, sizeof(name));
	if (v->eta < 1)
		return buf_addf(out, "has reached %s", name);
	if (v->eta >= year)
		return buf_addf(out, "reaches %s in more than a year", name);
	interval_words(v, interval, sizeof(interval));
	return buf_addf(out, "reaches %s in about %s%s", name, words_seconds(time, v->eta),
	                interval);
}

/* The figure alone, in a unit that is given: "3.2", "41". */
static void bare(char out[HUMAN_MAX], double value)
{
	long long tenths = llround(value * 10);

	if (tenths < 100)
		snprintf(out, HUMAN_MAX, "%lld.%lld", tenths / 10, tenths % 10);
	else
		snprintf(out, HUMAN_MAX, "%lld", llround(value));
}

int advice_time_left(const struct verdict *v, struct buf *out)
{
	static const struct {
		double seconds;
		const char *name;
	} units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
	char at[HUMAN_MAX], low[HUMAN_MAX], high[HUMAN_MAX];
	unsigned u = 0;

	if (v->limit == LIMIT_NONE || !isfinite(v->eta) || v->eta < 0 || v->eta >= 10 * year)
		return buf_addc(out, '-');
	while (u < 3 && v->eta < 2 * units[u].seconds)
		u++;
	if (!isfinite(v->eta_low))
		return buf_adds(out, words_seconds(at, v->eta));
	bare(at, v->eta / units[u].seconds);
	buf_addf(out, "%s %s", at, units[u].name);
	bare(low, v->eta_low / units[u].seconds);
	if (!isfinite(v->eta_high) || v->eta_high >= 10 * year)
		return buf_addf(out, " (%s+)", low);
	bare(high, v->eta_high / units[u].seconds);
	return buf_addf(out, " (%s-%s)", low, high);
}
