/* SPDX-License-Identifier: MIT */
#include "support_memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char names[] = "/usr/lib/libfake.so/dev/shm/common[stack]";
enum { LIB = 19, SHM = 15 };

static int fake_begin(struct memory *m)
{
	(void)m;
	return 0;
}

static int fake_index(const struct fake_heap *f, uint64_t address)
{
	for (size_t i = 0; i < f->memory.range_count; i++)
		if (address >= f->ranges[i].start && address < f->ranges[i].end)
			return (int)i;
	return -1;
}

static ssize_t fake_read(struct memory *m, uint64_t address, void *out, size_t len)
{
	struct fake_heap *f = (struct fake_heap *)m;
	int i = fake_index(f, address);

	if (f->run)
		f->run(f, address, f->run_arg);
	if (i < 0 || !f->bytes[i] || f->absent[i])
		return 0;
	uint64_t left = f->ranges[i].end - address;
	len = len < left ? len : (size_t)left;
	memcpy(out, f->bytes[i] + (address - f->ranges[i].start), len);
	return (ssize_t)len;
}

static uint64_t fake_next(struct memory *m, uint64_t address, uint64_t end)
{
	struct fake_heap *f = (struct fake_heap *)m;

	for (size_t i = 0; i < m->range_count; i++)
		if (f->ranges[i].end > address && f->bytes[i] && !f->absent[i]) {
			uint64_t at = f->ranges[i].start > address ? f->ranges[i].start : address;
			return at < end ? at : end;
		}
	return end;
}

static const struct memory_ops fake_ops = {.begin = fake_begin,
                                           .read = fake_read,
                                           .next = fake_next};

static void fake_range(struct fake_heap *f, uint64_t start, uint64_t size, enum memory_kind kind,
                       unsigned prot, const char *name)
{
	struct memory_range *r = &f->ranges[f->memory.range_count];

	assert_true(f->memory.range_count < FAKE_RANGES);
	*r = (struct memory_range){.start = start, .end = start + size, .kind = kind, .prot = prot};
	if (name) {
		r->name = (uint32_t)(strstr(names, name) - names);
		r->name_len = kind == MEMORY_SHARED ? SHM : LIB;
		r->inode = kind == MEMORY_SHARED ? 2 : 1;
	}
	if (prot & MAP_READ) {
		f->bytes[f->memory.range_count] = calloc(1, size);
		assert_non_null(f->bytes[f->memory.range_count]);
	}
	f->memory.range_count++;
}

struct fake_heap *fake_new(void)
{
	struct fake_heap *f = calloc(1, sizeof(*f));
	const unsigned rw = MAP_READ | MAP_WRITE;

	assert_non_null(f);
	f->memory.ops = &fake_ops;
	f->memory.page = 4096;
	f->memory.ranges = f->ranges;
	f->memory.names = names;
	fake_range(f, FAKE_CODE, 4096, MEMORY_FILE, MAP_READ | MAP_EXEC, names);
	fake_range(f, FAKE_RODATA, 4096, MEMORY_FILE, MAP_READ, names);
	fake_range(f, FAKE_DATA, 4096, MEMORY_FILE, rw, names);
	fake_range(f, FAKE_BSS, 4096, MEMORY_ANON, rw, NULL);
	fake_range(f, FAKE_HEAP, FAKE_HEAP_SIZE, MEMORY_HEAP, rw, NULL);
	fake_range(f, FAKE_ANON, FAKE_ANON_SIZE, MEMORY_ANON, rw, NULL);
	fake_range(f, FAKE_SHARED, 4096, MEMORY_SHARED, rw | MAP_MAYSHARE, names + LIB);
	fake_range(f, FAKE_GUARD, 4096, MEMORY_ANON, 0, NULL);
	fake_range(f, FAKE_STACK, 65536, MEMORY_ANON, rw, NULL);
	f->thread = (struct memory_thread){.tid = 7, .sp = UNKNOWN};
	f->memory.threads = &f->thread;
	f->memory.thread_count = 1;
	f->arena = (struct heap_arena){.address = FAKE_DATA + 2048, .main = true};
	f->span = (struct heap_span){FAKE_HEAP, FAKE_HEAP + FAKE_HEAP_SIZE};
	f->own = (struct heap_span){FAKE_DATA + 2048, FAKE_DATA + 3072};
	f->walk = (struct heap_walk){.blocks = f->blocks,
	                             .arenas = &f->arena,
	                             .arena_count = 1,
	                             .spans = &f->span,
	                             .span_count = 1,
	                             .own = &f->own,
	                             .own_count = 1};
	f->next = FAKE_HEAP + 16;
	return f;
}

void fake_free(struct fake_heap *f)
{
	for (int i = 0; i < FAKE_RANGES; i++)
		free(f->bytes[i]);
	free(f);
}

uint64_t fake_block(struct fake_heap *f, size_t bytes)
{
	uint64_t size = (bytes + 8 + 15) & ~15ull, at = f->next;

	size = size < 32 ? 32 : size;
	assert_true(f->walk.count < FAKE_BLOCKS && at + size <= FAKE_HEAP + FAKE_HEAP_SIZE);
	f->blocks[f->walk.count++] = (struct heap_block){.address = at,
	                                                 .size = size & ((1ull << 44) - 1),
	                                                 .state = BLOCK_LIVE};
	f->next += size;
	return at;
}

struct heap_block *fake_find(struct fake_heap *f, uint64_t address)
{
	for (size_t i = 0; i < f->walk.count; i++)
		if (f->blocks[i].address == address)
			return &f->blocks[i];
	fail();
	return NULL;
}

static uint8_t *fake_at(struct fake_heap *f, uint64_t address)
{
	int i = fake_index(f, address);

	assert_true(i >= 0 && f->bytes[i]);
	return f->bytes[i] + (address - f->ranges[i].start);
}

void fake_put(struct fake_heap *f, uint64_t address, uint64_t word)
{
	memcpy(fake_at(f, address), &word, sizeof(word));
}

uint64_t fake_get(struct fake_heap *f, uint64_t address)
{
	uint64_t word;

	memcpy(&word, fake_at(f, address), sizeof(word));
	return word;
}

void fake_text(struct fake_heap *f, uint64_t address, const char *text)
{
	memcpy(fake_at(f, address), text, strlen(text));
}

void fake_scan(struct fake_heap *f, struct lost *l, struct heap_lost *ret)
{
	assert_int_equal(lost_scan(l, &f->memory, &f->walk, f->time, NULL, ret), 0);
	f->time += LOST_AGE;
}

void fake_scans(struct fake_heap *f, struct lost *l, unsigned count, struct heap_lost *ret)
{
	while (count--)
		fake_scan(f, l, ret);
}

int bed_make(void **state)
{
	static struct bed bed;

	bed.f = fake_new();
	bed.l = lost_new();
	assert_non_null(bed.l);
	*state = &bed;
	return 0;
}

int bed_clear(void **state)
{
	struct bed *b = *state;

	fake_free(b->f);
	lost_free(b->l);
	return 0;
}
