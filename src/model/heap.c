/* SPDX-License-Identifier: MIT */
/* The words and the life of what was found in a heap. Refuses to find anything itself. */
#include "model/heap.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const char *const lost_certainty_words[LOST_CERTAINTY_COUNT] = {
        [LOST_SUSPECT] = "suspect",
        [LOST_PROBABLE] = "probable",
        [LOST_LOST] = "lost",
};

const char *const lost_kind_words[LOST_KIND_COUNT] = {
        [LOST_DEFINITELY] = "definitely",
        [LOST_POSSIBLY] = "possibly",
};

const char *const heap_phase_words[HEAP_PHASE_COUNT] = {
        [HEAP_OFF] = "off",
        [HEAP_OPENING] = "finding the allocator",
        [HEAP_CENSUS] = "counting blocks",
        [HEAP_MARKING] = "looking for pointers",
        [HEAP_RESTING] = "resting",
        [HEAP_STOPPED] = "stopped",
        [HEAP_FAILED] = "failed",
};

struct heap_facts *heap_facts_new(void)
{
	struct heap_facts *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	atomic_init(&f->refs, 1);
	f->resident = UNKNOWN;
	f->layout_confidence = NAN;
	return f;
}

struct heap_facts *heap_facts_ref(struct heap_facts *f)
{
	atomic_fetch_add_explicit(&f->refs, 1, memory_order_relaxed);
	return f;
}

void heap_facts_unref(struct heap_facts *f)
{
	if (!f || atomic_fetch_sub_explicit(&f->refs, 1, memory_order_acq_rel) != 1)
		return;
	free(f->arenas);
	free(f->classes);
	free(f->lost);
	free(f);
}

size_t heap_facts_bytes(const struct heap_facts *f)
{
	return sizeof(*f) + f->arena_rows * sizeof(*f->arenas) +
	       f->class_count * sizeof(*f->classes) + (f->lost ? sizeof(*f->lost) : 0);
}

uint64_t heap_kept(const struct heap_facts *f)
{
	const struct heap_arena *t = &f->total;

	return f->walked ? t->cached_bytes + t->fast_bytes + t->free_bytes + t->top_bytes : UNKNOWN;
}

char *heap_class_name(const struct heap_class *c, char *out, size_t size)
{
	if (c->low == c->high)
		snprintf(out, size, "%" PRIu64, c->low);
	else
		snprintf(out, size, "%" PRIu64 "-%" PRIu64, c->low, c->high);
	return out;
}

void heap_progress_init(struct heap_progress *p)
{
	*p = (struct heap_progress){.next = UNKNOWN};
}
