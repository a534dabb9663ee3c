/* SPDX-License-Identifier: MIT */
/*
 * Blocks with a mapping of their own: at the begin of a page prev_size 0 and a size of whole pages
 * with flag 2, less 16 bytes in 2.43. Mappings of the same kind that touch are one line for the kernel, so such a block may
 * begin at any page of anonymous memory. Where a main arena could not grow by brk, it has memory there
 * too, a chunk at the begin of a page. A page of the program's own that happens to begin so is taken
 * for one: nothing tells them apart.
 */
#include "heap/walk_internal.h"

enum {
	PAGES_MAX = 1 << 20,  /* looked at in one walk; beyond, only where mappings begin */
	CHUNKS_MAX = 1 << 24, /* followed to find where runs of a main arena end */
};

struct hunt {
	struct walk_job *job;
	uint32_t arena;  /* of blocks with a mapping of their own */
	bool runs;       /* the main arena has memory outside the brk area */
	uint64_t pages;  /* left of PAGES_MAX */
	uint64_t chunks; /* left of CHUNKS_MAX */
	size_t next_run; /* first run that ends behind where we are */
};

/* Where writable anonymous memory that begins at `start` ends: mappings that touch belong together. */
static uint64_t stretch_end(const struct memory *m, size_t *n)
{
	uint64_t end = m->ranges[*n].end;

	while (*n + 1 < m->range_count && m->ranges[*n + 1].start == end &&
	       m->ranges[*n + 1].kind == MEMORY_ANON && m->ranges[*n + 1].prot & MAP_WRITE)
		end = m->ranges[++*n].end;
	return end;
}

/*
 * Bytes of the mapping from the chunk on, by the size it bears: all of them, or (in 2.43) all but the 16 that hold the
 * next chunk's header in an arena. 0: no such size.
 */
static uint64_t mapping_bytes(const struct walk_job *job, uint64_t size)
{
	uint64_t page = job->m->page;

	if (!size || size % 16)
		return 0;
	return size % page == 0                    ? size
	       : (size + CHUNK_HEADER) % page == 0 ? size + CHUNK_HEADER
	                                           : 0;
}

/*
 * aligned_alloc() cuts off what lies before the aligned address: a second header there says how much
 * that is. Returns it, 0 where there is none; *size becomes that of the second. The first header stays as it was, also
 * where realloc() made the mapping longer or shorter since.
 */
static uint64_t cut_off(struct walk_job *job, uint64_t at, uint64_t *size)
{
	uint64_t header[2], seen = 0;

	for (uint64_t align = 32; align < *size; align *= 2) {
		uint64_t user = (at + CHUNK_HEADER + align - 1) / align * align;
		uint64_t before = user - CHUNK_HEADER - at;

		if (before == seen || before + CHUNK_MIN > *size)
			continue;
		seen = before;
		if (!memory_read_all(job->m, user - CHUNK_HEADER, header, sizeof(header)) ||
		    header[0] != before || (header[1] & CHUNK_FLAGS) != CHUNK_MAPPED ||
		    !mapping_bytes(job, before + (header[1] & ~(uint64_t)CHUNK_FLAGS)))
			continue;
		*size = header[1] & ~(uint64_t)CHUNK_FLAGS;
		return before;
	}
	return 0;
}

static uint64_t mapped_block(struct hunt *h, uint64_t at, uint64_t end, const uint64_t header[2])
{
	struct walk_job *job = h->job;
	uint64_t size = header[1] & ~(uint64_t)CHUNK_FLAGS;

	if (header[0] || (header[1] & CHUNK_FLAGS) != CHUNK_MAPPED || !mapping_bytes(job, size))
		return 0;
	uint64_t before = cut_off(job, at, &size), all = mapping_bytes(job, before + size);
	if (all > end - at)
		return 0;
	walk_emit(job, at + before, size, BLOCK_LIVE, h->arena);
	walk_span(job, at, at + all);
	walk_arena(job, h->arena)->size += all;
	walk_arena(job, h->arena)->own_bytes += all - size;
	return at + all;
}

