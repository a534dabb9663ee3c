/* SPDX-License-Identifier: MIT */
/*
 * Knows how a heap looks that tests show. Refuses to know how it would be found.
 */
#include "support_heap.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "support_moment.h"

#define MB (1ull << 20)

enum { LOOKS = 60, SPAN_S = 295, SCANS = 8 };

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

/* --- sizes ---------------------------------------------------------------------------------------- */

static const struct {
	uint64_t low, high, blocks;
	double growth; /* blocks a second */
	bool steady;
} sizes[SUPPORT_HEAP_CLASSES] = {
        {528, 528, 121904, 193.9, true}, {48, 48, 18406, 0.4, false},   {4112, 4112, 96, 0, false},
        {1040, 1040, 410, 0, false},     {139264, 143344, 4, 0, false}, {32, 32, 24210, 0, false},
        {64, 64, 9120, -0.2, false},     {160, 160, 1870, 0, false},    {80, 80, 3304, 0, false},
        {112, 112, 2210, 0, false},      {272, 272, 640, 0, false},     {8208, 8208, 12, 0, false},
};

static struct heap_class *classes_make(void)
{
	struct heap_class *all = must(calloc(SUPPORT_HEAP_CLASSES, sizeof(*all)));

	for (unsigned i = 0; i < SUPPORT_HEAP_CLASSES; i++) {
		struct heap_class *c = &all[i];
		double grown = sizes[i].growth * SPAN_S;
		c->low = sizes[i].low;
		c->high = sizes[i].high;
		c->blocks = sizes[i].blocks;
		c->bytes = c->blocks * (c->low + c->high) / 2;
		c->first_blocks = (uint64_t)((double)c->blocks - grown);
		c->growth_blocks = sizes[i].growth;
		c->growth_bytes = sizes[i].growth * (double)(c->low + c->high) / 2;
		c->steady = sizes[i].steady;
		c->spark_count = SPARK_POINTS;
		for (unsigned p = 0; p < SPARK_POINTS; p++)
			c->spark[p] = (uint32_t)((double)c->blocks -
			                         grown * (SPARK_POINTS - 1 - p) / SPARK_POINTS);
	}
	return all;
}

/* --- arenas --------------------------------------------------------------------------------------- */

static const struct heap_arena arenas[SUPPORT_HEAP_ARENAS] = {
        {.address = 0x7f1018a1ac80,
         .main = true,
         .size = 74395648,
         .live_blocks = 174214,
         .live_bytes = 65734880,
         .cached_blocks = 412,
         .cached_bytes = 61440,
         .fast_blocks = 17,
         .fast_bytes = 816,
         .free_blocks = 1290,
         .free_bytes = 8373024,
         .top_bytes = 221184,
         .own_bytes = 4304,
         .largest_free = 262160,
         .trimmable = 4947968,
         .torn = 2},
        {.address = 0x7f1008000030,
         .size = 6291456,
         .live_blocks = 6810,
         .live_bytes = 2252800,
         .cached_blocks = 96,
         .cached_bytes = 18432,
         .free_blocks = 220,
         .free_bytes = 3932160,
         .top_bytes = 84992,
         .own_bytes = 3072,
         .largest_free = 1966096,
         .trimmable = 3604480},
        {.address = 0x7f1010000030,
         .size = 1048576,
         .live_blocks = 1158,
         .live_bytes = 524288,
         .cached_blocks = 30,
         .cached_bytes = 4096,
         .free_blocks = 12,
         .free_bytes = 32768,
         .top_bytes = 483328,
         .own_bytes = 4096,
         .largest_free = 483328,
         .trimmable = 450560},
        {.size = 565248, .live_blocks = 4, .live_bytes = 565216},
};

