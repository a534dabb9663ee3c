/* SPDX-License-Identifier: MIT */
/*
 * Knows dates as `date` prints them and as RFC 3339 does. Refuses to ask the locale and the zone of
 * this machine: the file may come from another one.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/num.h"
#include "source/csv_internal.h"

enum { HOUR = 3600, DAY = 24 * HOUR };

/* What has been found of a date so far; -1: not yet. */
struct date {
	int year, month, day;
	int64_t clock;  /* ns of the day */
	int half;       /* 0 AM, 1 PM */
	int64_t offset; /* seconds east of UTC */
	bool zone, zone_known;
};

static const struct {
	const char *name;
	int minutes;
} zones[] = {
        {"UTC", 0},    {"GMT", 0},    {"Z", 0},      {"WET", 0},    {"WEST", 60},  {"BST", 60},
        {"CET", 60},   {"CEST", 120}, {"EET", 120},  {"EEST", 180}, {"MSK", 180},  {"IST", 330},
        {"JST", 540},  {"EST", -300}, {"EDT", -240}, {"CST", -360}, {"CDT", -300}, {"MST", -420},
        {"MDT", -360}, {"PST", -480}, {"PDT", -420},
};

/* Days from 1970-01-01 in the Gregorian calendar, counting years from March. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
	year -= month <= 2;
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t of_era = year - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int index_of(struct cell c, const char *names)
{
	if (c.len < 3)
		return -1;
	for (int i = 0; names[i * 3]; i++) {
		if (!strncasecmp(c.text, names + i * 3, 3))
			return i;
	}
	return -1;
}

bool decimal_ns(struct cell c, int64_t *ret_ns)
{
	uint64_t whole, fraction = 0;
	const char *point = memchr(c.text, '.', c.len);
	size_t n = point ? (size_t)(point - c.text) : c.len;
	if (num_u64(c.text, n, &whole) < 0 || whole > INT64_MAX / NS_PER_S - 1)
		return false;
	uint64_t unit = NS_PER_S;
	for (size_t i = n + 1; point && i < c.len; i++) {
		if (!isdigit((unsigned char)c.text[i]))
			return false;
		unit /= 10;
		fraction += unit * (uint64_t)(c.text[i] - '0');
	}
	*ret_ns = (int64_t)(whole * NS_PER_S + fraction);
	return true;
}

bool clock_parse(struct cell c, bool hours, int64_t *ret_ns)
{
	int64_t sum = 0;
	int parts = 0;
	for (;;) {
		const char *colon = memchr(c.text, ':', c.len);
		struct cell part = {c.text, colon ? (size_t)(colon - c.text) : c.len};
		int64_t ns;
		if (++parts > 3 || !decimal_ns(part, &ns) || sum > INT64_MAX / 120 ||
		    (parts > 1 && ns >= 60 * (int64_t)NS_PER_S) || ns > INT64_MAX / 8000)
			return false;
		sum = sum * 60 + ns;
		if (!colon)
			break;
		c = (struct cell){colon + 1, c.len - part.len - 1};
	}
	if (parts < 2)
		return false;
	*ret_ns = parts == 2 && hours ? sum * 60 : sum;
	return true;
}

/* "+0100", "+01:00", "-05". */
static bool offset_parse(struct cell c, int64_t *ret_seconds)
{
	int digits[4] = {0};
	unsigned count = 0;
	if (c.len < 3 || (*c.text != '+' && *c.text != '-'))
		return false;
	for (size_t i = 1; i < c.len; i++) {
		if (c.text[i] == ':' && count == 2)
			continue;
		if (!isdigit((unsigned char)c.text[i]) || count == 4)
			return false;
		digits[count++] = c.text[i] - '0';
	}
	if (count != 2 && count != 4)
		return false;
	int64_t s = (digits[0] * 10 + digits[1]) * HOUR + (digits[2] * 10 + digits[3]) * 60;
	*ret_seconds = *c.text == '-' ? -s : s;
	return true;
}

static bool zone_take(struct date *d, struct cell c)
{
	if (offset_parse(c, &d->offset))
		return d->zone_known = true;
	for (size_t i = 0; i < c.len; i++) {
		if (!isupper((unsigned char)c.text[i]))
			return false;
	}
	if (!c.len || c.len > 5)
		return false;
	for (size_t i = 0; i < sizeof(zones) / sizeof(*zones); i++) {
		if (cell_is(c, zones[i].name)) {
			d->offset = zones[i].minutes * 60;
			d->zone_known = true;
		}
	}
	return true;
}

