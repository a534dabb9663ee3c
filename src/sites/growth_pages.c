/* SPDX-License-Identifier: MIT */
/* Knows how to find out which of many pages are gone with few, short questions. Refuses to know who touched them. */
#include "sites/growth_pages.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"

enum {
	PAGE = 4096,
	CALLS = 64,      /* of the page map in one turn */
	RUNS = 256,      /* that one call tells */
	GAP = 256 << 10, /* bytes between neighbours that are asked for together */
};
#define ROUND 1000000000ull /* ns */
#define REACH \
	(16ull << 20) /* bytes that one question covers: short, for it holds a lock of the target */

void growth_pages_done(struct growth_pages *p)
{
	free(p->at);
	*p = (struct growth_pages){0};
}

static bool page_list(void *arg, uint64_t address, uint32_t stack)
{
	struct growth_pages *p = arg;

	if (array_room((void **)&p->at, p->count, &p->room, sizeof(*p->at)))
		p->at[p->count++] = (struct facts_page){address, stack};
	return false;
}

static int page_compare(const void *a, const void *b)
{
	const struct facts_page *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

int growth_pages_list(struct growth_pages *p, struct ledger *ledger, uint64_t now)
{
	p->count = p->next = 0;
	ledger_visit(ledger, now, page_list, p);
	if (p->count)
		qsort(p->at, p->count, sizeof(*p->at), page_compare);
	p->round = now;
	return p->count == ledger_count(ledger) ? 0 : -ENOMEM;
}

/* How many from `next` on are asked for together. */
static size_t stretch(const struct growth_pages *p)
{
	size_t end = p->next + 1;

	while (end < p->count && p->at[end].address - p->at[end - 1].address <= GAP &&
	       p->at[end].address - p->at[p->next].address < REACH)
		end++;
	return end - p->next;
}

/* Pages of the list below `limit` that are in none of the runs are gone. */
static void stretch_judge(struct growth_pages *p, size_t end, uint64_t limit,
                          const struct page_run *runs, size_t run_count, struct ledger *ledger,
                          uint64_t now)
{
	size_t run = 0;

	for (; p->next < end && p->at[p->next].address < limit; p->next++) {
		uint64_t address = p->at[p->next].address & -(uint64_t)PAGE;
		while (run < run_count && runs[run].end <= address)
			run++;
		if (run == run_count || runs[run].start > address)
			ledger_remove(ledger, p->at[p->next].address, now);
	}
}

static int stretch_ask(struct growth_pages *p, int pagemap, enum pages_way way,
                       struct ledger *ledger, uint64_t now)
{
	size_t end = p->next + stretch(p), count;
	struct page_run runs[RUNS];
	uint64_t start = p->at[p->next].address & -(uint64_t)PAGE, walked;

	int e = pages_runs(pagemap, way, PAGE, start,
	                   (p->at[end - 1].address & -(uint64_t)PAGE) + PAGE, runs, RUNS, &count,
	                   &walked);
	if (e == 0)
		stretch_judge(p, end, walked, runs, count, ledger, now);
	return e;
}

int growth_pages_turn(struct growth_pages *p, int pagemap, enum pages_way way,
                      struct ledger *ledger, uint64_t now)
{
	int e = 0;

	if (p->next == p->count && now >= p->round + ROUND)
		growth_pages_list(p, ledger, now);
	for (unsigned i = 0; i < CALLS && e == 0 && p->next < p->count; i++)
		e = stretch_ask(p, pagemap, way, ledger, now);
	return e;
}
