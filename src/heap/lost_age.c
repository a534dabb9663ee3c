/* SPDX-License-Identifier: MIT */
/*
 * What earlier scans found unreachable, and for how long without a change. A pointer that moves while we read
 * hides its block from one scan; hardly from three, and whoever uses a block changes it. Refuses to know why a block is
 * unreachable.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lost_internal.h"

/* Of a huge block the begin and the end stand for all: reading it whole would take as long as the scan. */
enum { HASH_BEGIN = 64 << 10, HASH_END = 4 << 10 };
enum { HEADER = 16 }; /* a chunk begins so many bytes before its block */

struct hasher {
	uint64_t h, next;
	uint64_t begin, first; /* address of the first word; it, 0 where it is not in memory */
};

static void hash_words(void *arg, uint64_t at, const uint8_t *bytes, size_t len)
{
	struct hasher *s = arg;

	/* Pages that come or go are a change; where one piece that was read ends and the next begins is none. */
	if (at != s->next)
		s->h = (s->h ^ at) * 0x9e3779b97f4a7c15u;
	s->next = at + len;
	if (at == s->begin && len >= sizeof(s->first))
		memcpy(&s->first, bytes, sizeof(s->first));
	for (size_t i = 0; i + 8 <= len; i += 8) {
		uint64_t word;
		memcpy(&word, bytes + i, sizeof(word));
		s->h = (s->h ^ word) * 0xff51afd7ed558ccdu;
		s->h ^= s->h >> 32;
	}
}

static int block_hash(struct lost_marks *k, uint32_t block, uint64_t limit, uint32_t *ret,
                      uint64_t *ret_first)
{
	const struct heap_block *b = &k->walk->blocks[block];
	uint64_t usable = index_usable(&k->index, b), end = b->address + usable;
	bool huge = usable > HASH_BEGIN + HASH_END;
	uint64_t first = huge ? b->address + HASH_BEGIN : end;
	struct hasher s = {b->size, b->address, b->address, 0};

	int err = reader_each(&k->aside, b->address, first, huge ? first : limit, hash_words, &s);
	if (!err && huge)
		err = reader_each(&k->aside, end - HASH_END, end, end, hash_words, &s);
	*ret = (uint32_t)(s.h ^ s.h >> 32);
	*ret_first = s.first;
	return err;
}

static bool is_twin(const struct lost_marks *k, const struct heap_block *b, uint64_t address)
{
	const struct heap_block *to = heap_walk_find(k->walk, address);

	return to && to != b && to->address == address && to->size == b->size;
}

/*
 * A list of freed blocks that moves while it is walked breaks off, and what lies behind that place passes for blocks
 * in use that nobody points to. Their first word tells: from glibc 2.32 on it is written as pointer ^ (its own address
 * >> 12), which nobody else does, and leads to a block of the same size (in fastbins to its header), or to none.
 */
static bool looks_freed(const struct lost_marks *k, const struct heap_block *b, uint64_t first)
{
	uint64_t next = first ^ b->address >> 12;

	if (!next)
		return true;
	return next % 16 == 0 && (is_twin(k, b, next) || is_twin(k, b, next + HEADER));
}

bool ages_uncertain(const struct lost_ages *a, const struct lost_marks *k)
{
	size_t j = 0;

	for (size_t i = 0; i < k->walk->count; i++) {
		uint64_t address = k->walk->blocks[i].address;
		if (!marks_suspect(k, (uint32_t)i))
			continue;
		while (j < a->count && a->items[j].address < address)
			j++;
		if (j == a->count || a->items[j].address != address || a->items[j].scans < a->need)
			return true;
	}
	return false;
}

/* Of all suspects that are none of the freed; these are none after it. */
static int hashes_make(struct lost_marks *k, size_t *count, uint32_t **ret)
{
	uint32_t *hashes = malloc((*count + 1) * sizeof(*hashes));
	const struct index_span *s = k->index.spans;
	uint64_t first;
	size_t n = 0;
	int err = hashes ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < k->walk->count; i++) {
		if (!marks_suspect(k, (uint32_t)i))
			continue;
		while (i >= s->first + s->count)
			s++;
		err = block_hash(k, (uint32_t)i, s->end, &hashes[n], &first);
		if (!err && looks_freed(k, &k->walk->blocks[i], first))
			k->flags[i] |= MARK_REACHED;
		else
			n++;
	}
	if (err)
		free(hashes);
	else
		*ret = hashes;
	*count = n;
	return err;
}

