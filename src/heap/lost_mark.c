/* SPDX-License-Identifier: MIT */
/*
 * What is reached. All memory is read once, in the order of addresses, for whoever follows pointers one by one makes
 * a system call a block. The pointers of a block that is reached when its turn comes are followed at once; those of
 * others are kept, in bounded room, until somebody turns out to point to it. Refuses to know of earlier scans.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lost_internal.h"

enum { SLICE = 256 << 10, SLICE_ASIDE = 64 << 10, TELL_EVERY = 4096 };

/* The pointers of one block while it is read. */
struct gather {
	struct lost_marks *k;
	uint32_t self;  /* its pointers to itself prove nothing */
	unsigned state; /* what it hands on: MARK_REACHED ..., 0: nothing */
	bool keep;
	bool full;
	uint32_t count;
	uint32_t edges[MARK_EDGES_MAX];
	edge_fn *fn; /* instead of all that */
	void *arg;
};

int marks_init(struct lost_marks *k, struct memory *m, const struct heap_walk *walk, size_t spare)
{
	*k = (struct lost_marks){.m = m, .walk = walk, .edge_max = spare / sizeof(*k->edges)};
	int err = index_init(&k->index, walk);
	if (!err)
		err = reader_init(&k->ahead, m, SLICE);
	if (!err)
		err = reader_init(&k->aside, m, SLICE_ASIDE);
	if (err)
		return err;
	k->flags = calloc(walk->count + 1, 1);
	k->where = malloc((walk->count + 1) * sizeof(*k->where));
	k->stack.items = malloc(MARK_STACK * sizeof(*k->stack.items));
	if (!k->flags || !k->where || !k->stack.items)
		return -ENOMEM;
	memset(k->where, 0xff, (walk->count + 1) * sizeof(*k->where));
	return 0;
}

void marks_done(struct lost_marks *k)
{
	index_done(&k->index);
	reader_done(&k->ahead);
	reader_done(&k->aside);
	free(k->flags);
	free(k->where);
	free(k->edges);
	free(k->stack.items);
	*k = (struct lost_marks){0};
}

/* --- the stack of blocks whose pointers are to be followed ------------------------------------- */

void marks_push(struct lost_marks *k, uint32_t block)
{
	if (k->stack.count < MARK_STACK) {
		k->stack.items[k->stack.count++] = block;
		return;
	}
	k->flags[block] |= MARK_PENDING;
	k->stack.overflow = true;
}

static void stack_refill(struct lost_marks *k)
{
	k->stack.overflow = false;
	for (size_t i = 0; i < k->walk->count; i++) {
		if (!(k->flags[i] & MARK_PENDING))
			continue;
		if (k->stack.count == MARK_STACK) {
			k->stack.overflow = true;
			return;
		}
		k->flags[i] &= (uint8_t)~MARK_PENDING;
		k->stack.items[k->stack.count++] = (uint32_t)i;
	}
}

bool marks_pop(struct lost_marks *k, uint32_t *ret)
{
	if (!k->stack.count && k->stack.overflow)
		stack_refill(k);
	if (!k->stack.count)
		return false;
	*ret = k->stack.items[--k->stack.count];
	return true;
}

/* --- one pointer ------------------------------------------------------------------------------- */

static enum lost_edge edge_of(uint64_t offset)
{
	if (offset == 0)
		return EDGE_BEGIN;
	return offset == 8 ? EDGE_AT8 : offset == 24 ? EDGE_AT24 : EDGE_INNER;
}

static uint8_t want_of(enum lost_edge how)
{
	static const uint8_t want[] = {[EDGE_AT8] = MARK_WANT_AT8,
	                               [EDGE_AT24] = MARK_WANT_AT24,
	                               [EDGE_INNER] = MARK_WANT_INNER};

	return want[how];
}

/* A block that hands on `from` points to this one. */
static void touch(struct lost_marks *k, uint32_t block, enum lost_edge how, unsigned from)
{
	unsigned flags = k->flags[block], state = flags & MARK_STATE;
	unsigned to = how == EDGE_BEGIN ? from : MARK_POSSIBLY;
	bool judge = false;

	if (state == MARK_REACHED)
		return;
	if (how != EDGE_BEGIN && from == MARK_REACHED) {
		judge = k->guessing && !(flags & want_of(how));
		flags |= want_of(how);
	}
	k->flags[block] = (uint8_t)(flags - state + (to > state ? to : state));
	/* One whose turn is still to come hands on what it has when it comes. */
	if (judge || (to > state && (k->again || block < k->cursor)))
		marks_push(k, block);
}

