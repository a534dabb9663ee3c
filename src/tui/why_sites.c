/* SPDX-License-Identifier: MIT */
/*
 * What tracing found of the code, for the page "why": how it was traced, who grows and why that is believed, its price,
 * and what is missing. It knows sentences of view 6, in full.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/human.h"
#include "base/known.h"
#include "base/safe_text.h"
#include "base/text_add.h"
#include "model/site_name.h"
#include "tui/sites_internal.h"
#include "tui/why.h"

enum { LABEL = 12, NAME = 160, TEXT = 640, SHOWN = 3 };
static const double share_least = 0.01; /* less is told as nothing */

static void raw_item(struct page *p, const char *label, const char *raw, size_t most)
{
	char safe[TEXT * 2];

	if (!raw[0])
		return;
	safe_copy(safe, sizeof(safe), raw, strnlen(raw, most), SAFE_UTF8);
	page_item(p, ROLE_DIM, label, LABEL, safe);
}

static void traced_write(struct page *p, const struct sites_facts *f)
{
	char text[TEXT] = "", span[HUMAN_MAX];

	text_add(text, sizeof(text), "%s, for %s, by %.*s", sites_kind_titles[f->kind],
	         human_duration(span, known_sub(f->time, f->begin)), (int)sizeof(f->source),
	         f->source);
	if (f->period == 1)
		text_add(text, sizeof(text), ", every block");
	else if (known(f->period))
		text_add(text, sizeof(text), ", a sample each %s", human_block(span, f->period));
	if (f->bursts)
		text_add(text, sizeof(text), ", in %u bursts of %s in all", f->bursts,
		         human_duration(span, f->traced));
	raw_item(p, "traced", text, sizeof(text));
}

static void grower_write(struct page *p, const struct sites_facts *f, const struct site *s)
{
	char text[TEXT] = "", name[NAME], a[HUMAN_MAX], b[HUMAN_MAX];

	text_add(text, sizeof(text), "%s: %s, %s %s, %.0f %% of what grows; %s",
	         site_name_brief(f, site_named(f, s), name, sizeof(name)),
	         sites_minute(a, s->growth_bytes), human_size(b, s->live_bytes, HUMAN_AUTO),
	         f->kind == SITES_GROWTH ? "stayed" : "live", 100 * s->share, sites_judged(s));
	raw_item(p, "grows", text, sizeof(text));
}

static void price_write(struct page *p, const struct sites_facts *f)
{
	char text[TEXT] = "", n[HUMAN_MAX], slower[SITES_PRICE];

	sites_slower_words(f->slowdown, slower);
	text_add(text, sizeof(text), "%s", slower[0] ? slower : "not measured");
	if (f->hits_per_s >= 0)
		text_add(text, sizeof(text), "; %s %s a second while it looked",
		         human_count(n, (uint64_t)sites_whole(f->hits_per_s)),
		         f->kind == SITES_GROWTH ? "page faults" : "calls of the allocator");
	raw_item(p, "price", text, sizeof(text));
}

void why_sites(struct page *p, const struct moment *m)
{
	const struct sites_facts *f = sites_shown(m);
	unsigned shown = 0;
	char text[TEXT];

	if (!f || f->kind == SITES_NONE || f->kind >= SITES_KIND_COUNT)
		return;
	page_text(p, 0, ROLE_TEXT, "");
	page_text(p, 1, ROLE_HEAD, "Call sites");
	traced_write(p, f);
	for (uint32_t i = 0; i < f->site_count && shown < SHOWN; i++)
		if (f->kind != SITES_HITS && f->sites[i].share >= share_least &&
		    f->sites[i].growth_bytes > 0) {
			grower_write(p, f, &f->sites[i]);
			shown++;
		}
	if (!shown && f->kind != SITES_HITS)
		raw_item(p, "grows", "no call site was seen to go on growing", TEXT);
	raw_item(p, "doubt", f->note, sizeof(f->note));
	price_write(p, f);
	sites_missing(f, text, sizeof(text));
	raw_item(p, "rests on", text, sizeof(text));
}
