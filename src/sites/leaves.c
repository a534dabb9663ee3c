/* SPDX-License-Identifier: MIT */
/* Knows which addresses are one place in the source. Refuses to guess where there is no name. */
#include "sites/leaves.h"

#include <stdlib.h>
#include <string.h>

enum { LEAVES_MAX = 1 << 16 }; /* beyond, each address stands for itself */

/* By a key that is not 0, an address. */
struct pairs {
	size_t size, used; /* size is a power of two, or 0 */
	struct pair {
		uint64_t key, address;
	} * at;
};

struct leaves {
	struct site_names *names;
	struct symbols *symbols;
	struct pairs known;  /* by address: the one that stands for it */
	struct pairs places; /* by a hash of the place: the first address that was there */
	struct pairs calls;  /* the same of places that called the runtime */
};

struct leaves *leaves_new(struct site_names *names, struct symbols *symbols)
{
	struct leaves *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->names = names;
	l->symbols = symbols;
	return l;
}

void leaves_free(struct leaves *l)
{
	if (!l)
		return;
	free(l->known.at);
	free(l->places.at);
	free(l->calls.at);
	free(l);
}

static struct pair *pair_slot(const struct pairs *p, uint64_t key)
{
	uint64_t hash = key * 0x9e3779b97f4a7c15u;
	size_t slot = (hash ^ hash >> 32) & (p->size - 1);

	while (p->at[slot].key && p->at[slot].key != key)
		slot = (slot + 1) & (p->size - 1);
	return &p->at[slot];
}

static bool pairs_room(struct pairs *p)
{
	struct pairs more = {.size = p->size ? 2 * p->size : 256, .used = p->used};

	if (p->used * 4 < p->size * 3)
		return true;
	more.at = p->used < LEAVES_MAX ? calloc(more.size, sizeof(*more.at)) : NULL;
	if (!more.at)
		return false;
	for (size_t i = 0; i < p->size; i++)
		if (p->at[i].key)
			*pair_slot(&more, p->at[i].key) = p->at[i];
	free(p->at);
	*p = more;
	return true;
}

/* What is kept by this key: `address` where that is new. */
static uint64_t pairs_keep(struct pairs *p, uint64_t key, uint64_t address)
{
	if (!key || !pairs_room(p))
		return address;
	struct pair *pair = pair_slot(p, key);
	if (!pair->key) {
		*pair = (struct pair){key, address};
		p->used++;
	}
	return pair->address;
}

static uint64_t hash_text(uint64_t h, const char *s)
{
	for (; *s; s++)
		h = (h ^ (uint8_t)*s) * 0x100000001b3u;
	return (h ^ 0xff) * 0x100000001b3u;
}

/* Of the place in the source that an address belongs to, without its innermost `from` levels; 0: not known. */
static uint64_t place_hash(const struct site_names *names, uint64_t address, size_t from)
{
	uint64_t h = 0xcbf29ce484222325u;
	size_t count;
	const struct site_name *n = site_names_get(names, address, &count);

	if (from >= count || (!site_names_text(names, n[from].function)[0] && !n[from].runtime))
		return 0;
	for (size_t i = from; i < count; i++) {
		h = hash_text(h, site_names_text(names, n[i].module));
		h = hash_text(h, site_names_text(names, n[i].function));
		h = (h ^ (n[i].runtime ? 0 : n[i].line)) * 0x100000001b3u;
	}
	return h;
}

uint64_t leaves_get(struct leaves *l, uint64_t address)
{
	if (l->known.size) {
		const struct pair *pair = pair_slot(&l->known, address);
		if (pair->key)
			return pair->address;
	}
	site_names_ask(l->names, l->symbols, &address, 1);
	uint64_t first = pairs_keep(&l->places, place_hash(l->names, address, 0), address);
	return pairs_keep(&l->known, address, first);
}

/* All levels of it, whatever was inlined there. */
static bool is_runtime(struct leaves *l, uint64_t address)
{
	size_t count;

	site_names_ask(l->names, l->symbols, &address, 1);
	const struct site_name *n = site_names_get(l->names, address, &count);
	for (size_t i = 0; i < count; i++)
		if (!n[i].runtime)
			return false;
	return count > 0;
}

static unsigned runtime_count(struct leaves *l, const struct stack_unwound *u)
{
	unsigned n = 0;

	while (n < u->count && is_runtime(l, u->at[n]))
		n++;
	return n;
}

/* The call that stands for this address, which may lie in what was inlined into the same line, the outermost; 0: none. */
static uint64_t call_around(const struct leaves *l, uint64_t address)
{
	uint64_t found = 0, hash;

	for (size_t from = 0; l->calls.size && (hash = place_hash(l->names, address, from));
	     from++) {
		const struct pair *pair = pair_slot(&l->calls, hash);
		found = pair->key ? pair->address : found;
	}
	return found;
}

static void frames_drop(struct stack_unwound *u, unsigned n)
{
	u->count -= n;
	memmove(u->at, u->at + n, u->count * sizeof(u->at[0]));
}

void leaves_fold(struct leaves *l, struct stack_unwound *u)
{
	unsigned n = runtime_count(l, u);
	bool calls = n && n < u->count;

	if (calls)
		frames_drop(u, n);
	uint64_t leaf = leaves_get(l, u->at[0]), call = call_around(l, u->at[0]);
	if (calls && !call)
		pairs_keep(&l->calls, place_hash(l->names, leaf, 0), leaf);
	u->at[0] = call ? call : leaf;
}

void leaves_fold_hidden(struct leaves *l, struct stack_unwound *u)
{
	if (u->count && runtime_count(l, u) == u->count)
		frames_drop(u, u->count - 1);
}
