/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_MEMORY_H
#define SUPPORT_MEMORY_H

/*
 * A made-up process: a heap of blocks as a walk would find them, beside an object, a stack and anonymous memory.
 * No allocator and no process; words are put where a test wants them. What fails ends the test.
 */

#include "heap/lost.h"
#include "heap/memory.h"
#include "heap/walk.h"

#define FAKE_CODE \
	0x400000000000ull /* libfake.so: code, read-only data, data; a page each, bss behind it */
#define FAKE_RODATA 0x400000001000ull
#define FAKE_DATA   0x400000002000ull
#define FAKE_BSS    0x400000003000ull
#define FAKE_HEAP   0x500000000000ull /* FAKE_HEAP_SIZE bytes */
#define FAKE_ANON   0x600000000000ull /* FAKE_ANON_SIZE bytes */
#define FAKE_SHARED 0x610000000000ull /* a page */
#define FAKE_GUARD \
	0x620000000000ull /* a page nobody may touch, below a thread's stack of 16 pages */
#define FAKE_STACK 0x620000001000ull

enum {
	FAKE_HEAP_SIZE = 8 << 20,
	FAKE_ANON_SIZE = 1 << 20,
	FAKE_RANGES = 16,
	FAKE_BLOCKS = 100000,
};

struct fake_heap {
	struct memory memory; /* first: tests hand &f->memory on */
	struct heap_walk walk;
	struct memory_range ranges[FAKE_RANGES];
	uint8_t *bytes[FAKE_RANGES]; /* of each range; NULL: none may be read */
	bool absent[FAKE_RANGES];    /* not in memory */
	struct memory_thread thread;
	struct heap_block blocks[FAKE_BLOCKS];
	struct heap_arena arena;
	struct heap_span span, own;
	uint64_t next; /* where the next block will be */
	uint64_t time; /* of the next scan */
	/* NULL, or called at each read: the process runs on meanwhile. */
	void (*run)(struct fake_heap *f, uint64_t address, void *arg);
	void *run_arg;
};

struct fake_heap *fake_new(void);
void fake_free(struct fake_heap *f);

/* A live block for so many bytes; its address. */
uint64_t fake_block(struct fake_heap *f, size_t bytes);
struct heap_block *fake_find(struct fake_heap *f, uint64_t address);

void fake_put(struct fake_heap *f, uint64_t address, uint64_t word);
uint64_t fake_get(struct fake_heap *f, uint64_t address);
void fake_text(struct fake_heap *f, uint64_t address, const char *text);

/* One scan, 5 s after the last one; it must succeed. */
void fake_scan(struct fake_heap *f, struct lost *l, struct heap_lost *ret);
void fake_scans(struct fake_heap *f, struct lost *l, unsigned count, struct heap_lost *ret);

/* A made-up heap and scans of it, for cmocka's setup and teardown: *state is a struct bed. */
struct bed {
	struct fake_heap *f;
	struct lost *l;
	struct heap_lost out;
};
int bed_make(void **state);
int bed_clear(void **state);

#endif
