/* SPDX-License-Identifier: MIT */
/*
 * Blocks that were freed but still bear the mark of blocks in use: those in thread caches (tcache) and
 * in fastbins. Both are lists of one pointer; from 2.32 on it is written as pointer ^ (its own address
 * >> 12) ("safe linking"). The table of a thread's cache is a block itself:
 *
 *     2.26 to 2.29   u8 counts[64], pointers[64]
 *     2.30 to 2.41   u16 counts[64], pointers[64]
 *     from 2.42 on   u16 room[76], pointers[76]: 64 lists of one size each, 12 of larger blocks; room counts down
 *
 * A block is taken for a table only if what it counts is what its lists hold. No list is believed
 * farther than it leads from block in use to block in use, so that none is endless.
 */
#include <stdlib.h>
#include <string.h>

#include "heap/walk_internal.h"

const struct cache_layout cache_layouts[CACHE_KINDS] = {
        [CACHE_U8] = {.bins = 64, .counter = 1},
        [CACHE_U16] = {.bins = 64, .counter = 2},
        [CACHE_LARGE] = {.bins = 76, .counter = 2, .down = true},
};
enum { SMALL_BINS = 64, TABLE_MAX = 0x300, TABLES_MAX = 1 << 16, FAST_MAX = 1 << 24 };

static unsigned counter(const struct cache_layout *l, const uint8_t *table, unsigned bin)
{
	return l->counter == 1 ? table[bin] : table[2 * bin] | (unsigned)table[2 * bin + 1] << 8;
}

static uint64_t head(const struct cache_layout *l, const uint8_t *table, unsigned bin)
{
	return glibc_word(table + l->bins * l->counter + 8 * bin);
}

static unsigned table_bytes(const struct cache_layout *l)
{
	return l->bins * (l->counter + 8u);
}

static enum cache_kind kind_of(uint64_t chunk_size)
{
	return chunk_size < 0x290 ? CACHE_U8 : chunk_size < 0x300 ? CACHE_U16 : CACHE_LARGE;
}

/*
 * How many the lists may hold by this table, as far as it says so: those that count down say what room
 * is left, and an empty list shows what all of them may hold.
 */
static unsigned room_of(const struct cache_layout *l, const uint8_t *table)
{
	unsigned room = 0;

	for (unsigned n = 0; l->down && n < SMALL_BINS; n++)
		if (!head(l, table, n) && counter(l, table, n) > room)
			room = counter(l, table, n);
	return room;
}

/* Counters and pointers contradict each other in no list. */
static bool may_be_table(const struct cache_layout *l, const uint8_t *table, bool *ret_empty)
{
	unsigned room = room_of(l, table);

	*ret_empty = true;
	for (unsigned n = 0; n < l->bins; n++) {
		uint64_t first = head(l, table, n);
		unsigned count = counter(l, table, n);

		if (first % 16 || (first && first < 4096) || first >> 56)
			return false;
		if (!l->down && !first != !count)
			return false;
		if (l->down && room && (first ? count > room : count != room))
			return false;
		*ret_empty = *ret_empty && !first;
	}
	return !l->down || room || !*ret_empty;
}

void cache_look(struct walk_job *job, uint64_t chunk, uint64_t size, bool first)
{
	enum cache_kind kind = kind_of(size);
	const struct cache_layout *l = &cache_layouts[kind];
	uint8_t table[TABLE_MAX];
	const uint8_t *at = window_span(&job->window, chunk + CHUNK_HEADER, table_bytes(l));
	bool empty;

	if (!at && memory_read_all(job->m, chunk + CHUNK_HEADER, table, table_bytes(l)))
		at = table;
	if (!at || job->cache_count == TABLES_MAX || !may_be_table(l, at, &empty))
		return;
	/* An empty table looks like any block of zeros; where the first block of an arena is one, it is. */
	if (empty && !first && !l->down)
		return;
	if (!(job->cache_count & (job->cache_count - 1))) {
		size_t room = job->cache_count ? 2 * job->cache_count : 1;
		struct cache_seen *more = realloc(job->caches, room * sizeof(*more));
		if (!more)
			return;
		job->caches = more;
	}
	job->caches[job->cache_count++] = (struct cache_seen){.address = chunk + CHUNK_HEADER,
	                                                      .kind = (uint8_t)kind,
	                                                      .empty = empty};
}

/*
 * The block of a run that begins at that address, or NULL. Runs are in order; mapped blocks are in no
 * list.
 */
static struct heap_block *block_at(struct walk_job *job, uint64_t address)
{
	const struct link *link = link_find(job, address);
	size_t low = job->mapped, high = job->out->count;

	if (link)
		return &job->out->blocks[link->block];
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (job->out->blocks[middle].address < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < job->out->count && job->out->blocks[low].address == address
	               ? &job->out->blocks[low]
	               : NULL;
}

static struct heap_block *live_block(struct walk_job *job, uint64_t address)
{
	struct heap_block *b =
	        address >= job->low && address < job->high ? block_at(job, address) : NULL;

