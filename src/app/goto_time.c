/* SPDX-License-Identifier: MIT */
#include "app/goto_time.h"

/*
 * Text -> time. Knows clocks, dates and durations; refuses to know what is recorded of that time. Local time is
 * that of the C library, with its days of 23 and 25 hours.
 */

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/human.h"
#include "base/known.h"
#include "base/num.h"
#include "base/safe_text.h"

enum { TEXT_MAX = 64, DAY_S = 86400 };

/* A clock: two or three numbers. */
struct clock_text {
	unsigned count;
	uint64_t part[3];
};

/* The digits at *s, `most` of them at the most, as a number not above `limit`. */
static bool take_number(const char **s, size_t most, uint64_t limit, uint64_t *ret)
{
	size_t n = strspn(*s, "0123456789");

	if (n == 0 || n > most || num_u64(*s, n, ret) || *ret > limit)
		return false;
	*s += n;
	return true;
}

/* The whole of s as NN:NN or NN:NN:NN, the first number at most `first`. */
static bool take_clock(const char *s, uint64_t first, struct clock_text *ret)
{
	*ret = (struct clock_text){0};
	for (;;) {
		bool leads = ret->count == 0;
		if (!take_number(&s, leads ? 6 : 2, leads ? first : 59, &ret->part[ret->count]))
			return false;
		ret->count++;
		if (!*s)
			return ret->count > 1;
		if (*s++ != ':' || ret->count == 3)
			return false;
	}
}

/* --- durations: +90m, -2h, +1d12h, @12:34 ---------------------------------------------------------- */

/* "90", "90m", "1d12h30m": ns. */
static bool take_duration(const char *s, uint64_t *ret)
{
	uint64_t sum = 0;

	if (!*s)
		return false;
	while (*s) {
		char piece[TEXT_MAX];
		size_t digits = strspn(s, "0123456789."), n = digits;
		uint64_t ns;

		n += strcspn(s + digits, "0123456789.");
		if (n >= sizeof(piece))
			return false;
		memcpy(piece, s, n);
		piece[n] = 0;
		if (digits == 0 || num_time(piece, &ns))
			return false;
		/* Only the whole may be a bare number: "1h30" is not told what the 30 are. */
		if (n == digits && (sum || s[n]))
			return false;
		sum = known_add(sum, ns);
		if (!known(sum))
			return false;
		s += n;
	}
	*ret = sum;
	return true;
}

/* The clock of the Time column: minutes and seconds, or hours before them. */
static uint64_t watch_clock(const struct clock_text *c)
{
	uint64_t seconds = 0;

	for (unsigned i = 0; i < c->count; i++)
		seconds = seconds * 60 + c->part[i];
	return seconds * NS_PER_S;
}

static bool parse_since_begin(const char *s, struct goto_time *ret)
{
	struct clock_text c;
	uint64_t ns;

	if (take_clock(s, 999999, &c))
		ns = watch_clock(&c);
	else if (!take_duration(s, &ns))
		return false;
	*ret = (struct goto_time){.value = ns};
	return true;
}

static bool parse_relative(const char *s, const struct goto_range *r, struct goto_time *ret)
{
	uint64_t ns;

	if (!take_duration(s + 1, &ns))
		return false;
	if (*s == '+')
		ns = known_or(known_add(r->shown, ns), UNKNOWN - 1);
	else
		ns = r->shown > ns ? r->shown - ns : 0;
	*ret = (struct goto_time){.value = ns};
	return true;
}

/* --- the wall -------------------------------------------------------------------------------------- */

/* Broken down time -> ns; false before 1970, or when there is no such day. */
static bool wall_of(struct tm tm, bool utc, uint64_t *ret)
{
	struct tm asked = tm;
	time_t t;

	tm.tm_isdst = -1;
	t = utc ? timegm(&tm) : mktime(&tm);
	/* 31 February has become a day of March; an hour that summer time leaves out may move. */
	if (t < 0 || tm.tm_mon != asked.tm_mon || tm.tm_mday != asked.tm_mday)
		return false;
	*ret = (uint64_t)t * NS_PER_S;
	return true;
}

/* Wall time of a time since the begin, as far as no clock was set meanwhile. */
static uint64_t wall_at(const struct goto_range *r, uint64_t time)
{
	return r->wall + time - r->shown;
}

/* A clock names a whole minute or second: what begins or ends within it is there. */
static bool is_there(const struct goto_range *r, uint64_t wall, const struct clock_text *c)
{
	uint64_t length = (c->count == 2 ? 60 : 1) * NS_PER_S;

	return wall + length > wall_at(r, r->oldest) && wall <= wall_at(r, r->newest);
}

