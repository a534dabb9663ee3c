/* SPDX-License-Identifier: MIT */
#ifndef SITES_LEDGER_H
#define SITES_LEDGER_H

/*
 * Who allocated what, and what of it is still there: survivors by call site. Knows addresses, weights and
 * stacks' numbers; refuses to know whether an entry is a block of malloc or a page that was touched.
 *
 * An entry stands for `weight` blocks like it (it was sampled), of `size` bytes each. Pure: time enters with
 * each call, nothing is random. At most `max` entries live at a time; what finds no room is counted, and
 * its allocation too, but it is not followed.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/sites.h"

struct ledger;

struct ledger *ledger_new(size_t max); /* NULL: no memory */
void ledger_free(struct ledger *l);

/* An entry at an address; one already there was freed unseen, and counts as freed now. */
void ledger_add(struct ledger *l, uint64_t address, uint64_t size, double weight, uint32_t stack,
                uint64_t time);

/* The entry there is gone. False: none was. */
bool ledger_remove(struct ledger *l, uint64_t address, uint64_t time);

/* A stack was seen `count` times without bytes: for SITES_HITS. */
void ledger_hit(struct ledger *l, uint32_t stack, uint64_t count, uint64_t time);

/*
 * Probes were withdrawn, or set again; they are set at first. What comes and goes while they are away is unseen: then
 * figures are scaled up from the work that was watched, and of what we believe to live so much counts as would after unseen work, at
 * the pace at which blocks of its site were seen to go.
 */
void ledger_watching(struct ledger *l, bool on, uint64_t time);

/*
 * So much of its own work, in ns since any moment, the target has done by this time: in bursts less than between them. To be told often,
 * and before ledger_watching() with the same time. Where it is not told, or UNKNOWN, time itself counts as work.
 */
void ledger_worked(struct ledger *l, uint64_t time, uint64_t work);

/* A point of the sparklines, at even distances; once a second or so. */
void ledger_tick(struct ledger *l, uint64_t time);

/* Calls fn for each live entry, in no order; true removes it, as ledger_remove() does. */
void ledger_visit(struct ledger *l, uint64_t time,
                  bool (*fn)(void *arg, uint64_t address, uint32_t stack), void *arg);

/* Halves the entries at random-free choice (every second address by hash), each left with twice the weight; how many are left. */
size_t ledger_thin(struct ledger *l);

size_t ledger_count(const struct ledger *l);  /* live entries */
uint64_t ledger_full(const struct ledger *l); /* not followed */

/*
 * The figures of all sites into f->sites (frame and named left 0), with totals, at most SITES_MAX rows, in the order that the
 * facts have; `stacks[i]` becomes the stack's number of row i (the caller frees it). `begin`: when tracing began. 0 or -ENOMEM.
 *
 * Growth is NAN in the first second, of sites with fewer than 5 samples, and of those not seen in the first half. Rows come by
 * what keeps growing: the lesser of the growth and of what the second half left, a second. A site that left nothing in the
 * second half has a growth, but no share. Steady: of 12 live entries at least, of the first quarter of the time as
 * large a part lives as of the second, but for chance, and births go on in the others.
 * Where only hits were seen all figures of bytes, lives and frees are UNKNOWN.
 */
int ledger_tell(const struct ledger *l, uint64_t begin, uint64_t time, struct sites_facts *f,
                uint32_t **ret_stacks);

#endif
