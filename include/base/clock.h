/* SPDX-License-Identifier: MIT */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

/*
 * Clocks in nanoseconds; UNKNOWN where the kernel does not have the clock. Only source, heap, sites,
 * app and benches read them: everyone else gets time with a sample.
 */

#include <stdint.h>

#define NS_PER_S  1000000000ull
#define NS_PER_MS 1000000ull
#define NS_PER_US 1000ull

uint64_t clock_mono(void);    /* CLOCK_MONOTONIC: intervals */
uint64_t clock_boot(void);    /* CLOCK_BOOTTIME: also runs while suspended; process ages */
uint64_t clock_wall(void);    /* CLOCK_REALTIME: labels only */
uint64_t clock_thread(void);  /* CPU time of the calling thread */
uint64_t clock_process(void); /* CPU time of this process */

#endif
