/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_TRACES_H
#define SUPPORT_TRACES_H

/*
 * Processes made of arithmetic: a simulated process runs in steps of 5 ms, /proc is read from it at
 * any interval. The same seed gives the same trace on every machine.
 */

#include <stdbool.h>
#include <stdint.h>

#include "model/sample.h"

enum trace_family {
	/* leaks */
	TRACE_LEAK_BLOCK,   /* one block of 1 MiB a second, each a mapping */
	TRACE_LEAK_SMALL,   /* 1,024 blocks of 1 KiB in a burst each second */
	TRACE_LEAK_MMAP,    /* mappings of 256 KiB, 1 to 8 a second */
	TRACE_LEAK_SLOW,    /* 3 kB/s of blocks of 100 bytes */
	TRACE_LEAK_THREADS, /* eight threads of 64 KiB/s in arenas */
	TRACE_LEAK_SHARED,  /* shared memory, 1 MiB/s */
	TRACE_LEAK_SWAPPED, /* 1 MiB/s, while the kernel swaps as much out */
	TRACE_LEAK_NOISY,   /* a leak below ups and downs larger than what it loses in a minute */
	TRACE_LEAK_LATE,    /* rests for a third of the watch, then leaks 1 MiB/s */
	TRACE_LEAK_STEPS,   /* 2 MiB at once, with long rests between */
	TRACE_LEAK_FASTER,  /* accelerates */
	TRACE_LEAK_STAIRS,  /* 5 MiB every 20 s */
	TRACE_LEAK_FLOOR, /* a saw of 8 MiB on a floor that rises by 1 MiB/s, as collectors leave it */
	TRACE_LEAK_DROP, /* frees 200 MiB early, then loses 560 KiB/s */
	/* not */
	TRACE_IDLE,     /* a few pages of jitter */
	TRACE_STEP,     /* 100 MiB allocated, later written, kept */
	TRACE_RAMP,     /* grows for 6 to 20 s, keeps it */
	TRACE_SPIKE,    /* 100 MiB for a few seconds */
	TRACE_RESERVE,  /* 16 MiB of address space a second, never touched */
	TRACE_TRIANGLE, /* a job: up evenly, down evenly */
	TRACE_SAWTOOTH, /* up evenly, down at once */
	TRACE_SQUARE,   /* up at once, down at once */
	TRACE_BATCH,    /* up evenly, down at once, rest */
	TRACE_WARM_UP,  /* fills a cache ever more slowly */
	TRACE_PAGING,   /* touches what it reserved long ago, for a while */
	TRACE_HUGE,     /* the kernel makes huge pages */
	TRACE_LAZY,     /* frees lazily what it uses */
	TRACE_NOISE,    /* a level with memory: autoregressive */
	TRACE_GC,       /* collected heap: rises for half a minute to minutes, then falls */
	TRACE_FADING,   /* saturates slowly: 50 MiB with a time constant of 40 s */
	TRACE_RATCHET,  /* a steady server: 13 MiB, now and then a little more, in uneven steps */
	TRACE_FALLING,  /* gives memory back all the time */
	TRACE_FILES,    /* pages of mapped files grow */
	TRACE_FAMILY_COUNT
};
extern const char *const trace_names[TRACE_FAMILY_COUNT];
bool trace_leaks(enum trace_family f);

/* What the reader of /proc could read. */
enum trace_channels {
	TRACE_FULL,     /* as live, smaps included */
	TRACE_STATUS,   /* status only: no LazyFree, no huge pages */
	TRACE_CSV_ANON, /* time_s,anon_kb */
	TRACE_CSV_RSS,  /* time_s,rss_kb */
	TRACE_CSV_VSZ   /* time_s,vsz_kb */
};

struct trace_spec {
	enum trace_family family;
	enum trace_channels channels;
	double interval, duration; /* seconds */
	double period;             /* seconds of an up-and-down family; 0: of the seed */
	double age; /* seconds before the watch in which it already ran; < 0: of the seed */
	uint64_t seed;
};

enum { TRACE_MAX = 20000 };

/* Fills ret[TRACE_MAX]; returns how many samples. */
unsigned trace_make(const struct trace_spec *spec, struct sample *ret);

/* A number from 0 to below 1; deterministic. */
double trace_random(uint64_t *state);

#endif
