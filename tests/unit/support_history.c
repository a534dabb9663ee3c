/* SPDX-License-Identifier: MIT */
#include "support_history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"

static void put(struct history *h, unsigned second, unsigned flags)
{
	struct sample s;

	sample_init(&s);
	s.time = second * NS_PER_S;
	s.flags = flags;
	s.v[FIGURE_RSS] = (uint64_t)second << 20;
	assert_int_equal(history_sample(h, &s), 0);
}

struct history *history_of(unsigned seconds)
{
	struct history *h = history_new(NS_PER_S);

	assert_non_null(h);
	for (unsigned i = 0; i < seconds; i++)
		put(h, i, 0);
	return h;
}

void history_exec(struct history *h, unsigned second)
{
	put(h, second, SAMPLE_EPOCH);
}

void no_sample(void *arg, const struct sample *s, uint64_t span, const struct sample extremes[2])
{
	(void)arg;
	(void)s;
	(void)span;
	(void)extremes;
}
