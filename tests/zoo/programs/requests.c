/* SPDX-License-Identifier: MIT */
#include "../../targets/target.h"

#include <math.h>
#include <stdint.h>

/* Work comes in bundles: 20 wake-ups a second cost a thread nothing, whatever its rate. */
enum { BUNDLES_A_SECOND = 20 };

struct work {
	double rate;       /* requests a second and thread */
	size_t slots;      /* blocks a thread keeps at most */
	size_t leak_every; /* one request in so many forgets a block; 0: none does */
	double leak_from;  /* seconds; the leak begins then */
	double wave; /* seconds; the kept blocks swell and ebb with this period; 0: they do not */
};

static struct work work;

static double seconds(void)
{
	static struct timespec begin;
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	if (begin.tv_sec == 0)
		begin = t;
	return (double)(t.tv_sec - begin.tv_sec) + (double)(t.tv_nsec - begin.tv_nsec) * 1e-9;
}

static uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* 16 bytes to 8 KiB, small ones as often as large ones: 1.3 KiB in the middle. */
static size_t random_size(uint64_t *state)
{
	size_t base = (size_t)16 << random_next(state) % 9;

	return base + random_next(state) % base;
}

/* How many of the slots are in use now. */
static size_t slots_now(double now)
{
	if (work.wave == 0)
		return work.slots;
	return (size_t)((double)work.slots * (0.6 - 0.4 * cos(2 * M_PI * now / work.wave)));
}

/* A request: something for its own time, something that replaces what an earlier one left. */
static void serve(void **slots, size_t used, uint64_t *state)
{
	size_t i = random_next(state) % work.slots;
	void *scratch = touched(random_size(state) * 4);

	free(slots[i]);
	slots[i] = i < used ? touched(random_size(state)) : NULL;
	free(scratch);
}

static void *run(void *seed)
{
	void **slots = must(calloc(work.slots, sizeof(*slots)));
	uint64_t state = (uint64_t)(uintptr_t)seed * 0x9e3779b97f4a7c15u;
	uint64_t served = 0;

	for (;;) {
		double now = seconds();
		size_t used = slots_now(now);

		for (double due = now * work.rate; (double)served < due;) {
			serve(slots, used, &state);
			if (++served % (work.leak_every ? work.leak_every : 1) == 0 &&
			    work.leak_every && now >= work.leak_from)
				touched(random_size(&state));
		}
		rest(1.0 / BUNDLES_A_SECOND);
	}
	return NULL;
}

/*
 * requests THREADS RATE SLOTS LEAK_EVERY [LEAK_FROM [WAVE]]: a server without a network. Without a leak
 * it holds at most THREADS * SLOTS blocks, so that only the allocator decides what is resident.
 */
int main(int argc, char **argv)
{
	size_t threads = (size_t)argument(argc, argv, 1, 1);
	pthread_t thread;

	work.rate = argument(argc, argv, 2, 100);
	work.slots = (size_t)argument(argc, argv, 3, 500);
	work.leak_every = (size_t)argument(argc, argv, 4, 0);
	work.leak_from = argument(argc, argv, 5, 0);
	work.wave = argument(argc, argv, 6, 0);
	seconds();
	for (size_t i = 1; i < threads; i++)
		if (pthread_create(&thread, NULL, run, (void *)(uintptr_t)(i + 1)) != 0)
			return 1;
	run((void *)(uintptr_t)1);
	return 0;
}