static void arena_add(struct heap_arena *sum, const struct heap_arena *a)
{
	sum->size += a->size;
	sum->live_blocks += a->live_blocks;
	sum->live_bytes += a->live_bytes;
	sum->cached_blocks += a->cached_blocks;
	sum->cached_bytes += a->cached_bytes;
	sum->fast_blocks += a->fast_blocks;
	sum->fast_bytes += a->fast_bytes;
	sum->free_blocks += a->free_blocks;
	sum->free_bytes += a->free_bytes;
	sum->top_bytes += a->top_bytes;
	sum->own_bytes += a->own_bytes;
	sum->trimmable += a->trimmable;
	sum->torn += a->torn;
	if (a->largest_free > sum->largest_free)
		sum->largest_free = a->largest_free;
}

static void arenas_take(struct heap_facts *f, const struct heap_arena *from, unsigned count)
{
	free(f->arenas);
	f->arenas = must(calloc(count, sizeof(*f->arenas)));
	f->arena_count = f->arena_rows = count;
	f->total = (struct heap_arena){0};
	for (unsigned i = 0; i < count; i++) {
		f->arenas[i] = from[i];
		arena_add(&f->total, &from[i]);
	}
}

/* --- lost blocks ---------------------------------------------------------------------------------- */

static void first_set(struct lost_head *h, const void *bytes, size_t count)
{
	memset(h->first, 0, sizeof(h->first));
	memcpy(h->first, bytes, count);
	h->first_count = (uint8_t)(h->size - 8 < HEAP_BYTES_SHOWN ? h->size - 8 : HEAP_BYTES_SHOWN);
}

static const struct lost_head heads[SUPPORT_HEAP_HEADS] = {
        {.address = 0x55d0e2b41a30,
         .size = 528,
         .kind = LOST_DEFINITELY,
         .certainty = LOST_LOST,
         .twins = 30712,
         .bytes = 30712 * 528,
         .scans = SCANS,
         .since = 440 * NS_PER_S,
         .growth = 193.4,
         .type = "vtable for Session"},
        {.address = 0x55d0e1c03f10,
         .size = 272,
         .kind = LOST_DEFINITELY,
         .certainty = LOST_LOST,
         .twins = 12,
         .bytes = 12 * 272,
         .indirect_blocks = 24,
         .indirect_bytes = 1920,
         .scans = SCANS,
         .since = 440 * NS_PER_S,
         .growth = 0},
        {.address = 0x55d0e1c10010,
         .size = 1040,
         .kind = LOST_POSSIBLY,
         .certainty = LOST_LOST,
         .twins = 3,
         .bytes = 3 * 1040,
         .scans = 6,
         .since = 520 * NS_PER_S,
         .growth = 0},
        {.address = 0x7f1008012340,
         .size = 80,
         .kind = LOST_DEFINITELY,
         .certainty = LOST_PROBABLE,
         .twins = 7,
         .bytes = 7 * 80,
         .scans = 2,
         .since = 590 * NS_PER_S,
         .growth = (double)NAN},
        {.address = 0x7f1008045670,
         .size = 32,
         .kind = LOST_DEFINITELY,
         .certainty = LOST_SUSPECT,
         .twins = 1,
         .bytes = 32,
         .scans = 1,
         .since = 599 * NS_PER_S,
         .growth = (double)NAN},
};

static void heads_set(struct heap_lost *l)
{
	static const char session[] = "\x50\xdd\x2a\xe0\xd0\x55\0\0\x01\0\0\0\0\0\0\0basket-20431";
	static const char request[] = "GET /basket?id=20431 HTTP/1.1\r\nHost: shop";
	static const char inner[] = "\x20\x00\xc1\xe1\xd0\x55";

	memcpy(l->heads, heads, sizeof(heads));
	l->head_count = SUPPORT_HEAP_HEADS;
	first_set(&l->heads[0], session, sizeof(session) - 1);
	first_set(&l->heads[1], request, sizeof(request) - 1);
	first_set(&l->heads[2], "\0\0\0\0\0\0\0\0price list", 18);
	first_set(&l->heads[3], inner, sizeof(inner) - 1);
	first_set(&l->heads[4], "tmp", 3);
}

static struct heap_lost *lost_make(void)
{
	struct heap_lost *l = must(calloc(1, sizeof(*l)));

