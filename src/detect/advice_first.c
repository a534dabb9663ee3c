/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/human.h"
#include "base/safe_text.h"
#include "detect/advice.h"
#include "detect/words.h"

/*
 * Knows what one single look at a process already tells. Refuses to know its course: that is the
 * verdict's.
 */

#define MIB (1ull << 20)

struct lines {
	char (*line)[ADVICE_LINE];
	unsigned count, max;
};

__attribute__((format(printf, 2, 3))) static void add(struct lines *l, const char *format, ...)
{
	va_list args;

	if (l->count >= l->max)
		return;
	va_start(args, format);
	vsnprintf(l->line[l->count++], ADVICE_LINE, format, args);
	va_end(args);
}

static void add_verdict_due(const struct moment *m, struct lines *l)
{
	char a[HUMAN_MAX];

	if (m->verdict.kind == VERDICT_UNKNOWN && known(m->verdict.needs) &&
	    m->ended == END_NOT_YET)
		add(l, "verdict in about %s", human_duration(a, m->verdict.needs));
}

static void add_reserved(const uint64_t *v, struct lines *l)
{
	uint64_t used = known_add(v[FIGURE_RSS], known_or(v[FIGURE_SWAP], 0));
	uint64_t untouched = known_sub(v[FIGURE_VSZ], used);
	char a[HUMAN_MAX], b[HUMAN_MAX];

	if (known(untouched) && untouched >= 16 * MIB)
		add(l, "%s reserved, %s used: what is only reserved is not a leak",
		    human_size(a, untouched, HUMAN_AUTO), human_size(b, used, HUMAN_AUTO));
}

static void add_since_birth(const uint64_t *v, struct lines *l)
{
	bool anon = known(v[FIGURE_ANON]);
	uint64_t now = anon ? v[FIGURE_ANON] : v[FIGURE_RSS], age = v[FIGURE_AGE];
	char a[HUMAN_MAX], b[HUMAN_MAX];

	if (!known(now) || !known(age) || age < NS_PER_S)
		return;
	words_rate(a, (double)now * (double)NS_PER_S / (double)age);
	add(l, "runs for %s; on average it took %s of %s memory since birth",
	    human_duration(b, age), a, anon ? "anonymous" : "resident");
}

static void add_peak(const uint64_t *v, struct lines *l)
{
	uint64_t below = known_sub(v[FIGURE_HWM], v[FIGURE_RSS]);
	char a[HUMAN_MAX], b[HUMAN_MAX];

	if (!known(below))
		return;
	human_size(a, v[FIGURE_RSS], HUMAN_AUTO);
	if (below > v[FIGURE_RSS] / 50)
		add(l, "RSS %s, below its peak of %s: it gave memory back before", a,
		    human_size(b, v[FIGURE_HWM], HUMAN_AUTO));
	else
		add(l, "RSS %s is the most it ever had", a);
}

static void add_swap(const uint64_t *v, struct lines *l)
{
	char a[HUMAN_MAX];

	if (known(v[FIGURE_SWAP]) && v[FIGURE_SWAP] >= MIB)
		add(l, "%s of it are swapped out", human_size(a, v[FIGURE_SWAP], HUMAN_AUTO));
}

static bool is_private(const struct region *r)
{
	return r->kind == REGION_HEAP || r->kind == REGION_ARENA || r->kind == REGION_ANON ||
	       r->kind == REGION_STACK || r->kind == REGION_BSS || r->kind == REGION_JIT;
}

static void add_regions(const struct moment *m, struct lines *l)
{
	const struct region *best[3] = {NULL};
	char text[ADVICE_LINE] = "", raw[40], safe[64], size[HUMAN_MAX];

	for (size_t i = 0; m->regions && i < m->regions->count; i++) {
		const struct region *r = m->regions->rows[i];
		uint64_t w = region_weight(r);
		if (!is_private(r) || !known(w) || w == 0)
			continue;
		for (unsigned k = 0; k < 3; k++) {
			if (best[k] && region_weight(best[k]) >= w)
				continue;
			memmove(best + k + 1, best + k, (2 - k) * sizeof(best[0]));
			best[k] = r;
			break;
		}
	}
	for (unsigned k = 0; k < 3 && best[k]; k++) {
		size_t n = strlen(text);
		region_label(best[k], raw, sizeof(raw));
		safe_copy(safe, sizeof(safe), raw, strlen(raw), SAFE_ASCII);
		snprintf(text + n, sizeof(text) - n, "%s%s %s", k ? ", " : "", safe,
		         human_size(size, region_weight(best[k]), HUMAN_AUTO));
	}
	if (text[0])
		add(l, "largest: %s", text);
}

static void add_headroom(const struct moment *m, struct lines *l)
{
	char a[HUMAN_MAX], b[HUMAN_MAX];
	uint64_t left = known_sub(m->cgroup_limit, m->cgroup_usage);
	uint64_t available =
	        known_add(m->meminfo[MEMINFO_AVAILABLE], m->meminfo[MEMINFO_SWAP_FREE]);

	if (known(left) && !(known(available) && available < left))
		add(l, "%s are left of the %s its cgroup may use", human_size(a, left, HUMAN_AUTO),
		    human_size(b, m->cgroup_limit, HUMAN_AUTO));
	else if (known(available))
		add(l, "the system has %s left, swap included",
		    human_size(a, available, HUMAN_AUTO));
}

unsigned advice_first_look(const struct moment *m, char (*ret)[ADVICE_LINE], unsigned max)
{
	struct lines l = {ret, 0, max};
	const uint64_t *v = m->sample.v;

	add_verdict_due(m, &l);
	add_reserved(v, &l);
	add_since_birth(v, &l);
	add_peak(v, &l);
	add_regions(m, &l);
	add_swap(v, &l);
	add_headroom(m, &l);
	return l.count;
}
