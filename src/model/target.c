/* SPDX-License-Identifier: MIT */
/*
 * Knows who holds a target, and how a sentence of what cannot be read is put together and taken apart. Refuses
 * to know how its facts are read.
 */
#include "model/target.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text_add.h"

#define REDUCED "reduced mode: "
#define REMEDY  "; "

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

void lacking_make(char *out, size_t size, const char *remedy, const char *what, ...)
{
	size_t used = sizeof(REDUCED) - 1;
	va_list args;

	snprintf(out, size, "%s", REDUCED);
	va_start(args, what);
	if (used < size)
		vsnprintf(out + used, size - used, what, args);
	va_end(args);
	if (remedy)
		text_add(out, size, "%s%s", REMEDY, remedy);
}

void lacking_recorded(char *out, size_t size, const char *text)
{
	const char *remedy = strstr(text, REMEDY);
	int length = (int)(remedy ? (size_t)(remedy - text) : strlen(text));
	int skipped = strncmp(text, REDUCED, sizeof(REDUCED) - 1) ? 0 : (int)sizeof(REDUCED) - 1;

	out[0] = '\0';
	if (length > skipped)
		snprintf(out, size, "recorded in %s%.*s", REDUCED, length - skipped,
		         text + skipped);
}
