/* SPDX-License-Identifier: MIT */
#ifndef SITES_FACTS_H
#define SITES_FACTS_H

/* Puts together what is published: figures from the ledger, stacks from the trie, names of their addresses. */

#include "sites/ledger.h"
#include "sites/site_names.h"
#include "sites/trie.h"

/*
 * Sites with figures, stacks and names into f, which is new; `begin` and `time` are ns of the watch. *ret_stacks, if not
 * NULL: the stack's number of each row, the caller's to free. `symbols` may be NULL. 0 or -ENOMEM.
 */
int facts_fill(struct sites_facts *f, const struct ledger *ledger, const struct trie *trie,
               struct site_names *names, struct symbols *symbols, uint64_t begin, uint64_t time,
               uint32_t **ret_stacks);

/* A live page and the stack that touched it first. */
struct facts_page {
	uint64_t address;
	uint32_t stack;
};

/*
 * Spans of f from its live pages, `count` by rising address, `reach` bytes being as far as two samples of one site may lie
 * apart to be one span. `stacks` are those of its rows. The largest SITES_SPANS_MAX. 0 or -ENOMEM.
 */
int facts_spans(struct sites_facts *f, const struct facts_page *pages, size_t count, uint64_t reach,
                const uint32_t *stacks);

#endif
