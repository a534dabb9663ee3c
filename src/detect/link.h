/* SPDX-License-Identifier: MIT */
#ifndef DETECT_LINK_H
#define DETECT_LINK_H

/*
 * What memory grows with: counters beside memory, block by block, in bounded memory.
 *
 * A link is believed when the unforeseeable part of a counter's changes and that of memory's coincide.
 * Foreseeable is what follows from time and from the last changes of both: two trends, or two figures
 * that share a cycle, have that in common and no more. What remains must agree far better at the right
 * time than at any other (circular shifts), and not because of a few blocks.
 *
 * Deterministic: the same samples give the same links. Some 30 KB; below 20 us a sample on average.
 */

#include <stdbool.h>
#include <stdint.h>

#include "detect/link_fine.h"
#include "model/link.h"
#include "model/sample.h"

enum { LINK_BLOCKS = 128, LINK_FINES = 2 };

/* What is compared with memory; the first LINK_COUNTERS are rows of link_counters[]. */
enum link_series {
	/* how many there are */
	LINK_CONNECTIONS,
	LINK_SOCKETS,
	LINK_FILES,
	LINK_PIPES,
	LINK_EVENTS,
	LINK_MEMFDS,
	LINK_FDS, /* behind its kinds, which say more */
	LINK_THREADS,
	/* how many there were, how much was done */
	LINK_SOCKETS_SEEN,
	LINK_THREADS_SEEN,
	LINK_OPEN_TIME, /* connections times the time they are open */
	LINK_CPU,
	LINK_READ,
	LINK_WRITTEN,
	LINK_SWITCHES,
	LINK_FAULTS,
	LINK_COUNTERS,
	/* kept beside them */
	LINK_MEMORY = LINK_COUNTERS,
	LINK_MEMORY_THEN, /* when the counters were read that are `then` */
	LINK_VSZ,
	LINK_TIME, /* seconds */
	LINK_TIME_THEN,
	LINK_SERIES
};

/* Of a group only the best is told: its counters are faces of the same thing. */
enum link_group { LINK_GROUP_OPEN, LINK_GROUP_THREADS, LINK_GROUP_WORK, LINK_GROUPS };

struct link_counter {
	enum figure figure;
	enum link_group group;
	enum link_kind kind;
	bool then;        /* read beside the samples, at a time of its own */
	double unit;      /* of the figure: ns a second, bytes a MB */
	const char *one;  /* "connection still open" */
	const char *many; /* "of them" */
};
_Static_assert((int)LINK_SERIES <= (int)LINK_FINE_SERIES, "all series fit");

extern const struct link_counter link_counters[LINK_COUNTERS];

/* The memory that a series is compared with. */
static inline unsigned link_memory_of(unsigned series)
{
	return series < LINK_COUNTERS && link_counters[series].then ? LINK_MEMORY_THEN
	                                                            : LINK_MEMORY;
}

/* When both were read: what is read a little late has grown by that little, whatever it is. */
static inline unsigned link_time_of(unsigned series)
{
	return series < LINK_COUNTERS && link_counters[series].then ? LINK_TIME_THEN : LINK_TIME;
}

/* Samples in a row. */
struct link_block {
	double time;           /* seconds of the watch, mean */
	bool gap;              /* time passed unobserved before it */
	double v[LINK_SERIES]; /* means; NAN: not known in all of them */
};

struct linker {
	unsigned count;                    /* whole blocks */
	unsigned per;                      /* samples a block */
	unsigned filled;                   /* samples in the block behind them */
	bool begun;                        /* there was a sample */
	double samples, judged;            /* taken; at the last judgement */
	double time, connections, threads; /* of the last sample */
	double open_time, threads_risen;   /* connection minutes; threads that appeared */
	struct link_block block[LINK_BLOCKS + 1];
	struct link_fine fine[LINK_FINES];
	unsigned sure; /* a bit for each counter that the last judgement was sure of */
	struct links links;
};

void linker_reset(struct linker *l);

/* The next sample, and the memory in it that may be compared with that of the samples before, bytes. */
void linker_push(struct linker *l, const struct sample *s, double memory, bool gap);

/*
 * The links found last. Statements about growth as such only where it `grows`; else those with a counter
 * alone, which hold for what comes and goes too.
 */
void linker_tell(const struct linker *l, bool grows, struct links *ret);

/*
 * link_find.c: judges the blocks there are. A counter is told that this judgement and the last were sure
 * of; *ret_sure has those of this one.
 */
void links_find(const struct linker *l, struct links *ret, unsigned *ret_sure);

#endif
