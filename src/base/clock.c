/* SPDX-License-Identifier: MIT */
/*
 * Knows the kernel's clocks. Refuses to know what time is used for: most of the program must not
 * read a clock at all.
 */
#include "base/clock.h"

#include <time.h>

#include "base/known.h"

static uint64_t clock_read(clockid_t id)
{
	struct timespec t;

	if (clock_gettime(id, &t) < 0)
		return UNKNOWN;
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

uint64_t clock_mono(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

uint64_t clock_boot(void)
{
	return clock_read(CLOCK_BOOTTIME);
}

uint64_t clock_wall(void)
{
	return clock_read(CLOCK_REALTIME);
}

uint64_t clock_thread(void)
{
	return clock_read(CLOCK_THREAD_CPUTIME_ID);
}

uint64_t clock_process(void)
{
	return clock_read(CLOCK_PROCESS_CPUTIME_ID);
}