/* Throws away what is no suspect any more. */
static void ages_forget(struct lost_ages *a, const struct lost_marks *k)
{
	size_t kept = 0, i = 0;

	for (size_t j = 0; j < a->count; j++) {
		while (i < k->walk->count && k->walk->blocks[i].address < a->items[j].address)
			i++;
		if (i < k->walk->count && k->walk->blocks[i].address == a->items[j].address &&
		    marks_suspect(k, (uint32_t)i))
			a->items[kept++] = a->items[j];
	}
	a->count = kept;
}

/* Makes room for new suspects among the old ones: from the end, in place. */
static void ages_spread(struct lost_ages *a, const struct lost_marks *k, size_t count)
{
	size_t to = count, from = a->count;

	for (size_t i = k->walk->count; i-- > 0;) {
		uint64_t address = k->walk->blocks[i].address;
		if (!marks_suspect(k, (uint32_t)i))
			continue;
		if (from && a->items[from - 1].address == address)
			a->items[--to] = a->items[--from];
		else
			a->items[--to] = (struct lost_age){.address = address};
	}
	a->count = count;
}

static void ages_turn(struct lost_ages *a, const struct lost_marks *k, const uint32_t *hashes,
                      uint64_t time)
{
	struct lost_age *age = a->items;

	for (size_t i = 0; i < k->walk->count; i++) {
		if (!marks_suspect(k, (uint32_t)i))
			continue;
		bool possibly = k->flags[i] & MARK_POSSIBLY;
		uint32_t hash = hashes[age - a->items];
		if (!age->scans || age->hash != hash || age->possibly != possibly) {
			age->scans = 0;
			age->since = time;
		}
		age->hash = hash;
		age->possibly = possibly;
		age->scans++;
		age++;
	}
}

static unsigned level_of(const struct lost_age *age, unsigned less)
{
	return age->scans - less < AGE_LEVELS ? age->scans - less : AGE_LEVELS - 1;
}

/* Before a scan counts: half of what was known, and those who are put to the test now, as if all failed. */
static void levels_begin(struct lost_ages *a)
{
	for (int i = 0; i < AGE_LEVELS; i++) {
		a->seen[i] /= 2;
		a->back[i] /= 2;
	}
	for (size_t i = 0; i < a->count; i++) {
		a->seen[level_of(&a->items[i], 0)]++;
		a->back[level_of(&a->items[i], 0)]++;
	}
}

/*
 * Where one in a hundred suspects comes back after so many scans, it takes two more to be certain: in a list whose head
 * moves all the time the tail, which never changes, may well be missed three times.
 */
static void levels_end(struct lost_ages *a)
{
	for (size_t i = 0; i < a->count; i++)
		if (a->items[i].scans > 1)
			a->back[level_of(&a->items[i], 1)]--;
	a->need = LOST_SCANS_LOST;
	for (unsigned i = LOST_SCANS_LOST - 1; i + 2 < AGE_LEVELS; i++)
		if (a->back[i] > 0.5 && a->back[i] * 100 > a->seen[i])
			a->need = i + 2;
}

int ages_take(struct lost_ages *a, struct lost_marks *k, uint64_t time)
{
	uint32_t *hashes = NULL;
	size_t count = 0;

	for (size_t i = 0; i < k->walk->count; i++)
		count += marks_suspect(k, (uint32_t)i);
	k->aside.len = 0;
	int err = hashes_make(k, &count, &hashes);
	if (err)
		return err;
	size_t room = count > a->count ? count : a->count;
	struct lost_age *items = realloc(a->items, (room + 1) * sizeof(*items));
	if (items) {
		a->items = items;
		levels_begin(a);
		ages_forget(a, k);
		ages_spread(a, k, count);
		ages_turn(a, k, hashes, time);
		levels_end(a);
	}
	free(hashes);
	return items ? 0 : -ENOMEM;
}

enum lost_certainty age_certainty(const struct lost_ages *a, const struct lost_age *age,
                                  uint64_t time)
{
	/*
	 * The only pointer to it may be in memory that is swapped out, scan after scan: that it is not seen again
	 * and again adds nothing then.
	 */
	if (!a->unread && age->scans >= a->need && time - age->since >= LOST_AGE)
		return LOST_LOST;
	return age->scans >= LOST_SCANS_PROBABLE ? LOST_PROBABLE : LOST_SUSPECT;
}
