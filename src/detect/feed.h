/* SPDX-License-Identifier: MIT */
#ifndef DETECT_FEED_H
#define DETECT_FEED_H

/*
 * From samples to readings that may be compared with each other: one meaning of the base series for
 * the whole watch, a clock that stands still where nothing can be learnt, figures of torn passes
 * replaced by the last good ones.
 */

#include <stdbool.h>

#include "model/sample.h"

/* The series judged on their own. */
enum track_id {
	TRACK_BASE,
	TRACK_SHMEM,
	TRACK_FILE,
	TRACK_HEAP,
	TRACK_VSZ,
	TRACK_HUGE, /* transparent huge pages */
	TRACK_SWAP,
	TRACK_MAPS,    /* mappings, COUNT_BYTES each */
	TRACK_THREADS, /* threads, likewise */
	TRACK_COUNT
};

/*
 * What one mapping or thread counts for in a series, so that counts and bytes are judged by one rule: a
 * thread costs about as much in pages of its stack, the kernel's included. Sixteen are a megabyte.
 */
static const double count_bytes = 64 * 1024.0;

/* What stands for the process's own memory, best first. */
enum base_kind { BASE_NONE, BASE_ANON, BASE_RSS, BASE_HEAP, BASE_SWAP, BASE_VSZ };

struct reading {
	double clock, watch;       /* seconds: trend clock; of the watch */
	double value[TRACK_COUNT]; /* bytes; NAN unknown */
	double headroom;           /* bytes by which it was once larger than now; 0 unknown */
	double data;               /* VmData; NAN */
	bool gap;                  /* what changed since the last reading was not observed */
};

struct feed {
	enum base_kind kind;
	double clock, step;       /* seconds; between the last two readings in a row */
	uint64_t last_time;       /* ns, any sample */
	bool begun, gap, stopped; /* gap: since the last reading; stopped: the last sample was */
	uint64_t lazyfree, swap, huge; /* held from the last sample that knew them */
	double shift;       /* keeps the base series even where a part of it becomes known late */
	bool upper;         /* LazyFree was never known: the base is an upper bound */
	struct sample last; /* the latest sample, figures of torn passes replaced */
};

void feed_reset(struct feed *f);

/* True when this sample knows a better base than the one in use: everything must begin anew. */
bool feed_outgrown(const struct feed *f, const struct sample *s);

/* Takes a sample; true when it gave a reading. An epoch must be handled (feed_reset) before. */
bool feed_take(struct feed *f, const struct sample *s, struct reading *ret);

#endif
