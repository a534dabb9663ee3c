/* SPDX-License-Identifier: MIT */
/* Survivors by call site: against a model that forgets nothing, on cases whose answer is known, within bounds. */
#include "sites/ledger.h"

#include <malloc.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SECOND 1000000000ull
#define MS     1000000ull

/* --- help ---------------------------------------------------------------------------------------------- */

static uint64_t next_random(uint64_t *seed)
{
	*seed += 0x9e3779b97f4a7c15u;
	uint64_t z = *seed;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static double next_fraction(uint64_t *seed)
{
	return (double)(next_random(seed) >> 11) / 9007199254740992.0;
}

static bool about(double a, double b, double relative)
{
	return fabs(a - b) <= relative * fabs(b) + 1e-6;
}

/* What a ledger tells; unref'd by done(). */
struct told {
	struct sites_facts *facts;
	uint32_t *stacks;
};

static struct told tell(const struct ledger *l, uint64_t begin, uint64_t time)
{
	struct told t = {.facts = sites_facts_new()};

	assert_int_equal(ledger_tell(l, begin, time, t.facts, &t.stacks), 0);
	return t;
}

static void done(struct told *t)
{
	sites_facts_unref(t->facts);
	free(t->stacks);
}

static const struct site *row(const struct told *t, uint32_t stack)
{
	for (uint32_t i = 0; i < t->facts->site_count; i++)
		if (t->stacks[i] == stack)
			return &t->facts->sites[i];
	return NULL;
}

/* --- against a naive model ----------------------------------------------------------------------------- */

enum { MODEL_MAX = 30000, MODEL_STACKS = 7, MODEL_ADDRESSES = 3000 };

/* Everything that was ever allocated. */
struct model_block {
	uint64_t address, size, birth, death; /* death UNKNOWN: lives */
	uint32_t stack;
	double weight;
};
struct model {
	size_t count;
	struct model_block blocks[MODEL_MAX];
};

static bool model_remove(struct model *m, uint64_t address, uint64_t time)
{
	for (size_t i = m->count; i-- > 0;)
		if (m->blocks[i].address == address && !known(m->blocks[i].death)) {
			m->blocks[i].death = time;
			return true;
		}
	return false;
}

static void model_add(struct model *m, uint64_t address, uint64_t size, double weight,
                      uint32_t stack, uint64_t time)
{
	model_remove(m, address, time);
	assert_true(m->count < MODEL_MAX);
	m->blocks[m->count++] = (struct model_block){address, size, time, UNKNOWN, stack, weight};
}

/* Bytes of a stack that were born before `cut` and live. */
static double model_survivors(const struct model *m, uint32_t stack, uint64_t cut)
{
	double sum = 0;

	for (size_t i = 0; i < m->count; i++)
		if (m->blocks[i].stack == stack && !known(m->blocks[i].death) &&
		    m->blocks[i].birth < cut)
			sum += m->blocks[i].weight * (double)m->blocks[i].size;
	return sum;
}

/* Whether this growth is that of survivors of the first half, cut at most an eighth of it earlier. */
static bool model_grows(const struct model *m, uint32_t stack, uint64_t begin, uint64_t time,
                        double growth)
{
	uint64_t half = (time - begin) / 2, origin = m->blocks[0].birth;

	for (unsigned shift = 20; shift < 40; shift++) {
		uint64_t cut = origin + ((begin + half - origin) >> shift << shift);
		if (cut - begin < half / 8 * 7)
			break;
		double bytes = model_survivors(m, stack, cut);
		if (about(growth, bytes / ((double)(cut - begin) / 1e9), 1e-9))
			return true;
	}
	return false;
}

static void model_compare(const struct model *m, const struct ledger *l, uint64_t begin,
                          uint64_t time)
{
	struct told t = tell(l, begin, time);
	size_t live = 0;

	for (uint32_t stack = 1; stack <= MODEL_STACKS; stack++) {
		double allocated[2] = {0}, freed[2] = {0}, lived = 0;
		size_t samples = 0;
		for (size_t i = 0; i < m->count; i++) {
			const struct model_block *b = &m->blocks[i];
			if (b->stack != stack)
				continue;
			samples++;
			allocated[0] += b->weight * (double)b->size;
			allocated[1] += b->weight;
			live += !known(b->death);
			if (!known(b->death))
				continue;
			freed[0] += b->weight * (double)b->size;
			freed[1] += b->weight;
			lived += b->weight * (double)(b->death - b->birth) / 1e9;
		}
		const struct site *s = row(&t, stack);
		assert_non_null(s);
		assert_int_equal(s->samples, samples);
		assert_int_equal(s->allocated_bytes, (uint64_t)(allocated[0] + 0.5));
		assert_int_equal(s->allocated_blocks, (uint64_t)(allocated[1] + 0.5));
		assert_int_equal(s->freed_bytes, (uint64_t)(freed[0] + 0.5));
		assert_int_equal(s->freed_blocks, (uint64_t)(freed[1] + 0.5));
		assert_int_equal(s->live_bytes, (uint64_t)(allocated[0] - freed[0] + 0.5));
		assert_int_equal(s->live_blocks, (uint64_t)(allocated[1] - freed[1] + 0.5));
		assert_true(freed[1] > 0 ? about(s->lifetime, lived / freed[1], 1e-9)
		                         : isnan(s->lifetime));
		assert_true(model_grows(m, stack, begin, time, s->growth_bytes));
	}
	assert_int_equal(ledger_count(l), live);
	assert_int_equal(t.facts->other_bytes, 0);
	done(&t);
}

/* Allocations, frees and reallocs, of known and unknown addresses, in a small room so that they meet. */
static void ledger__agrees__with_a_model_that_forgets_nothing(void **state)
{
	struct model *m = calloc(1, sizeof(*m));
	(void)state;

	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct ledger *l = ledger_new(MODEL_MAX);
		uint64_t random = seed, begin = 1000 * SECOND, time = begin;
		m->count = 0;
		for (unsigned i = 0; i < 8000; i++) {
			time += next_random(&random) % (2 * MS);
			uint64_t address =
			        0x7f0000000000 + next_random(&random) % MODEL_ADDRESSES * 16;
			uint32_t stack = 1 + (uint32_t)(next_random(&random) % MODEL_STACKS);
			uint64_t size = next_random(&random) % 5000;
			double weight = (double)(1 + next_random(&random) % 64) / 4;
			if (next_random(&random) % 100 < 45) {
				assert_int_equal(ledger_remove(l, address, time),
				                 model_remove(m, address, time));
				continue;
			}
			ledger_add(l, address, size, weight, stack, time);
			model_add(m, address, size, weight, stack, time);
		}
		model_compare(m, l, begin, time + MS);
		model_compare(m, l, begin, time + 5 * SECOND);
		ledger_free(l);
	}
	free(m);
}

