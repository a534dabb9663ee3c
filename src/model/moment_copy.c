/* SPDX-License-Identifier: MIT */
/*
 * A moment with another list of processes, another banner: the copy is shallow where the parts are immutable
 * and counted, deep where a moment owns them alone.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "model/diff.h"
#include "model/moment.h"

/* All but the count of references, which stands first. */
enum { COUNTED = offsetof(struct moment, live) };

static struct region_trend *copy_trends(const struct moment *m)
{
	struct region_trend *t = calloc(m->trend_count ? m->trend_count : 1, sizeof(*t));

	if (t && m->trend_count)
		memcpy(t, m->trends, m->trend_count * sizeof(*t));
	return t;
}

struct moment *moment_copy(const struct moment *m)
{
	struct moment *c = malloc(sizeof(*c));
	struct region_trend *trends = copy_trends(m);

	if (!c || !trends) {
		free(c);
		free(trends);
		return NULL;
	}
	/* Whoever else holds m may count at this very moment. */
	memcpy((char *)c + COUNTED, (const char *)m + COUNTED, sizeof(*c) - COUNTED);
	atomic_init(&c->refs, 1);
	c->trends = trends;
	if (c->target)
		target_ref(c->target);
	if (c->regions)
		region_table_ref(c->regions);
	if (c->baseline)
		baseline_ref(c->baseline);
	if (c->focus_pages)
		page_map_ref(c->focus_pages);
	if (c->heap)
		heap_facts_ref(c->heap);
	if (c->sites)
		sites_facts_ref(c->sites);
	if (c->processes)
		process_list_ref(c->processes);
	if (c->diff)
		diff_ref(c->diff);
	return c;
}
