/* SPDX-License-Identifier: MIT */
/* Stands in for tracing where elfutils was not there at build time: says what is missing and what helps. */
#include "sites/tracer.h"

#include <stdio.h>
#include <stdlib.h>

/* One for each watch, so that a caller need not know. */
struct tracer {
	struct sites_progress progress;
};

struct tracer *tracer_new(const char *proc, int32_t pid, uint64_t start, double max_slowdown)
{
	struct tracer *t = calloc(1, sizeof(*t));

	(void)proc, (void)pid, (void)start, (void)max_slowdown;
	if (t)
		sites_progress_init(&t->progress);
	return t;
}

static void refuse(struct tracer *t, enum sites_kind kind)
{
	t->progress.phase = kind == SITES_NONE ? SITES_OFF : SITES_FAILED;
	t->progress.kind = kind;
	snprintf(t->progress.why, sizeof(t->progress.why), "%s",
	         kind == SITES_NONE ? "" : tracer_missing());
}

void tracer_run(struct tracer *t, enum sites_kind kind, uint64_t duration)
{
	(void)duration;
	refuse(t, kind);
}

void tracer_price(struct tracer *t, uint64_t duration)
{
	(void)duration;
	refuse(t, SITES_ALLOCATIONS);
}

void tracer_hint(struct tracer *t, uint64_t largest)
{
	(void)t, (void)largest;
}

int tracer_fd(const struct tracer *t)
{
	(void)t;
	return -1;
}

struct sites_facts *tracer_take(struct tracer *t)
{
	(void)t;
	return NULL;
}

void tracer_progress(struct tracer *t, struct sites_progress *ret)
{
	*ret = t->progress;
}

void tracer_free(struct tracer *t)
{
	free(t);
}

const char *tracer_built(void)
{
	return "no (built without elfutils)";
}

const char *tracer_missing(void)
{
	return "this tool was built without elfutils (libdw); build it with that, or use `perf "
	       "record` or "
	       "`heaptrack`";
}
