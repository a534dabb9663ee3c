/* SPDX-License-Identifier: MIT */
#ifndef DOGFOOD_BUSY_H
#define DOGFOOD_BUSY_H

/*
 * A busy process that is made up: its memory breathes, mappings, threads and descriptors come and go, files are
 * mapped under ever new names, looks inside its heap and tracings of its call sites come in. It never grows for
 * good. Time is what it is told, and the same seconds always give the same figures.
 */

#include "model/source.h"
#include "model/tracker.h"

enum { BUSY_SLOTS = 96, BUSY_PASS = 3 /* samples between passes over its mappings */ };

/* A place in the address space where a mapping comes and goes. */
struct busy_slot {
	uint64_t size, rss; /* bytes; size 0: nothing is there */
	unsigned file;      /* number in its name; 0: anonymous */
};

struct busy {
	struct source source;
	struct tracker *tracker;
	struct target *target;
	struct busy_slot slots[BUSY_SLOTS];
	uint64_t random, time, anon; /* time: ns of the newest sample */
	unsigned taken, files;
	bool restarts;       /* every hour another process takes its place */
	bool pass_due, told; /* told: the news of this sample */
	bool heap_due, sites_due;
};

/* Begins with nothing taken; the source is freed by whoever watches it, the rest stays the caller's. 0 or -ENOMEM. */
int busy_init(struct busy *b, bool restarts);

#endif
