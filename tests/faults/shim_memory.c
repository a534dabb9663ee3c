/* SPDX-License-Identifier: MIT */
/* Memory. Knows that the real functions are wanted before they are found. */
#include "shim.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Until the real ones are found, and for finding them. */
static _Alignas(16) char early[1 << 16];
static size_t early_used;
static bool finding;
static void *(*real_malloc)(size_t);
static void *(*real_calloc)(size_t, size_t);
static void *(*real_realloc)(void *, size_t);
static void (*real_free)(void *);

static bool found_memory(void)
{
	if (real_free)
		return true;
	if (finding)
		return false;
	finding = true;
	shim_find(&real_malloc, "malloc");
	shim_find(&real_calloc, "calloc");
	shim_find(&real_realloc, "realloc");
	shim_find(&real_free, "free");
	finding = false;
	return true;
}

static bool is_early(const void *p)
{
	return (const char *)p >= early && (const char *)p < early + sizeof(early);
}

static void *early_take(size_t n)
{
	void *p = early + early_used;

	early_used += (n + 15) & ~(size_t)15;
	return early_used <= sizeof(early) ? p : NULL;
}

void *malloc(size_t n)
{
	if (shim_due(FAULT_MALLOC, "malloc"))
		return NULL;
	return found_memory() ? real_malloc(n) : early_take(n);
}

void *calloc(size_t n, size_t size)
{
	if (shim_due(FAULT_MALLOC, "calloc"))
		return NULL;
	return found_memory() ? real_calloc(n, size) : early_take(n * size);
}

void *realloc(void *p, size_t n)
{
	if (shim_due(FAULT_MALLOC, "realloc"))
		return NULL;
	if (!is_early(p))
		return found_memory() ? real_realloc(p, n) : early_take(n);
	void *moved = found_memory() ? real_malloc(n) : early_take(n);
	size_t left = (size_t)(early + sizeof(early) - (char *)p);
	if (moved)
		memcpy(moved, p, n < left ? n : left);
	return moved;
}

void *reallocarray(void *p, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(p, bytes);
}

void free(void *p)
{
	if (p && !is_early(p) && found_memory())
		real_free(p);
}
