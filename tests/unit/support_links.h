/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_LINKS_H
#define SUPPORT_LINKS_H

/*
 * Made processes whose memory goes along with something, or with nothing. The same family and seed are
 * the same process.
 */

#include <stdint.h>

#include "model/sample.h"

enum links_family {
	LINKS_CONNECTION,  /* 38 kB for each connection that is open; some never close */
	LINKS_EVER,        /* 6 kB for each socket that was ever opened */
	LINKS_THREAD,      /* 132 kB, and a mapping of 8 MB, for each thread ever started */
	LINKS_REQUEST,     /* 2 kB for each request; connections are kept alive */
	LINKS_TIME,        /* 20 kB a second, whatever the load */
	LINKS_IDLE,        /* the same without any load */
	LINKS_WHILE,       /* 4 kB a second for each open connection; at times there is none */
	LINKS_CYCLE,       /* memory and load share a daily cycle, and nothing else */
	LINKS_CYCLE_EDGES, /* the same, with working hours that begin at once */
	LINKS_CYCLE_LEAK,  /* the same, and it leaks by time */
	LINKS_TRENDS, /* memory and connections both rise, and have nothing to do with each other */
	LINKS_FAMILIES
};
extern const char *const links_family_names[LINKS_FAMILIES];

struct links_maker {
	enum links_family family;
	uint64_t state; /* of the random numbers */
	unsigned n, samples;
	double interval; /* seconds */
	double cycle;    /* seconds */
	double size;     /* how strong the cycle is */
	double memory, vsz, wander;
	double open, opened, threads, started, cpu, read, written, load;
	double held_open, held_opened, held_started; /* counted now and then */
};

void links_make(struct links_maker *m, enum links_family family, unsigned seed);

/* The next sample. */
void links_next(struct links_maker *m, struct sample *ret);

#endif
