/* SPDX-License-Identifier: MIT */
/* Knows how an image of memory is written. Refuses to know who reads it: see memory_image.c. */
#include "heap/image.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

enum { CHUNK = 1 << 20 };

/* The lines and the bytes of the pages so far. */
struct pages {
	struct buf lines, bytes;
	uint64_t start, end; /* of the run that is being made longer; equal: none */
};

static bool keep_private(const struct memory_range *r, void *arg)
{
	(void)arg;
	return (r->prot & MAP_WRITE) && !(r->prot & MAP_MAYSHARE);
}

static void run_end(struct pages *p)
{
	if (p->start < p->end)
		buf_addf(&p->lines, "pages %" PRIx64 " %" PRIx64 "\n", p->start, p->end);
	p->start = p->end;
}

static void run_grow(struct pages *p, uint64_t at, size_t n)
{
	if (at != p->end) {
		run_end(p);
		p->start = at;
	}
	p->end = at + n;
}

/* Whole pages only: what is half there changed just now. */
static int range_copy(struct memory *m, const struct memory_range *r, struct pages *p)
{
	uint64_t at = memory_next(m, r->start, r->end);

	while (at < r->end) {
		size_t want = r->end - at < CHUNK ? (size_t)(r->end - at) : CHUNK;
		int e = buf_reserve(&p->bytes, want);
		if (e < 0)
			return e;
		ssize_t n = memory_read(m, at, p->bytes.data + p->bytes.len, want);
		if (n < 0)
			return (int)n;
		size_t whole = (size_t)n - (size_t)n % m->page;
		if (whole)
			run_grow(p, at, whole);
		p->bytes.len += whole;
		at = memory_next(m, at + (whole ? whole : m->page), r->end);
	}
	return 0;
}

static void range_write(const struct memory *m, const struct memory_range *r, struct buf *out)
{
	buf_addf(out, "map %" PRIx64 "-%" PRIx64 " %c%c%c%c %08" PRIx64 " 00:%02d %" PRIu64 " ",
	         r->start, r->end, r->prot & MAP_READ ? 'r' : '-', r->prot & MAP_WRITE ? 'w' : '-',
	         r->prot & MAP_EXEC ? 'x' : '-', r->prot & MAP_MAYSHARE ? 's' : 'p', r->offset,
	         r->kind == MEMORY_FILE, r->inode);
	buf_add(out, m->names + r->name, r->name_len);
	buf_addc(out, '\n');
}

static void head_write(const struct memory *m, struct buf *out)
{
	buf_addf(out, "memory image 1\npage %" PRIu64 "\nswapped %" PRIu64 "\n", m->page,
	         m->swapped);
	for (size_t i = 0; i < m->thread_count; i++) {
		if (known(m->threads[i].sp))
			buf_addf(out, "thread %d %" PRIx64 "\n", m->threads[i].tid,
			         m->threads[i].sp);
		else
			buf_addf(out, "thread %d -\n", m->threads[i].tid);
	}
	for (size_t i = 0; i < m->range_count; i++)
		range_write(m, &m->ranges[i], out);
}

int image_write(struct memory *m, bool (*keep)(const struct memory_range *r, void *arg), void *arg,
                struct buf *out)
{
	struct pages p = {.start = 0};
	int e = 0;

	buf_init(&p.lines, out->max);
	buf_init(&p.bytes, out->max);
	for (size_t i = 0; i < m->range_count && e == 0; i++)
		if ((keep ? keep : keep_private)(&m->ranges[i], arg))
			e = range_copy(m, &m->ranges[i], &p);
	run_end(&p);
	if (e == 0)
		e = memory_check(m);
	if (e == 0) {
		head_write(m, out);
		buf_add(out, p.lines.data, p.lines.len);
		buf_addc(out, '\n');
		buf_add(out, p.bytes.data, p.bytes.len);
		e = p.lines.error ? p.lines.error : out->error;
	}
	buf_done(&p.lines);
	buf_done(&p.bytes);
	return e;
}
