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

enum { FRAME_PLACE = 4096 + 64 };

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

static void frame_add(const struct sites_facts *f, const struct site_frame *frame, struct buf *out)
{
	const char *function = sites_text(f, frame->function);
	char place[FRAME_PLACE];

	name_add(function[0] ? function : site_frame_place(f, frame, place, sizeof(place)), out);
}

/* --- stacks --------------------------------------------------------------------------------------- */

static uint64_t count_of(const struct sites_facts *f, const struct site *s)
{
	return f->kind == SITES_HITS ? s->samples : known_or(s->live_bytes, 0);
}

/* True when it had something to count. */
static bool site_add(const struct sites_facts *f, const struct site *s, struct buf *out)
{
	uint64_t count = count_of(f, s);

	if (!count)
		return false;
	if (!site_named(f, s))
		buf_adds(out, "[no_stack]");
	for (uint32_t i = site_named(f, s) ? s->frame_count : 0; i > 0; i--) {
		frame_add(f, &f->frames[s->frame + i - 1], out);
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
		any |= site_add(f, &f->sites[i], out);
	rest = f->kind == SITES_HITS ? 0 : known_or(f->other_bytes, 0);
	if (rest)
		buf_addf(out, "[other_call_sites] %" PRIu64 "\n", rest);
	return out->error ? out->error : any || rest ? 0 : -ENODATA;
}
