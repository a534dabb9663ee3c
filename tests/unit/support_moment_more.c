/* SPDX-License-Identifier: MIT */
/*
 * Knows the large moment, the picker and what is in focus. Refuses to know the watch of shopd itself,
 * which support_moment.c holds.
 */
#include "support_moment.h"

#include <math.h>
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
	static const char *const units[] = {"postgresql.service", "docker:0123456789ab",
	                                    "nginx.service", "redis.service", "user@1000.service"};
	const char *name = names[i % 5];

	p->pid = (int32_t)(1000 + 37 * i);
	p->ppid = i < 5 ? 1 : (int32_t)(1000 + 37 * (i % 5));
	p->state = i % 7 == 3 ? 'R' : 'S';
	p->start_ticks = 1000 + i;
	p->age = (40 + 4000ull * i) * NS_PER_S;
	p->uid = i % 3 ? 1000 : 0;
	snprintf(p->user, sizeof(p->user), "%s", i % 3 ? "daniel" : "root");
	snprintf(p->unit, sizeof(p->unit), "%s", units[i % 5]);
	p->rss = (900 - 29 * i) * MB;
	p->vsz = p->rss * 3;
	p->anon = p->rss / 2;
	p->swap = i % 6 == 5 ? 12 * MB : 0;
	p->shmem = p->hwm = UNKNOWN;
	p->first_rss = p->rss;
	p->confidence = -1;
	p->spark_count = PROCESS_SPARK;
	for (unsigned k = 0; k < PROCESS_SPARK; k++)
		p->spark[k] = (uint32_t)(process_held(p) >> 10);
	snprintf(p->comm, sizeof(p->comm), "%s", name);
	snprintf(p->command, sizeof(p->command), "/usr/bin/%s --instance %u", name, i);
}

/* What the engine would say of a row that grew by so many kB between the points of its sparkline. */
static void process_judge(struct process_list *l, size_t row, enum verdict_kind kind,
                          int8_t confidence, uint32_t step, const char *reason)
{
	struct process_suspect *s = &l->suspects[l->suspect_count++];
	struct process *p = &l->rows[row];

	p->suspect = true;
	p->verdict = (uint8_t)kind;
	p->confidence = confidence;
	p->growth = step * 1024.0 * 12;
	p->suspicion = ((uint64_t)kind << 56) + ((uint64_t)(confidence > 0 ? confidence : 0) << 48);
	for (unsigned k = 0; k < PROCESS_SPARK; k++)
		p->spark[k] = 200000 + step * k;
	s->row = (uint32_t)row;
	snprintf(s->reason, sizeof(s->reason), "%s", reason);
}

static void machine_fill(struct machine *m)
{
	machine_init(m);
	m->first[MEMINFO_TOTAL] = 31ull << 30;
	m->first[MEMINFO_FREE] = 6ull << 30;
	m->first[MEMINFO_AVAILABLE] = 14ull << 30;
	m->first[MEMINFO_BUFFERS] = 120 * MB;
	m->first[MEMINFO_CACHED] = 9ull << 30;
	m->first[MEMINFO_SWAP_TOTAL] = 8ull << 30;
	m->first[MEMINFO_SWAP_FREE] = 7ull << 30;
	m->first[MEMINFO_SHMEM] = 300 * MB;
	m->first[MEMINFO_SLAB_UNRECLAIM] = 900 * MB;
	m->first[MEMINFO_ANON_PAGES] = 8ull << 30;
	for (int i = 0; i < MEMINFO_KEY_COUNT; i++)
		m->now[i] = m->first[i];
	m->now[MEMINFO_AVAILABLE] -= 4198 * MB;
	m->now[MEMINFO_SLAB_UNRECLAIM] += 4190 * MB;
	m->span = 720 * NS_PER_S;
	m->pressure.some = 2.25;
	m->pressure.full = 0.5;
}

struct moment *support_moment_picker(void)
{
	enum { PROCESSES = 30 };
	struct process_list *l = must(calloc(1, sizeof(*l) + PROCESSES * sizeof(l->rows[0])));
	struct moment *m = must(moment_new());

	atomic_init(&l->refs, 1);
	l->time = 720 * NS_PER_S;
	l->interval = 2 * NS_PER_S;
	l->span = l->time;
	l->took = 4 * NS_PER_MS;
	l->growth_known = true;
	l->count = PROCESSES;
	machine_fill(&l->machine);
	for (unsigned i = 0; i < PROCESSES; i++)
		process_fill(&l->rows[i], i);
	process_judge(l, 24, VERDICT_LEAK, 94, 5000,
	              "anonymous memory grew by 720.0 MB in 12 min, at 1.0 MB/s");
	process_judge(l, 4, VERDICT_SUSPICIOUS, 55, 300,
	              "anonymous memory grew by 40.1 MB in 11 min, at 60.7 kB/s");
	process_judge(l, 11, VERDICT_NO_LEAK, 6, 4, "it holds what it held 10 min ago");
	process_judge(l, 13, VERDICT_UNKNOWN, -1, 9, "");
	snprintf(l->rows[7].comm, sizeof(l->rows[7].comm), "\033[31mred");
	snprintf(l->rows[7].command, sizeof(l->rows[7].command), "\033[31mred\n\xff\xe2\x80\xae");
	snprintf(l->rows[7].unit, sizeof(l->rows[7].unit), "\033]0;unit\007");
	snprintf(l->rows[29].comm, sizeof(l->rows[29].comm), "kworker/0:1");
	snprintf(l->rows[29].command, sizeof(l->rows[29].command), "[kworker/0:1]");
	l->rows[29].rss = l->rows[29].vsz = l->rows[29].first_rss = 0;
	l->rows[29].kthread = true;
	l->rows[29].anon = l->rows[29].swap = UNKNOWN;
	l->rows[29].growth = NAN;
	m->live = true;
	m->time = l->time;
	m->wall = SUPPORT_WALL;
	m->interval = NS_PER_S;
	m->processes = l;
	return m;
}

void support_first_look(struct moment *m)
{
	struct process_list *l = m->processes;

	l->time = l->span = l->machine.span = 0;
	l->growth_known = false;
	l->suspect_count = 0;
	for (size_t i = 0; i < l->count; i++) {
		struct process *p = &l->rows[i];
		p->suspect = false;
		p->verdict = VERDICT_UNKNOWN;
		p->confidence = -1;
		p->growth = NAN;
		p->suspicion = 0;
		p->spark_count = 0;
	}
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
