/* SPDX-License-Identifier: MIT */
/*
 * Says which versions of glibc a heap can be of, by how it is laid out. What the C library says of
 * itself only narrows that down: it is believed where it does not contradict what was seen.
 */
#include <stdio.h>

#include "heap/walk_internal.h"

struct span {
	unsigned from, to; /* 26: 2.26 */
};
enum { OLDEST = 26, NEWEST = 99 };

static void only(struct span *s, unsigned from, unsigned to)
{
	if (from > s->from)
		s->from = from;
	if (to < s->to)
		s->to = to;
}

static enum cache_kind main_kind(const struct walker *w)
{
	enum cache_kind best = CACHE_KINDS;

	for (unsigned k = 0; k < CACHE_KINDS; k++)
		if (w->caches[k] && (best == CACHE_KINDS || w->caches[k] > w->caches[best]))
			best = (enum cache_kind)k;
	return best;
}

void glibc_name(struct walker *w)
{
	struct span s = {OLDEST, NEWEST};
	enum cache_kind kind = main_kind(w);

	if (w->layout.top == 0x58)
		only(&s, 26, 26);
	else
		only(&s, 27, w->layout.fastbins ? 42 : NEWEST);
	if (!w->layout.fastbins)
		only(&s, 43, NEWEST);
	if (w->layout.info)
		only(&s, w->layout.info == 48 ? 35 : OLDEST, w->layout.info == 48 ? NEWEST : 34);
	if (w->links_safe > w->links_plain)
		only(&s, 32, NEWEST);
	else if (w->links_plain > w->links_safe)
		only(&s, OLDEST, 31);
	if (kind == CACHE_U8)
		only(&s, OLDEST, 29);
	else if (kind == CACHE_U16)
		only(&s, 30, 41);
	else if (kind == CACHE_LARGE)
		only(&s, 42, NEWEST);
	/* A cached block bears its table's address from 2.29 to 2.33, a random word from 2.34 on. */
	if (kind != CACHE_KINDS && w->keys_own > w->keys_other)
		only(&s, 29, 33);
	else if (kind >= CACHE_U16 && kind != CACHE_KINDS && w->keys_other > w->keys_own)
		only(&s, 34, NEWEST);
	if (w->banner >= s.from && w->banner <= s.to)
		only(&s, w->banner, w->banner);
	if (s.from > s.to)
		snprintf(w->name, sizeof(w->name), "glibc");
	else if (s.from == s.to)
		snprintf(w->name, sizeof(w->name), "glibc 2.%u", s.from);
	else if (s.to == NEWEST)
		snprintf(w->name, sizeof(w->name), "glibc 2.%u or later", s.from);
	else
		snprintf(w->name, sizeof(w->name), "glibc 2.%u to 2.%u", s.from, s.to);
}
