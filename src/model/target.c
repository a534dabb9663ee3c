/* SPDX-License-Identifier: MIT */
/* Knows who holds a target. Refuses to know how its facts are read. */
#include "model/target.h"

#include <stdlib.h>

struct target *target_new(void)
{
	struct target *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	atomic_init(&t->refs, 1);
	t->inner_pid = t->uid = t->start_ticks = t->page = UNKNOWN;
	return t;
}

struct target *target_ref(struct target *t)
{
	atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
	return t;
}

void target_unref(struct target *t)
{
	if (t && atomic_fetch_sub_explicit(&t->refs, 1, memory_order_acq_rel) == 1)
		free(t);
}

struct bounds bounds_unknown(void)
{
	return (struct bounds){.cgroup_cache = UNKNOWN,
	                       .address = UNKNOWN,
	                       .oom_score = UNKNOWN,
	                       .oom_adjust = BOUNDS_NO_ADJUST};
}
