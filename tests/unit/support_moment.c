/* SPDX-License-Identifier: MIT */
/*
 * Knows how the moments look that tests show. Refuses to know who shows them.
 */
#include "support_moment.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "model/history.h"

#define MB (1ull << 20)

enum { SECONDS = 600, STEP = 5, SAMPLES = SECONDS / STEP + 1 };

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

/* Figures that status would tell of a process with these regions. */
static struct sample sample_of(const struct region_table *t, double seconds)
{
	const uint64_t *sum = t->totals;
	struct sample s;

	sample_init(&s);
	s.time = (uint64_t)(seconds * 1e9);
	s.wall = SUPPORT_WALL - (SECONDS - (uint64_t)seconds) * NS_PER_S;
	s.flags = SAMPLE_FRESH;
	s.v[FIGURE_RSS] = sum[SMAPS_RSS];
	s.v[FIGURE_VSZ] = t->size;
	s.v[FIGURE_HEAP] = t->by_kind[REGION_HEAP].size;
	s.v[FIGURE_ANON] = sum[SMAPS_ANONYMOUS];
	s.v[FIGURE_SWAP] = sum[SMAPS_SWAP];
	s.v[FIGURE_SHMEM] = t->by_kind[REGION_SHM].rss;
	s.v[FIGURE_FILE] = sum[SMAPS_RSS] - sum[SMAPS_ANONYMOUS] - s.v[FIGURE_SHMEM];
	s.v[FIGURE_PSS] = sum[SMAPS_PSS];
	s.v[FIGURE_PRIVATE] = sum[SMAPS_PRIVATE_CLEAN] + sum[SMAPS_PRIVATE_DIRTY];
	s.v[FIGURE_PRIVATE_DIRTY] = sum[SMAPS_PRIVATE_DIRTY];
	s.v[FIGURE_SHARED] = sum[SMAPS_SHARED_CLEAN] + sum[SMAPS_SHARED_DIRTY];
	s.v[FIGURE_LAZYFREE] = sum[SMAPS_LAZYFREE];
	s.v[FIGURE_DATA] = t->by_kind[REGION_HEAP].size + t->by_kind[REGION_ANON].size;
	s.v[FIGURE_HWM] = sum[SMAPS_RSS] + 256 * 1024;
	s.v[FIGURE_THREADS] = 4;
	s.v[FIGURE_FDS] = 23;
	s.v[FIGURE_CPU] = (uint64_t)(12.34e9 + seconds * 2e7);
	s.v[FIGURE_AGE] = (uint64_t)((7200 + seconds) * 1e9);
	s.v[FIGURE_PTE] = 312 * 1024;
	s.v[FIGURE_HUGETLB] = sum[SMAPS_PRIVATE_HUGETLB];
	s.v[FIGURE_ANON_HUGE] = sum[SMAPS_ANON_HUGE];
	s.v[FIGURE_MAPS] = t->mappings;
	s.v[FIGURE_MINFLT] = (uint64_t)(88000 + seconds * 25);
	s.v[FIGURE_MAJFLT] = 17;
	s.v[FIGURE_STACK] = t->by_kind[REGION_MAIN_STACK].size;
	return s;
}

static void status_of(const struct sample *s, uint64_t v[STATUS_KEY_COUNT])
{
	v[STATUS_VM_PEAK] = s->v[FIGURE_VSZ] + 4 * MB;
	v[STATUS_VM_SIZE] = s->v[FIGURE_VSZ];
	v[STATUS_VM_LOCKED] = v[STATUS_VM_PINNED] = 0;
	v[STATUS_VM_HWM] = s->v[FIGURE_HWM];
	v[STATUS_VM_RSS] = s->v[FIGURE_RSS];
	v[STATUS_RSS_ANON] = s->v[FIGURE_ANON];
	v[STATUS_RSS_FILE] = s->v[FIGURE_FILE];
	v[STATUS_RSS_SHMEM] = s->v[FIGURE_SHMEM];
	v[STATUS_VM_DATA] = s->v[FIGURE_DATA];
	v[STATUS_VM_STACK] = s->v[FIGURE_STACK];
	v[STATUS_VM_EXE] = 412 * 1024;
	v[STATUS_VM_LIB] = 2128 * 1024;
	v[STATUS_VM_PTE] = s->v[FIGURE_PTE];
	v[STATUS_VM_SWAP] = s->v[FIGURE_SWAP];
	v[STATUS_HUGETLB] = s->v[FIGURE_HUGETLB];
	v[STATUS_THREADS] = 4;
	v[STATUS_FDSIZE] = 64;
	v[STATUS_CTX_VOLUNTARY] = 5120;
	v[STATUS_CTX_INVOLUNTARY] = 86;
}