/* --- cases with a known answer ------------------------------------------------------------------------- */

/* A block of this stack each `step` ns for `seconds`, each freed after `lifetime` ns (UNKNOWN: never). */
static void live_through(struct ledger *l, uint32_t stack, uint64_t size, uint64_t step,
                         uint64_t from, uint64_t to, uint64_t lifetime)
{
	uint64_t base = (uint64_t)stack << 40;

	for (uint64_t t = from; t < to; t += step) {
		ledger_add(l, base + t, size, 1, stack, t);
		if (known(lifetime) && t >= from + lifetime)
			assert_true(ledger_remove(l, base + t - lifetime, t));
	}
}

static void growth__is_exactly__the_rate_of_a_leak(void **state)
{
	const uint64_t ends[] = {2, 3, 7, 10, 61, 100};
	(void)state;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct ledger *l = ledger_new(1000000);
		live_through(l, 1, 24, 4 * MS, 0, ends[i] * SECOND, UNKNOWN);
		struct told t = tell(l, 0, ends[i] * SECOND);
		assert_true(about(t.facts->sites[0].growth_bytes, 6000, 0.01));
		assert_true(about(t.facts->sites[0].growth_blocks, 250, 0.01));
		assert_true(about(t.facts->growth_bytes, 6000, 0.01));
		assert_true(about(t.facts->sites[0].share, 1, 1e-9));
		assert_true(t.facts->sites[0].steady);
		assert_true(isnan(t.facts->sites[0].lifetime));
		done(&t);
		ledger_free(l);
	}
}

static void growth__is_none__of_what_lives_for_seconds(void **state)
{
	struct ledger *l = ledger_new(1000000);
	(void)state;

	live_through(l, 1, 4000, 2 * MS, 0, 60 * SECOND, 10 * SECOND);
	live_through(l, 2, 16, 20 * MS, 0, 60 * SECOND, UNKNOWN);
	struct told t = tell(l, 0, 60 * SECOND);
	const struct site *cache = row(&t, 1), *leak = row(&t, 2);
	assert_true(cache->live_bytes > 10 * leak->live_bytes);
	assert_true(cache->growth_bytes == 0 && cache->share == 0 && !cache->steady);
	assert_true(about(cache->lifetime, 10, 1e-9));
	assert_true(leak == &t.facts->sites[0] && leak->steady);
	assert_true(about(leak->share, 1, 1e-9));
	done(&t);
	ledger_free(l);
}

