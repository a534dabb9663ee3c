/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_SITES_TOLD_H
#define SUPPORT_SITES_TOLD_H

/* What a ledger of call sites tells, for its tests; and chance that is the same each time. */

#include <stdbool.h>
#include <stdint.h>

#include "sites/ledger.h"

#define SECOND 1000000000ull
#define MS     1000000ull

/* For told_done(). stacks[i]: that of facts->sites[i]. */
struct told {
	struct sites_facts *facts;
	uint32_t *stacks;
};

/* At `time` ns, of a trace that began at `begin`. A failure is one of the test. */
struct told ledger_told(const struct ledger *l, uint64_t begin, uint64_t time);
void told_done(struct told *t);

/* The site with this stack, borrowed; NULL: none. */
const struct site *told_row(const struct told *t, uint32_t stack);

/* The next number; one in [0, 1). */
uint64_t next_random(uint64_t *seed);
double next_fraction(uint64_t *seed);

/* Within so much of b. */
bool is_about(double a, double b, double relative);

/* A block of this stack each `step` ns for `seconds`, each freed after `lifetime` ns (UNKNOWN: never). */
void live_through(struct ledger *l, uint32_t stack, uint64_t size, uint64_t step, uint64_t from,
                  uint64_t to, uint64_t lifetime);

#endif
