/* SPDX-License-Identifier: MIT */
#ifndef DETECT_DETECT_INTERNAL_H
#define DETECT_DETECT_INTERNAL_H

/* What the files of this room share: everything known, and the steps from there to a verdict. */

#include "detect/detect.h"
#include "detect/feed.h"
#include "detect/heap.h"
#include "detect/limits.h"
#include "detect/link.h"
#include "detect/power.h"
#include "detect/regions.h"
#include "detect/sites.h"
#include "detect/track.h"

struct detect {
	struct feed feed;
	struct track track[TRACK_COUNT];
	struct regions regions;
	struct linker linker;
	struct heap_view heap;
	struct sites_view sites;
	struct detect_limits limits;
	struct ends ends;
	double judged;      /* trend clock of the last judgement; NAN never */
	bool region_gap;    /* a gap since the last table */
	bool epoch;         /* began anew after an exec */
	bool restart;       /* or with another process of its name */
	struct power power; /* of an all-clear on the base series */
	uint64_t flagged;   /* ns of the watch; UNKNOWN */
	struct verdict verdict;
	struct point scratch[SERIES_POINTS], more[SERIES_POINTS];
};

/* The series that decides, and how far it gets. */
struct carrier {
	enum verdict_kind kind;
	enum verdict_cause cause;
	enum track_id id;
	const struct track *track;
	const struct region_track *region; /* a part alone: a region, a sum; else NULL */
};

/*
 * parts.c: the part that grows most among those held to grow for good, `material` newly weighed; NULL: none.
 */
struct region_track *part_growing(struct detect *d);

/* What its growth lacks to be a leak of the process: "it ..." */
void part_condition(struct detect *d, const struct region_track *part, char *ret, size_t size);

/* counts.c: a carrier that counts; the count that grows for good, TRACK_COUNT for none; its words. */
bool carrier_counts(const struct carrier *c);
enum track_id counts_growing(const struct detect *d);
void counts_reason(const struct detect *d, const struct carrier *c, char *ret, size_t size);
void counts_evidence(struct detect *d, const struct carrier *c, struct verdict *v);

/* verdict.c */
struct carrier carrier_choose(struct detect *d);
bool carrier_enough(const struct detect *d); /* samples and time for an all-clear */

/* reason.c: kind and cause are set; fills reason, condition, needs. */
void reason_write(struct detect *d, const struct carrier *c, struct verdict *v);

/* cause.c: why a process that does not leak holds what it holds, and the sentence for it. */
enum verdict_cause cause_of_calm(struct detect *d, char *ret, size_t size);

/* How the growth of a series ended that was called a leak. */
enum verdict_cause cause_of_ending(const struct trend *t, char *ret, size_t size);

/* The words for a series: "anonymous memory". */
const char *carrier_words(const struct detect *d, const struct carrier *c);

/* where.c */
void where_find(struct detect *d, const struct carrier *c, struct verdict *v);

/* outlook.c: takes back an all-clear that a leak could hide behind; the plateau of a warm-up. */
void outlook_doubt(struct detect *d, struct carrier *c);
void outlook_plateau(struct detect *d, const struct carrier *c, struct verdict *v);

/*
 * heap_weigh.c: what looks inside the heap change. Growth of the base series between the first and the newest
 * look, bytes; live blocks grew with it; they did not; lost blocks are what it is made of.
 */
double heap_watched(struct detect *d);
bool heap_follows(struct detect *d);
bool heap_is_flat(struct detect *d);
bool heap_proves(struct detect *d);
void heap_weigh(struct detect *d, struct carrier *c);
double heap_odds(struct detect *d, const struct carrier *c); /* log odds that it leaks, added */

/* heap_words.c: what is freed and kept is what the process is about; the sentence; more of a reason; evidence. */
bool heap_holds(const struct detect *d);
void heap_holds_words(const struct detect *d, char *ret, size_t size);
void heap_reason(struct detect *d, char *reason, size_t size);
void heap_evidence(struct detect *d, const struct carrier *c, struct verdict *v);

/* sites_words.c: what traced call sites say, as evidence alone. */
void sites_evidence(struct detect *d, const struct carrier *c, struct verdict *v);

/* limits.c: takes a reading in; finds what growth meets first, and when. */
void limits_take(struct detect *d, const struct reading *r);
void limits_find(struct detect *d, const struct carrier *c, struct verdict *v);

/* evidence.c */
void evidence_write(struct detect *d, const struct carrier *c, struct verdict *v);

/* confidence.c: 0..100 that the process leaks. */
int confidence_of(struct detect *d, const struct carrier *c);

#endif
