/* SPDX-License-Identifier: MIT */
#include "tui/why.h"

/* The verdict in full: reason, every piece of evidence, growth, limit. It decides nothing. */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/human.h"
#include "base/safe_text.h"
#include "detect/advice.h"
#include "detect/lives.h"
#include "model/heap_words.h"
#include "tui/keys.h"
#include "tui/page.h"

enum { LABEL = 12, TEXT = 320 };

static void why_evidence(struct page *p, const struct verdict *v, bool is_for, const char *title)
{
	bool any = false;

	for (unsigned i = 0; i < v->evidence_count; i++) {
		const struct evidence *e = &v->evidence[i];
		char weight[HUMAN_MAX];
		if (e->is_for != is_for)
			continue;
		if (!any) {
			page_text(p, 0, ROLE_TEXT, "");
			page_text(p, 1, ROLE_HEAD, title);
		}
		any = true;
		snprintf(weight, sizeof(weight), "%c %.2f", is_for ? '+' : '-', e->weight);
		page_item(p, ROLE_DIM, weight, LABEL, e->text);
	}
}

static void why_growth(struct page *p, const struct verdict *v)
{
	char text[TEXT], rate[HUMAN_MAX];
	struct buf growth;

	buf_init(&growth, TEXT);
	if (advice_rate(v, &growth) == 0)
		page_item(p, ROLE_DIM, "growth", LABEL, buf_str(&growth));
	buf_done(&growth);
	if (verdict_pattern_json[v->pattern])
		page_item(p, ROLE_DIM, "pattern", LABEL, verdict_pattern_json[v->pattern]);
	if (verdict_where_json[v->where])
		page_item(p, ROLE_DIM, "where", LABEL, verdict_where_json[v->where]);
	if (v->outside_heap)
		page_item(p, ROLE_DIM, "", LABEL, "[heap] itself did not grow");
	if (known(v->since)) {
		snprintf(text, sizeof(text), "%s of the watch", human_clock(rate, v->since, false));
		page_item(p, ROLE_DIM, "since", LABEL, text);
	}
}

/* What an all-clear is worth, and where growth that slows down would end. */
static void why_outlook(struct page *p, const struct verdict *v)
{
	char text[TEXT], size[HUMAN_MAX], rate[HUMAN_MAX];

	if (v->power > 0) {
		snprintf(text, sizeof(text), "a leak above %s would have been seen",
		         human_rate(rate, v->power) + 1);
		page_item(p, ROLE_DIM, "power", LABEL, text);
	}
	if (!(v->plateau > 0))
		return;
	int n = snprintf(text, sizeof(text), "about %s",
	                 human_size(size, (uint64_t)v->plateau, HUMAN_AUTO));
	if (v->plateau_in > 0)
		snprintf(text + n, sizeof(text) - (size_t)n, ", 95 %% of it in %s",
		         human_duration(size, (uint64_t)(v->plateau_in * 1e9)));
	page_item(p, ROLE_DIM, "plateau", LABEL, text);
}

static void why_limit(struct page *p, const struct verdict *v)
{
	char figure[HUMAN_MAX];
	struct buf end;

	if (v->limit == LIMIT_NONE) {
		page_item(p, ROLE_DIM, "limit", LABEL, "none known");
		return;
	}
	buf_init(&end, TEXT);
	if (advice_limit(v, &end) == 0 && !end.len)
		buf_addf(&end, "%s, %s", verdict_limit_json[v->limit],
		         v->limit == LIMIT_MAPS ? human_count(figure, v->limit_count)
		                                : human_size(figure, v->limit_bytes, HUMAN_AUTO));
	page_item(p, ROLE_DIM, "limit", LABEL, buf_str(&end));
	buf_done(&end);
}

static void why_links(struct page *p, const struct links *links)
{
	char r[HUMAN_MAX];

	if (!links->count)
		return;
	page_text(p, 0, ROLE_TEXT, "");
	page_text(p, 1, ROLE_HEAD, "Grows with");
	for (unsigned i = 0; i < links->count; i++) {
		const struct link *l = &links->link[i];
		snprintf(r, sizeof(r), "r %.2f", l->r);
		page_item(p, ROLE_DIM, isfinite(l->r) ? r : "", LABEL, l->text);
	}
}