static void machine_set(struct moment *m)
{
	static const uint64_t meminfo[MEMINFO_KEY_COUNT] = {
	        [MEMINFO_TOTAL] = 8192 * MB,        [MEMINFO_FREE] = 1024 * MB,
	        [MEMINFO_AVAILABLE] = 5120 * MB,    [MEMINFO_BUFFERS] = 128 * MB,
	        [MEMINFO_CACHED] = 3584 * MB,       [MEMINFO_SWAP_TOTAL] = 2048 * MB,
	        [MEMINFO_SWAP_FREE] = 2040 * MB,    [MEMINFO_SHMEM] = 64 * MB,
	        [MEMINFO_SLAB_UNRECLAIM] = 96 * MB, [MEMINFO_PAGE_TABLES] = 24 * MB,
	        [MEMINFO_ZSWAP] = UNKNOWN,          [MEMINFO_ANON_PAGES] = 2560 * MB,
	        [MEMINFO_KERNEL_STACK] = 12 * MB,   [MEMINFO_HUGETLB] = 0,
	};
	static const uint64_t fds[FD_KIND_COUNT] = {
	        [FD_FILE] = 6, [FD_SOCKET] = 12, [FD_PIPE] = 2, [FD_EVENT] = 2, [FD_MEMFD] = 1,
	};

	memcpy(m->meminfo, meminfo, sizeof(meminfo));
	memcpy(m->fds, fds, sizeof(fds));
	m->limits[LIMIT_STACK] = 8 * MB;
	m->limits[LIMIT_NOFILE] = 1024;
	m->cgroup_limit = 512 * MB;
	m->cgroup_usage = 190 * MB;
	snprintf(m->cgroup_path, sizeof(m->cgroup_path), "/system.slice/shopd.service");
	m->abilities = (struct abilities){.smaps = true,
	                                  .fds = true,
	                                  .pagemap = true,
	                                  .pagemap_scan = true,
	                                  .vma_query = true,
	                                  .cgroup = true,
	                                  .exe = true};
	m->costs = (struct costs){.pass_ns = 3200 * NS_PER_US,
	                          .longest_call_ns = 350 * NS_PER_US,
	                          .worst_call_ns = 480 * NS_PER_US,
	                          .period_ns = 5 * NS_PER_S,
	                          .cpu_percent = 0.1};
}

static struct target *target_make(void)
{
	struct target *t = must(target_new());

	t->pid = 4711;
	t->uid = 998;
	t->start_ticks = 360000;
	t->page = 4096;
	snprintf(t->comm, sizeof(t->comm), "shopd");
	snprintf(t->command, sizeof(t->command),
	         "/usr/sbin/shopd --listen 0.0.0.0:8080 --workers 3");
	snprintf(t->exe, sizeof(t->exe), "/usr/sbin/shopd");
	snprintf(t->user, sizeof(t->user), "shop");
	return t;
}

static uint64_t chart_value(enum chart_kind k, const struct sample *s)
{
	static const enum figure figures[CHART_COUNT] = {
	        [CHART_RSS] = FIGURE_RSS,   [CHART_VSZ] = FIGURE_VSZ,
	        [CHART_HEAP] = FIGURE_HEAP, [CHART_SHMEM] = FIGURE_SHMEM,
	        [CHART_FILE] = FIGURE_FILE, [CHART_SWAP] = FIGURE_SWAP,
	};

	return k == CHART_BASE ? sample_base(s, NULL) : s->v[figures[k]];
}