static void gather_hit(struct gather *g, uint64_t word)
{
	struct lost_marks *k = g->k;
	uint64_t offset;
	uint32_t block = index_find(&k->index, word, &offset);

	if (block == NO_BLOCK || block == g->self)
		return;
	enum lost_edge how = edge_of(offset);
	if (g->fn) {
		g->fn(g->arg, block, how);
		return;
	}
	if (g->state)
		touch(k, block, how, g->state);
	if (!g->keep)
		return;
	uint32_t edge = block << 2 | (uint32_t)how;
	if (g->count && g->edges[g->count - 1] == edge)
		return;
	if (g->count < MARK_EDGES_MAX)
		g->edges[g->count++] = edge;
	else
		g->full = true;
}

static void gather_words(void *arg, uint64_t at, const uint8_t *bytes, size_t len)
{
	struct gather *g = arg;
	const uint64_t low = g->k->index.low, range = g->k->index.range, mask = g->k->index.mask;

	(void)at;
	for (size_t i = 0; i + sizeof(uint64_t) <= len; i += sizeof(uint64_t)) {
		uint64_t word;
		memcpy(&word, bytes + i, sizeof(word));
		word &= mask;
		if (word - low < range)
			gather_hit(g, word);
	}
}

/* --- pointers that are kept -------------------------------------------------------------------- */

static bool edges_room(struct lost_marks *k, size_t more)
{
	size_t cap = k->edge_cap ? k->edge_cap * 2 : 4096;

	if (k->edge_len + more <= k->edge_cap)
		return true;
	if (k->edge_len + more > k->edge_max || k->edge_len + more >= NO_BLOCK)
		return false;
	cap = cap < k->edge_max ? cap : k->edge_max;
	uint32_t *fresh = realloc(k->edges, cap * sizeof(*fresh));
	if (!fresh)
		return false;
	k->edges = fresh;
	k->edge_cap = cap;
	return k->edge_len + more <= cap;
}

static void gather_keep(struct gather *g)
{
	struct lost_marks *k = g->k;

	if (!g->count)
		return;
	if (g->full || !edges_room(k, g->count + 1)) {
		k->flags[g->self] |= MARK_UNSTORED;
		return;
	}
	k->where[g->self] = (uint32_t)k->edge_len;
	k->edges[k->edge_len++] = g->count;
	memcpy(&k->edges[k->edge_len], g->edges, g->count * sizeof(g->edges[0]));
	k->edge_len += g->count;
}

static int block_read(struct lost_marks *k, uint32_t block, struct lost_reader *r, uint64_t limit,
                      struct gather *g)
{
	const struct heap_block *b = &k->walk->blocks[block];
	uint64_t end = b->address + index_usable(&k->index, b);

	return reader_each(r, b->address, end, limit > end ? limit : end, gather_words, g);
}

int marks_each_edge(struct lost_marks *k, uint32_t block, edge_fn *fn, void *arg)
{
	if (k->flags[block] & MARK_UNSTORED) {
		struct gather g = {.k = k, .self = block, .fn = fn, .arg = arg};
		return block_read(k, block, &k->aside, 0, &g);
	}
	if (k->where[block] == NO_BLOCK)
		return 0;
	/* By index: `fn` may make more pointers be kept elsewhere. */
	size_t at = k->where[block], count = k->edges[at];
	for (size_t i = 1; i <= count; i++)
		fn(arg, k->edges[at + i] >> 2, k->edges[at + i] & 3);
	return 0;
}

struct follow {
	struct lost_marks *k;
	unsigned from;
};

static void follow_edge(void *arg, uint32_t block, enum lost_edge how)
{
	struct follow *f = arg;

	touch(f->k, block, how, f->from);
}

int marks_drain(struct lost_marks *k)
{
	uint32_t block;

	while (marks_pop(k, &block)) {
		unsigned flags = k->flags[block];
		if (k->guessing && !(flags & MARK_REACHED) && (flags & MARK_WANT)) {
			bool owner = guess_owner(k, block, flags & MARK_WANT);
			k->flags[block] &= (uint8_t)~MARK_WANT;
			if (owner)
				k->flags[block] ^= MARK_STATE; /* possibly, so far */
		}
		struct follow f = {k,
		                   k->flags[block] & MARK_REACHED ? MARK_REACHED : MARK_POSSIBLY};
		int err = marks_each_edge(k, block, follow_edge, &f);
		if (err)
			return err;
	}
	return 0;
}

