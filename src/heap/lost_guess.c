/* SPDX-License-Identifier: MIT */
/*
 * Some owners keep no pointer to the begin of their block: old std::string points to its characters, behind
 * length, capacity and count; new T[n] to the first element, behind n; length-prefixed memory behind its length; a
 * second base class to its own table of virtual functions. Valgrind knows the same four. Of a chunk only its
 * size is known, not the bytes asked for, which are up to 15 fewer. Refuses to mark.
 */
#include <string.h>

#include "lost_internal.h"

enum { WORDS_LOOKED_AT = 64, VTABLE_KNOWN = 64 };

static bool is_code(const struct memory *m, uint64_t address)
{
	const struct memory_range *r = memory_find(m, address);

	return r && r->kind == MEMORY_FILE && (r->prot & MAP_EXEC);
}

/* Functions among its first words, in memory that belongs to an object. */
static bool vtable_look(struct lost_marks *k, uint64_t address)
{
	const struct memory_range *r = memory_find(k->m, address);
	uint64_t words[5];

	if (address % 8 || !r || r->kind != MEMORY_FILE || !(r->prot & MAP_READ))
		return false;
	ssize_t n = memory_read(k->m, address, words, sizeof(words));
	for (ssize_t i = 0; i < n / 8; i++)
		if (is_code(k->m, words[i]))
			return true;
	return false;
}

/* True when an address looks like a table of virtual functions. */
static bool guess_vtable(struct lost_marks *k, uint64_t address)
{
	uint64_t *slot = &k->vtables[(address >> 3) % VTABLE_KNOWN];

	if (address % 8 || address < 4096)
		return false;
	if ((*slot & ~(uint64_t)1) != address)
		*slot = address | vtable_look(k, address);
	return *slot & 1;
}

/* Could `bytes` be what malloc was asked for to give a block with so many usable bytes? */
static bool fits(uint64_t bytes, uint64_t usable)
{
	uint64_t least = usable > 24 ? usable - 15 : 0;

	return bytes >= least && bytes <= usable;
}

static bool is_array(const uint64_t *words, uint64_t usable)
{
	uint64_t n = words[0], room = usable - 8;

	/* The cookie counts elements; where it counts bytes these are elements of one byte. */
	return n && n <= room && fits(8 + room / n * n, usable);
}

static bool is_string(const uint64_t *words, uint64_t usable)
{
	return words[0] <= words[1] && words[1] < usable && fits(24 + words[1] + 1, usable);
}

static bool is_derived(struct lost_marks *k, const uint64_t *words, size_t count)
{
	if (!guess_vtable(k, words[0]))
		return false;
	for (size_t i = 1; i < count; i++)
		if (words[i] != words[0] && guess_vtable(k, words[i]))
			return true;
	return false;
}

bool guess_owner(struct lost_marks *k, uint32_t block, unsigned want)
{
	const struct heap_block *b = &k->walk->blocks[block];
	uint64_t words[WORDS_LOOKED_AT] = {0}, usable = index_usable(&k->index, b);
	size_t len = usable < sizeof(words) ? (size_t)usable : sizeof(words);

	if (usable < 24 || memory_read(k->m, b->address, words, len) != (ssize_t)len)
		return false;
	if ((want & MARK_WANT_AT8) && is_array(words, usable))
		return true;
	if ((want & MARK_WANT_AT24) && is_string(words, usable))
		return true;
	return is_derived(k, words, len / 8);
}

int guess_all(struct lost_marks *k)
{
	int err = 0;

	k->guessing = true;
	for (size_t i = 0; !err && i < k->walk->count; i++) {
		if (!(k->flags[i] & MARK_WANT) || (k->flags[i] & MARK_REACHED))
			continue;
		marks_push(k, (uint32_t)i);
		err = marks_drain(k);
	}
	return err;
}
