/* SPDX-License-Identifier: MIT */
/*
 * Lost heads that look alike, as one row: same size, same certainty, and first words of the same making. Where the first word
 * leads into an object (a table of virtual functions, a name) it must be the very same; else two
 * numbers are alike, two pointers into the heap, two texts: a leak of buffers whose contents differ is one row.
 * Refuses to know why a head is one.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lost_internal.h"

enum { GROUPS_MAX = 1024, GROUP_SLOTS = 4096 };

struct groups {
	size_t count;
	uint64_t left; /* heads that found no room */
	uint64_t grown_blocks,
	        grown_bytes; /* definitely and indirectly lost since the first scan */
	uint64_t keys[GROUPS_MAX], fresh[GROUPS_MAX]; /* twins lost since then */
	struct lost_head heads[GROUPS_MAX];
	uint16_t slots[GROUP_SLOTS]; /* number + 1 */
};

/* --- what a word is made of -------------------------------------------------------------------- */

enum word_make { WORD_NUMBER, WORD_BLOCK, WORD_OBJECT, WORD_PLACE, WORD_TEXT, WORD_DATA };

/* Four characters or more, to the end of the word or a NUL. */
static bool is_text(uint64_t word)
{
	int n = 0;

	for (; n < 8 && (word & 0xff); n++, word >>= 8)
		if ((word & 0xff) < ' ' || (word & 0xff) > '~')
			return false;
	return n >= 4;
}

static enum word_make word_make(struct lost_marks *k, uint64_t word)
{
	const struct memory_range *r;
	uint64_t offset;

	if (word <= UINT32_MAX || ~word <= UINT32_MAX)
		return WORD_NUMBER;
	if (index_find(&k->index, word, &offset) != NO_BLOCK)
		return WORD_BLOCK;
	r = memory_find(k->m, word);
	if (r)
		return r->kind == MEMORY_FILE ? WORD_OBJECT : WORD_PLACE;
	return is_text(word) ? WORD_TEXT : WORD_DATA;
}

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 29;
}

static uint64_t key_make(struct lost_marks *k, const struct lost_head *h)
{
	uint64_t words[2] = {0}, key = mix(mix(1, h->size), h->kind);
	enum word_make make;

	key = mix(key, h->certainty == LOST_LOST);
	memcpy(words, h->first, h->first_count < 16 ? h->first_count : 16);
	make = word_make(k, words[0]);
	key = mix(key, make);
	if (make == WORD_OBJECT)
		return mix(key, words[0]);
	return mix(key, word_make(k, words[1]));
}

/* --- the table --------------------------------------------------------------------------------- */

static struct lost_head *group_find(struct groups *g, uint64_t key, bool *ret_fresh)
{
	size_t at = key % GROUP_SLOTS;

	while (g->slots[at]) {
		size_t i = g->slots[at] - 1u;
		if (g->keys[i] == key)
			return &g->heads[i];
		at = (at + 1) % GROUP_SLOTS;
	}
	if (g->count == GROUPS_MAX)
		return NULL;
	g->keys[g->count] = key;
	g->slots[at] = (uint16_t)(g->count + 1);
	*ret_fresh = true;
	return &g->heads[g->count++];
}

static void group_add(struct groups *g, struct lost_marks *k, const struct lost_head *h, bool grown)
{
	bool fresh = false;
	struct lost_head *into = group_find(g, key_make(k, h), &fresh);

	if (!into) {
		g->left++;
		return;
	}
	g->fresh[into - g->heads] += grown;
	if (fresh) {
		*into = *h;
		return;
	}
	struct lost_head sum = *into;
	if (h->certainty > into->certainty)
		*into = *h;
	into->twins = sum.twins + h->twins;
	into->bytes = sum.bytes + h->bytes;
	into->indirect_blocks = sum.indirect_blocks + h->indirect_blocks;
	into->indirect_bytes = sum.indirect_bytes + h->indirect_bytes;
}

/* --- heads and counts -------------------------------------------------------------------------- */

static int head_make(struct lost_marks *k, uint32_t block, const struct lost_age *age,
                     enum lost_certainty certainty, struct lost_head *ret)
{
	const struct heap_block *b = &k->walk->blocks[block];
	uint64_t usable = index_usable(&k->index, b);
	size_t len = usable < HEAP_BYTES_SHOWN ? (size_t)usable : HEAP_BYTES_SHOWN;
	const struct index_span *s = index_span_of(&k->index, b->address);

	*ret = (struct lost_head){.address = b->address,
	                          .size = b->size,
	                          .kind = age->possibly ? LOST_POSSIBLY : LOST_DEFINITELY,
	                          .certainty = certainty,
	                          .twins = 1,
	                          .bytes = b->size,
	                          .scans = age->scans,
	                          .since = age->since,
	                          .growth = NAN};
	ssize_t n =
	        reader_copy(&k->aside, b->address, ret->first, len, s ? s->end : b->address + len);
	if (n < 0)
		return (int)n;
	ret->first_count = (uint8_t)n;
	return 0;
}

