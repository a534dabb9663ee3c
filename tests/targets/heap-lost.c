/* SPDX-License-Identifier: MIT */
#include "target.h"

#include <stdint.h>

/*
 * All sizes are 8 more than a multiple of 16: what was asked for is what the chunk gives. Counts are
 * told, so that a tool can be measured against this program itself as well as against other tools.
 */
enum { SINGLES = 500, LIST = 100, CYCLE = 10, DEPTH = 6, KEPT = 20 };

#define XOR_KEY 0x5a5a5a5a5a5a5a5aull

struct node {
	struct node *left, *right;
	uint64_t pad;
};

/* Volatile: nobody reads them, and yet they must be there. */
static void *volatile kept_begin[KEPT], *volatile kept_inner[KEPT];
static void *volatile kept_string[KEPT], *volatile kept_array[KEPT];
static volatile uintptr_t kept_xor[KEPT];
static void *volatile *kept_mapped, *volatile *kept_shared;
static __thread void *volatile kept_thread[KEPT];
static struct {
	uint64_t definite, indirect, bytes, reachable, possible;
} book;

static void *block(size_t size)
{
	void *p = must(malloc(size));

	memset(p, 0, size);
	__asm__ volatile("" : : "r"(p) : "memory");
	return p;
}

static void *lose(size_t size, int head)
{
	book.bytes += size;
	if (head)
		book.definite++;
	else
		book.indirect++;
	return block(size);
}

static struct node *lose_tree(int depth, int head)
{
	struct node *n = lose(sizeof(*n), head);

	if (depth > 1) {
		n->left = lose_tree(depth - 1, 0);
		n->right = lose_tree(depth - 1, 0);
	}
	return n;
}

static void lose_list(int count, int cycle)
{
	struct node *first = lose(sizeof(*first), 1), *n = first;

	for (int i = 1; i < count; i++) {
		n->left = lose(sizeof(*n), 0);
		n = n->left;
	}
	if (cycle)
		n->left = first;
}

static __attribute__((noinline)) void lose_all(void)
{
	for (size_t i = 0; i < SINGLES; i++)
		fill(lose(24 + i % 64 * 16, 1), 24);
	lose_list(LIST, 0);
	lose_list(CYCLE, 1);
	lose_tree(DEPTH, 1);
	/* A block with a mapping of its own. */
	fill(lose(200 * 4096 - 24, 1), 4096);
	for (int i = 0; i < KEPT; i++)
		kept_xor[i] = (uintptr_t)lose(40, 1) ^ XOR_KEY;
}

static __attribute__((noinline)) void keep_all(void)
{
	for (size_t i = 0; i < KEPT; i++) {
		uint64_t *string = block(24 + 56), *array = block(8 + 10 * 24);
		struct node *n = block(sizeof(*n));
		n->left = block(120);
		kept_begin[i] = n;
		kept_inner[i] = (char *)block(104) + 48;
		string[0] = 3;
		string[1] = 55;
		kept_string[i] = string + 3;
		array[0] = 10;
		kept_array[i] = array + 1;
		kept_mapped[i * 100] = block(56);
		kept_shared[i] = block(56);
		kept_thread[i] = block(56);
		book.reachable += 7;
		book.possible++;
	}
}

static pthread_barrier_t born;

/* LeakSanitizer looks into mappings that it is told of, where it is linked. */
extern void __lsan_register_root_region(const void *begin, size_t size) __attribute__((weak));

/* Pointers on its stack, and in its thread-local memory. */
static void *thread_main(void *arg)
{
	void *volatile here[KEPT];

	for (int i = 0; i < KEPT; i++) {
		here[i] = block(56);
		kept_thread[i] = block(72);
		book.reachable += 2;
	}
	pthread_barrier_wait(&born);
	rest_for_ever();
	return arg ? arg : here[0];
}

/* What calls left behind on the stack looks like pointers. */
static __attribute__((noinline)) void wipe(void)
{
	volatile char below[32768];

	for (size_t i = 0; i < sizeof(below); i++)
		below[i] = 0;
}

/*
 * heap-lost [check]: blocks that are lost in every way, and blocks that are not, by pointers of every kind. `check`:
 * ends at once, for tools that look at the end.
 */
int main(int argc, char **argv)
{
	pthread_t thread;

	target_begin();
	kept_mapped = anonymous(MiB, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	kept_shared = anonymous(4096, PROT_READ | PROT_WRITE, MAP_SHARED);
	if (__lsan_register_root_region) {
		__lsan_register_root_region((const void *)kept_mapped, MiB);
		__lsan_register_root_region((const void *)kept_shared, 4096);
	}
	pthread_barrier_init(&born, NULL, 2);
	if (pthread_create(&thread, NULL, thread_main, NULL) != 0)
		return 1;
	pthread_barrier_wait(&born);
	keep_all();
	lose_all();
	wipe();
	printf("definite %llu indirect %llu bytes %llu reachable %llu possible %llu\n",
	       (unsigned long long)book.definite, (unsigned long long)book.indirect,
	       (unsigned long long)book.bytes, (unsigned long long)book.reachable,
	       (unsigned long long)book.possible);
	ready(getpid());
	if (argc > 1 && strcmp(argv[1], "check") == 0)
		return 0;
	rest_for_ever();
	return 0;
}