static void rank__puts__what_grew_once_behind_what_goes_on_growing(void **state)
{
	struct ledger *l = ledger_new(1000000);
	(void)state;

	live_through(l, 1, 100000, MS, 0, SECOND, UNKNOWN);
	live_through(l, 2, 100, 10 * MS, 0, 10 * SECOND, UNKNOWN);
	struct told t = tell(l, 0, 10 * SECOND);
	const struct site *once = row(&t, 1), *on = row(&t, 2);
	assert_true(on == &t.facts->sites[0]);
	assert_true(on->steady && about(on->share, 1, 1e-9));
	assert_true(once->growth_bytes > on->growth_bytes && once->share == 0 && !once->steady);
	assert_true(about(t.facts->growth_bytes, on->growth_bytes, 1e-9));
	done(&t);
	ledger_free(l);
}

static void shares__are__of_all_that_grows(void **state)
{
	struct ledger *l = ledger_new(1000000);
	(void)state;

	live_through(l, 1, 300, 10 * MS, 0, 10 * SECOND, UNKNOWN);
	live_through(l, 2, 100, 10 * MS, 0, 10 * SECOND, UNKNOWN);
	live_through(l, 3, 5000, 10 * MS, 0, 10 * SECOND, SECOND);
	struct told t = tell(l, 0, 10 * SECOND);
	assert_true(about(row(&t, 1)->share, 0.75, 0.001));
	assert_true(about(row(&t, 2)->share, 0.25, 0.001));
	assert_int_equal(t.stacks[0], 1);
	assert_int_equal(t.stacks[1], 2);
	assert_int_equal(t.facts->live_bytes,
	                 row(&t, 1)->live_bytes + row(&t, 2)->live_bytes + row(&t, 3)->live_bytes);
	done(&t);
	ledger_free(l);
}

static void growth__is_unknown__after_few_samples_or_little_time(void **state)
{
	struct ledger *l = ledger_new(1000);
	(void)state;

	struct told t = tell(l, 0, 10 * SECOND);
	assert_true(t.facts->site_count == 0 && t.facts->live_bytes == 0);
	assert_true(isnan(t.facts->growth_bytes));
	done(&t);
	live_through(l, 1, 1 << 20, SECOND, 0, 4 * SECOND, UNKNOWN);
	live_through(l, 2, 100, 100 * MS, 8 * SECOND, 10 * SECOND, UNKNOWN);
	t = tell(l, 0, 10 * SECOND);
	assert_true(isnan(row(&t, 1)->growth_bytes) && isnan(row(&t, 1)->share));
	assert_true(isnan(row(&t, 2)->growth_bytes) && isnan(row(&t, 2)->growth_blocks));
	assert_true(!row(&t, 1)->steady && !row(&t, 2)->steady);
	assert_true(isnan(t.facts->growth_bytes));
	assert_int_equal(t.stacks[0], 1); /* by live bytes */
	done(&t);
	ledger_free(l);

	l = ledger_new(1000);
	live_through(l, 1, 100, MS, 0, 900 * MS, UNKNOWN);
	t = tell(l, 0, 900 * MS);
	assert_true(isnan(t.facts->sites[0].growth_bytes) && isnan(t.facts->growth_bytes));
	done(&t);
	ledger_free(l);
}

static void a_site__is_not_steady__by_a_few_samples(void **state)
{
	struct ledger *l = ledger_new(1000);
	(void)state;

	live_through(l, 1, 100, SECOND, 0, 10 * SECOND, UNKNOWN);
	live_through(l, 2, 10, SECOND / 2, 0, 10 * SECOND, UNKNOWN);
	struct told t = tell(l, 0, 10 * SECOND);
	assert_false(row(&t, 1)->steady);
	assert_true(about(row(&t, 1)->growth_bytes, 100, 0.15));
	assert_true(row(&t, 2)->steady);
	done(&t);
	ledger_free(l);
}