	return b && b->state == BLOCK_LIVE ? b : NULL;
}

/* By all votes so far, clearly. */
static enum links links_of(const struct walker *w)
{
	if (w->links_safe >= 32 && w->links_plain < w->links_safe / 16)
		return LINKS_SAFE;
	if (w->links_plain >= 32 && w->links_safe < w->links_plain / 16)
		return LINKS_PLAIN;
	return LINKS_UNKNOWN;
}

/*
 * What the first word at `at` leads to, by the way it is written; while that is not known, by what
 * makes sense.
 */
static uint64_t follow(struct walk_job *job, uint64_t at, uint64_t offset)
{
	struct walker *w = job->walker;
	const struct link *link = link_find(job, at);
	enum links links = links_of(w);
	uint64_t plain = link ? link->word : 0, safe;

	if (!link && !spot_word(job, at, &plain))
		return 0;
	safe = plain ^ at >> 12;
	if (links != LINKS_UNKNOWN)
		return links == LINKS_SAFE ? safe : plain;
	bool plain_fits = !plain || (plain % 16 == 0 && live_block(job, plain + offset));
	bool safe_fits = !safe || (safe % 16 == 0 && live_block(job, safe + offset));
	w->links_plain += plain_fits && !safe_fits;
	w->links_safe += safe_fits && !plain_fits;
	if (plain_fits != safe_fits)
		return safe_fits ? safe : plain;
	return w->links_safe > w->links_plain ? safe : plain;
}

/* A list of a table. Returns how many of its blocks were marked. */
static unsigned mark_list(struct walk_job *job, const struct cache_seen *c, unsigned bin,
                          uint64_t at, unsigned limit)
{
	unsigned marked = 0;
	uint64_t key;

	while (at && marked < limit && job->marks) {
		job->marks--;
		struct heap_block *b = live_block(job, at);

		if (!b ||
		    (bin < SMALL_BINS ? b->size != CHUNK_MIN + 16ull * bin : b->size <= 0x410))
			break;
		b->state = BLOCK_CACHED;
		marked++;
		if (spot_word(job, at + 8, &key)) {
			job->walker->keys_own += key == c->address;
			job->walker->keys_other += key != c->address && key;
		}
		at = follow(job, at, 0);
	}
	return marked;
}

static void unmark_list(struct walk_job *job, uint64_t at, unsigned marked)
{
	while (marked-- && at) {
		struct heap_block *b = block_at(job, at);
		if (!b || b->state != BLOCK_CACHED)
			return;
		b->state = BLOCK_LIVE;
		at = follow(job, at, 0);
	}
}

/* Marks all lists of a table. Most of them must hold what it counts, else it is none. */
static void mark_table(struct walk_job *job, const struct cache_seen *c)
{
	const struct cache_layout *l = &cache_layouts[c->kind];
	uint8_t table[TABLE_MAX];
	unsigned marked[SMALL_BINS + 12] = {0}, right = 0, wrong = 0;
	struct heap_block *self = live_block(job, c->address);
	bool empty;

	if (!self || !memory_read_all(job->m, c->address, table, table_bytes(l)) ||
	    !may_be_table(l, table, &empty))
		return;
	unsigned room = room_of(l, table);
	for (unsigned n = 0; n < l->bins; n++) {
		unsigned count = counter(l, table, n);

		if (!head(l, table, n))
			continue;
		marked[n] = mark_list(job, c, n, head(l, table, n), l->down ? UINT16_MAX : count);
		/* Where all lists hold something, the first one tells how much all may hold. */
		if (l->down && !room)
			room = marked[n] + count;
		if (marked[n] && (l->down ? marked[n] + count == room : marked[n] == count))
			right++;
		else
			wrong++;
	}
	if (wrong > right) {
		for (unsigned n = 0; n < l->bins; n++)
			unmark_list(job, head(l, table, n), marked[n]);
		return;
	}
	self->state = BLOCK_OWN;
	job->walker->caches[c->kind] += right;
	job->walker->right += right;
	job->walker->wrong += wrong;
}

static void mark_fastbins(struct walk_job *job, const struct glibc_arena *a)
{
	for (unsigned n = 0; n < job->found.layout.fastbins; n++) {
		uint64_t chunk = a->fast[n];

		for (unsigned steps = 0; chunk && steps < FAST_MAX; steps++) {
			struct heap_block *b = live_block(job, chunk + CHUNK_HEADER);

			if (!b || b->size != CHUNK_MIN + 16ull * n)
				break;
			b->state = BLOCK_FAST;
			chunk = follow(job, chunk + CHUNK_HEADER, CHUNK_HEADER);
		}
	}
}

/*
 * Tables that hold something first: they tell how lists are written and which kind of table there is.
 */
void cache_mark(struct walk_job *job)
{
	const uint64_t *votes = job->walker->caches;

	for (size_t n = 0; n < job->cache_count && !walk_stopped(job); n++)
		if (!job->caches[n].empty)
			mark_table(job, &job->caches[n]);
	for (size_t n = 0; n < job->cache_count && !walk_stopped(job); n++) {
		unsigned kind = job->caches[n].kind;
		bool rival = false;

		for (unsigned k = 0; k < CACHE_KINDS; k++)
			rival = rival || votes[k] > votes[kind];
		if (job->caches[n].empty && !rival)
			mark_table(job, &job->caches[n]);
	}
	for (size_t n = 0; n < job->found.arena_count && !walk_stopped(job); n++)
		mark_fastbins(job, &job->found.arenas[n]);
}
