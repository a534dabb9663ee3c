/* SPDX-License-Identifier: MIT */
/*
 * Knows how the size of [heap] is read for the row of a table: with one question a mapping where the
 * kernel answers it, else from the text of maps as far as the budget allows. An old figure is never
 * given for a new one.
 */
#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "proc/mapping.h"
#include "source/live_internal.h"

static int heap_add(const struct mapping *m, void *arg)
{
	uint64_t *sum = arg;
	if (mapping_is_pseudo(m, "[heap]"))
		*sum = known_add(*sum, m->end - m->start);
	return 0;
}

/* From an open maps, read to its end. */
static uint64_t heap_from_text(struct live_reader *r, int fd)
{
	struct mapping_walk walk;
	uint64_t sum = 0;
	struct live_meter meter = live_meter_start();

	if (budget_next(&r->heap_text) > meter.started)
		return UNKNOWN;
	int e = procdir_read_fd(fd, &r->heap);
	budget_ran(&r->heap_text, meter.started, live_meter_cost(&meter));
	if (e < 0)
		return UNKNOWN;
	mapping_each(buf_str(&r->heap), r->heap.len, heap_add, &sum, &walk);
	/* Nobody lives without a mapping: an empty text is that of a process on its way out. */
	return walk.mappings && !walk.torn ? sum : UNKNOWN;
}

static uint64_t heap_measure(struct live_reader *r)
{
	struct live_image image;
	uint64_t start_brk = UNKNOWN, bytes = UNKNOWN;
	uint64_t t = live_busy(r, "maps");
	int fd = procdir_open_file(&r->dir, "maps");
	if (fd < 0) {
		live_idle(r, t);
		return UNKNOWN;
	}
	if (r->dir.real && !r->no_query) {
		live_image_read(&r->dir, &r->heap, &image, &start_brk);
		int e = vma_heap_size(fd, start_brk, &bytes);
		r->no_query = e == -ENOTTY;
	}
	if (!r->dir.real || r->no_query)
		bytes = heap_from_text(r, fd);
	live_idle(r, t);
	close(fd);
	return bytes;
}

void live_heap_serve(struct live_reader *r)
{
	struct live_shared *sh = r->sh;
	uint64_t asked = atomic_load(&sh->heap_asked);
	r->dir.via = atomic_load(&sh->via);
	uint64_t bytes = heap_measure(r);
	live_lock(sh);
	sh->heap_answered = asked;
	sh->heap_bytes = bytes;
	sh->abilities.vma_query = known(bytes) && sh->dir.real && !r->no_query;
	live_unlock(sh);
	r->heap_served = asked;
	live_shared_wake(sh);
}
