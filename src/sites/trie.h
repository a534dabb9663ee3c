/* SPDX-License-Identifier: MIT */
#ifndef SITES_TRIE_H
#define SITES_TRIE_H

/*
 * Stacks, each stored once: a tree whose edges are addresses, from the outermost function inwards, so that
 * stacks share what they have in common. A stack is then one number.
 */

#include <stddef.h>
#include <stdint.h>

struct trie;

enum { TRIE_NONE = 0 }; /* the empty stack */

struct trie *trie_new(size_t max); /* nodes at most; NULL: no memory */
void trie_free(struct trie *t);

/* The number of this stack (innermost first), the same for the same stack; TRIE_NONE where there is no room. */
uint32_t trie_add(struct trie *t, const uint64_t *at, unsigned count);

/* The stack of a number into ret (innermost first, at most room). Returns how many. */
unsigned trie_get(const struct trie *t, uint32_t stack, uint64_t *ret, unsigned room);

size_t trie_count(const struct trie *t); /* nodes */

#endif
