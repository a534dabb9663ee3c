/* SPDX-License-Identifier: MIT */
/*
 * Knows the rules behind figures of a heap that were not counted: rates, shares, what a block stands for,
 * what a look will cost. Refuses to know where they are shown.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/human.h"
#include "base/known.h"
#include "model/heap_words.h"

/* glibc: 8 bytes of header in front, multiples of 16, 32 at least; sizes are told one by one up to here. */
enum { HEADER = 8, GRAIN = 16, SMALLEST = 32, EXACT = 64 << 10 };

/*
 * A look copies the heap and what may point into it, and works on both: 512 MB in 500,000 blocks took 0.4 s on a
 * busy machine. It rests so long that looking takes a twentieth of the time.
 */
enum { LOOK_BYTES_PER_NS = 1, REST_TIMES = 20 };
#define LOOK_LEAST 10000000ull
#define REST_LEAST 5000000000ull

/* "136-140 kB", "1.0-1.1 MB", "64-68 MB": as narrow as a span can be told. */
static void span_write(uint64_t low, uint64_t high, char *out, size_t size)
{
	const double kb = 1024, mb = kb * 1024;
	double a = (double)low / mb, b = (double)high / mb;

	if ((double)high < mb)
		snprintf(out, size, "%.0f-%.0f kB", (double)low / kb, (double)high / kb);
	else if (b < 10)
		snprintf(out, size, "%.1f-%.1f MB", a, b);
	else if (b < 10000)
		snprintf(out, size, "%.0f-%.0f MB", a, b);
	else
		snprintf(out, size, "%.0f-%.0f GB", a / kb, b / kb);
}

char *heap_class_short(const struct heap_class *c, char *out, size_t size)
{
	char whole[HUMAN_MAX];

	if (c->low == c->high && c->high <= EXACT)
		snprintf(out, size, "%" PRIu64, c->low);
	else if (c->low == c->high)
		snprintf(out, size, "%s", human_size(whole, c->high, HUMAN_AUTO));
	else
		span_write(c->low, c->high, out, size);
	return out;
}

char *heap_class_requests(const struct heap_class *c, char *out, size_t size)
{
	out[0] = '\0';
	if (c->high > EXACT || c->low <= HEADER + GRAIN)
		return out;
	snprintf(out, size, "%" PRIu64 "-%" PRIu64,
	         c->low <= SMALLEST ? 0 : c->low - HEADER - GRAIN + 1, c->high - HEADER);
	return out;
}

char *heap_count_rate(char *out, size_t size, double rate)
{
	static const struct {
		const char *unit;
		double seconds;
	} units[] = {{"/s", 1}, {"/min", 60}, {"/h", 3600}, {"/d", 86400}};
	const unsigned last = sizeof(units) / sizeof(units[0]) - 1;
	char digits[HUMAN_MAX];
	unsigned i = 0;

	if (!isfinite(rate)) {
		snprintf(out, size, "-");
		return out;
	}
	while (i < last && fabs(rate) * units[i].seconds < 1)
		i++;
	double v = fabs(rate) * units[i].seconds;
	if (v < 0.05)
		snprintf(out, size, "0");
	else if (v < 99.95)
		snprintf(out, size, "%c%.1f%s", rate < 0 ? '-' : '+', v, units[i].unit);
	else
		snprintf(out, size, "%c%s%s", rate < 0 ? '-' : '+',
		         human_count(digits, v < 1e15 ? (uint64_t)(v + 0.5) : (uint64_t)1e15),
		         units[i].unit);
	return out;
}

double heap_fragmentation(const struct heap_arena *a)
{
	double free = (double)a->free_bytes + (double)a->top_bytes + (double)a->fast_bytes;
	double part = free > 0 ? 1 - (double)a->largest_free / free : (double)NAN;

	return part < 0 ? 0 : part;
}

const char *heap_arena_name(const struct heap_arena *a)
{
	return a->main ? "main" : a->address ? "thread" : "own mappings";
}

unsigned heap_arenas(const struct heap_facts *f)
{
	unsigned apart = 0;

	for (unsigned i = 0; i < f->arena_rows; i++)
		apart += !f->arenas[i].main && !f->arenas[i].address;
	/* A recording may say anything. */
	return f->arena_count > apart ? f->arena_count - apart : 0;
}

double heap_class_share(const struct heap_facts *f, const struct heap_class *c)
{
	double sum = 0;

	for (unsigned i = 0; i < f->class_count; i++)
		if (f->classes[i].growth_bytes > 0)
			sum += f->classes[i].growth_bytes;
	return sum > 0 && isfinite(c->growth_bytes) ? fmax(c->growth_bytes, 0) / sum : (double)NAN;
}

const struct heap_class *heap_grows(const struct heap_facts *f)
{
	const struct heap_class *most = NULL;

	for (unsigned i = 0; i < f->class_count; i++) {
		const struct heap_class *c = &f->classes[i];
		if (c->steady && c->growth_bytes > 0 &&
		    (!most || c->growth_bytes > most->growth_bytes))
			most = c;
	}
	return most;
}

uint64_t heap_kept_resident(const struct heap_facts *f)
{
	uint64_t kept = heap_kept(f);

	if (!known(kept) || !known(f->resident))
		return kept;
	uint64_t rest = known_sub(f->resident, known_add(f->total.live_bytes, f->total.own_bytes));
	uint64_t there = kept < rest ? kept : rest;
	return there > f->total.trimmable ? there : f->total.trimmable;
}

bool heap_lost_sure(const struct heap_facts *f)
{
	return f->lost && f->lost->scans >= HEAP_SCANS_SURE;
}

void heap_price(uint64_t bytes, uint64_t *ret_took, uint64_t *ret_period)
{
	*ret_took = *ret_period = UNKNOWN;
	if (!known(bytes))
		return;
	*ret_took = known_add(LOOK_LEAST, bytes / LOOK_BYTES_PER_NS);
	*ret_period = known_mul(*ret_took, REST_TIMES);
	if (*ret_period < REST_LEAST)
		*ret_period = REST_LEAST;
}

/* The first look began as long before the last as they span, and what one takes. */
double heap_busy(const struct heap_facts *f, const struct heap_progress *p, uint64_t now)
{
	uint64_t since = known_add(f->span, f->took);

	if (p->busy == 0 || f->looks < 2)
		return NAN;
	if (now > f->time)
		since = known_add(since, now - f->time);
	return (double)p->busy / (double)since;
}
