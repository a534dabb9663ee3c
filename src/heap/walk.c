/* SPDX-License-Identifier: MIT */
/*
 * A walk from begin to end: finds the arenas, walks their runs in the order of addresses, marks what
 * was freed but kept aside, counts. Everything is found anew at every walk but where the main arena is
 * and how arenas are laid out. Refuses to say that a heap is there when its own figures cannot be
 * read.
 */
#include "heap/walk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heap/walk_internal.h"

enum { NO_ARENA = 65535, CHUNKS_TELL = 100, CHAIN_WEIGHT = 8 };

void heap_walk_free(struct heap_walk *walk)
{
	if (!walk)
		return;
	free(walk->blocks);
	free(walk->arenas);
	free(walk->spans);
	free(walk->own);
	free(walk);
}

const struct heap_block *heap_walk_find(const struct heap_walk *walk, uint64_t address)
{
	size_t low = 0, high = walk->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (walk->blocks[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;
	/* The user's bytes reach into the header of the next chunk by a word. */
	const struct heap_block *b = &walk->blocks[low - 1];
	return address - b->address < b->size - 8 ? b : NULL;
}

bool walk_stopped(struct walk_job *job)
{
	if (memory_stopped(job->m) && !job->error)
		job->error = -ECANCELED;
	return memory_stopped(job->m);
}

static bool blocks_grow(struct walk_job *job)
{
	size_t cap = job->cap ? job->cap + job->cap / 2 : 4096;

	if (job->cap >= BLOCKS_MAX) {
		job->error = -E2BIG;
		return false;
	}
	cap = cap < BLOCKS_MAX ? cap : BLOCKS_MAX;
	struct heap_block *blocks = realloc(job->out->blocks, cap * sizeof(*blocks));
	if (!blocks) {
		job->error = -ENOMEM;
		return false;
	}
	job->out->blocks = blocks;
	job->cap = cap;
	return true;
}

void walk_emit(struct walk_job *job, uint64_t chunk, uint64_t size, enum block_state state,
               uint32_t arena)
{
	const uint64_t most = (1ull << 44) - 16;
	struct heap_walk *out = job->out;

	if (out->count == job->cap && !blocks_grow(job))
		return;
	out->blocks[out->count++] =
	        (struct heap_block){.address = chunk + CHUNK_HEADER,
	                            .size = (size < most ? size : most) & ((1ull << 44) - 1),
	                            .state = state & 0xf,
	                            .arena = (arena < NO_ARENA ? arena : NO_ARENA) & 0xffff};
}

static int add_span(struct heap_span **spans, size_t *count, uint64_t start, uint64_t end)
{
	if (!(*count & (*count - 1))) {
		size_t room = *count ? 2 * *count : 1;
		struct heap_span *more = realloc(*spans, room * sizeof(*more));
		if (!more)
			return -ENOMEM;
		*spans = more;
	}
	(*spans)[(*count)++] = (struct heap_span){start, end};
	return 0;
}

void walk_span(struct walk_job *job, uint64_t start, uint64_t end)
{
	if (start < end && add_span(&job->out->spans, &job->out->span_count, start, end) < 0)
		job->error = -ENOMEM;
}

static int by_begin(const void *a, const void *b)
{
	const struct heap_span *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* The first `count` blocks have mappings of their own, the others lie in runs; both are in order. */
static int merge_blocks(struct heap_walk *out, size_t count)
{
	struct heap_block *own = malloc((count + 1) * sizeof(*own));
	size_t to = 0, run = count, taken = 0;

	if (!own)
		return -ENOMEM;
	memcpy(own, out->blocks, count * sizeof(*own));
	while (taken < count) {
		if (run < out->count && out->blocks[run].address < own[taken].address)
			out->blocks[to++] = out->blocks[run++];
		else
			out->blocks[to++] = own[taken++];
	}
	free(own);
	return 0;
}

static int put_in_order(struct walk_job *job)
{
	struct heap_walk *out = job->out;

	if (out->span_count)
		qsort(out->spans, out->span_count, sizeof(*out->spans), by_begin);
	return job->mapped ? merge_blocks(out, job->mapped) : 0;
}

static int list_arenas(struct walk_job *job)
{
	const struct glibc_found *f = &job->found;
	struct heap_walk *out = job->out;

	/* One more for blocks with a mapping of their own. */
	out->arenas = calloc(f->arena_count + 1, sizeof(*out->arenas));
	if (!out->arenas)
		return -ENOMEM;
	out->arena_count = f->arena_count + 1;
	for (size_t n = 0; n < f->arena_count; n++) {
		const struct glibc_arena *a = &f->arenas[n];

		out->arenas[n].address = a->address;
		out->arenas[n].main = a->main;
		out->arenas[n].size = a->system_mem;
		if (!a->main)
			continue;
		int error = add_span(&out->own, &out->own_count, a->address,
		                     a->address + glibc_state_size(&f->layout));
		if (error)
			return error;
	}
	return 0;
}

/*
 * An arena that grew since the look began never adds up, nor does one that is damaged; but that so many chunks led from
 * one to the next, between all places where the way was lost, is no chance. The fewer, the less it tells.
 */
static uint64_t chain_weight(const struct heap_arena *h)
{
	uint64_t chunks = h->live_blocks + h->cached_blocks + h->fast_blocks + h->free_blocks;
	uint64_t enough = CHUNKS_TELL * (h->torn + 1);

	return chunks < enough ? CHAIN_WEIGHT * chunks / enough : CHAIN_WEIGHT * (h->torn + 1);
}

/*
 * Where the brk area did not begin at a multiple of 16 (until 2.33 the C library keeps a copy of GLIBC_TUNABLES there),
 * the arena counts what it left out in front of its first chunk.
 */
static uint64_t front_gap(const struct glibc_arena *a, const struct heap_arena *h, uint64_t sum)
{
	bool gap = a->main && !h->unread && sum < h->size && h->size - sum < CHUNK_HEADER;

	return gap ? h->size - sum : 0;
}

/* What the arenas say they have must be what was walked; what was torn counts against the layout. */
static void judge(struct walk_job *job)
{
	struct walker *w = job->walker;

	for (size_t n = 0; n < job->found.arena_count; n++) {
		const struct glibc_arena *a = &job->found.arenas[n];
		struct heap_arena *h = &job->out->arenas[n];
		uint64_t sum = h->live_bytes + h->cached_bytes + h->fast_bytes + h->free_bytes +
		               h->top_bytes + h->own_bytes;

		uint64_t gap = front_gap(a, h, sum);
		h->own_bytes += gap;
		sum += gap;
		/* It grew since the look began, or parts of it could not be found. */
		if (sum + h->unread < h->size)
			h->unread = h->size - sum;
		w->right += a->bins_sound + (sum == h->size ? CHAIN_WEIGHT : chain_weight(h));
		w->wrong += a->bins_wrong + h->torn + (sum != h->size && !h->unread ? 2 : 0);
	}
	w->wrong += job->found.strange;
}

static int walk_all(struct walk_job *job)
{
	int error =
	        glibc_find_arenas(job->m, job->walker->mains, job->walker->main_count, &job->found);

	if (!error && !job->found.arena_count)
		error = -ENOENT;
	if (!error)
		error = list_arenas(job);
	if (error)
		return error;
	job->walker->layout = job->found.layout;
	for (size_t n = 0; n < job->found.run_count; n++)
		job->todo += job->found.runs[n].end - job->found.runs[n].start;
	mapped_find(job);
	job->mapped = job->out->count;
	if (job->found.run_count) {
		job->low = job->found.runs[0].start;
		job->high = job->found.runs[job->found.run_count - 1].end;
	}
	for (size_t n = 0; n < job->found.run_count && !job->error; n++)
		walk_run(job, &job->found.runs[n]);
	if (job->error)
		return job->error;
	cache_mark(job);
	if (job->error)
		return job->error;
	error = put_in_order(job);
	if (error)
		return error;
	walk_tally(job);
	judge(job);
	if (!job->mapped)
		job->out->arena_count--;
	return 0;
}

int walker_walk(struct walker *w, struct memory *m, const struct heap_watcher *watcher,
                struct heap_walk **ret)
{
	struct walk_job job = {.walker = w,
	                       .m = m,
	                       .watcher = watcher,
	                       .searches = SEARCH_MAX,
	                       .looks = LOOKS_MAX,
	                       .marks = MARKS_MAX,
	                       .found.layout = w->layout};
	int error = -ENOMEM;

	job.out = calloc(1, sizeof(*job.out));
	job.window.bytes = malloc(WINDOW_BYTES);
	job.spots.bytes = malloc((size_t)SPOTS * SPOT_BYTES);
	if (job.out && job.window.bytes && job.spots.bytes)
		error = walk_all(&job);
	/* What reads as nothing may be a process that is gone, or is another program by now. */
	if ((!error || error == -ENOENT) && memory_check(m) < 0)
		error = -ESRCH;
	free(job.window.bytes);
	free(job.spots.bytes);
	free(job.caches);
	free(job.links);
	glibc_found_done(&job.found);
	glibc_name(w);
	if (error)
		heap_walk_free(job.out);
	else
		*ret = job.out;
	return error;
}

/* By names, and where these tell nothing, by the address that Go begins at. */
static enum allocator named_allocator(const struct memory *m)
{
	enum allocator seen = ALLOCATOR_UNKNOWN;

	for (size_t n = 0; n < m->range_count; n++) {
		const struct memory_range *r = &m->ranges[n];
		if (r->name_len)
			allocator_see(&seen, m->names + r->name, r->name_len,
			              m->names[r->name] == '[');
	}
	for (size_t n = 0; n < m->range_count && seen == ALLOCATOR_UNKNOWN; n++)
		if (m->ranges[n].kind == MEMORY_ANON && m->ranges[n].prot & MAP_WRITE)
			allocator_see_start(&seen, m->ranges[n].start);
	return seen;
}

static void say_why(char why[200], enum allocator seen)
{
	if (seen != ALLOCATOR_UNKNOWN && seen != ALLOCATOR_GLIBC && allocator_names[seen])
		snprintf(why, 200, "%s recognised from the mappings: block sizes are not available",
		         allocator_names[seen]);
	else if (seen == ALLOCATOR_GLIBC)
		snprintf(why, 200,
		         "glibc is there, but no arena of a known layout: block sizes are not "
		         "available");
	else
		snprintf(why, 200, "no malloc recognised: block sizes are not available");
}

int walker_new(struct memory *m, const struct heap_watcher *watcher, char why[200],
               enum allocator *ret_allocator, struct walker **ret)
{
	struct walker *w = calloc(1, sizeof(*w));
	enum allocator seen = named_allocator(m);
	int error = -ENOENT;

	if (!w)
		return -ENOMEM;
	*ret_allocator = seen;
	if (watcher && watcher->tell && watcher->tell(watcher->arg, HEAP_OPENING, 0, 0))
		error = -ECANCELED;
	else if (seen == ALLOCATOR_UNKNOWN || seen == ALLOCATOR_GLIBC)
		error = glibc_find_main(m, w->mains, sizeof(w->mains) / sizeof(w->mains[0]),
		                        &w->main_count, &w->layout);
	if (error == -ENOENT)
		say_why(why, seen);
	if (error) {
		free(w);
		return error;
	}
	*ret_allocator = ALLOCATOR_GLIBC;
	w->banner = glibc_banner(m);
	glibc_name(w);
	*ret = w;
	return 0;
}

void walker_free(struct walker *w)
{
	free(w);
}

const char *walker_layout(const struct walker *w, double *ret_confidence)
{
	*ret_confidence = w->right ? (double)w->right / (double)(w->right + w->wrong) : 0;
	return w->name;
}