static void chart_add(struct chart *c, uint64_t time, uint64_t value)
{
	c->points[c->count++] = (struct chart_point){time, value, value, value};
	c->to = time;
}

/* Twenty of all rows, the first and the last among them. */
static void row_add(struct moment *m, unsigned i, const struct sample *s)
{
	unsigned last = m->row_count;
	const struct sample *before = last ? &m->rows[last - 1].sample : NULL;

	if (last == MOMENT_ROWS || i < last * (SAMPLES - 1) / (MOMENT_ROWS - 1))
		return;
	m->rows[m->row_count++] = (struct table_row){
	        .sample = *s,
	        .confidence = m->verdict.confidence < 0 || i < 7 ? -1 : m->verdict.confidence,
	        .rate = before ? ((double)s->v[FIGURE_RSS] - (double)before->v[FIGURE_RSS]) * 1e9 /
	                                 (double)(s->time - before->time)
	                       : (double)NAN,
	};
}

typedef struct region_table *regions_fn(double seconds);

static struct region_table *regions_leaking(double seconds)
{
	return support_regions(seconds, true);
}

static struct region_table *regions_idle(double seconds)
{
	return support_regions(seconds, false);
}

/* Samples, charts and rows up to now; the regions of now stay in the moment. */
static void course_set(struct moment *m, regions_fn *regions)
{
	for (unsigned i = 0; i < SAMPLES; i++) {
		struct region_table *t = regions(i * STEP);
		struct sample s = sample_of(t, i * STEP);

		if (i == 0) {
			uint64_t status[STATUS_KEY_COUNT];
			m->first = s;
			status_of(&s, status);
			m->baseline = must(baseline_new(&s, status, m->meminfo, t));
		}
		for (int k = 0; k < CHART_COUNT; k++)
			chart_add(&m->charts[k], s.time, chart_value((enum chart_kind)k, &s));
		row_add(m, i, &s);
		m->sample = s;
		region_table_unref(m->regions);
		m->regions = t;
	}
}

static void trends_set(struct moment *m, regions_fn *regions)
{
	size_t n = m->regions->count < HISTORY_REGIONS ? m->regions->count : HISTORY_REGIONS;
	double span = (double)m->time / 1e9;

	m->trends = must(calloc(n, sizeof(*m->trends)));
	m->trend_count = n;
	for (unsigned p = 0; p < SPARK_POINTS; p++) {
		struct region_table *t = regions(span * p / (SPARK_POINTS - 1));
		for (size_t i = 0; i < n; i++)
			m->trends[i].spark[p] = t->rows[i]->bytes[SMAPS_RSS];
		region_table_unref(t);
	}
	for (size_t i = 0; i < n; i++) {
		struct region_trend *r = &m->trends[i];
		r->id = m->regions->rows[i]->id;
		r->spark_count = SPARK_POINTS;
		r->rate = ((double)r->spark[SPARK_POINTS - 1] - (double)r->spark[0]) / span;
	}
}

static void evidence_add(struct verdict *v, bool is_for, double weight, const char *text)
{
	struct evidence *e = &v->evidence[v->evidence_count++];

	e->is_for = is_for;
	e->weight = weight;
	snprintf(e->text, sizeof(e->text), "%s", text);
}

static void verdict_leak(struct moment *m)
{
	struct verdict *v = &m->verdict;

	v->kind = VERDICT_LEAK;
	v->cause = CAUSE_LEAK;
	v->pattern = PATTERN_LINEAR;
	v->where = WHERE_HEAP;
	v->confidence = 97;
	snprintf(
	        v->reason, sizeof(v->reason),
	        "anonymous memory grew by 60.6 MB in 10 min, at every look, and gave nothing back");
	v->growth = 103.5 * 1024;
	v->growth_low = 101.2 * 1024;
	v->growth_high = 105.8 * 1024;
	v->since = 0;
	v->flagged = 35 * NS_PER_S;
	v->limit = LIMIT_CGROUP;
	v->limit_bytes = m->cgroup_limit;
	v->eta = 3185;
	evidence_add(v, true, 0.46, "it grew in 120 of 120 intervals of 5 s");
	evidence_add(v, true, 0.31, "a straight line explains 99.8 % of the growth");
	evidence_add(v, true, 0.12, "[heap] carries 97 % of it");
	evidence_add(v, false, 0.05, "0.5 MB are lazily freed and may still be taken back");
	evidence_add(v, false, 0.02, "10 min are short for a process of 2 h 10 min");
}

