/* SPDX-License-Identifier: MIT */
/*
 * Knows the large moment, the picker and what is in focus. Refuses to know the watch of shopd itself,
 * which support_moment.c holds.
 */
#include "support_moment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "model/history.h"

#define MB (1ull << 20)

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

static void point_add(struct chart *c, uint64_t time, uint64_t value)
{
	c->points[c->count++] = (struct chart_point){time, value, value, value};
	c->to = time;
}

/* regions_fn has no room for a size; the table of now stands in for those of before. */
struct moment *support_moment_big(size_t regions)
{
	struct moment *m = support_moment();

	region_table_unref(m->regions);
	baseline_unref(m->baseline);
	free(m->trends);
	const double seconds = (double)m->time / 1e9;
	struct region_table *then = support_regions_big(regions, 0);
	m->regions = support_regions_big(regions, seconds);
	m->baseline = must(baseline_new(&m->first, m->status, m->meminfo, then));
	m->trend_count = regions < HISTORY_REGIONS ? regions : HISTORY_REGIONS;
	m->trends = must(calloc(m->trend_count + 1, sizeof(*m->trends)));
	for (size_t i = 0; i < m->trend_count; i++) {
		uint64_t from = then->rows[i]->bytes[SMAPS_RSS];
		uint64_t to = m->regions->rows[i]->bytes[SMAPS_RSS];
		m->trends[i].id = m->regions->rows[i]->id;
		m->trends[i].rate = (double)(to - from) / seconds;
		m->trends[i].spark_count = SPARK_POINTS;
		for (unsigned p = 0; p < SPARK_POINTS; p++)
			m->trends[i].spark[p] = from + (to - from) * p / (SPARK_POINTS - 1);
	}
	region_table_unref(then);
	return m;
}

static void process_fill(struct process *p, unsigned i)
{
	static const char *const names[] = {"postgres", "java", "nginx", "redis-server", "shopd"};
	const char *name = names[i % 5];

	p->pid = (int32_t)(1000 + 37 * i);
	p->state = i % 7 == 3 ? 'R' : 'S';
	p->start_ticks = 1000 + i;
	p->uid = i % 3 ? 1000 : 0;
	p->rss = (900 - 29 * i) * MB;
	p->vsz = p->rss * 3;
	p->first_rss = p->rss - (i % 4 == 0 ? 3 * MB : 0);
	snprintf(p->comm, sizeof(p->comm), "%s", name);
	snprintf(p->command, sizeof(p->command), "/usr/bin/%s --instance %u", name, i);
}

struct moment *support_moment_picker(void)
{
	enum { PROCESSES = 30 };
	struct process_list *l = must(calloc(1, sizeof(*l) + PROCESSES * sizeof(l->rows[0])));
	struct moment *m = must(moment_new());

	atomic_init(&l->refs, 1);
	l->time = 30 * NS_PER_S;
	l->took = 4 * NS_PER_MS;
	l->count = PROCESSES;
	for (unsigned i = 0; i < PROCESSES; i++)
		process_fill(&l->rows[i], i);
	snprintf(l->rows[7].comm, sizeof(l->rows[7].comm), "\033[31mred");
	snprintf(l->rows[7].command, sizeof(l->rows[7].command), "\033[31mred\n\xff\xe2\x80\xae");
	snprintf(l->rows[29].comm, sizeof(l->rows[29].comm), "kworker/0:1");
	snprintf(l->rows[29].command, sizeof(l->rows[29].command), "[kworker/0:1]");
	l->rows[29].rss = l->rows[29].vsz = l->rows[29].first_rss = 0;
	m->live = true;
	m->time = l->time;
	m->wall = SUPPORT_WALL;
	m->interval = NS_PER_S;
	m->processes = l;
	return m;
}

static const struct region *region_of(const struct moment *m, enum region_kind kind)
{
	for (size_t i = 0; m->regions && i < m->regions->count; i++)
		if (m->regions->rows[i]->kind == kind)
			return m->regions->rows[i];
	return NULL;
}

static struct page_map *pages_make(const struct region *r)
{
	struct page_map *p = must(calloc(1, sizeof(*p)));

	atomic_init(&p->refs, 1);
	p->id = r->id;
	p->start = r->start;
	p->end = r->end;
	p->count = 64;
	p->cell = r->size / p->count;
	p->present = r->bytes[SMAPS_RSS];
	p->swapped = r->bytes[SMAPS_SWAP];
	p->huge = 0;
	p->untouched = r->size - r->bytes[SMAPS_RSS];
	p->took = 640 * NS_PER_US;
	p->longest = 64 * NS_PER_US;
	for (unsigned i = 0; i < p->count; i++)
		p->cells[i] = (struct page_cell){.resident = i < 56    ? 100
		                                             : i == 56 ? 40
		                                                       : 0,
		                                 .swapped = i == 57 ? 30 : 0,
		                                 .huge = i < 8 ? 100 : 0};
	return p;
}

void support_focus(struct moment *m, enum region_kind kind)
{
	const struct region *r = region_of(m, kind);
	const struct region_trend *t = r ? moment_trend(m, r->id) : NULL;

	if (!r)
		abort();
	m->focus = r->id;
	m->focus_chart = (struct chart){0};
	for (unsigned i = 0; t && i < t->spark_count; i++)
		point_add(&m->focus_chart, m->time * i / (SPARK_POINTS - 1), t->spark[i]);
	page_map_unref(m->focus_pages);
	m->focus_pages = pages_make(r);
}
