/* SPDX-License-Identifier: MIT */
/*
 * bench_heap PID [BOOK]: looks at the heap of a process some times and prints the best: what it took,
 * and its own memory a block. With BOOK, the file of what the process says of itself, also how many of
 * those figures the walk differs in.
 */
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "heap/walk.h"

static double wall_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static double cpu_ms(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1e3 +
	       (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) * 1e-3;
}

/* The number behind a word. */
static uint64_t figure(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = text; (at = strstr(at, name)) != NULL; at += len)
		if ((at == text || at[-1] == ' ') && at[len] == ' ')
			return strtoull(at + len, NULL, 10);
	return 0;
}

static unsigned differs(const char *text, const char *name, uint64_t value)
{
	uint64_t told = figure(text, name);

	if (told != value)
		printf("%s %" PRIu64 " told %" PRIu64 " ", name, value, told);
	return told != value;
}

/*
 * Live, free and own bytes and blocks against mallinfo2() and the book; a thread's own block is in no
 * book.
 */
static unsigned compare(const struct heap_walk *walk, const char *text)
{
	struct heap_arena t = {0};
	uint64_t tops = 0, mapped = 0;

	for (size_t n = 0; n < walk->arena_count; n++) {
		const struct heap_arena *a = &walk->arenas[n];

		t.live_blocks += a->live_blocks;
		if (!a->address) {
			mapped = a->size;
			continue;
		}
		t.size += a->size;
		t.live_bytes += a->live_bytes + a->cached_bytes + a->own_bytes;
		t.free_bytes += a->fast_bytes + a->free_bytes + a->top_bytes;
		t.fast_bytes += a->fast_bytes;
		t.fast_blocks += a->fast_blocks;
		t.free_blocks += a->free_blocks;
		tops += a->top_bytes > 0;
		t.torn += a->torn + a->unread;
	}
	return differs(text, "live_blocks", t.live_blocks + 1 - figure(text, "threads")) +
	       differs(text, "arena", t.size) + differs(text, "uordblks", t.live_bytes) +
	       differs(text, "fordblks", t.free_bytes) + differs(text, "fsmblks", t.fast_bytes) +
	       differs(text, "smblks", t.fast_blocks) +
	       differs(text, "ordblks", t.free_blocks + tops) + differs(text, "hblkhd", mapped) +
	       (t.torn > 0);
}

static char book[4096];

static void read_book(const char *path)
{
	FILE *f = fopen(path, "r");

	if (f) {
		size_t n = fread(book, 1, sizeof(book) - 1, f);
		book[n] = '\0';
		fclose(f);
	}
}

int main(int argc, char **argv)
{
	struct memory *m = NULL;
	struct walker *w = NULL;
	enum allocator allocator;
	char why[200] = "";
	double best = 1e9, best_cpu = 1e9, confidence, bytes = 0;
	unsigned wrong = 0;
	size_t blocks = 0;

	if (argc < 2 || memory_open_live("/proc", atoi(argv[1]), &m) < 0 || memory_begin(m) < 0 ||
	    walker_new(m, NULL, why, &allocator, &w) < 0) {
		fprintf(stderr, "bench_heap: %s\n", why[0] ? why : "cannot be read");
		return 1;
	}
	if (argc > 2)
		read_book(argv[2]);
	for (int n = 0; n < 5; n++) {
		struct heap_walk *walk;
		struct rusage before, after;
		double wall = wall_ms(), cpu = cpu_ms();

		getrusage(RUSAGE_SELF, &before);
		if (memory_begin(m) < 0 || walker_walk(w, m, NULL, &walk) < 0)
			return 1;
		getrusage(RUSAGE_SELF, &after);
		wall = wall_ms() - wall;
		cpu = cpu_ms() - cpu;
		best = wall < best ? wall : best;
		best_cpu = cpu < best_cpu ? cpu : best_cpu;
		blocks = walk->count;
		/* The first walk takes all its memory anew. */
		if (n == 0)
			bytes = (double)(after.ru_maxrss - before.ru_maxrss) * 1024 /
			        (double)walk->count;
		if (book[0])
			wrong = compare(walk, book);
		heap_walk_free(walk);
		malloc_trim(0);
	}
	printf("blocks %zu wall_ms %.1f cpu_ms %.1f bytes_a_block %.1f wrong %u confidence %.3f "
	       "layout %s\n",
	       blocks, best, best_cpu, bytes, wrong, (walker_layout(w, &confidence), confidence),
	       walker_layout(w, &confidence));
	walker_free(w);
	memory_free(m);
	return 0;
}
