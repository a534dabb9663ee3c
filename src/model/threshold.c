/* SPDX-License-Identifier: MIT */
/*
 * Knows when a figure is above what the user allowed, and how that is said. Refuses to know who is
 * told.
 */
#include "model/threshold.h"

#include <errno.h>
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

int thresholds_add(struct thresholds *t, enum threshold_kind kind, double limit)
{
	for (unsigned i = 0; i < t->count; i++)
		if (t->t[i].kind == kind && !(t->t[i].limit < limit) && !(t->t[i].limit > limit))
			return 0;
	if (t->count == THRESHOLDS_MAX)
		return -ENOSPC;
	t->t[t->count++] = (struct threshold){.kind = kind, .limit = limit};
	return 0;
}

bool thresholds_has(const struct thresholds *t, enum threshold_kind kind)
{
	for (unsigned i = 0; i < t->count; i++)
		if (t->t[i].kind == kind)
			return true;
	return false;
}

/* Growth is an estimate and moves more than what is read. */
static bool is_clearly_below(const struct threshold *one, double value)
{
	return value < one->limit * (one->kind == MAX_GROWTH ? 0.9 : 0.98);
}

const struct threshold *thresholds_check(struct thresholds *t, const struct sample *s,
                                         double growth, char *ret, size_t size)
{
	for (unsigned i = 0; i < t->count; i++) {
		struct threshold *one = &t->t[i];
		double value = value_of(one->kind, s, growth);

		if (isnan(value)) /* unknown neither crosses nor falls below */
			continue;
		if (one->crossed && is_clearly_below(one, value))
			one->crossed = false;
		if (one->crossed || !(value > one->limit))
			continue;
		one->crossed = true;
		one->times++;
		one->crossing = ++t->crossings;
		line_fill(one->kind, value, one->limit, ret, size);
		return one;
	}
	return NULL;
}

unsigned thresholds_above(const struct thresholds *t, const struct sample *s, double growth,
                          char *ret, size_t size)
{
	const struct threshold *last = NULL;
	unsigned count = 0;

	for (unsigned i = 0; i < t->count; i++) {
		const struct threshold *one = &t->t[i];
		double value = value_of(one->kind, s, growth);
		/* While it hovers just below, there is nothing to see. */
		if (!one->crossed || !(value > one->limit))
			continue;
		count++;
		if (!last || one->crossing > last->crossing)
			last = one;
	}
	if (last)
		line_fill(last->kind, value_of(last->kind, s, growth), last->limit, ret, size);
	return count;
}

bool thresholds_crossed(const struct thresholds *t)
{
	return t->crossings > 0;
}
