/* SPDX-License-Identifier: MIT */
#ifndef VERDICT_RUN_H
#define VERDICT_RUN_H

/* All traces of a set through all detectors, on all cores. */

#include "score.h"

/* A range of seeds has a name. Tuning looks at the first as often as it likes, at the last never. */
struct seeds {
	const char *name;
	uint64_t first;
};
extern const struct seeds seed_ranges[]; /* ends with a NULL name */

struct plan {
	const struct family *const *families; /* ends with NULL */
	unsigned family_count;
	unsigned count; /* traces of each family, the classes in turn */
	enum trace_mode mode;
	uint64_t first;     /* seed of trace 0; trace k has first + k */
	unsigned detectors; /* the first so many of detectors[] */
	unsigned jobs;      /* processes */
};

/* One trace and what each detector made of it. */
struct outcome {
	uint64_t seed;
	enum trace_class class;
	bool scored; /* false: this family has no such trace */
	struct score score[DETECTORS_MAX];
};

/*
 * Runs the plan. Returns family_count rows of `count` outcomes, owned by the caller (run_free), or NULL
 * when there was no memory or a worker died.
 */
struct outcome *run_plan(const struct plan *p);
void run_free(struct outcome *o, const struct plan *p);

/* Class and seed of the k-th trace of a family. */
enum trace_class plan_class(unsigned k);

#endif
