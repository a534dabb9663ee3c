/* SPDX-License-Identifier: MIT */
#ifndef SOURCE_SCAN_INTERNAL_H
#define SOURCE_SCAN_INTERNAL_H

/* What scan.c (the pass), scan_row.c (one process) and scan_trace.c (short histories) share. */

#include "proc/procdir.h"
#include "source/scan.h"

enum {
	SCAN_TURN = 10,       /* stat of one in so many, in turn */
	SCAN_MAX = 1 << 16,   /* processes */
	SCAN_TEXT = 32 << 10, /* bytes of one small file */
	SCAN_MEMORY = 4096,   /* bytes that one process may cost us, lists included */
};

/* One process as it is followed from pass to pass. */
struct tracked {
	struct process row;
	uint64_t inode; /* of its directory */
	double score;   /* how much it looks like growing; 0: not at all */
	uint32_t from;  /* its first point below */
	bool seen;      /* in this pass */
	bool asked;     /* its names were asked for */
	uint32_t held[PROCESS_TRACE], rss[PROCESS_TRACE]; /* KiB */
};

struct scan {
	struct procdir root; /* rootfd -1: could not be opened yet */
	char *proc;
	struct names *names; /* borrowed; NULL: none */
	uint64_t interval;
	int32_t self;        /* our own pid */
	struct tracked *all; /* by pid, but for those that came in this pass */
	size_t count, sorted, room, hint;
	uint64_t passes, now, last; /* passes made; ns of this one, of the one before */
	uint64_t page, tick;        /* bytes a page; ns a clock tick */
	uint64_t uptime;            /* ns; UNKNOWN */
	bool swaps;                 /* some memory is swapped out, or nobody knows */
	bool first_seen;            /* process 1 was listed in this pass */
	size_t hidden;              /* could not be read in this pass */
	int error;                  /* -errno that kept us from seeing all; 0 */
	struct machine machine;
	/* the points that all histories have in common */
	uint64_t times[PROCESS_TRACE];
	unsigned time_count, stride, skipped;
	char text[SCAN_TEXT];
};

/*
 * A process is told of at most PROCESS_LISTS times at once, followed once, and its names pass through one
 * question and one answer.
 */
_Static_assert(sizeof(struct tracked) + PROCESS_LISTS * sizeof(struct process) +
                               sizeof(struct name_ask) + sizeof(struct name_answer) <=
                       SCAN_MEMORY,
               "a process must cost at most 4 KiB of memory");

/*
 * Reads a process anew (`fresh`: nothing is known of it, or it may have become another). 0, or -errno when
 * it vanished or cannot be read.
 */
int scan_row(struct scan *s, struct tracked *t, bool fresh);

/* After the rows of a pass were read: the next point of every history, growth, and who is suspect. */
void scan_trace(struct scan *s);

/* The histories of suspects into a list whose rows are `order` (indices of s->all). */
void scan_trace_list(const struct scan *s, const uint32_t *order, struct process_list *l);

#endif
