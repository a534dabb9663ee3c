/* SPDX-License-Identifier: MIT */
/* Knows pieces, one behind the other. Refuses to know who wants them, and to use one a second time. */
#include "sites/place_pool.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct piece {
	alignas(max_align_t) size_t size;
	alignas(max_align_t) unsigned char bytes[];
};

/* Functions without an argument of their own find it here. */
static _Thread_local struct pool {
	unsigned char *bytes; /* NULL: none */
	size_t left, used;
} pool;

bool place_pool_begin(size_t bytes)
{
	pool = (struct pool){.bytes = malloc(bytes), .left = bytes};
	return pool.bytes != NULL;
}

void place_pool_end(void)
{
	free(pool.bytes);
	pool = (struct pool){0};
}

void *place_pool_malloc(size_t bytes)
{
	const size_t unit = alignof(struct piece);
	size_t whole;

	if (!pool.bytes || __builtin_add_overflow(bytes, sizeof(struct piece) + unit - 1, &whole))
		return NULL;
	whole -= whole % unit;
	if (whole > pool.left)
		return NULL;
	struct piece *p = (struct piece *)(void *)(pool.bytes + pool.used);
	pool.used += whole;
	pool.left -= whole;
	p->size = bytes;
	return p->bytes;
}

void *place_pool_calloc(size_t count, size_t bytes)
{
	size_t all;

	if (__builtin_mul_overflow(count, bytes, &all))
		return NULL;
	void *p = place_pool_malloc(all);
	if (p)
		memset(p, 0, all);
	return p;
}

void *place_pool_realloc(void *p, size_t bytes)
{
	void *moved = place_pool_malloc(bytes);

	if (!moved || !p)
		return moved;
	const struct piece *old =
	        (const void *)((unsigned char *)p - offsetof(struct piece, bytes));
	memcpy(moved, p, old->size < bytes ? old->size : bytes);
	return moved;
}

void place_pool_free(void *p)
{
	(void)p;
}