/* That clock `days` after the day shown. */
static bool clock_on_day(const struct goto_range *r, const struct clock_text *c, int days,
                         uint64_t *ret)
{
	time_t shown = (time_t)(r->wall / NS_PER_S);
	struct tm tm, day;

	if (!localtime_r(&shown, &tm))
		return false;
	day = (struct tm){.tm_year = tm.tm_year,
	                  .tm_mon = tm.tm_mon,
	                  .tm_mday = tm.tm_mday + days,
	                  .tm_hour = 12,
	                  .tm_isdst = -1};
	if (mktime(&day) < 0)
		return false;
	day.tm_hour = (int)c->part[0];
	day.tm_min = (int)c->part[1];
	day.tm_sec = c->count == 3 ? (int)c->part[2] : 0;
	return wall_of(day, false, ret);
}

/* The time of day on the day shown, or on the nearest day on which there is something then. */
static bool parse_clock(const char *s, const struct goto_range *r, struct goto_time *ret)
{
	struct clock_text c;
	uint64_t wall, days = (r->newest - r->oldest) / (DAY_S * NS_PER_S) + 2;

	if (!take_clock(s, 23, &c))
		return false;
	for (uint64_t i = 0; known(r->wall) && i <= days; i++) {
		/* Of two days that are as near, the later one comes last: it is tried second. */
		for (int sign = -1; sign <= 1; sign += 2) {
			if (!clock_on_day(r, &c, sign * (int)i, &wall) || !is_there(r, wall, &c))
				continue;
			*ret = (struct goto_time){.is_wall = true, .value = wall};
			return true;
		}
	}
	*ret = (struct goto_time){.value = watch_clock(&c)};
	return ret->value <= r->newest;
}

/* YYYY-MM-DD, and a clock behind a blank or T, and Z behind that. */
static bool parse_date(char *s, struct goto_time *ret)
{
	const char *at = s;
	uint64_t year, month, day;
	struct clock_text c = {0};
	size_t len = strlen(s);
	bool utc = len > 11 && (s[len - 1] == 'Z' || s[len - 1] == 'z');
	struct tm tm;

	if (utc)
		s[len - 1] = 0;
	if (!take_number(&at, 4, 9999, &year) || *at++ != '-' || year < 1970 ||
	    !take_number(&at, 2, 12, &month) || *at++ != '-' || month < 1 ||
	    !take_number(&at, 2, 31, &day) || day < 1)
		return false;
	if (*at && *at != ' ' && *at != 'T' && *at != 't')
		return false;
	if (*at && !take_clock(at + 1 + strspn(at + 1, " "), 23, &c))
		return false;
	tm = (struct tm){.tm_year = (int)year - 1900,
	                 .tm_mon = (int)month - 1,
	                 .tm_mday = (int)day,
	                 .tm_hour = (int)c.part[0],
	                 .tm_min = (int)c.part[1],
	                 .tm_sec = (int)c.part[2]};
	ret->is_wall = true;
	return wall_of(tm, utc, &ret->value);
}

static int refuse(const char *text, const struct goto_range *r, struct fault *fault)
{
	char safe[TEXT_MAX], from[HUMAN_MAX], to[HUMAN_MAX];
	struct clock_text c;

	safe_copy(safe, sizeof(safe), text, strlen(text), SAFE_UTF8);
	if (known(r->wall) && take_clock(text, 23, &c))
		return fault_set(fault, STATUS_USAGE, "nothing is known of %s; only of %s to %s",
		                 safe, human_localtime(from, wall_at(r, r->oldest)),
		                 human_localtime(to, wall_at(r, r->newest)));
	if (!known(r->wall))
		return fault_set(fault, STATUS_USAGE,
		                 "'%s' leads nowhere, no date is known here; type +90m, -2h or "
		                 "@12:34",
		                 safe);
	return fault_set(fault, STATUS_USAGE,
	                 "'%s' is no time; type 13:45, 2026-11-20 13:45, +90m, -2h or @12:34",
	                 safe);
}

int goto_time_parse(const char *text, const struct goto_range *range, struct goto_time *ret,
                    struct fault *fault)
{
	char s[TEXT_MAX];
	struct goto_time made = {0};
	size_t n;
	bool ok = false;

	text += strspn(text, " ");
	n = strlen(text);
	while (n && text[n - 1] == ' ')
		n--;
	if (n < sizeof(s)) {
		memcpy(s, text, n);
		s[n] = 0;
		ok = s[0] == '@'                    ? parse_since_begin(s + 1, &made)
		     : s[0] == '+' || s[0] == '-'   ? parse_relative(s, range, &made)
		     : parse_clock(s, range, &made) ? true
		                                    : known(range->wall) && parse_date(s, &made);
	}
	if (!ok)
		return refuse(text, range, fault);
	*ret = made;
	return 0;
}
