/* SPDX-License-Identifier: MIT */
/* Stands for snapshot_json.c where jansson was not found. Knows only that, and says so. */
#include <errno.h>

#include "source/snapshot_internal.h"

int snapshot_json(const struct snapshot_text *t, struct moment *m, struct fault *fault)
{
	(void)m;
	fault_set(
	        fault, STATUS_USAGE,
	        "%s: this program was built without jansson and reads no JSON; give region tables "
	        "(.csv), or install its development package and build again",
	        t->name);
	return -ENOTSUP;
}