	l->scans = SCANS;
	l->time = 597 * NS_PER_S;
	l->took = 46 * NS_PER_MS;
	heads_set(l);
	l->by_certainty[LOST_LOST] = 30727;
	l->by_certainty[LOST_PROBABLE] = 7;
	l->by_certainty[LOST_SUSPECT] = 1;
	l->definitely_blocks = 30724;
	l->definitely_bytes = 30712 * 528 + 12 * 272;
	l->indirectly_blocks = 24;
	l->indirectly_bytes = 1920;
	l->possibly_blocks = 3;
	l->possibly_bytes = 3 * 1040;
	l->reachable_blocks = 151427;
	l->reachable_bytes = 52852352;
	l->suspect_blocks = 8;
	l->suspect_bytes = 592;
	l->growth_blocks = 193.4;
	l->growth_bytes = 193.4 * 528;
	l->root_bytes = 22 * MB;
	l->whole_stacks = 1;
	return l;
}

/* --- the facts ------------------------------------------------------------------------------------ */

struct heap_facts *support_heap(void)
{
	struct heap_facts *f = must(heap_facts_new());

	f->allocator = ALLOCATOR_GLIBC;
	f->walked = true;
	snprintf(f->layout, sizeof(f->layout), "glibc 2.36");
	f->layout_confidence = 0.98;
	f->time = 597 * NS_PER_S;
	f->took = 84 * NS_PER_MS;
	f->looks = LOOKS;
	f->span = SPAN_S * NS_PER_S;
	arenas_take(f, arenas, SUPPORT_HEAP_ARENAS);
	f->resident = 78 * MB;
	f->class_count = SUPPORT_HEAP_CLASSES;
	f->classes = classes_make();
	f->lost = lost_make();
	return f;
}

/* What one scan cannot know is unknown or nothing. */
static void lost_forget(struct heap_lost *l)
{
	l->scans = 1;
	l->definitely_blocks = l->definitely_bytes = 0;
	l->indirectly_blocks = l->indirectly_bytes = 0;
	l->possibly_blocks = l->possibly_bytes = 0;
	memset(l->by_certainty, 0, sizeof(l->by_certainty));
	l->by_certainty[LOST_SUSPECT] = l->suspect_blocks = 43192;
	l->suspect_bytes = 43192 * 512;
	l->growth_blocks = l->growth_bytes = NAN;
	for (unsigned i = 0; i < l->head_count; i++) {
		l->heads[i].certainty = LOST_SUSPECT;
		l->heads[i].scans = 1;
		l->heads[i].since = l->time;
		l->heads[i].growth = NAN;
	}
}

struct heap_facts *support_heap_first(void)
{
	struct heap_facts *f = support_heap();

	f->looks = 1;
	f->span = 0;
	for (unsigned i = 0; i < f->class_count; i++) {
		struct heap_class *c = &f->classes[i];
		c->first_blocks = c->blocks;
		c->growth_blocks = c->growth_bytes = NAN;
		c->steady = false;
		c->spark[0] = (uint32_t)c->blocks;
		c->spark_count = 1;
	}
	lost_forget(f->lost);
	return f;
}

struct heap_facts *support_heap_kept(void)
{
	static const struct heap_arena kept = {
	        .address = 0x7f1018a1ac80,
	        .main = true,
	        .size = 2150 * MB,
	        .live_blocks = 421034,
	        .live_bytes = 402 * MB,
	        .cached_blocks = 7004,
	        .cached_bytes = 2 * MB,
	        .free_blocks = 90210,
	        .free_bytes = 1700 * MB,
	        .top_bytes = 44 * MB,
	        .own_bytes = MB,
	        .largest_free = 512 * MB,
	        .trimmable = 1640 * MB,
	};
	struct heap_facts *f = support_heap();

	arenas_take(f, &kept, 1);
	f->resident = 2146 * MB;
	for (unsigned i = 0; i < f->class_count; i++) {
		struct heap_class *c = &f->classes[i];
		c->first_blocks = c->blocks;
		c->growth_blocks = c->growth_bytes = 0;
		c->steady = false;
		for (unsigned p = 0; p < SPARK_POINTS; p++)
			c->spark[p] = (uint32_t)c->blocks;
	}
	free(f->lost);
	f->lost = must(calloc(1, sizeof(*f->lost)));
	f->lost->scans = SCANS;
	f->lost->reachable_blocks = kept.live_blocks;
	f->lost->reachable_bytes = kept.live_bytes;
	return f;
}

