/* SPDX-License-Identifier: MIT */
/*
 * Knows how memory behaves in the cases a user should learn to tell apart. Every byte is really
 * allocated and written to; none of the scenarios grows past DEMO_LIMIT.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "source/demo_internal.h"

static _Noreturn void rest_for_ever(void)
{
	for (;;)
		demo_beat();
}

/* Loses `blocks` blocks of `size` bytes each beat. */
static _Noreturn void lose(size_t size, unsigned blocks, void *(*get)(size_t))
{
	for (uint64_t total = 0; total + blocks * size <= DEMO_LIMIT; total += blocks * size) {
		for (unsigned i = 0; i < blocks; i++)
			get(size);
		demo_beat();
	}
	rest_for_ever();
}

int demo_leak(void)
{
	lose(1024, 1024 / DEMO_BEATS, demo_block);
}

int demo_slow_leak(void)
{
	lose(64, 1024 / DEMO_BEATS, demo_block);
}

int demo_mmap_leak(void)
{
	enum { PIECE = 256 << 10, EVERY = DEMO_BEATS / 4 };
	for (uint64_t total = 0; total + PIECE <= DEMO_LIMIT; total += PIECE) {
		demo_pages(PIECE);
		demo_beats(EVERY);
	}
	rest_for_ever();
}

static uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/*
 * Random keys into a table of fixed size: the fuller it is the more often one is there already and
 * replaced. So it fills as a real cache does, with a time constant of 4 s.
 */
int demo_cache(void)
{
	enum { ENTRY = 4000, ENTRIES = (48 << 20) / (ENTRY + 16), SECONDS = 4 };
	void **entries = calloc(ENTRIES, sizeof(*entries));
	uint64_t state = 88172645463325252u;
	if (!entries)
		return EXIT_FAILURE;
	for (;;) {
		for (int i = 0; i < ENTRIES / SECONDS / DEMO_BEATS; i++) {
			void **entry = &entries[random_next(&state) % ENTRIES];
			free(*entry);
			*entry = demo_block(ENTRY);
		}
		demo_beat();
	}
}

/* Through mmap, so that giving back shows in RSS whatever the allocator's thresholds are. */
int demo_sawtooth(void)
{
	enum { PEAK = 40 << 20, BEATS = 8 * DEMO_BEATS, PIECE = PEAK / BEATS };
	void *pieces[BEATS];
	for (;;) {
		for (int i = 0; i < BEATS; i++) {
			pieces[i] = demo_pages(PIECE);
			demo_beat();
		}
		for (int i = 0; i < BEATS; i++) {
			if (pieces[i])
				munmap(pieces[i], PIECE);
		}
	}
}

int demo_step(void)
{
	demo_beats(6 * DEMO_BEATS);
	demo_block(64 << 20);
	rest_for_ever();
}

/* Survivors everywhere pin every page, so that no allocator can give one back. */
int demo_retention(void)
{
	enum { BLOCK = 240, BLOCKS = 256 << 10, BEATS = 6 * DEMO_BEATS, SURVIVES = 64 };
	void **blocks = calloc(BLOCKS, sizeof(*blocks));
	if (!blocks)
		return EXIT_FAILURE;
	for (int i = 0; i < BLOCKS; i++) {
		blocks[i] = demo_block(BLOCK);
		if (i % (BLOCKS / BEATS) == 0)
			demo_beat();
	}
	for (int i = 0; i < BLOCKS; i++) {
		if (i % SURVIVES)
			free(blocks[i]);
	}
	rest_for_ever();
}
