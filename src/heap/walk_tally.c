/* SPDX-License-Identifier: MIT */
/*
 * Counts what a walk found, arena by arena, and what malloc_trim(0) would return: it first joins what
 * lies in fastbins with the free chunks beside, then gives back the whole pages within each free chunk
 * but for its first 48 bytes, and of the main arena's top chunk all but the first page that holds its
 * header. Other arenas' top chunks it leaves alone. Where a tunable asks for huge pages, it returns
 * less of the top chunk than is said here.
 */
#include <stdlib.h>

#include "heap/walk_internal.h"

/* Bytes of [start, end) that are in memory. */
static uint64_t resident(struct memory *m, uint64_t start, uint64_t end)
{
	uint64_t sum = 0;

	while ((start = memory_next(m, start, end)) < end) {
		uint64_t absent = memory_absent(m, start, end);
		sum += absent - start;
		start = absent;
	}
	return sum;
}

static void count(struct heap_arena *a, const struct heap_block *b)
{
	if (b->state != BLOCK_LIVE && b->state != BLOCK_OWN && b->state != BLOCK_CACHED &&
	    b->state != BLOCK_FAST && b->size > a->largest_free)
		a->largest_free = b->size;
	switch ((enum block_state)b->state) {
	case BLOCK_LIVE:
		a->live_blocks++;
		a->live_bytes += b->size;
		break;
	case BLOCK_CACHED:
		a->cached_blocks++;
		a->cached_bytes += b->size;
		break;
	case BLOCK_FAST:
		a->fast_blocks++;
		a->fast_bytes += b->size;
		break;
	case BLOCK_FREE:
		a->free_blocks++;
		a->free_bytes += b->size;
		break;
	case BLOCK_TOP:
		a->top_bytes += b->size;
		break;
	case BLOCK_OWN:
		a->own_bytes += b->size;
		break;
	}
}

/* Free memory without a gap, from chunk to end, its last part of that state. */
static uint64_t trimmable(struct walk_job *job, const struct heap_arena *a, uint64_t start,
                          uint64_t end, bool top)
{
	uint64_t page = job->m->page;

	if (top && !a->main)
		return 0;
	if (top) {
		uint64_t extra =
		        end - start > CHUNK_MIN ? (end - start - CHUNK_MIN - 1) / page * page : 0;
		return resident(job->m, end - extra, end);
	}
	if (end - start <= page - 1 + 48)
		return 0;
	start = (start + 48 + page - 1) / page * page;
	return end > start ? resident(job->m, start, end / page * page) : 0;
}

static bool is_free(const struct heap_block *b)
{
	return b->state == BLOCK_FREE || b->state == BLOCK_FAST || b->state == BLOCK_TOP;
}

void walk_tally(struct walk_job *job)
{
	struct heap_walk *out = job->out;

	for (size_t n = 0; n < out->count; n++) {
		const struct heap_block *b = &out->blocks[n];
		if (b->arena < out->arena_count)
			count(&out->arenas[b->arena], b);
	}
	for (size_t n = 0; n < out->count; n++) {
		const struct heap_block *b = &out->blocks[n];
		uint64_t start = b->address - CHUNK_HEADER, end = start + b->size;
		bool top = b->state == BLOCK_TOP;

		if (!is_free(b) || b->arena >= out->arena_count)
			continue;
		while (!top && n + 1 < out->count && is_free(&out->blocks[n + 1]) &&
		       out->blocks[n + 1].address - CHUNK_HEADER == end) {
			b = &out->blocks[++n];
			end += b->size;
			top = b->state == BLOCK_TOP;
		}
		out->arenas[b->arena].trimmable +=
		        trimmable(job, &out->arenas[b->arena], start, end, top);
	}
	for (size_t n = 0; n < out->span_count; n++)
		out->resident += resident(job->m, out->spans[n].start, out->spans[n].end);
}
