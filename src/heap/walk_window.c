/* SPDX-License-Identifier: MIT */
/* How a walk reads: large pieces along a run, single pages elsewhere. Knows nothing of heaps. */
#include <errno.h>
#include <string.h>

#include "heap/walk_internal.h"

static void mark(struct window *w, uint64_t from, uint64_t to)
{
	for (uint64_t n = (from - w->start) / SPOT_BYTES; n < (to - w->start) / SPOT_BYTES; n++)
		w->there[n / 64] |= 1ull << n % 64;
}

bool window_load(struct walk_job *job, uint64_t at, uint64_t end)
{
	struct window *w = &job->window;
	uint64_t page = job->m->page;

	w->start = at / page * page;
	w->end = (end + page - 1) / page * page;
	if (w->end - w->start > WINDOW_BYTES)
		w->end = w->start + WINDOW_BYTES;
	memset(w->there, 0, sizeof(w->there));
	for (at = w->start; (at = memory_next(job->m, at, w->end)) < w->end;) {
		ssize_t got = memory_read(job->m, at, w->bytes + (at - w->start), w->end - at);
		if (got < 0) {
			job->error = (int)got;
			return false;
		}
		mark(w, at, at + (uint64_t)got);
		at += (uint64_t)got;
		if (!got)
			at = (at / page + 1) * page;
	}
	job->done += w->end - w->start;
	if (job->done > job->todo)
		job->done = job->todo;
	if (job->watcher && job->watcher->tell &&
	    job->watcher->tell(job->watcher->arg, HEAP_CENSUS, job->done, job->todo)) {
		job->error = -ECANCELED;
		return false;
	}
	return !walk_stopped(job);
}

void window_refresh(struct walk_job *job, uint64_t at)
{
	struct window *w = &job->window;

	at = at / SPOT_BYTES * SPOT_BYTES;
	if (at >= w->start && at < w->end)
		(void)!memory_read(job->m, at, w->bytes + (at - w->start), SPOT_BYTES);
}

const uint8_t *window_at(const struct window *w, uint64_t at)
{
	uint64_t n = (at - w->start) / SPOT_BYTES;

	if (at < w->start || at >= w->end || !(w->there[n / 64] >> n % 64 & 1))
		return NULL;
	return w->bytes + (at - w->start);
}

const uint8_t *window_span(const struct window *w, uint64_t at, uint64_t len)
{
	if (at < w->start || at + len > w->end)
		return NULL;
	for (uint64_t page = at / SPOT_BYTES * SPOT_BYTES; page < at + len; page += SPOT_BYTES)
		if (!window_at(w, page < at ? at : page))
			return NULL;
	return w->bytes + (at - w->start);
}

const uint8_t *spot_at(struct walk_job *job, uint64_t at, unsigned len)
{
	uint64_t page = at / SPOT_BYTES * SPOT_BYTES, n = at / SPOT_BYTES % SPOTS;
	struct spots *s = &job->spots;

	if (at + len > page + SPOT_BYTES)
		return NULL;
	if (s->page[n] != page + 1 && s->page[n] != page + 3) {
		bool there = memory_read_all(job->m, page, s->bytes[n], SPOT_BYTES);
		s->page[n] = page + (there ? 1 : 3);
		job->searches -= job->searches > 0;
	}
	return s->page[n] == page + 1 ? s->bytes[n] + (at - page) : NULL;
}

bool spot_word(struct walk_job *job, uint64_t at, uint64_t *ret)
{
	const uint8_t *bytes = spot_at(job, at, 8);

	if (bytes)
		*ret = glibc_word(bytes);
	return bytes != NULL;
}