static void verdict_idle(struct moment *m)
{
	struct verdict *v = &m->verdict;

	v->kind = VERDICT_NO_LEAK;
	v->cause = CAUSE_NONE;
	v->confidence = 2;
	snprintf(v->reason, sizeof(v->reason), "memory stayed the same for 10 min");
	v->growth = v->growth_low = v->growth_high = 0;
	evidence_add(v, false, 0.61, "anonymous memory never rose above 29.5 MB");
	evidence_add(v, false, 0.22, "no region grew");
}

static void event_add(struct moment *m, uint64_t seconds, enum event_kind kind, const char *text)
{
	struct event *e = &m->events[m->event_count++];

	e->time = seconds * NS_PER_S;
	e->kind = kind;
	snprintf(e->text, sizeof(e->text), "%.*s", (int)sizeof(e->text) - 1, text);
}

static void warning_add(struct moment *m, const char *text)
{
	snprintf(m->warnings[m->warning_count++], WARNING_MAX, "%s", text);
}

/* What all moments of the watch share; the verdict stands before, because rows show it. */
static struct moment *moment_make(regions_fn *regions, void (*verdict)(struct moment *))
{
	struct moment *m = must(moment_new());

	m->live = true;
	m->time = SECONDS * NS_PER_S;
	m->wall = SUPPORT_WALL;
	m->interval = STEP * NS_PER_S;
	m->samples = SAMPLES;
	m->target = target_make();
	m->state_letter = 'S';
	machine_set(m);
	verdict(m);
	course_set(m, regions);
	trends_set(m, regions);
	status_of(&m->sample, m->status);
	status_of(&m->sample, m->status_peak);
	event_add(m, 0, EVENT_START, "the watch began");
	return m;
}

static struct moment *leak_make(regions_fn *regions)
{
	struct moment *m = moment_make(regions, verdict_leak);

	event_add(m, 35, EVENT_WARNING, "Warning: linear heap growth detected");
	event_add(m, 290, EVENT_GAP, "time passed unobserved");
	event_add(m, 560, EVENT_ALARM, "RSS 90.3 MB is above --max-rss 90 MB");
	warning_add(m, "RSS 90.3 MB is above --max-rss 90 MB");
	return m;
}

struct moment *support_moment(void)
{
	return leak_make(regions_leaking);
}

struct moment *support_moment_idle(void)
{
	return moment_make(regions_idle, verdict_idle);
}

static void smaps_forget(struct sample *s)
{
	static const enum figure from_smaps[] = {
	        FIGURE_PSS,      FIGURE_PRIVATE,   FIGURE_PRIVATE_DIRTY, FIGURE_SHARED, FIGURE_HEAP,
	        FIGURE_LAZYFREE, FIGURE_ANON_HUGE, FIGURE_MAPS,          FIGURE_FDS};

	for (size_t i = 0; i < sizeof(from_smaps) / sizeof(from_smaps[0]); i++)
		s->v[from_smaps[i]] = UNKNOWN;
	s->flags = SAMPLE_REDUCED;
}

struct moment *support_moment_reduced(void)
{
	struct moment *m = support_moment();

