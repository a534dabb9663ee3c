/* SPDX-License-Identifier: MIT */
#ifndef SITES_INTAKE_H
#define SITES_INTAKE_H

/*
 * Samples on their way to the ledger: they wait in order, with their stacks copied, until there are enough to be
 * unwound in one go; then each is booked with the number of its stack.
 */

#include "proc/procdir.h"
#include "sites/leaves.h"
#include "sites/sample.h"
#include "sites/trie.h"

/* Books one sample, whose bytes of stack are gone by now. */
typedef void intake_book(void *arg, const struct site_sample *s, uint32_t stack);

struct intake;

/*
 * All borrowed; `symbols` may be NULL: then each stack is its first level. `leaves` may be NULL: where samples are taken
 * at the same instruction anyway. NULL: no memory.
 */
struct intake *intake_new(struct symbols *symbols, struct trie *trie, struct leaves *leaves,
                          intake_book *book, void *arg);
/* `dir`, borrowed: tells where probes on returns hide who called. Without it that is not known. */
void intake_watch_returns(struct intake *in, const struct procdir *dir);
void intake_free(struct intake *in); /* NULL is fine */

/* A copy of it waits; books what waits when there is no more room. */
void intake_add(struct intake *in, const struct site_sample *s);

/* Books all that waits. */
void intake_flush(struct intake *in);

uint64_t intake_stacks(const struct intake *in); /* unwound so far */
uint64_t intake_broken(
        const struct intake *in); /* of those: ended before the first function of their thread */
uint64_t intake_cut(const struct intake *in);    /* of those: deeper than what was taken of them */
uint64_t intake_hidden(const struct intake *in); /* of those: where some tool probes a return */

#endif
