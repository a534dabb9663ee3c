/* SPDX-License-Identifier: MIT */
#include "support_diff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "support_moment.h"

static struct region *region_make(const struct spec *s)
{
	size_t len = s->name ? strlen(s->name) : 0;
	struct region *r = calloc(1, sizeof(*r) + len);

	if (!r)
		abort();
	atomic_init(&r->refs, 1);
	r->mappings = 1;
	r->id = s->id;
	r->kind = s->kind;
	r->prot = s->prot;
	r->start = s->start;
	r->end = s->start + s->size;
	r->size = s->size;
	r->offset = s->offset;
	for (int k = 0; k < SMAPS_KEY_COUNT; k++)
		r->bytes[k] = 0;
	r->bytes[SMAPS_RSS] = r->bytes[SMAPS_ANONYMOUS] = s->rss;
	r->peak = s->rss;
	r->name_len = (uint32_t)len;
	if (len)
		memcpy(r->name, s->name, len);
	return r;
}

static int start_compare(const void *a, const void *b)
{
	const struct region *x = *(struct region *const *)a, *y = *(struct region *const *)b;

	return (x->start > y->start) - (x->start < y->start);
}

struct region_table *spec_table(const struct spec *specs, size_t count, double seconds)
{
	struct region_table *t = calloc(1, sizeof(*t) + count * sizeof(t->rows[0]));

	if (!t)
		abort();
	atomic_init(&t->refs, 1);
	t->time = (uint64_t)(seconds * 1e9);
	for (size_t i = 0; i < count; i++) {
		t->rows[i] = region_make(&specs[i]);
		t->size += specs[i].size;
		t->totals[SMAPS_RSS] += specs[i].rss;
		t->totals[SMAPS_ANONYMOUS] += specs[i].rss;
	}
	t->count = t->mappings = count;
	qsort(t->rows, count, sizeof(t->rows[0]), start_compare);
	return t;
}

struct moment *spec_moment(struct region_table *t, double seconds)
{
	struct moment *m = moment_new();

	if (!m || !(m->target = target_new()))
		abort();
	m->target->pid = 4711;
	m->target->start_ticks = 12345;
	snprintf(m->target->comm, sizeof(m->target->comm), "shopd");
	snprintf(m->target->command, sizeof(m->target->command), "/usr/bin/shopd");
	m->live = true;
	m->samples = 1 + (uint64_t)seconds;
	m->interval = NS_PER_S;
	m->time = m->sample.time = (uint64_t)(seconds * 1e9);
	m->wall = m->sample.wall = SUPPORT_WALL + m->time;
	m->sample.v[FIGURE_AGE] = m->time + 100 * NS_PER_S;
	m->sample.v[FIGURE_CPU] = m->time / 10;
	m->sample.v[FIGURE_THREADS] = 8;
	m->sample.v[FIGURE_SWAP] = 0;
	m->regions = t;
	if (t) {
		m->sample.v[FIGURE_RSS] = m->sample.v[FIGURE_ANON] = t->totals[SMAPS_RSS];
		m->sample.v[FIGURE_VSZ] = t->size;
		m->sample.v[FIGURE_MAPS] = t->count;
	}
	m->first = m->sample;
	return m;
}

/* Blocks lie with holes between, each touched in full. */
struct moment *spec_pool(double seconds, unsigned blocks)
{
	static const char lib[] = "/usr/lib/x86_64-linux-gnu/libc.so.6";
	const struct spec fixed[] = {
	        {1, REGION_TEXT, SPEC_RX, 0x400000, 0x20000, 0x20000, 0, "/usr/bin/shopd"},
	        {2, REGION_HEAP, SPEC_RW, 0x1000000, 0x300000 + (uint64_t)(seconds * 4096),
	         0x200000 + (uint64_t)(seconds * 4096), 0, "[heap]"},
	        {3, REGION_TEXT, SPEC_RX, 0x7f8000000000, 0x180000, 0x100000, 0, lib},
	        {4, REGION_DATA, SPEC_RW, 0x7f8000200000, 0x4000, 0x4000, 0x200000, lib},
	        {5, REGION_MAIN_STACK, SPEC_RW, 0x7ffffff00000, 0x21000, 0x5000, 0, "[stack]"},
	        {6, REGION_ANON, SPEC_RW, 0x7f9000000000, 0x800000, 0x700000, 0, NULL},
	};
	size_t count = sizeof(fixed) / sizeof(fixed[0]) - (seconds > 300), all = count + blocks;
	struct spec *specs = calloc(all, sizeof(*specs));
	struct region_table *t;

	if (!specs)
		abort();
	memcpy(specs, fixed, count * sizeof(*specs));
	for (unsigned i = 0; i < blocks; i++)
		specs[count + i] = (struct spec){.id = 100 + i,
		                                 .kind = REGION_ANON,
		                                 .prot = SPEC_RW,
		                                 .start = 0x7f0000000000 + i * 0x95000ull,
		                                 .size = 592 * 1024,
		                                 .rss = 592 * 1024};
	t = spec_table(specs, all, seconds);
	free(specs);
	return spec_moment(t, seconds);
}

struct diff *compare(struct moment *a, struct moment *b, bool one_watch)
{
	struct diff *d = NULL;

	assert_int_equal(diff_new(a, b, one_watch, &d), 0);
	moment_unref(a);
	moment_unref(b);
	return d;
}
