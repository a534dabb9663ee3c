/* SPDX-License-Identifier: MIT */
/*
 * bench_sites_memory SAMPLES: books that many samples of blocks that stay, of 50,000 stacks, and half as many of blocks that go, as a
 * tracing of a large process does, and prints the memory that it takes and the time a sample.
 */
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "sites/ledger.h"
#include "sites/trie.h"

enum { STACKS = 50000, DEPTH = 40, NODES_MAX = 1 << 20, ENTRIES_MAX = 1 << 20 };

/* The nth of stacks that share their outer functions. */
static uint32_t stack_add(struct trie *t, uint64_t n)
{
	uint64_t at[DEPTH];

	for (unsigned i = 0; i < DEPTH; i++)
		at[DEPTH - 1 - i] =
		        0x555555550000 + 64 * (i + 16 < DEPTH ? 0 : n >> (DEPTH - 1 - i)) + i;
	return trie_add(t, at, DEPTH);
}

static double taken_mib(void)
{
	struct mallinfo2 m = mallinfo2();

	return (double)(m.uordblks + m.hblkhd) / 1048576;
}

int main(int argc, char **argv)
{
	uint64_t samples = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
	struct trie *t = trie_new(NODES_MAX);
	struct ledger *l = ledger_new(ENTRIES_MAX);
	struct sites_facts *f = sites_facts_new();
	uint32_t *stacks = NULL;
	uint64_t begin = clock_process(), told;

	if (!t || !l || !f)
		return 1;
	for (uint64_t i = 0; i < samples; i++) {
		uint32_t stack = stack_add(t, i * 2654435761u % STACKS);
		ledger_add(l, 0x7f0000000000 + 64 * i, 64, 1, stack, i * 10000);
		if (i % 2) {
			ledger_add(l, 32 + 64 * i, 64, 1, stack, i * 10000);
			ledger_remove(l, 32 + 64 * i, i * 10000 + 5000);
		}
		if (ledger_count(l) == ENTRIES_MAX)
			ledger_thin(l);
	}
	told = clock_process();
	if (ledger_tell(l, 0, samples * 10000, f, &stacks) != 0)
		return 1;
	printf("samples %llu mib %.1f nodes %zu entries %zu ns_a_sample %.0f tell_ms %.2f full "
	       "%llu\n",
	       (unsigned long long)samples, taken_mib(), trie_count(t), ledger_count(l),
	       (double)(told - begin) / (double)samples, (double)(clock_process() - told) / 1e6,
	       (unsigned long long)ledger_full(l));
	free(stacks);
	sites_facts_unref(f);
	ledger_free(l);
	trie_free(t);
	return 0;
}