/* The end of a run of the main arena: behind two fence posts, or of its top chunk. */
static uint64_t run_end(struct hunt *h, const struct glibc_run *run)
{
	struct walk_job *job = h->job;
	uint64_t at = run->first, top = job->found.arenas[run->arena].top, size;
	unsigned fences = 0;

	while (h->chunks && at + CHUNK_HEADER <= run->end && !walk_stopped(job)) {
		h->chunks--;
		if (!spot_word(job, at + 8, &size))
			return 0;
		bool is_top = at == top;
		size &= ~(uint64_t)CHUNK_FLAGS;
		fences = size == 16 ? fences + 1 : 0;
		at += size;
		if (size < 16 || size % 16 || at > run->end)
			return 0;
		if (is_top || (fences >= 2 && at % job->m->page == 0))
			return at;
	}
	return 0;
}

/* An arena's memory outside the brk area; walked later, in its turn. */
static uint64_t main_run(struct hunt *h, uint64_t at, uint64_t end, const uint64_t header[2])
{
	struct walk_job *job = h->job;

	if (!h->runs || header[0] || (header[1] & CHUNK_FLAGS) != CHUNK_PREV_INUSE)
		return 0;
	for (uint32_t n = 0; n < job->found.arena_count; n++) {
		const struct glibc_arena *a = &job->found.arenas[n];
		struct glibc_run run = {.start = at, .first = at, .end = end, .arena = n};

		if (!a->main || !walk_sound(job, &run, at))
			continue;
		run.end = run_end(h, &run);
		run.top = a->top >= at && a->top < run.end;
		if (!run.end || (job->error = glibc_add_run(&job->found, &run)) != 0)
			continue;
		return run.end;
	}
	return 0;
}

/* Where the run that `at` lies in ends; 0: in none. Runs are sorted and asked for by rising address. */
static uint64_t in_run(struct hunt *h, uint64_t at, size_t count)
{
	const struct glibc_run *runs = h->job->found.runs;

	while (h->next_run < count && runs[h->next_run].end <= at)
		h->next_run++;
	return h->next_run < count && runs[h->next_run].start <= at ? runs[h->next_run].end : 0;
}

static void hunt_stretch(struct hunt *h, uint64_t at, uint64_t end, size_t run_count)
{
	struct walk_job *job = h->job;
	uint64_t page = job->m->page, header[2], next;

	while (!job->error && !walk_stopped(job) && (at = memory_next(job->m, at, end)) < end) {
		if ((next = in_run(h, at, run_count)) != 0) {
			at = next;
			continue;
		}
		uint64_t aligned = (at + page - 1) / page * page;
		next = 0;
		if (aligned == at && memory_read_all(job->m, at, header, sizeof(header))) {
			next = mapped_block(h, at, end, header);
			if (!next)
				next = main_run(h, at, end, header);
		}
		if (h->pages == 0 && !next)
			return;
		h->pages -= h->pages > 0;
		at = next ? next : at + page;
	}
}

/* The main arena needed other memory: it says so, or the brk area does not hold all that it has. */
static bool outside_brk(const struct walk_job *job)
{
	for (size_t n = 0; n < job->found.arena_count; n++) {
		const struct glibc_arena *a = &job->found.arenas[n];
		if (a->main && (a->flags & GLIBC_NONCONTIGUOUS || n > 0))
			return true;
	}
	return false;
}

void mapped_find(struct walk_job *job)
{
	struct hunt h = {.job = job,
	                 .arena = (uint32_t)job->found.arena_count,
	                 .runs = outside_brk(job),
	                 .pages = PAGES_MAX,
	                 .chunks = CHUNKS_MAX};
	size_t run_count = job->found.run_count;

	for (size_t n = 0; n < job->m->range_count && !job->error; n++) {
		const struct memory_range *r = &job->m->ranges[n];
		uint64_t start = r->start;

		if (r->kind == MEMORY_ANON && r->prot & MAP_WRITE)
			hunt_stretch(&h, start, stretch_end(job->m, &n), run_count);
	}
	glibc_sort_runs(&job->found);
}
