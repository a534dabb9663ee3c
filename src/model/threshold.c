/* SPDX-License-Identifier: MIT */
/*
 * Knows when a figure is above what the user allowed, and how that is said. Refuses to know who is
 * told.
 */
#include "model/threshold.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/human.h"

static const struct {
	const char *what, *option;
	enum figure figure;
	bool bytes;
} rules[THRESHOLD_KIND_COUNT] = {
        [MAX_RSS] = {"RSS", "--max-rss", FIGURE_RSS, true},
        [MAX_HEAP] = {"heap", "--max-heap", FIGURE_HEAP, true},
        [MAX_ANON] = {"anonymous memory", "--max-anon", FIGURE_ANON, true},
        [MAX_MAPS] = {"number of mappings", "--max-maps", FIGURE_MAPS, false},
        [MAX_GROWTH] = {"growth", "--max-growth", FIGURE_COUNT, false},
};

/* "512.0 MB" as the user wrote it: "512 MB". */
static void tail_strip(char *text)
{
	char *tail = strstr(text, ".0 ");

	if (tail)
		memmove(tail, tail + 2, strlen(tail + 2) + 1);
}

static void line_fill(enum threshold_kind k, double value, double limit, char *ret, size_t size)
{
	char is[HUMAN_MAX], allowed[HUMAN_MAX];

	if (k == MAX_GROWTH) {
		human_rate(is, value);
		human_rate(allowed, limit);
	} else if (rules[k].bytes) {
		human_size(is, (uint64_t)value, HUMAN_AUTO);
		human_size(allowed, (uint64_t)limit, HUMAN_AUTO);
	} else {
		human_count(is, (uint64_t)value);
		human_count(allowed, (uint64_t)limit);
	}
	tail_strip(allowed);
	snprintf(ret, size, "%s %s is above %s %s", rules[k].what, is[0] == '+' ? is + 1 : is,
	         rules[k].option, allowed[0] == '+' ? allowed + 1 : allowed);
}

static double value_of(enum threshold_kind k, const struct sample *s, double growth)
{
	if (k == MAX_GROWTH)
		return growth;
	return known(s->v[rules[k].figure]) ? (double)s->v[rules[k].figure] : (double)NAN;
}

bool thresholds_check(struct thresholds *t, const struct sample *s, double growth, char *ret,
                      size_t size)
{
	for (int k = 0; k < THRESHOLD_KIND_COUNT; k++) {
		struct threshold *one = &t->t[k];
		double value = value_of((enum threshold_kind)k, s, growth);
		bool told = one->crossed;

		if (!one->set || isnan(value)) /* unknown neither crosses nor falls below */
			continue;
		one->crossed = value > one->limit;
		if (!one->crossed || told)
			continue;
		one->ever = true;
		line_fill((enum threshold_kind)k, value, one->limit, ret, size);
		return true;
	}
	return false;
}

bool thresholds_crossed(const struct thresholds *t)
{
	for (int k = 0; k < THRESHOLD_KIND_COUNT; k++) {
		if (t->t[k].ever)
			return true;
	}
	return false;
}