/* Both left something of both halves, and neither will go on. */
static void a_site__is_not_steady__where_it_stops_or_forgets(void **state)
{
	struct ledger *l = ledger_new(100000);
	(void)state;

	live_through(l, 1, 100, 10 * MS, 0, 7 * SECOND, UNKNOWN);
	live_through(l, 2, 100, 10 * MS, 0, 10 * SECOND, 7 * SECOND);
	live_through(l, 3, 100, 10 * MS, 0, 10 * SECOND, UNKNOWN);
	struct told t = tell(l, 0, 10 * SECOND);
	assert_true(row(&t, 1)->share > 0 && row(&t, 2)->share > 0);
	assert_false(row(&t, 1)->steady);
	assert_false(row(&t, 2)->steady);
	assert_true(row(&t, 3)->steady);
	done(&t);
	ledger_free(l);
}

/* Chance decides which of 5,000 blocks goes: they live for 2 s on average, and few for as long as the first half. */
static void a_site__is_not_steady__where_what_is_older_is_fewer(void **state)
{
	struct ledger *l = ledger_new(100000);
	uint64_t random = 3, live[5000];
	(void)state;

	for (uint64_t i = 0; i < 5000 + 25000; i++) {
		uint64_t *one = &live[i < 5000 ? i : next_random(&random) % 5000];
		uint64_t time = i < 5000 ? 1 : (i - 5000) * 400000;
		if (i >= 5000)
			ledger_remove(l, *one, time);
		*one = 16 * (i + 1);
		/* Those of before the tracing are unseen. */
		if (i >= 5000)
			ledger_add(l, *one, 100, 1, 1, time);
		/* Another leaks ever more. */
		if (i >= 5000 && next_random(&random) % 25000 < i - 5000)
			ledger_add(l, 16 * i + 8, 1, 1, 2, time);
	}
	struct told t = tell(l, 0, 10 * SECOND);
	assert_true(row(&t, 1)->growth_blocks > 50);
	assert_false(row(&t, 1)->steady);
	assert_true(row(&t, 2)->steady);
	done(&t);
	ledger_free(l);
}

/* Of sums of very unlike sizes, which do not add up to nothing by themselves. */
static void nothing__is_left__where_all_is_freed(void **state)
{
	struct ledger *l = ledger_new(1000);
	(void)state;

	for (uint64_t i = 0; i < 20; i++)
		ledger_add(l, i + 1, i % 2 ? 3 : 1ull << 52, 1.1, 1, i * MS);
	for (uint64_t i = 0; i < 20; i++)
		ledger_remove(l, i + 1, SECOND);
	struct told t = tell(l, 0, 10 * SECOND);
	assert_int_equal(t.facts->live_bytes, 0);
	assert_true(t.facts->sites[0].growth_bytes == 0 && t.facts->sites[0].growth_blocks == 0);
	done(&t);
	ledger_free(l);
}

static void ledger__counts_as_freed__what_was_freed_unseen(void **state)
{
	struct ledger *l = ledger_new(10);
	(void)state;

	ledger_add(l, 0x1000, 100, 2, 1, SECOND);
	ledger_add(l, 0x1000, 50, 1, 2, 3 * SECOND);
	struct told t = tell(l, 0, 4 * SECOND);
	assert_int_equal(row(&t, 1)->live_bytes, 0);
	assert_int_equal(row(&t, 1)->freed_bytes, 200);
	assert_int_equal(row(&t, 1)->freed_blocks, 2);
	assert_true(about(row(&t, 1)->lifetime, 2, 1e-9));
	assert_int_equal(row(&t, 2)->live_bytes, 50);
	done(&t);
	ledger_free(l);
}

static void ledger__counts_but_does_not_follow__what_finds_no_room(void **state)
{
	struct ledger *l = ledger_new(4);
	(void)state;

	for (uint64_t i = 0; i < 10; i++)
		ledger_add(l, 16 * (i + 1), 8, 1, 1, i);
	assert_int_equal(ledger_count(l), 4);
	assert_int_equal(ledger_full(l), 6);
	assert_false(ledger_remove(l, 16 * 10, 20));
	assert_true(ledger_remove(l, 16, 20));
	ledger_add(l, 16, 8, 1, 1, 30);
	assert_int_equal(ledger_full(l), 6);
	struct told t = tell(l, 0, 40);
	assert_int_equal(t.facts->sites[0].allocated_blocks, 11);
	assert_int_equal(t.facts->sites[0].live_blocks, 4);
	assert_int_equal(t.facts->sites[0].samples, 11);
	done(&t);
	ledger_free(l);
}

