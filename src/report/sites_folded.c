/* SPDX-License-Identifier: MIT */
/*
 * Knows the format of collapsed stacks and what must not stand in a name of one. Refuses to know which programs
 * draw them.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/known.h"
#include "report/sites.h"

/* Rows before the one of the code that the same file may have: headers, constants, anonymous holes between. */
enum { ROWS_BACK = 16 };

/* --- names ---------------------------------------------------------------------------------------- */

/* The format knows two separators, and neither an escape. */
static void name_add(const char *name, struct buf *out)
{
	size_t from = out->len;

	safe_text(out, name, strlen(name), SAFE_UTF8);
	for (size_t i = from; i < out->len; i++)
		out->data[i] = (char)(out->data[i] == ';'   ? ':'
		                      : out->data[i] == ' ' ? '_'
		                                            : out->data[i]);
}

static const struct region *region_at(const struct region_table *t, uint64_t address,
                                      size_t *ret_row)
{
	size_t low = 0, high = t ? t->count : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (t->rows[middle]->start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || address >= t->rows[low - 1]->end)
		return NULL;
	*ret_row = low - 1;
	return t->rows[low - 1];
}

/* Where the file that lies at an address is mapped first; UNKNOWN where that is not known. */
static uint64_t base_of(const struct region_table *t, uint64_t address)
{
	size_t row = 0;
	const struct region *r = region_at(t, address, &row);
	uint64_t base = UNKNOWN;

	if (!r || !r->inode)
		return UNKNOWN;
	for (size_t i = 0; i < ROWS_BACK && i <= row; i++) {
		const struct region *b = t->rows[row - i];
		if (b->inode == r->inode && b->major == r->major && b->minor == r->minor &&
		    b->offset == 0)
			base = b->start;
	}
	return base;
}

static void frame_add(const struct moment *m, const struct site_frame *frame, struct buf *out)
{
	const struct sites_facts *f = m->sites;
	const char *function = sites_text(f, frame->function);
	const char *path = sites_text(f, frame->module), *slash = strrchr(path, '/');
	uint64_t base = path[0] ? base_of(m->regions, frame->address) : UNKNOWN;

	if (function[0]) {
		name_add(function, out);
		return;
	}
	name_add(slash && slash[1] ? slash + 1 : path, out);
	if (known(base))
		buf_addf(out, "+0x%" PRIx64, frame->address - base);
	else
		buf_addf(out, "%s0x%" PRIx64, path[0] ? "@" : "", frame->address);
}

/* --- stacks --------------------------------------------------------------------------------------- */

static uint64_t count_of(const struct sites_facts *f, const struct site *s)
{
	return f->kind == SITES_HITS ? s->samples : known_or(s->live_bytes, 0);
}

/* True when it had something to count. */
static bool site_add(const struct moment *m, const struct site *s, struct buf *out)
{
	const struct sites_facts *f = m->sites;
	uint64_t count = count_of(f, s);

	if (!count)
		return false;
	if (!site_named(f, s))
		buf_adds(out, "[no_stack]");
	for (uint32_t i = site_named(f, s) ? s->frame_count : 0; i > 0; i--) {
		frame_add(m, &f->frames[s->frame + i - 1], out);
		if (i > 1)
			buf_addc(out, ';');
	}
	buf_addf(out, " %" PRIu64 "\n", count);
	return true;
}

int sites_folded(const struct moment *m, struct buf *out)
{
	const struct sites_facts *f = m->sites;
	uint64_t rest;
	bool any = false;

	if (!f || f->kind == SITES_NONE)
		return -ENODATA;
	for (uint32_t i = 0; i < f->site_count; i++)
		any |= site_add(m, &f->sites[i], out);
	rest = f->kind == SITES_HITS ? 0 : known_or(f->other_bytes, 0);
	if (rest)
		buf_addf(out, "[other_call_sites] %" PRIu64 "\n", rest);
	return out->error ? out->error : any || rest ? 0 : -ENODATA;
}
