/* SPDX-License-Identifier: MIT */
#ifndef SOURCE_DEMO_INTERNAL_H
#define SOURCE_DEMO_INTERNAL_H

/* What the scenarios of --demo share: a beat, a limit, and memory that is really there. */

#include <stdbool.h>
#include <stddef.h>

enum { DEMO_BEATS = 16 }; /* a second */
#define DEMO_LIMIT (256ull << 20)

/* Waits for the next beat. */
void demo_beat(void);
void demo_beats(unsigned count);

/* Memory of n bytes, written to, from malloc or from mmap; NULL: none left. */
void *demo_block(size_t n);
void *demo_pages(size_t n);

int demo_leak(void);
int demo_slow_leak(void);
int demo_mmap_leak(void);
int demo_cache(void);
int demo_sawtooth(void);
int demo_step(void);
int demo_retention(void);

#endif