	region_table_unref(m->regions);
	m->regions = NULL;
	baseline_unref(m->baseline);
	free(m->trends);
	m->trends = NULL;
	m->trend_count = 0;
	m->charts[CHART_HEAP].count = 0;
	smaps_forget(&m->first);
	smaps_forget(&m->sample);
	for (unsigned i = 0; i < m->row_count; i++)
		smaps_forget(&m->rows[i].sample);
	m->baseline = must(baseline_new(&m->first, m->status, m->meminfo, NULL));
	for (int i = 0; i < FD_KIND_COUNT; i++)
		m->fds[i] = UNKNOWN;
	m->target->exe[0] = '\0';
	m->verdict.where = WHERE_ANONYMOUS;
	m->abilities = (struct abilities){.cgroup = true};
	snprintf(m->abilities.lacking, sizeof(m->abilities.lacking),
	         "reduced mode: smaps of process 4711 is not permitted, so no regions; run it as "
	         "shop or as root");
	m->costs.pass_ns = m->costs.longest_call_ns = m->costs.worst_call_ns = UNKNOWN;
	event_add(m, 0, EVENT_REDUCED, m->abilities.lacking);
	return m;
}

struct moment *support_moment_first(void)
{
	struct moment *m = support_moment_idle();

	m->time = 0;
	m->wall = m->first.wall;
	m->samples = 1;
	m->sample = m->first;
	m->row_count = 1;
	m->rows[0].confidence = -1;
	for (int k = 0; k < CHART_COUNT; k++) {
		m->charts[k].count = 1;
		m->charts[k].to = 0;
	}
	m->regions->time = 0;
	for (size_t i = 0; i < m->trend_count; i++) {
		m->trends[i].spark_count = 1;
		m->trends[i].rate = NAN;
	}
	verdict_init(&m->verdict);
	snprintf(m->verdict.reason, sizeof(m->verdict.reason), "1 sample tells of no trend");
	m->verdict.needs = 45 * NS_PER_S;
	return m;
}

struct moment *support_moment_hostile(void)
{
	struct moment *m = leak_make(support_regions_hostile);

	snprintf(m->target->comm, sizeof(m->target->comm), "\033]0;x\a\xe2\x80\xae\x9b");
	snprintf(
	        m->target->command, sizeof(m->target->command),
	        "=evil \033[31m\nname \xff\xfe \xe5\xba\x97\xe9\x95\xb7 a\\b \"q\" \xc2\x9b%%s%%n");
	snprintf(m->target->exe, sizeof(m->target->exe), "/tmp/\033[2J\r (deleted)");
	snprintf(m->target->user, sizeof(m->target->user), "sh\033op");
	snprintf(m->cgroup_path, sizeof(m->cgroup_path), "/user.slice/\033c\n\xf0\x9f");
	return m;
}

struct moment *support_moment_links(void)
{
	static const struct link links[] = {
	        {LINK_PER_OPEN, FIGURE_CONNECTIONS, 38912, 35840, 41984, 0.97, 412,
	         "+38.0 kB (35.0 to 41.0 kB) per connection still open: 412 of them, r 0.97"},
	        {LINK_PER_EVENT, FIGURE_THREADS_SEEN, 135168, 131072, 139264, 0.95, 57,
	         "one 8.0 MB mapping and +132.0 kB (128.0 to 136.0 kB) per thread ever "
	         "started: 57 seen, r 0.95"},
	        {LINK_STOPS, FIGURE_CONNECTIONS, NAN, NAN, NAN, NAN, UNKNOWN,
	         "growth stops when connections close"},
	};
	struct moment *m = support_moment();

	m->verdict.links.count = sizeof(links) / sizeof(links[0]);
	memcpy(m->verdict.links.link, links, sizeof(links));
	m->sample.v[FIGURE_CONNECTIONS] = 412;
	m->sample.v[FIGURE_IO_READ] = 3 * MB;
	m->sample.v[FIGURE_SOCKETS_SEEN] = 2014;
	m->sample.v[FIGURE_CGROUP_ANON] = 96 * MB;
	m->sample.v[FIGURE_CGROUP_SOCK] = 0;
	m->sockets[SOCKET_ESTABLISHED] = 409;
	m->sockets[SOCKET_CLOSE_WAIT] = 3;
	m->sockets[SOCKET_LISTEN] = m->sockets[SOCKET_UNIX] = 1;
	m->sockets[SOCKET_REST] = m->sockets[SOCKET_UDP] = 0;
	return m;
}