static bool gone_if_odd(void *arg, uint64_t address, uint32_t stack)
{
	assert_int_equal(stack, 1 + (address >> 13) % 3);
	++*(unsigned *)arg;
	return address >> 12 & 1;
}

static void visit__meets__each_entry_once_and_removes_those_that_are_gone(void **state)
{
	struct ledger *l = ledger_new(100000);
	unsigned met = 0;
	(void)state;

	for (uint64_t i = 0; i < 10000; i++)
		ledger_add(l, i << 12, 4096, 1, 1 + (uint32_t)(i >> 1) % 3, i);
	ledger_visit(l, SECOND, gone_if_odd, &met);
	assert_int_equal(met, 10000);
	assert_int_equal(ledger_count(l), 5000);
	for (uint64_t i = 0; i < 10000; i++)
		assert_int_equal(ledger_remove(l, i << 12, 2 * SECOND), !(i & 1));
	struct told t = tell(l, 0, 2 * SECOND);
	assert_int_equal(t.facts->live_bytes, 0);
	assert_int_equal(t.facts->sites[0].freed_bytes, t.facts->sites[0].allocated_bytes);
	done(&t);
	ledger_free(l);
}

/* --- hits and sparklines ------------------------------------------------------------------------------- */

static void hits__are_counted__and_say_nothing_of_bytes(void **state)
{
	struct ledger *l = ledger_new(10);
	(void)state;

	for (uint64_t s = 0; s < 10; s++) {
		ledger_hit(l, 1, 5, s * SECOND);
		ledger_hit(l, 2, 50, s * SECOND);
		ledger_tick(l, s * SECOND);
	}
	struct told t = tell(l, 0, 10 * SECOND);
	const struct site *most = &t.facts->sites[0];
	assert_int_equal(t.facts->site_count, 2);
	assert_int_equal(t.stacks[0], 2);
	assert_int_equal(most->samples, 500);
	assert_int_equal(most->allocated_blocks, 500);
	assert_false(known(most->live_bytes) || known(most->live_blocks));
	assert_false(known(most->allocated_bytes) || known(most->freed_blocks));
	assert_false(known(t.facts->live_bytes) || known(t.facts->other_bytes));
	assert_true(isnan(most->growth_bytes) && isnan(most->share) && isnan(most->lifetime));
	assert_int_equal(most->spark_count, 10);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(most->spark[i], 50);
	done(&t);
	/* However long it takes, each is in one point. */
	for (uint64_t s = 10; s < 100; s++) {
		ledger_hit(l, 2, s, s * SECOND);
		ledger_tick(l, s * SECOND);
	}
	t = tell(l, 0, 100 * SECOND);
	uint64_t sum = 0;
	for (unsigned i = 0; i < SPARK_POINTS; i++)
		sum += t.facts->sites[0].spark[i];
	assert_int_equal(sum, t.facts->sites[0].samples);
	done(&t);
	ledger_free(l);
}

static void sparklines__span__the_whole_trace_however_long(void **state)
{
	struct ledger *l = ledger_new(100000);
	(void)state;

	for (uint64_t s = 0; s < 1000; s++) {
		ledger_add(l, 16 + 16 * s, 10, 1, 1, s * SECOND);
		ledger_tick(l, s * SECOND);
		struct told t = tell(l, 0, (s + 1) * SECOND);
		const struct site *r = &t.facts->sites[0];
		assert_in_range(r->spark_count, s < 12 ? s + 1 : 12, SPARK_POINTS);
		assert_int_equal(r->spark[r->spark_count - 1], 10 * (s + 1));
		/* Even: all points but the last span as many ticks. */
		for (unsigned i = 0; i + 1 < r->spark_count; i++)
			assert_int_equal(r->spark[i], (i + 1) * r->spark[0]);
		done(&t);
	}
	ledger_free(l);
}

/* --- samples ------------------------------------------------------------------------------------------- */

/*
 * Allocations are sampled by bytes, as the kernel side does it: a block of `size` with the chance 1 - exp(-size / period),
 * then it stands for 1 / that.
 */
