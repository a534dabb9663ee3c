/* SPDX-License-Identifier: MIT */
#ifndef TARGET_H
#define TARGET_H

/*
 * What all targets share. A target is a small real program that does one thing to its memory, says
 * "ready PID" when it is set up, and dies with the shell that started it.
 */

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define MiB ((size_t)1 << 20)

/* The nth argument as a number, or `otherwise` where it is missing. */
static inline double argument(int argc, char **argv, int n, double otherwise)
{
	return n < argc ? strtod(argv[n], NULL) : otherwise;
}

/* No target outlives a test run: not the shell that started it, and not ten minutes. */
static inline void target_begin(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(600);
}

static inline void ready(pid_t pid)
{
	printf("ready %d\n", (int)pid);
	fflush(stdout);
}

static inline void rest(double seconds)
{
	struct timespec t = {.tv_sec = (time_t)seconds};

	t.tv_nsec = (long)((seconds - (double)t.tv_sec) * 1e9);
	while (nanosleep(&t, &t) != 0)
		;
}

static inline void rest_for_ever(void)
{
	for (;;)
		pause();
}

static inline void *must(void *p)
{
	if (!p || p == MAP_FAILED) {
		perror("target");
		exit(1);
	}
	return p;
}

/* Writes every byte, also where the compiler sees that nobody reads them. */
static inline void *fill(void *block, size_t size)
{
	memset(block, 0x5a, size);
	__asm__ volatile("" : : "r"(block) : "memory");
	return block;
}

/* Memory that is used: every page is written. */
static inline void *touched(size_t size)
{
	return fill(must(malloc(size)), size);
}

static inline void *anonymous(size_t size, int protection, int flags)
{
	return must(mmap(NULL, size, protection, flags | MAP_ANONYMOUS, -1, 0));
}

static inline void *anonymous_touched(size_t size)
{
	return fill(anonymous(size, PROT_READ | PROT_WRITE, MAP_PRIVATE), size);
}

#endif
