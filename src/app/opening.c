/* SPDX-License-Identifier: MIT */
#include "app/opening.h"

/*
 * From the settings to a source. Knows which options concern it.
 */

#include "source/follow.h"

int opening_live(const struct options *o, int32_t pid, struct source **ret, struct fault *fault)
{
	struct live_options live = {.proc = o->procfs,
	                            .pid = pid,
	                            .max_stall = o->max_stall,
	                            .min_period = o->interval,
	                            .regions = true};

	return pid ? live_open(&live, ret, fault) : follow_open(&live, o->follow, ret, fault);
}