/* --- a pass over all memory -------------------------------------------------------------------- */

static int told(struct lost_marks *k, uint64_t more)
{
	k->done += more;
	if (!k->watcher || !k->watcher->tell)
		return 0;
	return k->watcher->tell(k->watcher->arg, HEAP_MARKING, k->done, k->todo) ? -ECANCELED : 0;
}

static void root_words(void *arg, uint64_t at, const uint8_t *bytes, size_t len)
{
	struct gather *g = arg;

	gather_words(g, at, bytes, len);
	if (!g->k->again)
		g->k->root_bytes += len;
}

static int root_piece(void *arg, const struct memory_range *r, uint64_t from, uint64_t to)
{
	enum { TELL_BYTES = 16 << 20 };
	struct lost_marks *k = arg;
	struct gather g = {.k = k, .self = NO_BLOCK, .state = MARK_REACHED};
	int err = 0;

	(void)r;
	while (!err && from < to) {
		uint64_t end = to - from > TELL_BYTES ? from + TELL_BYTES : to;
		uint64_t before = k->ahead.m->bytes_read;
		err = reader_each(&k->ahead, from, end, end, root_words, &g);
		if (!err)
			err = told(k, k->ahead.m->bytes_read - before);
		/* Reserved and never touched memory may be terabytes: on to where there is any. */
		from = end < to ? memory_next(k->m, end, to) : to;
		from &= ~(uint64_t)7;
	}
	return err;
}

static int block_turn(struct lost_marks *k, uint32_t i, uint64_t limit)
{
	unsigned state = k->flags[i] & MARK_STATE;
	struct gather g = {.k = k, .self = i, .state = state};

	k->cursor = i;
	if (!marks_live(k, i) || (k->again && !state))
		return 0;
	g.keep = !k->again && state != MARK_REACHED;
	int err = block_read(k, i, &k->ahead, limit, &g);
	if (!err && g.keep)
		gather_keep(&g);
	k->cursor = i + 1;
	return err ? err : marks_drain(k);
}

static void slice_warm(void *arg, const uint8_t *bytes, size_t len)
{
	const struct lost_marks *k = arg;

	if (!k->again)
		index_warm(&k->index, k->flags, bytes, len);
}

static int span_turn(struct lost_marks *k, const struct index_span *s)
{
	int err = 0;

	for (uint32_t i = s->first; !err && i < s->first + s->count; i++) {
		uint64_t size = k->walk->blocks[i].size;
		err = block_turn(k, i, s->end);
		if (!err && (i % TELL_EVERY == 0 || size >= SLICE))
			err = told(k, 0);
		k->done += size;
	}
	return err;
}

/* Blocks that lie in no span could not be found by any pointer: nothing is said about them. */
static void strays_mark(struct lost_marks *k)
{
	uint32_t next = 0;

	for (size_t s = 0; s <= k->index.span_count; s++) {
		const struct index_span *span = &k->index.spans[s];
		uint32_t to = s < k->index.span_count ? span->first : (uint32_t)k->walk->count;
		for (; next < to; next++)
			k->flags[next] |= MARK_REACHED;
		if (s < k->index.span_count)
			next = span->first + span->count;
	}
}

int marks_pass(struct lost_marks *k)
{
	k->cursor = 0;
	k->ahead.len = 0; /* what was read before is old */
	if (!k->again)
		strays_mark(k);
	int err = roots_each(k->m, k->walk, root_piece, k);
	if (!err)
		err = marks_drain(k);
	k->ahead.filled = slice_warm;
	k->ahead.arg = k;
	for (size_t s = 0; !err && s < k->index.span_count; s++)
		err = span_turn(k, &k->index.spans[s]);
	k->ahead.filled = NULL;
	k->cursor = (uint32_t)k->walk->count;
	return err;
}

static uint64_t suspects_count(const struct lost_marks *k)
{
	uint64_t n = 0;

	for (size_t i = 0; i < k->walk->count; i++)
		n += marks_suspect(k, (uint32_t)i);
	return n;
}

int marks_again(struct lost_marks *k, uint64_t *ret_rescued)
{
	uint64_t before = suspects_count(k);

	k->again = true;
	k->aside.len = 0;
	int err = index_narrow(&k->index, k->flags);
	if (!err)
		err = marks_pass(k);
	index_widen(&k->index);
	if (!err)
		*ret_rescued = before - suspects_count(k);
	return err;
}