static void block_count(struct heap_lost *into, const struct heap_block *b, unsigned flags,
                        enum lost_certainty certainty)
{
	if (certainty != LOST_LOST) {
		into->suspect_blocks++;
		into->suspect_bytes += b->size;
	} else if (flags & MARK_POSSIBLY) {
		into->possibly_blocks++;
		into->possibly_bytes += b->size;
	} else if (flags & FOLD_HEAD) {
		into->definitely_blocks++;
		into->definitely_bytes += b->size;
	} else {
		into->indirectly_blocks++;
		into->indirectly_bytes += b->size;
	}
}

struct heads_walk {
	const struct lost_course *course;
	uint64_t time;
	const struct lost_age *age;
	const struct lost_fold *fold, *fold_end;
};

static int suspect_add(struct groups *g, struct lost_marks *k, uint32_t block,
                       const struct lost_ages *a, struct heads_walk *at, struct heap_lost *into)
{
	const struct lost_age *age = at->age++;
	enum lost_certainty certainty = age_certainty(a, age, at->time);
	bool grown = certainty == LOST_LOST && age->since > at->course->first;
	struct lost_head head;

	if (grown && !age->possibly) {
		g->grown_blocks++;
		g->grown_bytes += k->walk->blocks[block].size;
	}
	block_count(into, &k->walk->blocks[block], k->flags[block], certainty);
	if (!(k->flags[block] & FOLD_HEAD))
		return 0;
	into->by_certainty[certainty]++;
	int err = head_make(k, block, age, certainty, &head);
	if (err)
		return err;
	while (at->fold < at->fold_end && at->fold->head < block)
		at->fold++;
	if (at->fold < at->fold_end && at->fold->head == block) {
		head.indirect_blocks = at->fold->blocks;
		head.indirect_bytes = at->fold->bytes;
	}
	group_add(g, k, &head, grown);
	return 0;
}

static int blocks_add(struct groups *g, struct lost_marks *k, const struct lost_ages *a,
                      const struct lost_folds *f, const struct lost_course *course, uint64_t time,
                      struct heap_lost *into)
{
	struct heads_walk at = {course, time, a->items, f->items, f->items + f->count};
	int err = 0;

	for (uint32_t i = 0; !err && i < k->walk->count; i++) {
		if (marks_suspect(k, i)) {
			err = suspect_add(g, k, i, a, &at, into);
		} else if (marks_live(k, i)) {
			into->reachable_blocks++;
			into->reachable_bytes += k->walk->blocks[i].size;
		}
	}
	return err;
}

/* --- growth, and the order --------------------------------------------------------------------- */

/*
 * By when blocks were first missed, not by how many are certain from scan to scan: how many scans that takes may
 * change.
 */
static void growth_fill(struct groups *g, uint64_t span, struct heap_lost *into)
{
	double seconds = (double)span / 1e9;

	into->growth_blocks = span ? (double)g->grown_blocks / seconds : NAN;
	into->growth_bytes = span ? (double)g->grown_bytes / seconds : NAN;
	for (size_t i = 0; i < g->count; i++)
		if (span && g->heads[i].certainty == LOST_LOST)
			g->heads[i].growth = (double)g->fresh[i] / seconds;
}

static int by_weight(const void *a, const void *b)
{
	const struct lost_head *x = a, *y = b;
	uint64_t u = x->bytes + x->indirect_bytes, v = y->bytes + y->indirect_bytes;

	if (x->certainty != y->certainty)
		return x->certainty < y->certainty ? 1 : -1;
	if (u != v)
		return u < v ? 1 : -1;
	return (x->address > y->address) - (x->address < y->address);
}

int heads_make(struct lost_marks *k, const struct lost_ages *a, const struct lost_folds *f,
               uint64_t time, const struct lost_course *course, struct heap_lost *into)
{
	struct groups *g = calloc(1, sizeof(*g));
	uint64_t word;

	if (!g)
		return -ENOMEM;
	int err = blocks_add(g, k, a, f, course, time, into);
	if (!err) {
		growth_fill(g, course->span, into);
		qsort(g->heads, g->count, sizeof(g->heads[0]), by_weight);
		into->head_count = g->count < HEAP_HEADS_MAX ? (unsigned)g->count : HEAP_HEADS_MAX;
		uint64_t left = g->left + g->count - into->head_count;
		into->head_left = left < UINT32_MAX ? (unsigned)left : UINT32_MAX;
		memcpy(into->heads, g->heads, into->head_count * sizeof(g->heads[0]));
	}
	for (unsigned i = 0; !err && i < into->head_count; i++) {
		memcpy(&word, into->heads[i].first, sizeof(word));
		if (into->heads[i].first_count >= sizeof(word))
			where_type(k->m, word, into->heads[i].type, sizeof(into->heads[i].type));
	}
	free(g);
	return err;
}