static void why_heap(struct page *p, const struct moment *m)
{
	const struct heap_facts *f = m->heap;
	char text[HEAP_LINE], safe[HEAP_LINE * 4];

	if (!f)
		return;
	page_text(p, 0, ROLE_TEXT, "");
	page_text(p, 1, ROLE_HEAD, "Inside the heap");
	heap_allocator_line(f, text, sizeof(text));
	safe_copy(safe, sizeof(safe), text, strlen(text), SAFE_UTF8);
	page_item(p, ROLE_DIM, "malloc", LABEL, safe);
	if (!f->walked)
		page_item(p, ROLE_DIM, "blocks", LABEL, f->why);
	if (heap_growth_line(f, text, sizeof(text)))
		page_item(p, ROLE_DIM, "grows", LABEL, text);
	if (heap_lost_line(f, text, sizeof(text)))
		page_item(p, ROLE_DIM, "lost", LABEL, text);
	if (heap_kept_line(f, m->sample.v[FIGURE_RSS], text, sizeof(text)))
		page_item(p, ROLE_DIM, "kept", LABEL, text);
	if (heap_census_line(f, text, sizeof(text)))
		page_item(p, ROLE_DIM, "in all", LABEL, text);
	if (heap_doubt_line(f, text, sizeof(text)))
		page_item(p, ROLE_DIM, "doubt", LABEL, text);
}

static void why_lives(struct page *p, const struct moment *m)
{
	struct buf text;

	buf_init(&text, 1024);
	lives_line(&m->lives, &text);
	if (text.len)
		page_item(p, ROLE_DIM, "restarts", LABEL, buf_str(&text));
	buf_done(&text);
}

static void why_warnings(struct page *p, const struct moment *m)
{
	if (m->warning_count == 0 && !m->abilities.lacking[0])
		return;
	page_text(p, 0, ROLE_TEXT, "");
	page_text(p, 1, ROLE_HEAD, "Warnings");
	if (m->abilities.lacking[0])
		page_text(p, 2, ROLE_TEXT, m->abilities.lacking);
	for (unsigned i = 0; i < m->warning_count; i++)
		page_text(p, 2, ROLE_TEXT, m->warnings[i]);
}

static void why_write(const struct page_view *view, struct page *p, const struct moment *m)
{
	const struct verdict *v = &m->verdict;
	char text[TEXT];
	struct buf line;

	(void)view;
	buf_init(&line, 1024);
	advice_line(v, &line);
	page_text(p, 1, ROLE_TITLE, buf_str(&line));
	buf_done(&line);
	page_text(p, 0, ROLE_TEXT, "");
	if (v->reason[0])
		page_item(p, ROLE_DIM, "reason", LABEL, v->reason);
	if (v->condition[0]) {
		snprintf(text, sizeof(text), "it would be a leak if %s", v->condition);
		page_item(p, ROLE_DIM, "condition", LABEL, text);
	}
	if (verdict_cause_json[v->cause])
		page_item(p, ROLE_DIM, "cause", LABEL, verdict_cause_json[v->cause]);
	if (v->confidence >= 0) {
		snprintf(text, sizeof(text), "%d %% that this process leaks", v->confidence);
		page_item(p, ROLE_DIM, "confidence", LABEL, text);
	}
	why_growth(p, v);
	why_outlook(p, v);
	why_limit(p, v);
	why_lives(p, m);
	why_links(p, &v->links);
	why_evidence(p, v, true, "Speaks for a leak");
	why_evidence(p, v, false, "Speaks against it");
	why_heap(p, m);
	why_sites(p, m);
	why_warnings(p, m);
}

static const struct view_ops why_ops = {
        .title = "Why",
        .place = PLACE_WHY,
        .free = page_view_free,
        .refresh = page_view_refresh,
        .draw = page_view_draw,
        .act = page_view_act,
};

struct view *view_why_new(const struct view_settings *settings)
{
	return page_view_new(&why_ops, settings, why_write);
}
