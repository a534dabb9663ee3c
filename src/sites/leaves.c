/* SPDX-License-Identifier: MIT */
/* Knows which addresses are one place in the source. Refuses to guess where there is no name. */
#include "sites/leaves.h"

#include <stdlib.h>

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

/* Of the place in the source that an address belongs to; 0: not known. */
static uint64_t place_hash(const struct site_names *names, uint64_t address)
{
	uint64_t h = 0xcbf29ce484222325u;
	size_t count;
	const struct site_name *n = site_names_get(names, address, &count);

	if (!count || (!site_names_text(names, n->function)[0] && !n->runtime))
		return 0;
	for (size_t i = 0; i < count; i++) {
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
	uint64_t first = pairs_keep(&l->places, place_hash(l->names, address), address);
	return pairs_keep(&l->known, address, first);
}
