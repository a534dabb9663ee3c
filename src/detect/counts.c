/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>

#include "detect/detect_internal.h"
#include "detect/evidence.h"
#include "detect/words.h"

/*
 * Knows the series that count instead of weigh: mappings and threads that become ever more. They cost
 * address space, kernel memory and a limit before they cost memory that is counted here, so they are a reason
 * to look, never a leak of memory by themselves. Refuses to judge memory.
 */

/* A pool is filled by as many, and in less time. */
static const double count_least = 16, count_span = 30;

bool carrier_counts(const struct carrier *c)
{
	return c->id == TRACK_MAPS || c->id == TRACK_THREADS;
}

static bool count_grows(const struct track *t)
{
	const struct course *c = &t->trend.course;

	return t->trend.judged && t->trend.hold != HOLD_NONE && c->span >= count_span &&
	       c->growth >= count_least * count_bytes;
}

enum track_id counts_growing(const struct detect *d)
{
	/* A thread is two mappings: it is the better name. */
	if (count_grows(&d->track[TRACK_THREADS]))
		return TRACK_THREADS;
	return count_grows(&d->track[TRACK_MAPS]) ? TRACK_MAPS : TRACK_COUNT;
}

static uint64_t count_of(double bytes)
{
	return bytes > 0 ? (uint64_t)(bytes / count_bytes + 0.5) : 0;
}

/* "31/min": in the shortest time that leaves at least one. */
static char *count_rate(char out[HUMAN_MAX], double bytes_per_s)
{
	static const struct {
		double seconds;
		const char *name;
	} unit[] = {{1, "s"}, {60, "min"}, {3600, "h"}, {86400, "d"}};
	double rate = fmax(0, bytes_per_s / count_bytes);
	char whole[HUMAN_MAX];
	unsigned i = rate >= 2 ? 0 : 1;

	while (i < 3 && rate * unit[i].seconds < 1)
		i++;
	double n = rate * unit[i].seconds;
	uint64_t tenths = (uint64_t)(n * 10 + 0.5);
	if (n < 10 && tenths % 10)
		snprintf(out, HUMAN_MAX, "%llu.%llu/%s", (unsigned long long)(tenths / 10),
		         (unsigned long long)(tenths % 10), unit[i].name);
	else
		snprintf(out, HUMAN_MAX, "%.20s/%s", human_count(whole, (uint64_t)(n + 0.5)),
		         unit[i].name);
	return out;
}

static const char *noun(enum track_id id)
{
	return id == TRACK_THREADS ? "threads" : "mappings";
}

static uint64_t limit_of(const struct detect *d, enum track_id id)
{
	return id == TRACK_MAPS ? d->limits.mappings : UNKNOWN;
}

void counts_reason(const struct detect *d, const struct carrier *c, char *ret, size_t size)
{
	const struct track *t = &c->track[0];
	uint64_t limit = limit_of(d, c->id);
	char rate[HUMAN_MAX], now[HUMAN_MAX], most[HUMAN_MAX], more[HUMAN_MAX], span[HUMAN_MAX];

	snprintf(ret, size, "%s grow by %s: %s now, %s more than %s ago%s%s", noun(c->id),
	         count_rate(rate, t->trend.rate.slope), human_count(now, count_of(t->level)),
	         human_count(more, count_of(t->trend.course.growth)),
	         words_seconds(span, t->trend.course.span), known(limit) ? ", limit " : "",
	         known(limit) ? human_count(most, limit) : "");
}

/* Memory meanwhile: that it does not follow is what speaks against a leak of it. */
static void say_memory(struct detect *d, const struct carrier *c, struct verdict *v)
{
	double grew = track_change(&d->track[TRACK_BASE], c->track->trend.onset, d->scratch);
	double each = grew / fmax(1, c->track->trend.course.growth / count_bytes);
	char a[HUMAN_MAX], b[HUMAN_MAX];

	if (!(grew > 0))
		evidence_say(v, false, 0.3, "memory did not grow meanwhile");
	else
		evidence_say(v, each >= 4096, 0.2,
		             "memory grew by %s meanwhile, %s for each of them",
		             words_bytes(a, grew), words_bytes(b, each));
}

static void say_limit(const struct detect *d, const struct carrier *c, struct verdict *v)
{
	const struct track *t = c->track;
	uint64_t limit = limit_of(d, c->id);
	char a[HUMAN_MAX], b[HUMAN_MAX];

	if (!known(limit) || !(t->trend.rate.slope > 0))
		return;
	double room = (double)limit * count_bytes - t->level;
	evidence_say(v, true, 0.1, "at %s mappings the kernel gives no more: in about %s",
	             human_count(a, limit), words_seconds(b, fmax(0, room) / t->trend.rate.slope));
}

void counts_evidence(struct detect *d, const struct carrier *c, struct verdict *v)
{
	enum track_id id = counts_growing(d);
	char from[HUMAN_MAX], to[HUMAN_MAX], rate[HUMAN_MAX], span[HUMAN_MAX];

	if (id == TRACK_COUNT)
		return;
	const struct track *t = &d->track[id];
	double growth = t->trend.course.growth;
	evidence_say(v, true, carrier_counts(c) ? 0.35 : 0.1,
	             "the number of %s grew from %s to %s in %s: %s", noun(id),
	             human_count(from, count_of(t->level - growth)),
	             human_count(to, count_of(t->level)), words_seconds(span, t->trend.course.span),
	             count_rate(rate, t->trend.rate.slope));
	if (!carrier_counts(c))
		return;
	say_memory(d, c, v);
	say_limit(d, c, v);
}