struct heap_facts *support_heap_jemalloc(void)
{
	struct heap_facts *f = must(heap_facts_new());

	f->allocator = ALLOCATOR_JEMALLOC;
	snprintf(f->why, sizeof(f->why),
	         "jemalloc recognised from the mappings: block sizes are not available");
	f->time = 12 * NS_PER_S;
	f->took = 2 * NS_PER_MS;
	f->looks = 1;
	return f;
}

struct heap_facts *support_heap_called(const char *name)
{
	struct heap_facts *f = support_heap();
	size_t n = strlen(name);

	for (unsigned i = 0; i < f->lost->head_count; i++) {
		first_set(&f->lost->heads[i], name, n < 24 ? n : 24);
		snprintf(f->lost->heads[i].type, HEAP_TYPE_MAX, "vtable for %s", name);
	}
	snprintf(f->layout, sizeof(f->layout), "glibc %.30s 2.36", name);
	support_heap_peek(f);
	for (unsigned i = 0; i < f->peek.pointer_count; i++)
		snprintf(f->peek.pointers[i].where, HEAP_TYPE_MAX, "%s", name);
	return f;
}

struct heap_facts *support_heap_hostile(void)
{
	struct heap_facts *f =
	        support_heap_called("\033[31m<b>&\"'\n\x9b\xff\xe2\x80\xae</script>\a");

	snprintf(f->layout, sizeof(f->layout), "glibc \033]0;x\a 2.36");
	return f;
}

void support_heap_peek(struct heap_facts *f)
{
	static const struct heap_pointer pointers[] = {
	        {.at = 0x7ffd1c0a8e18, .inner = true, .where = "[stack]"},
	        {.at = 0x7f1018a20110, .inner = true, .where = "libshop.so data"},
	        {.at = 0x55d0e1c04028,
	         .block = 0x55d0e1c04020,
	         .where = "block of 80 bytes, itself lost"},
	};
	const struct lost_head *h = &f->lost->heads[2];
	struct heap_peek *p = &f->peek;

	*p = (struct heap_peek){.address = h->address, .size = h->size};
	p->byte_count = h->size - 8 < HEAP_PEEK_BYTES ? (unsigned)(h->size - 8) : HEAP_PEEK_BYTES;
	memcpy(p->bytes, h->first, h->first_count);
	for (unsigned i = h->first_count; i < p->byte_count; i++)
		p->bytes[i] = (uint8_t)(i % 16 < 8 ? 0 : i);
	p->pointer_count = sizeof(pointers) / sizeof(pointers[0]);
	p->pointer_total = p->pointer_count;
	memcpy(p->pointers, pointers, sizeof(pointers));
}

/* --- moments -------------------------------------------------------------------------------------- */

void support_heap_put(struct moment *m, struct heap_facts *f, enum heap_phase phase)
{
	struct heap_progress *p = &m->heap_progress;

	heap_facts_unref(m->heap);
	m->heap = f;
	heap_progress_init(p);
	p->phase = phase;
	if (phase == HEAP_OFF)
		return;
	p->busy = 5040 * NS_PER_MS;
	p->read = 9 * 1024 * MB;
	if (phase == HEAP_RESTING)
		p->next = m->time + 4 * NS_PER_S;
	if (phase == HEAP_CENSUS || phase == HEAP_MARKING) {
		p->todo = 82 * MB;
		p->done = 34 * MB;
	}
	if (phase == HEAP_FAILED)
		snprintf(p->error, sizeof(p->error),
		         "cannot read the memory of process 4711: not permitted; run it as shop or "
		         "as root, or set kernel.yama.ptrace_scope to 0");
}

struct moment *support_moment_heap(void)
{
	struct moment *m = support_moment();

	support_heap_put(m, support_heap(), HEAP_RESTING);
	return m;
}
