/* SPDX-License-Identifier: MIT */
/*
 * Knows how records of regions are made from maps and page maps, where smaps would hold the target
 * up for too long. Refuses to make up what page maps do not tell: PSS, dirty, referenced.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "proc/mapping.h"
#include "source/live_internal.h"

struct slices {
	struct live_reader *r;
	int fd;
	enum pages_way way;
};

static void record_fill(struct smaps_record *rec, const struct page_counts *c, uint64_t page)
{
	rec->bytes[SMAPS_RSS] = c->present * page;
	rec->bytes[SMAPS_SWAP] = c->swapped * page;
	rec->bytes[SMAPS_ANONYMOUS] = (c->present - c->file) * page;
	rec->bytes[SMAPS_ANON_HUGE] = known_mul(c->huge_anon, page);
	rec->bytes[SMAPS_KERNEL_PAGE] = page;
}

/* Counts one mapping: its figures, or -errno. Kernel addresses hold no page of the process. */
static int mapping_count(struct slices *s, const struct mapping *m, struct smaps_record *rec)
{
	struct page_counts c = {0};
	uint64_t page = s->r->sh->page;
	int e = 0;

	if (s->way != PAGES_SCAN && m->end - m->start > PAGES_ENTRIES_LIMIT) {
		s->r->skipped++;
		return 0;
	}
	if (m->start < 1ull << 63)
		e = live_pages_range(s->r, s->fd, s->way, m->start, m->end, &c, &s->r->longest);
	if (e == 0)
		record_fill(rec, &c, page);
	return e;
}

static int slice_mapping(const struct mapping *m, void *arg)
{
	struct slices *s = arg;
	struct smaps_record rec = {.map = *m};

	memset(rec.bytes, 0xff, sizeof(rec.bytes));
	int e = mapping_count(s, m, &rec);
	if (e < 0)
		return e;
	window_add(&s->r->window, rec.bytes[SMAPS_RSS]);
	return tracker_add(&rec, s->r->tracker);
}

int live_slices(struct live_reader *r)
{
	struct slices s = {.r = r};
	struct mapping_walk walk;

	s.fd = live_pagemap_open(r, &s.way);
	if (s.fd < 0)
		return s.fd;
	int e = mapping_each(buf_str(&r->maps), r->maps.len, slice_mapping, &s, &walk);
	close(s.fd);
	return e ? e : walk.mappings ? 0 : -ESRCH;
}

void live_slices_doubt(struct region_table *t)
{
	for (int k = 0; k < SMAPS_KEY_COUNT; k++)
		t->totals[k] = UNKNOWN;
	for (size_t i = 0; i < t->count; i++) {
		const struct region *r = t->rows[i];
		if (!known(r->bytes[SMAPS_RSS]))
			t->by_kind[r->kind].rss = t->by_kind[r->kind].swap = UNKNOWN;
	}
}

void live_slices_lacking(uint64_t skipped, char *out, size_t size)
{
	out[0] = '\0';
	if (skipped)
		lacking_make(out, size, "raise --max-stall, or use Linux 6.7 or later",
		             "%llu mapping%s of more than 64 GiB left uncounted, so sums over all "
		             "regions are unknown",
		             (unsigned long long)skipped, skipped == 1 ? "" : "s");
}