static void sampled_sites__are_estimated__without_bias(void **state)
{
	const uint64_t sizes[] = {24, 200, 1000, 8000, 200000};
	const double period = 65536;
	uint64_t random = 20;
	struct ledger *l = ledger_new(1000000);
	double live[5] = {0};
	(void)state;

	for (uint64_t i = 0; i < 2000000; i++) {
		unsigned of = (unsigned)(i % 5);
		double chance = 1 - exp(-(double)sizes[of] / period);
		bool leaks = i % 8 == 0;
		live[of] += leaks ? (double)sizes[of] : 0;
		if (next_fraction(&random) >= chance)
			continue;
		ledger_add(l, 16 * (i + 1), sizes[of], 1 / chance, 1 + of, i * 5000);
		if (!leaks)
			ledger_remove(l, 16 * (i + 1), i * 5000 + 1000);
	}
	struct told t = tell(l, 0, 10 * SECOND);
	for (uint32_t of = 0; of < 5; of++) {
		const struct site *s = row(&t, of + 1);
		double samples =
		        live[of] / (double)sizes[of] * (1 - exp(-(double)sizes[of] / period));
		/* Within three standard deviations of what so few samples can say. */
		assert_true(about((double)s->live_bytes, live[of], 3 / sqrt(samples)));
		assert_true(about(s->growth_bytes, live[of] / 10, 3 * sqrt(2 / samples)));
		assert_true(s->steady);
		assert_true(about((double)s->allocated_bytes, 8 * live[of], 3 / sqrt(8 * samples)));
	}
	done(&t);
	ledger_free(l);
}

static void thin__halves__entries_and_keeps_estimates(void **state)
{
	struct ledger *l = ledger_new(1000000);
	(void)state;

	live_through(l, 1, 24, MS / 10, 0, 10 * SECOND, UNKNOWN);
	live_through(l, 2, 1000, MS / 5, 0, 10 * SECOND, UNKNOWN);
	live_through(l, 3, 4000, MS / 5, 0, 10 * SECOND, SECOND);
	struct told before = tell(l, 0, 10 * SECOND);
	size_t count = ledger_count(l);
	for (unsigned i = 0; i < 3; i++) {
		size_t left = ledger_thin(l);
		assert_int_equal(left, ledger_count(l));
		assert_true(about((double)left, (double)count / 2, 0.05));
		count = left;
	}
	struct told after = tell(l, 0, 10 * SECOND);
	for (uint32_t stack = 1; stack <= 2; stack++) {
		const struct site *a = row(&before, stack), *b = row(&after, stack);
		assert_true(about((double)b->live_bytes, (double)a->live_bytes, 0.05));
		assert_true(about((double)b->live_blocks, (double)a->live_blocks, 0.05));
		assert_true(about(b->growth_bytes, a->growth_bytes, 0.05));
		assert_int_equal(b->freed_bytes, a->freed_bytes);
		assert_true(b->steady);
	}
	assert_true(row(&after, 3)->growth_bytes == 0);
	assert_int_equal(after.stacks[0], 2);
	done(&before);
	done(&after);
	ledger_free(l);
}

/* --- bursts -------------------------------------------------------------------------------------------- */

enum { SLOTS = 4096, POOL = 1 << 17 };

/* A program with an allocator that gives again what was freed last. */
struct program {
	uint64_t random, next; /* never given so far */
	size_t spare_count;
	uint64_t spare[POOL], kept[SLOTS];
	uint64_t leaked;
};

static uint64_t program_new(struct program *p)
{
	return p->spare_count ? p->spare[--p->spare_count] : p->next++;
}

/* One step: a block of churn goes and another comes; each eighth leaks. What is watched is told. */
static void program_step(struct program *p, struct ledger *l, uint64_t step, uint64_t time,
                         bool watched)
{
	uint64_t *slot = &p->kept[next_random(&p->random) % SLOTS];

	if (*slot) {
		if (watched)
			ledger_remove(l, *slot, time);
		p->spare[p->spare_count++] = *slot;
	}
	/* Some come back later: not the last one freed, but one before. */
	if (p->spare_count > 8 && step % 3 == 0) {
		uint64_t *other = &p->spare[p->spare_count - 1 - next_random(&p->random) % 8];
		uint64_t last = p->spare[p->spare_count - 1];
		p->spare[p->spare_count - 1] = *other;
		*other = last;
	}
	*slot = program_new(p);
	if (watched)
		ledger_add(l, *slot, 2000, 1, 1, time);
	if (step % 8 == 0) {
		uint64_t block = program_new(p);
		p->leaked += 24;
		if (watched)
			ledger_add(l, block, 24, 1, 2, time);
	}
}

