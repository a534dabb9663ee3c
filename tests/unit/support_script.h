/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_SCRIPT_H
#define SUPPORT_SCRIPT_H

/*
 * A watch of process 4711, which is made up and neither grows nor ends: what tests of those who look inside the
 * heap or trace hang on. Such a test has a double of the scanner or the tracer, which need a real one.
 */

#include "app/watch.h"

struct script {
	struct source source;
	unsigned taken, epoch_at; /* samples; number of the one with SAMPLE_EPOCH */
	struct target *target;
	/* of a file: handed out once */
	struct heap_facts *heap;
	struct sites_facts *sites;
};

/* Not begun yet; freed by watch_free(). */
struct watch *script_watch(struct script *s, const struct options *o);

/* Takes the sample of this second; it must succeed. */
void sample(struct watch *w, unsigned second);

/* How many lines have both words, and whether the last of them must be seen anyhow (may be NULL). */
unsigned lines_with(struct watch *w, const char *a, const char *b, bool *ret_announces);

/* How many warnings the newest moment carries with this word. */
unsigned warnings_with(struct watch *w, const char *word);

#endif
