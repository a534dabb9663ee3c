/* SPDX-License-Identifier: MIT */
/*
 * Knows what a moment owns and how an empty one looks. Refuses to know what fills it and who draws
 * it.
 */
#include "model/moment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/diff.h"

static void all_unknown(uint64_t *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		v[i] = UNKNOWN;
}

struct moment *moment_new(void)
{
	struct moment *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	atomic_init(&m->refs, 1);
	m->wall = UNKNOWN;
	m->costs.pass_ns = m->costs.longest_call_ns = UNKNOWN;
	m->costs.worst_call_ns = m->costs.period_ns = UNKNOWN;
	m->costs.cpu_percent = NAN;
	sample_init(&m->first);
	sample_init(&m->sample);
	all_unknown(m->status, STATUS_KEY_COUNT);
	all_unknown(m->status_peak, STATUS_KEY_COUNT);
	all_unknown(m->fds, FD_KIND_COUNT);
	all_unknown(m->sockets, SOCKET_KIND_COUNT);
	all_unknown(m->meminfo, MEMINFO_KEY_COUNT);
	all_unknown(m->limits, LIMIT_KEY_COUNT);
	m->cgroup_limit = m->cgroup_usage = UNKNOWN;
	m->bounds = bounds_unknown();
	heap_progress_init(&m->heap_progress);
	sites_progress_init(&m->sites_progress);
	verdict_init(&m->verdict);
	return m;
}

struct moment *moment_ref(struct moment *m)
{
	atomic_fetch_add_explicit(&m->refs, 1, memory_order_relaxed);
	return m;
}

void moment_unref(struct moment *m)
{
	if (!m || atomic_fetch_sub_explicit(&m->refs, 1, memory_order_acq_rel) != 1)
		return;
	target_unref(m->target);
	region_table_unref(m->regions);
	baseline_unref(m->baseline);
	page_map_unref(m->focus_pages);
	heap_facts_unref(m->heap);
	sites_facts_unref(m->sites);
	process_list_unref(m->processes);
	diff_unref(m->diff);
	free(m->trends);
	free(m);
}

struct page_map *page_map_ref(struct page_map *p)
{
	atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
	return p;
}

void page_map_unref(struct page_map *p)
{
	if (p && atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) == 1)
		free(p);
}

static int trend_compare(const void *key, const void *row)
{
	uint64_t x = *(const uint64_t *)key, y = ((const struct region_trend *)row)->id;

	return (x > y) - (x < y);
}

const struct region_trend *moment_trend(const struct moment *m, uint64_t id)
{
	if (!m->trend_count)
		return NULL;
	return bsearch(&id, m->trends, m->trend_count, sizeof(*m->trends), trend_compare);
}
