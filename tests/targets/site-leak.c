/* SPDX-License-Identifier: MIT */
#include "target.h"

#include <stdint.h>

/* Functions that a stack must show: none is inlined, cloned, or jumped into in place of a call. */
#define SEEN  __attribute__((noinline, noclone))
#define STAYS __asm__ volatile("" : : : "memory")

enum { KEPT = 512, CHURN_MIN = 16, CHURN_MAX = 4015, LEAK_EACH = 8 };

struct worker {
	void *kept[KEPT]; /* what churns: a block lives for some hundred steps */
	uint64_t random, steps, leaks, churned_bytes;
};

/* Not static: one variant of this program has no names but those it exports. */
SEEN void leaker(struct worker *w);
SEEN void churner(struct worker *w);
SEEN void handle_request(struct worker *w);
SEEN void serve(struct worker *w, uint64_t steps);

static size_t leak_size;
static double rate; /* steps a second; 0: as many as it can */
static volatile sig_atomic_t asked, ended;

static void on_signal(int signal)
{
	if (signal == SIGTERM)
		ended = 1;
	asked = 1;
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t next_random(struct worker *w)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	return w->random ^= w->random << 17;
}

/* Forgets what it allocates. */
void leaker(struct worker *w)
{
	fill(must(malloc(leak_size)), leak_size);
	w->leaks++;
	STAYS;
}

void churner(struct worker *w)
{
	size_t size = CHURN_MIN + next_random(w) % (CHURN_MAX - CHURN_MIN + 1);
	void **place = &w->kept[next_random(w) % KEPT];

	free(*place);
	*place = fill(must(malloc(size)), size);
	w->churned_bytes += size;
	STAYS;
}

void handle_request(struct worker *w)
{
	churner(w);
	if (++w->steps % LEAK_EACH == 0)
		leaker(w);
	STAYS;
}

/* Steps for a turn of some milliseconds. */
void serve(struct worker *w, uint64_t steps)
{
	while (steps--)
		handle_request(w);
	STAYS;
}

static void tell(const struct worker *w, uint64_t begin)
{
	printf("steps %llu leaks %llu leaked_bytes %llu churned_bytes %llu seconds %.3f\n",
	       (unsigned long long)w->steps, (unsigned long long)w->leaks,
	       (unsigned long long)(w->leaks * leak_size), (unsigned long long)w->churned_bytes,
	       (double)(now() - begin) / 1e9);
	fflush(stdout);
}

/* Serves until `end` ns, at the rate. */
static void work(struct worker *w, uint64_t end)
{
	uint64_t begin = now(), from = w->steps, due, at;

	while (!ended && (at = now()) < end) {
		due = rate > 0 ? from + (uint64_t)((double)(at - begin) / 1e9 * rate)
		               : w->steps + 1000;
		if (due > w->steps)
			serve(w, due - w->steps);
		if (rate > 0)
			rest(0.002);
		if (asked) {
			asked = 0;
			tell(w, begin);
		}
	}
}

/* A thread that lives for half a second. */
static void *short_lived(void *arg)
{
	struct worker *w = must(calloc(1, sizeof(*w)));

	(void)arg;
	w->random = 88172645463325252u;
	work(w, now() + 500000000);
	for (int i = 0; i < KEPT; i++)
		free(w->kept[i]);
	free(w);
	return NULL;
}

/* Threads one after the other, as long as it runs. */
static void give_birth(void)
{
	pthread_t thread;

	while (!ended) {
		if (pthread_create(&thread, NULL, short_lived, NULL) != 0)
			exit(1);
		pthread_join(thread, NULL);
	}
}

/*
 * site-leak [SIZE [RATE [BIRTHS]]]: a leaker amid churn. RATE (20,000) steps a second, 0 for as many as can be: each replaces one of
 * 512 blocks of 16 to 4,015 bytes, each eighth forgets a block of SIZE (24) bytes. With BIRTHS all of it is done by threads that live
 * for half a second each. On SIGUSR1, and at the end by SIGTERM, it says how often (not with BIRTHS).
 */
int main(int argc, char **argv)
{
	struct worker *w = must(calloc(1, sizeof(*w)));

	leak_size = (size_t)argument(argc, argv, 1, 24);
	rate = argument(argc, argv, 2, 20000);
	w->random = 88172645463325252u;
	target_begin();
	signal(SIGUSR1, on_signal);
	signal(SIGTERM, on_signal);
	/* The churn is full before it is watched: what follows is no warm-up. */
	for (int i = 0; i < 20 * KEPT; i++)
		churner(w);
	w->churned_bytes = 0;
	ready(getpid());
	if (argument(argc, argv, 3, 0) > 0)
		give_birth();
	work(w, UINT64_MAX);
	return 0;
}
