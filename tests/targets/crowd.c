/* SPDX-License-Identifier: MIT */
#include "target.h"

/*
 * crowd [COUNT [RATE]...]: COUNT processes of four kinds that hold no more in the end than in the beginning,
 * and one for each RATE that loses so many bytes a second, in 16 KiB blocks at most, four times a second.
 * Says "leaker PID RATE" of each of these before it is ready.
 */

enum { POOL = 32 };

/* What one of a crowd holds: blocks of random size that come and go. */
struct pool {
	void *block[POOL];
	unsigned random;
};

static unsigned pick(struct pool *p, unsigned below)
{
	p->random = p->random * 1103515245u + 12345u;
	return (p->random >> 16) % below;
}

static void replace(struct pool *p, unsigned at, size_t largest)
{
	free(p->block[at]);
	p->block[at] = touched(1024 + pick(p, (unsigned)largest));
}

/* Wakes up and looks about. */
static void live_idle(struct pool *p)
{
	rest(0.5 + pick(p, 100) / 100.0);
}

/* Requests: each takes one block and gives back another. */
static void live_serve(struct pool *p)
{
	replace(p, pick(p, POOL), 32768);
	rest(0.2 + pick(p, 50) / 100.0);
}

/* Batches: fills up, then gives all back. */
static void live_saw(struct pool *p)
{
	for (unsigned i = 0; i < POOL; i++) {
		replace(p, i, 16384);
		rest(0.05);
	}
	for (unsigned i = 0; i < POOL; i++) {
		free(p->block[i]);
		p->block[i] = NULL;
	}
}

static void live(unsigned number)
{
	static void (*const lives[])(struct pool *) = {live_idle, live_serve, live_saw};
	struct pool p = {.random = number * 2654435761u};

	/* A pool that is full is at rest: the warm-up is over before anybody looks. */
	for (unsigned i = 0; i < POOL && number % 4 == 1; i++)
		for (unsigned n = 0; n < 8; n++)
			replace(&p, i, 32768);
	if (number % 4 == 3)
		rest_for_ever();
	for (;;)
		lives[number % 4](&p);
}

static void leak(double rate)
{
	double owed = 0;

	for (;;) {
		for (owed += rate / 4; owed >= 64;) {
			size_t n = owed < 16384 ? (size_t)owed : 16384;
			touched(n);
			owed -= (double)n;
		}
		rest(0.25);
	}
}

/* The child lives on as one of the crowd; its pid. */
static pid_t give_birth(unsigned number, double rate)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	target_begin();
	if (rate > 0)
		leak(rate);
	else
		live(number);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned count = (unsigned)argument(argc, argv, 1, 300);

	target_begin();
	for (unsigned i = 0; i < count; i++)
		give_birth(i, 0);
	for (int i = 2; i < argc; i++)
		printf("leaker %d %s\n", (int)give_birth(count, argument(argc, argv, i, 0)),
		       argv[i]);
	ready(getpid());
	rest_for_ever();
}
