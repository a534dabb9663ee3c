/* SPDX-License-Identifier: MIT */
#include "support_sites_told.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

uint64_t next_random(uint64_t *seed)
{
	*seed += 0x9e3779b97f4a7c15u;
	uint64_t z = *seed;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

double next_fraction(uint64_t *seed)
{
	return (double)(next_random(seed) >> 11) / 9007199254740992.0;
}

bool is_about(double a, double b, double relative)
{
	return fabs(a - b) <= relative * fabs(b) + 1e-6;
}

struct told ledger_told(const struct ledger *l, uint64_t begin, uint64_t time)
{
	struct told t = {.facts = sites_facts_new()};

	assert_int_equal(ledger_tell(l, begin, time, t.facts, &t.stacks), 0);
	return t;
}

void told_done(struct told *t)
{
	sites_facts_unref(t->facts);
	free(t->stacks);
}

const struct site *told_row(const struct told *t, uint32_t stack)
{
	for (uint32_t i = 0; i < t->facts->site_count; i++)
		if (t->stacks[i] == stack)
			return &t->facts->sites[i];
	return NULL;
}

void live_through(struct ledger *l, uint32_t stack, uint64_t size, uint64_t step, uint64_t from,
                  uint64_t to, uint64_t lifetime)
{
	uint64_t base = (uint64_t)stack << 40;

	for (uint64_t t = from; t < to; t += step) {
		ledger_add(l, base + t, size, 1, stack, t);
		if (known(lifetime) && t >= from + lifetime)
			assert_true(ledger_remove(l, base + t - lifetime, t));
	}
}