/* The time of day, with "Z" or an offset behind it as RFC 3339 has it. */
static bool clock_take(struct date *d, struct cell c)
{
	size_t n = strcspn(c.text, "Zz+-");
	if (n > c.len)
		n = c.len;
	if (!clock_parse((struct cell){c.text, n}, true, &d->clock) ||
	    d->clock >= DAY * (int64_t)NS_PER_S) {
		d->clock = -1;
		return false;
	}
	if (n == c.len)
		return true;
	struct cell zone = {c.text + n, c.len - n};
	return d->zone = zone_take(d, cell_is(zone, "z") ? (struct cell){"Z", 1} : zone);
}

/* "2026-11-20", perhaps with "T13:48:13Z". */
static bool iso_take(struct date *d, struct cell c)
{
	uint64_t y, m, day;
	if (c.len < 10 || c.text[4] != '-' || c.text[7] != '-' || num_u64(c.text, 4, &y) < 0 ||
	    num_u64(c.text + 5, 2, &m) < 0 || num_u64(c.text + 8, 2, &day) < 0 || m < 1 || m > 12 ||
	    day < 1 || day > 31)
		return false;
	if (c.len > 10 && ((c.text[10] != 'T' && c.text[10] != 't') ||
	                   !clock_take(d, (struct cell){c.text + 11, c.len - 11})))
		return false;
	d->year = (int)y;
	d->month = (int)m;
	d->day = (int)day;
	return true;
}

static bool number_take(struct date *d, struct cell c)
{
	uint64_t n;
	if (num_u64(c.text, c.len, &n) < 0)
		return false;
	if (c.len <= 2 && d->day < 0 && n >= 1 && n <= 31)
		d->day = (int)n;
	else if (c.len == 4 && d->year < 0 && d->month > 0 && n >= 1970 && n < 2200)
		d->year = (int)n;
	else
		return false;
	return true;
}

static bool is_weekday(struct cell c)
{
	return index_of(c, "MonTueWedThuFriSatSun") >= 0;
}

/* Takes one word if it is a part of a date that is still missing. */
static bool word_take(struct date *d, struct cell c)
{
	int month = index_of(c, "JanFebMarAprMayJunJulAugSepOctNovDec");
	if (d->year < 0 && d->month < 0 && iso_take(d, c))
		return true;
	if (d->clock < 0 && memchr(c.text, ':', c.len))
		return clock_take(d, c);
	if (isdigit((unsigned char)*c.text))
		return number_take(d, c);
	if (month >= 0 && d->month < 0) {
		d->month = month + 1;
		return true;
	}
	if (d->clock >= 0 && d->half < 0 && (cell_is(c, "AM") || cell_is(c, "PM"))) {
		d->half = cell_is(c, "PM");
		return true;
	}
	if (is_weekday(c) && d->month < 0)
		return true;
	return d->clock >= 0 && !d->zone && (d->zone = zone_take(d, c));
}

static bool date_finish(const struct date *d, struct time_read *ret)
{
	int64_t clock = d->clock;
	/* Nanoseconds in 64 bits reach from 1678 to 2262; a year beyond living memory is no year. */
	if (d->year < 1900 || d->year > 2200 || d->month < 0 || d->day < 0 || clock < 0)
		return false;
	if (d->half >= 0)
		clock = clock % (DAY / 2 * (int64_t)NS_PER_S) +
		        d->half * (DAY / 2 * (int64_t)NS_PER_S);
	int64_t seconds = days_of(d->year, d->month, d->day) * DAY - d->offset;
	*ret = (struct time_read){
	        .ns = seconds * (int64_t)NS_PER_S + clock,
	        .wall = true,
	        .zone_known = d->zone_known,
	        .form = TIME_DATE,
	};
	return true;
}

size_t date_prefix(struct cell text, struct time_read *ret)
{
	struct date d = {.year = -1, .month = -1, .day = -1, .clock = -1, .half = -1};
	size_t taken = 0;
	for (size_t i = 0; i < text.len;) {
		while (i < text.len && strchr(" \t,", text.text[i]))
			i++;
		size_t from = i;
		while (i < text.len && !strchr(" \t,;=", text.text[i]))
			i++;
		if (from == i)
			break;
		bool colon = text.text[i - 1] == ':';
		struct cell word = {text.text + from, i - from - (colon ? 1 : 0)};
		if (!word.len || !word_take(&d, word))
			break;
		taken = i;
		if (colon)
			break;
	}
	return date_finish(&d, ret) ? taken : 0;
}
