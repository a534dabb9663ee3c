/* SPDX-License-Identifier: MIT */
#ifndef SITES_GROWTH_PAGES_H
#define SITES_GROWTH_PAGES_H

/*
 * Whether pages that were touched are still there: all live entries of a ledger of pages, looked at in rounds of
 * small slices. A page in memory or swapped out stayed; one that is neither was given back.
 */

#include "proc/pages.h"
#include "sites/facts.h"

struct growth_pages {
	struct facts_page *at; /* of this round, by rising address */
	size_t count, room, next;
	uint64_t round; /* ns: this one began */
};

void growth_pages_done(struct growth_pages *p);

/*
 * A slice: those of the ledger that are gone are removed from it. `now` ns of the watch; a round begins once a second
 * at most. 0 or -errno of the page map.
 */
int growth_pages_turn(struct growth_pages *p, int pagemap, enum pages_way way,
                      struct ledger *ledger, uint64_t now);

/* All live entries by rising address into p, as at the begin of a round. 0 or -ENOMEM. */
int growth_pages_list(struct growth_pages *p, struct ledger *ledger, uint64_t now);

#endif