/* 20 ms of each 400: most of what is freed is freed unseen. */
static void bursts__do_not_make_a_leak__of_what_is_freed_between_them(void **state)
{
	struct program *p = calloc(1, sizeof(*p));
	struct ledger *l = ledger_new(1000000);
	const uint64_t end = 20 * SECOND;
	bool on = true;
	uint64_t time = 0;
	(void)state;

	p->random = 7;
	p->next = 1;
	for (uint64_t step = 0; time < end; step++, time = step * 50000) {
		if (on != (time % (400 * MS) < 20 * MS)) {
			on = !on;
			ledger_watching(l, on, time);
		}
		program_step(p, l, step, time, on);
	}
	struct told t = tell(l, 0, end);
	const struct site *churn = row(&t, 1), *leak = row(&t, 2);
	assert_int_equal(t.stacks[0], 2);
	assert_true(about(leak->growth_bytes, (double)p->leaked / 20, 0.05));
	assert_true(about((double)leak->live_bytes, (double)p->leaked, 0.05));
	assert_true(leak->steady && isnan(leak->lifetime) && leak->freed_bytes == 0);
	assert_true(leak->share > 0.95);
	assert_true(churn->growth_bytes < 0.05 * leak->growth_bytes && !churn->steady);
	assert_true(about((double)churn->allocated_bytes, 20 * 20000 * 2000.0, 0.05));
	/* Truly 4,096 of them, each for 0.2 s. */
	assert_true(about((double)churn->live_blocks, SLOTS, 0.25));
	assert_true(about(churn->lifetime, 0.2, 0.25));
	done(&t);
	ledger_free(l);
	free(p);
}

/*
 * A program that leaks 100 bytes each step, at a tenth of its pace while it is looked at; the steps tell how far it got. By time alone a
 * tenth of the leak would be told.
 */
static void bursts__are_scaled_by_what_was_done__not_by_time(void **state)
{
	struct ledger *l = ledger_new(1000000);
	uint64_t time = 0, steps = 0, block = 0;
	(void)state;

	while (time < 20 * SECOND) {
		bool on = time % (400 * MS) < 20 * MS;
		ledger_worked(l, time, steps * 1000);
		ledger_watching(l, on, time);
		for (uint64_t end = time + 20 * MS; time < end;
		     time += on ? 100000 : 10000, steps++)
			if (on)
				ledger_add(l, 16 * ++block, 100, 1, 1, time);
		ledger_worked(l, time, steps * 1000);
	}
	struct told t = tell(l, 0, time);
	assert_int_equal(block, 50 * 200);
	assert_true(about((double)t.facts->live_bytes, 100.0 * (double)steps, 0.03));
	assert_true(about((double)t.facts->sites[0].allocated_bytes, 100.0 * (double)steps, 0.03));
	assert_true(about(t.facts->sites[0].growth_bytes, 100.0 * (double)steps / 20, 0.03));
	assert_true(t.facts->sites[0].steady);
	done(&t);
	ledger_free(l);
}

/* A program that hardly runs: what passes after the last look at it is no work of its. */
static void an_idle_program__is_told_as_it_is__after_the_probes_went(void **state)
{
	struct ledger *l = ledger_new(1000000);
	uint64_t time = 0, block = 0;
	(void)state;

	for (; time < 10 * SECOND; time += 500 * MS) {
		ledger_worked(l, time, time / 100000);
		ledger_add(l, 16 * ++block, 300, 1, 1, time);
	}
	ledger_worked(l, time, time / 100000);
	ledger_watching(l, false, time);
	struct told t = tell(l, 0, time + 50 * MS);
	assert_int_equal(t.facts->live_blocks, 20);
	assert_int_equal(t.facts->live_bytes, 20 * 300);
	assert_int_equal(t.facts->sites[0].allocated_bytes, 20 * 300);
	done(&t);
	ledger_free(l);
}

/* However many, and however late what happened within is told. */
static void bursts__are_remembered__well_enough_for_long_traces(void **state)
{
	struct ledger *l = ledger_new(1000000);
	(void)state;

	for (uint64_t burst = 0; burst < 3000; burst++) {
		uint64_t begin = burst * 100 * MS;
		if (burst)
			ledger_watching(l, true, begin);
		ledger_watching(l, true, begin);
		ledger_watching(l, false, begin + 10 * MS);
		for (uint64_t i = 0; i < 10; i++)
			ledger_add(l, 16 * (10 * burst + i + 1), 100, 1, 1, begin + i * MS);
	}
	struct told t = tell(l, 0, 300 * SECOND);
	assert_true(about(t.facts->sites[0].growth_bytes, 100000, 0.02));
	assert_true(about((double)t.facts->live_bytes, 30e6, 0.02));
	assert_true(t.facts->sites[0].steady);
	done(&t);
	ledger_free(l);
}

