/* SPDX-License-Identifier: MIT */
#ifndef DETECT_DETECT_H
#define DETECT_DETECT_H

/*
 * Samples in, verdict with reasons out. Nothing outside this room knows how it is reached.
 *
 * Deterministic: the same samples give the same verdict, live, replayed or from a CSV; time enters only
 * with a sample. Bounded memory. Flags of a sample are honoured: an epoch restarts the series, a gap
 * breaks them, a stopped target proves nothing, a torn pass is not believed.
 */

#include "model/heap.h"
#include "model/region.h"
#include "model/sample.h"
#include "model/sites.h"
#include "model/verdict.h"

/* Limits that growth runs into, in bytes but for counts; UNKNOWN: none, or not known. */
struct detect_limits {
	uint64_t cgroup, cgroup_usage; /* and what of it is used, cache left out */
	bool cgroup_throttles;         /* it is memory.high */
	uint64_t address_space;        /* RLIMIT_AS, against VSZ */
	uint64_t data;                 /* RLIMIT_DATA, against VmData */
	uint64_t available;            /* MemAvailable + SwapFree now */
	uint64_t address;              /* what a 32-bit process can address, against VSZ */
	uint64_t mappings;             /* count: vm.max_map_count, against FIGURE_MAPS */
};
struct detect_limits detect_no_limits(void);

struct detect;

struct detect *detect_new(void); /* NULL: no memory */
void detect_free(struct detect *d);

/*
 * With its next value each series takes all memory that it will ever need, which it otherwise takes as it lengthens: for a
 * process that is watched for long and must not make us grow.
 */
void detect_settle(struct detect *d);

/* The next sample, in the order of time. 0 or -ENOMEM. */
int detect_sample(struct detect *d, const struct sample *s);

/* A newer table of regions; torn, partial and repeated ones are ignored. 0 or -ENOMEM. */
int detect_regions(struct detect *d, const struct region_table *t);

/*
 * What a look inside the heap found, with its own time; NULL: nothing is known of it any more. Facts that are unsure
 * (a layout that was guessed, a walk that often lost its way), of an earlier image, or older than the last ones
 * change nothing.
 */
void detect_heap(struct detect *d, const struct heap_facts *f);

/*
 * What traced call sites say, with its own time; NULL: nothing is known of it any more. It becomes evidence and changes no
 * verdict. Facts of tracing that began before the present image, or older than the last ones, change nothing.
 */
void detect_sites(struct detect *d, const struct sites_facts *f);

/* What growth may run into. Facts of the present; may change from sample to sample. */
void detect_limits(struct detect *d, const struct detect_limits *limits);

/* The verdict on everything seen so far. Borrowed until the next call on d. */
const struct verdict *detect_verdict(struct detect *d);

#endif
