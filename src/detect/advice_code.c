/* SPDX-License-Identifier: MIT */
#include "detect/advice_code.h"

#include <string.h>

#include "base/clock.h"
#include "base/human.h"
#include "base/known.h"
#include "base/safe_text.h"
#include "detect/advice.h"
#include "model/heap_words.h"
#include "model/site_name.h"

/*
 * Knows when code is the next thing to look at, and what stands between a person and its name: a price, a wait, a
 * way to trace that cannot tell. Refuses to know how it is traced.
 */

enum { SITE_NAME = 120, SMALL_BLOCK = 4096 };

bool advice_is_process(const struct moment *m)
{
	return m->target && m->target->pid > 0 && m->state != TARGET_REPLAYED;
}

bool advice_is_live(const struct moment *m)
{
	return advice_is_process(m) && m->ended != END_TARGET;
}

/* Of threads' stacks, shared memory and files others tell more. */
bool advice_code_tells(const struct moment *m)
{
	enum verdict_where where = m->verdict.where;

	return (where == WHERE_HEAP || where == WHERE_ARENA || where == WHERE_ANONYMOUS) &&
	       m->sites_progress.phase != SITES_FAILED;
}

/* The size of block that the census saw growing, where it is so small that only tracing names who allocates it. */
static const struct heap_class *small_grower(const struct moment *m)
{
	const struct heap_class *c = m->heap && m->heap->walked ? heap_grows(m->heap) : NULL;

	return c && c->high < SMALL_BLOCK ? c : NULL;
}

const struct site *advice_site(const struct moment *m)
{
	const struct sites_facts *f = m->sites;
	const struct site *s = f && f->site_count ? &f->sites[0] : NULL;

	if (!s || sites_are_old(f, &m->sites_progress) || f->kind == SITES_HITS ||
	    (f->kind == SITES_GROWTH && small_grower(m)))
		return NULL;
	return s->steady && s->growth_bytes > 0 && site_name_tells(f, site_named(f, s)) ? s : NULL;
}

int advice_site_name(const struct moment *m, const struct site *s, struct buf *out)
{
	char name[SITE_NAME], safe[SITE_NAME * 4];

	site_name_brief(m->sites, site_named(m->sites, s), name, sizeof(name));
	return buf_adds(out, safe_copy(safe, sizeof(safe), name, strlen(name), SAFE_ASCII));
}

/* In view 6: pages tell who touched them first, and who allocates is one key further. */
static bool in_sites(const struct moment *m, struct buf *out)
{
	if (m->sites && m->sites->kind == SITES_GROWTH && advice_is_live(m))
		buf_adds(out, "x, then allocation sites: who allocates, exactly; price first");
	else if (advice_site(m))
		buf_adds(out, "Enter on the first line: who calls it, and why it may stay");
	else if (!m->sites && advice_is_live(m))
		buf_adds(out, "x traces which code it is; a price is told before");
	else
		return false;
	return true;
}

bool advice_code(const struct moment *m, unsigned view, struct buf *out)
{
	const struct heap_class *small = small_grower(m);
	bool traced = m->sites && m->sites->kind == SITES_ALLOCATIONS;
	char name[HEAP_NAME];

	if (m->sites_progress.phase == SITES_FAILED && !advice_site(m))
		return false;
	if (view == ADVICE_SITES)
		return in_sites(m, out);
	if (!advice_code_tells(m) && m->verdict.kind != VERDICT_UNKNOWN)
		return false;
	if (advice_site(m))
		buf_adds(out, "6 which code; there Enter opens its stack");
	else if (small && !traced && advice_is_live(m))
		buf_addf(out, "6 which code allocates blocks of %s bytes",
		         heap_class_short(small, name, sizeof(name)));
	else
		return false;
	return true;
}

bool advice_tracing(const struct moment *m, struct buf *out)
{
	const struct sites_progress *p = &m->sites_progress;
	uint64_t left = known_sub(p->end, m->time);
	char text[HUMAN_MAX];

	if (!m->live || !advice_is_live(m))
		return false;
	if (p->phase == SITES_PRICED)
		buf_adds(out, "x or Enter starts it at that price, Esc leaves it");
	else if (p->phase == SITES_PRICING)
		buf_adds(out, "wait a moment: its price is being counted");
	else if (p->phase == SITES_TRACING && !advice_site(m) && known(left))
		buf_addf(out, "wait %s: who grows is named once it was seen to last",
		         human_duration(text, left));
	else if (p->phase == SITES_TRACING && !advice_site(m) && p->kind == SITES_GROWTH &&
	         m->time - p->begin < 10 * NS_PER_S)
		buf_adds(out, "wait some 10 s: who grows is named once it was seen to last");
	else
		return false;
	return true;
}