/* --- bounds -------------------------------------------------------------------------------------------- */

static size_t taken(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

static void memory__is_bounded__with_a_million_entries(void **state)
{
	size_t before = taken();
	struct ledger *l = ledger_new(1000000);
	(void)state;

	for (uint64_t i = 0; i < 1200000; i++)
		ledger_add(l, 16 * (i + 1), 64, 1, 1 + (uint32_t)(i % 100), i * 1000);
	assert_int_equal(ledger_count(l), 1000000);
	assert_int_equal(ledger_full(l), 200000);
	/* Under a sanitizer malloc counts nothing. */
	if (before)
		assert_in_range(taken() - before, 32000000, 48000000);
	ledger_free(l);
}

static void memory__is_bounded__with_any_number_of_stacks(void **state)
{
	size_t before = taken();
	struct ledger *l = ledger_new(1000000);
	(void)state;

	/* A leak and 300,000 stacks that come once and go, then as many that stay. */
	for (uint64_t i = 0; i < 600000; i++) {
		ledger_add(l, 32 * (i + 1), 64, 1, 10 + (uint32_t)i, i * 10000);
		if (i < 300000)
			ledger_remove(l, 32 * (i + 1), i * 10000 + 5000);
		if (i % 100 == 0)
			ledger_add(l, 32 * (i + 1) + 16, 4000, 1, 1, i * 10000);
	}
	struct told t = tell(l, 0, 6 * SECOND);
	assert_int_equal(t.facts->site_count, SITES_MAX);
	assert_int_equal(t.stacks[0], 1);
	assert_int_equal(row(&t, 1)->live_blocks, 6000);
	assert_int_equal(t.facts->live_blocks, 306000);
	uint64_t shown = 0;
	for (uint32_t i = 0; i < t.facts->site_count; i++)
		shown += t.facts->sites[i].live_bytes;
	assert_int_equal(t.facts->live_bytes, 306000ull * 64 + 6000ull * (4000 - 64));
	assert_int_equal(t.facts->other_bytes, t.facts->live_bytes - shown);
	assert_true(t.facts->other_bytes > 290000ull * 64); /* more stacks than are told apart */
	done(&t);
	if (before)
		assert_true(taken() - before < 306000 * 60 + 20000000);
	ledger_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(ledger__agrees__with_a_model_that_forgets_nothing),
	        cmocka_unit_test(growth__is_exactly__the_rate_of_a_leak),
	        cmocka_unit_test(growth__is_none__of_what_lives_for_seconds),
	        cmocka_unit_test(rank__puts__what_grew_once_behind_what_goes_on_growing),
	        cmocka_unit_test(shares__are__of_all_that_grows),
	        cmocka_unit_test(growth__is_unknown__after_few_samples_or_little_time),
	        cmocka_unit_test(a_site__is_not_steady__by_a_few_samples),
	        cmocka_unit_test(a_site__is_not_steady__where_it_stops_or_forgets),
	        cmocka_unit_test(a_site__is_not_steady__where_what_is_older_is_fewer),
	        cmocka_unit_test(nothing__is_left__where_all_is_freed),
	        cmocka_unit_test(ledger__counts_as_freed__what_was_freed_unseen),
	        cmocka_unit_test(ledger__counts_but_does_not_follow__what_finds_no_room),
	        cmocka_unit_test(visit__meets__each_entry_once_and_removes_those_that_are_gone),
	        cmocka_unit_test(hits__are_counted__and_say_nothing_of_bytes),
	        cmocka_unit_test(sparklines__span__the_whole_trace_however_long),
	        cmocka_unit_test(sampled_sites__are_estimated__without_bias),
	        cmocka_unit_test(thin__halves__entries_and_keeps_estimates),
	        cmocka_unit_test(bursts__do_not_make_a_leak__of_what_is_freed_between_them),
	        cmocka_unit_test(bursts__are_scaled_by_what_was_done__not_by_time),
	        cmocka_unit_test(an_idle_program__is_told_as_it_is__after_the_probes_went),
	        cmocka_unit_test(bursts__are_remembered__well_enough_for_long_traces),
	        cmocka_unit_test(memory__is_bounded__with_a_million_entries),
	        cmocka_unit_test(memory__is_bounded__with_any_number_of_stacks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
