/* SPDX-License-Identifier: MIT */
/*
 * Knows which stacks were seen, and gives each a number; refuses to know what lies at their addresses.
 *
 * A node is an address below its parent; a table finds the node of (parent, address). Nodes never move and never go: the
 * number of a stack is that of the node of its innermost address, and the way back to the root is the stack.
 */
#include "sites/trie.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/array.h"

enum { SLOTS_BEGIN = 1024 };

struct node {
	uint64_t at;
	uint32_t parent;
};

struct trie {
	size_t max, count, room; /* nodes, the root left out */
	struct node *nodes;      /* the node of number n is nodes[n - 1] */
	size_t slot_count;       /* a power of two */
	uint32_t *slots;         /* numbers; 0: free */
};

struct trie *trie_new(size_t max)
{
	struct trie *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->max = max < UINT32_MAX ? max : UINT32_MAX - 1;
	t->slot_count = SLOTS_BEGIN;
	t->slots = calloc(t->slot_count, sizeof(*t->slots));
	if (t->slots)
		return t;
	free(t);
	return NULL;
}

void trie_free(struct trie *t)
{
	if (!t)
		return;
	free(t->nodes);
	free(t->slots);
	free(t);
}

static uint64_t mixed(uint64_t at, uint32_t parent)
{
	uint64_t h = at + 0x9e3779b97f4a7c15u * ((uint64_t)parent + 1);

	h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9u;
	h = (h ^ h >> 27) * 0x94d049bb133111ebu;
	return h ^ h >> 31;
}

/* The slot of this node, or the free one where it belongs. */
static size_t slot_of(const struct trie *t, uint64_t at, uint32_t parent)
{
	size_t slot = mixed(at, parent) & (t->slot_count - 1);

	while (t->slots[slot]) {
		const struct node *n = &t->nodes[t->slots[slot] - 1];
		if (n->at == at && n->parent == parent)
			break;
		slot = (slot + 1) & (t->slot_count - 1);
	}
	return slot;
}

/* Keeps a quarter of the slots free, so that a search ends soon. */
static bool slots_room(struct trie *t)
{
	uint32_t *old = t->slots;

	if ((t->count + 1) * 4 <= t->slot_count * 3)
		return true;
	uint32_t *slots = calloc(t->slot_count * 2, sizeof(*slots));
	if (!slots)
		return false;
	t->slots = slots;
	t->slot_count *= 2;
	for (size_t i = 0; i < t->count; i++)
		slots[slot_of(t, t->nodes[i].at, t->nodes[i].parent)] = (uint32_t)i + 1;
	free(old);
	return true;
}

/* The number of the child of `parent` at this address, a new one where there was none; TRIE_NONE: no room. */
static uint32_t child(struct trie *t, uint32_t parent, uint64_t at)
{
	size_t slot = slot_of(t, at, parent);

	if (t->slots[slot])
		return t->slots[slot];
	if (t->count >= t->max || !slots_room(t) ||
	    !array_room((void **)&t->nodes, t->count, &t->room, sizeof(*t->nodes)))
		return TRIE_NONE;
	slot = slot_of(t, at, parent);
	t->nodes[t->count++] = (struct node){.at = at, .parent = parent};
	return t->slots[slot] = (uint32_t)t->count;
}

uint32_t trie_add(struct trie *t, const uint64_t *at, unsigned count)
{
	uint32_t n = TRIE_NONE;

	while (count--) {
		n = child(t, n, at[count]);
		if (n == TRIE_NONE)
			return TRIE_NONE;
	}
	return n;
}

unsigned trie_get(const struct trie *t, uint32_t stack, uint64_t *ret, unsigned room)
{
	unsigned count = 0;

	for (uint32_t n = stack; n != TRIE_NONE && n <= t->count && count < room;
	     n = t->nodes[n - 1].parent)
		ret[count++] = t->nodes[n - 1].at;
	return count;
}

size_t trie_count(const struct trie *t)
{
	return t->count;
}
