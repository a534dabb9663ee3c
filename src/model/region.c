/* SPDX-License-Identifier: MIT */
/*
 * Knows regions and tables as they are held, weighed and named. Refuses to know how they are made
 * (the tracker) and how a name becomes safe to print.
 */
#include "model/region.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proc/mapping.h"

/* The records of a table lie anywhere: one is asked for while those before it are worked on. */
enum { ROWS_AHEAD = 16 };

struct region *region_ref(struct region *r)
{
	atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
	return r;
}

void region_unref(struct region *r)
{
	if (r && atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) == 1)
		free(r);
}

struct region_table *region_table_ref(struct region_table *t)
{
	atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
	return t;
}

void region_table_unref(struct region_table *t)
{
	if (!t || atomic_fetch_sub_explicit(&t->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < t->count; i++) {
		if (i + ROWS_AHEAD < t->count)
			__builtin_prefetch(t->rows[i + ROWS_AHEAD], 1);
		region_unref(t->rows[i]);
	}
	free(t);
}

const struct region *region_table_find(const struct region_table *t, uint64_t id)
{
	for (size_t i = 0; t && i < t->count; i++) {
		if (t->rows[i]->id == id)
			return t->rows[i];
	}
	return NULL;
}

/* Shared memory and files hold no anonymous pages of ours: there RSS is what a leak fills. */
static bool weighs_by_rss(enum region_kind kind)
{
	return kind == REGION_SHM || kind == REGION_FILE || kind == REGION_TEXT ||
	       kind == REGION_RODATA || kind == REGION_OTHER || kind == REGION_VDSO;
}

uint64_t region_weight(const struct region *r)
{
	uint64_t swap = known_or(r->bytes[SMAPS_SWAP], 0);
	uint64_t lazy = known_or(r->bytes[SMAPS_LAZYFREE], 0);

	if (r->kind == REGION_HUGE) /* hugetlb pages are in neither Rss nor Anonymous */
		return known(r->bytes[SMAPS_PRIVATE_HUGETLB])
		               ? known_add(r->bytes[SMAPS_PRIVATE_HUGETLB],
		                           known_or(r->bytes[SMAPS_SHARED_HUGETLB], 0))
		               : r->bytes[SMAPS_SHARED_HUGETLB];
	if (weighs_by_rss(r->kind))
		return known_add(r->bytes[SMAPS_RSS], swap);
	return known_add(known_sub(r->bytes[SMAPS_ANONYMOUS], lazy), swap);
}

static const char *label_of_kind(enum region_kind kind)
{
	switch (kind) {
	case REGION_HEAP:
		return "heap";
	case REGION_ARENA:
		return "malloc arena";
	case REGION_STACK:
		return "stack of a thread";
	case REGION_MAIN_STACK:
		return "main stack";
	case REGION_BSS:
		return "zeroed variables (bss)";
	case REGION_JIT:
		return "generated code";
	case REGION_RESERVED:
		return "reserved";
	default:
		return "anonymous";
	}
}

void region_label(const struct region *r, char *out, size_t size)
{
	if (!size)
		return;
	if (!r->name_len) {
		snprintf(out, size, "%s", label_of_kind(r->kind));
		return;
	}
	size_t n = r->name_len < size - 1 ? r->name_len : size - 1;
	memcpy(out, r->name, n);
	out[n] = '\0';
}

char *region_perms(unsigned prot, char out[5])
{
	out[0] = prot & MAP_READ ? 'r' : '-';
	out[1] = prot & MAP_WRITE ? 'w' : '-';
	out[2] = prot & MAP_EXEC ? 'x' : '-';
	out[3] = prot & MAP_MAYSHARE ? 's' : 'p';
	out[4] = '\0';
	return out;
}
