/* SPDX-License-Identifier: MIT */
/*
 * Knows how page maps of any range are counted in short calls, and fills the page map of the region
 * in focus. Refuses to touch a page, and to hold anything up longer than one slice.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "source/live_internal.h"

/* Ranges longer than this are worth a question where the next page is. */
#define SKIP_FROM (4 * PAGES_SLICE)

int live_pagemap_open(struct live_reader *r, enum pages_way *ret_way)
{
	/* Pages of a fixture's pid would be those of a stranger. */
	if (!r->dir.real)
		return -ENOTSUP;
	uint64_t t = live_busy(r, "pagemap");
	int fd = procdir_open_file(&r->dir, "pagemap");
	enum pages_way way = fd < 0 ? PAGES_NONE : pages_probe(fd, r->sh->page);
	live_idle(r, t);
	if (fd < 0)
		return fd;
	if (way == PAGES_NONE) {
		close(fd);
		return -EACCES;
	}
	*ret_way = way;
	return fd;
}

/* Moves *start over pages that are neither resident nor swapped. */
static int range_skip(struct live_reader *r, int fd, enum pages_way way, uint64_t *start,
                      uint64_t end, struct page_counts *counts, uint64_t *longest)
{
	uint64_t next;
	uint64_t t = live_busy(r, "pagemap");
	int e = pages_next(fd, way, r->sh->page, *start, end, &next);
	uint64_t took = live_idle(r, t);
	if (took > *longest)
		*longest = took;
	if (e < 0)
		return e;
	counts->untouched += (next - *start) / r->sh->page;
	*start = next;
	return 0;
}

int live_pages_range(struct live_reader *r, int fd, enum pages_way way, uint64_t start,
                     uint64_t end, struct page_counts *counts, uint64_t *longest)
{
	int e;
	while (start < end) {
		if (live_between(r))
			return -ECANCELED;
		if (way == PAGES_SCAN && end - start > SKIP_FROM) {
			uint64_t from = start;
			e = range_skip(r, fd, way, &start, end, counts, longest);
			if (e < 0)
				return e;
			if (start == end || start - from >= PAGES_STRIDE)
				continue;
		}
		uint64_t to = end - start < PAGES_SLICE ? end : start + PAGES_SLICE;
		uint64_t t = live_busy(r, "pagemap");
		e = pages_count(fd, way, r->sh->page, start, to, counts);
		uint64_t took = live_idle(r, t);
		if (took > *longest)
			*longest = took;
		if (e < 0)
			return e;
		start = to;
	}
	return 0;
}

/* Rounded up: a single page in a large cell must show. */
static uint8_t percent(uint64_t part, uint64_t whole)
{
	if (!known(part) || !whole)
		return 0;
	return (uint8_t)((part * 100 + whole - 1) / whole);
}

static void cell_fill(struct page_cell *cell, const struct page_counts *c)
{
	uint64_t pages = c->present + c->swapped + c->untouched;
	cell->resident = percent(c->present, pages);
	cell->swapped = percent(c->swapped, pages);
	cell->huge = percent(c->huge, pages);
	cell->file = percent(c->file, pages);
}

static void map_add(struct page_map *map, const struct page_counts *c, uint64_t page)
{
	map->present = known_add(map->present, c->present * page);
	map->swapped = known_add(map->swapped, c->swapped * page);
	map->huge = known_add(map->huge, known_mul(c->huge, page));
	map->untouched = known_add(map->untouched, c->untouched * page);
}

int live_pages_bounded(enum pages_way way, uint64_t bytes)
{
	return way != PAGES_SCAN && bytes > PAGES_ENTRIES_LIMIT ? -EFBIG : 0;
}

static int map_scan(struct live_reader *r, struct page_map *map)
{
	enum pages_way way;
	uint64_t page = r->sh->page;
	int fd = live_pagemap_open(r, &way);
	if (fd < 0)
		return fd;
	int e = live_pages_bounded(way, map->end - map->start);
	for (uint64_t at = map->start; !e && at < map->end && map->count < PAGE_CELLS;
	     map->count++) {
		struct page_counts c = {0};
		uint64_t to = map->end - at < map->cell ? map->end : at + map->cell;
		e = live_pages_range(r, fd, way, at, to, &c, &map->longest);
		if (e < 0)
			break;
		cell_fill(&map->cells[map->count], &c);
		map_add(map, &c, page);
		at = to;
	}
	close(fd);
	return e;
}

static struct page_map *map_new(const struct live_focus *f, uint64_t page)
{
	struct page_map *map = calloc(1, sizeof(*map));
	if (!map)
		return NULL;
	atomic_init(&map->refs, 1);
	map->id = f->id;
	map->start = f->start / page * page;
	map->end = (f->end + page - 1) / page * page;
	uint64_t pages = (map->end - map->start) / page;
	map->cell = (pages + PAGE_CELLS - 1) / PAGE_CELLS * page;
	return map;
}

void live_focus_scan(struct live_reader *r)
{
	struct live_shared *sh = r->sh;
	struct live_meter meter = live_meter_start();

	live_lock(sh);
	struct live_focus f = sh->focus;
	live_unlock(sh);
	r->focus_served = f.serial;
	struct page_map *map = map_new(&f, sh->page);
	r->focusing = true;
	if (map)
		map->error = map_scan(r, map);
	r->focusing = false;
	budget_ran(&r->focus, meter.started, live_meter_cost(&meter));
	if (!map)
		return;
	map->took = clock_mono() - meter.started;
	/* What was seen in life is worth more than what is left. */
	bool over = live_is_over(r);
	live_lock(sh);
	struct page_map *old = map;
	if (f.serial == sh->focus.serial && map->error != -ECANCELED && !(over && sh->pages)) {
		old = sh->pages;
		sh->pages = map;
	}
	live_unlock(sh);
	page_map_unref(old);
	live_shared_wake(sh);
}
