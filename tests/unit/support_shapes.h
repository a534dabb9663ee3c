/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_SHAPES_H
#define SUPPORT_SHAPES_H

/*
 * Memory as a function of time: the same shape can be read at any interval, larger, later, twice. What
 * was done to it is then the only difference between two verdicts.
 */

#include <stdbool.h>
#include <stdint.h>

#include "detect/detect.h"
#include "model/sample.h"

enum shape {
	/* leaks */
	SHAPE_LEAK,       /* 1 MiB/s */
	SHAPE_LEAK_SLOW,  /* 24 KiB/s */
	SHAPE_LEAK_NOISY, /* 1 MiB/s below noise of 2 MiB */
	SHAPE_LEAK_FLOOR, /* a saw of 8 MiB whose floor rises by 1 MiB/s */
	SHAPE_LEAK_LATE,  /* rests for 80 s first */
	SHAPE_LEAK_WARM,  /* warms up first */
	SHAPE_LEAK_LUMPS, /* 4 MiB every 4 s */
	SHAPE_LEAK_FASTER,
	/* not */
	SHAPE_CONSTANT,
	SHAPE_IDLE,    /* a few pages of jitter */
	SHAPE_NOISE,   /* 4 MiB of it */
	SHAPE_STEP,    /* 100 MiB within 6 s, kept */
	SHAPE_JUMP,    /* 50 MiB at once, late */
	SHAPE_BURST,   /* 100 MiB for 6 s, given back */
	SHAPE_CACHE,   /* fills evenly, is full after 40 s */
	SHAPE_WARM_UP, /* fills ever more slowly */
	SHAPE_RAMP,    /* slower than a cache: stops after a third of the watch */
	SHAPE_DAILY,   /* three and a half rounds of a cycle */
	SHAPE_SAW,     /* up evenly, down at once */
	SHAPE_SQUARE,  /* up at once, down at once */
	SHAPE_STAIRS,  /* settles in ever smaller steps */
	SHAPE_FALLING,
	SHAPE_COUNT
};
extern const char *const shape_names[SHAPE_COUNT];
bool shape_leaks(enum shape s);

enum { SHAPE_SECONDS = 240 }; /* of a watch that shows the whole of a shape */

/* Bytes over the level that the process began with, `t` seconds after the watch began. */
double shape_at(enum shape s, double t, uint64_t seed);

/* From 0 to below 1, the same for the same two numbers. */
double shape_noise(uint64_t seed, uint64_t at);

/* How a shape is read. Zero in a member stands for 1, none, or as live. */
struct reading_of {
	enum shape shape;
	uint64_t seed;
	double interval, duration; /* seconds; 1 and SHAPE_SECONDS */
	double scale;              /* of all bytes; 1 */
	double level;              /* bytes before the shape; 100 MiB, not scaled */
	uint64_t origin;           /* ns; the time of the first sample */
	uint64_t twice;            /* ns after each sample it is repeated; 0: with the same time */
	bool repeated;
};

struct outcome {
	enum verdict_kind kind, worst; /* at the end; the most it ever was */
	enum verdict_cause cause;
	enum verdict_pattern pattern;
	int confidence;
	double growth;  /* bytes per second */
	double flagged; /* seconds since the first sample; NAN never */
	unsigned leaks; /* how often it became a leak */
};

struct outcome shape_judge(const struct reading_of *r);

/* A sample with its anonymous memory, as /proc tells it: whole pages, and no peak of a life before. */
struct sample sample_at(uint64_t ns, double bytes);

/* Feeds one sample, checks what the headers promise of every verdict, and returns it. */
const struct verdict *sample_judge(struct detect *d, const struct sample *s);

struct detect *engine_new(void); /* or the test fails */

#endif
