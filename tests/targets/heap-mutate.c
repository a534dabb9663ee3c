/* SPDX-License-Identifier: MIT */
#include "target.h"

#include <fcntl.h>
#include <stdint.h>

/* Pointers that this program keeps for itself are hidden from whoever reads its memory. */
#define HIDE 0xa5a5a5a5a5a5a5a5ull

enum { LISTS = 256, LEDGER_MAX = 1 << 20, EARLY = 500 };

struct node {
	struct node *next;
	uint64_t load[];
};

/* What was leaked: a file, so that others can read it. Hidden addresses, in the order of leaking. */
struct ledger {
	volatile uint64_t count, moves;
	uint64_t entries[LEDGER_MAX];
};

static struct node *lists[LISTS];
static uint64_t *hidden;
static struct ledger *ledger;
static uint64_t seed = 88172645463325252ull;

static uint64_t random_next(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	return seed ^= seed << 17;
}

static struct node *any_node(size_t nodes)
{
	return (struct node *)(uintptr_t)(hidden[random_next() % nodes] ^ HIDE);
}

/* Takes what follows one place and puts it behind another one: a list's head or a node. */
static void move(size_t nodes)
{
	struct node **from = &lists[random_next() % LISTS], **to = &lists[random_next() % LISTS];

	if (random_next() % 2)
		from = &any_node(nodes)->next;
	if (random_next() % 2)
		to = &any_node(nodes)->next;
	struct node *n = *from;
	if (!n || from == to || to == &n->next)
		return;
	/* As programs do it that have other threads: never out of reach for a reader who follows pointers. */
	struct node *after = n->next;
	*from = after;
	n->next = *to;
	*to = n;
	ledger->moves++;
}

static void leak(void)
{
	size_t size = 24 + random_next() % 977;
	uint64_t *p = must(malloc(size));

	for (size_t i = 0; i < size / 8; i++)
		p[i] = random_next() >> 20;
	ledger->entries[ledger->count] = (uint64_t)(uintptr_t)p ^ HIDE;
	ledger->count++;
	__asm__ volatile("" : : "r"(p) : "memory");
}

static __attribute__((noinline)) void build(size_t nodes)
{
	hidden = anonymous(nodes * sizeof(*hidden), PROT_READ | PROT_WRITE, MAP_PRIVATE);
	for (size_t i = 0; i < nodes; i++) {
		size_t words = 2 + random_next() % 14;
		struct node *n = must(malloc(sizeof(*n) + words * 8)), **list = &lists[i % LISTS];
		for (size_t w = 0; w < words; w++)
			n->load[w] = random_next() >> 20;
		n->next = *list;
		*list = n;
		hidden[i] = (uint64_t)(uintptr_t)n ^ HIDE;
		if (i < EARLY)
			leak();
	}
}

static void churn(void)
{
	enum { FEW = 8 };
	static void *some[FEW];

	for (int i = 0; i < FEW; i++) {
		free(some[i]);
		some[i] = fill(must(malloc(24 + random_next() % 500)), 24);
	}
}

/*
 * heap-mutate LEDGER [NODES [MOVES_PER_MS [LEAK_EVERY_MS]]]: moves list nodes all the time, allocates and frees,
 * and leaks 24 to 1,000 bytes now and then. What it leaked stands in the file LEDGER.
 */
int main(int argc, char **argv)
{
	size_t nodes = (size_t)argument(argc, argv, 2, 300000);
	int moves = (int)argument(argc, argv, 3, 200);
	unsigned every = (unsigned)argument(argc, argv, 4, 5);
	int fd = argc > 1 ? open(argv[1], O_RDWR | O_CREAT | O_TRUNC, 0600) : -1;
	struct timespec at;

	target_begin();
	if (fd < 0 || ftruncate(fd, sizeof(*ledger)) != 0)
		return 1;
	ledger = must(mmap(NULL, sizeof(*ledger), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	build(nodes);
	ready(getpid());
	clock_gettime(CLOCK_MONOTONIC, &at);
	for (unsigned ms = 1; ledger->count < LEDGER_MAX; ms++) {
		for (int i = 0; i < moves; i++)
			move(nodes);
		churn();
		if (ms % every == 0)
			leak();
		at.tv_nsec += 1000000;
		if (at.tv_nsec >= 1000000000) {
			at.tv_nsec -= 1000000000;
			at.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
	}
	return 0;
}
