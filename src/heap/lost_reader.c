/* SPDX-License-Identifier: MIT */
/* Memory in large slices: neighbours are read by one call. Refuses to know what is read. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lost_internal.h"

int reader_init(struct lost_reader *r, struct memory *m, size_t size)
{
	*r = (struct lost_reader){.m = m, .size = size, .bytes = malloc(size)};
	return r->bytes ? 0 : -ENOMEM;
}

void reader_done(struct lost_reader *r)
{
	free(r->bytes);
	*r = (struct lost_reader){0};
}

/* Makes `from` the begin of what is read, unless it is in there. How many bytes are there from it on. */
static ssize_t reader_fill(struct lost_reader *r, uint64_t from, uint64_t limit)
{
	if (from >= r->at && from - r->at < r->len)
		return (ssize_t)(r->len - (from - r->at));
	size_t want = limit - from < r->size ? (size_t)(limit - from) : r->size;
	r->len = 0;
	ssize_t n = memory_read(r->m, from, r->bytes, want);
	if (n > 0) {
		r->at = from;
		r->len = (size_t)n;
		if (r->filled)
			r->filled(r->arg, r->bytes, r->len);
	}
	return n;
}

/* The next address that may be in memory; never `from` again, whose page could not be read. */
static uint64_t reader_skip(struct lost_reader *r, uint64_t from, uint64_t to)
{
	uint64_t next = memory_next(r->m, from, to);

	return next > from ? next : (from | (r->m->page - 1)) + 1;
}

/* Whoever asked for the look has left: a peek and a comparison of contents ask nobody else. */
static bool is_stopped(const struct lost_reader *r)
{
	return memory_stopped(r->m);
}

int reader_each(struct lost_reader *r, uint64_t from, uint64_t to, uint64_t limit, reader_fn *fn,
                void *arg)
{
	while (from < to) {
		if (is_stopped(r))
			return -ECANCELED;
		ssize_t n = reader_fill(r, from, limit);
		if (n < 0)
			return (int)n;
		if (n == 0) {
			from = reader_skip(r, from, to);
			continue;
		}
		size_t len = to - from < (uint64_t)n ? (size_t)(to - from) : (size_t)n;
		fn(arg, from, r->bytes + (from - r->at), len);
		from += len;
	}
	return 0;
}

ssize_t reader_copy(struct lost_reader *r, uint64_t from, void *out, size_t len, uint64_t limit)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = reader_fill(r, from + done, limit);
		if (n <= 0)
			return n < 0 ? n : (ssize_t)done;
		size_t some = len - done < (size_t)n ? len - done : (size_t)n;
		memcpy((uint8_t *)out + done, r->bytes + (from + done - r->at), some);
		done += some;
	}
	return (ssize_t)done;
}
