/* SPDX-License-Identifier: MIT */
/*
 * View 6 before there are sites to list: what tracing tells, needs and costs, what it waits for, or why there is
 * nothing. It knows sentences; whether one is permitted is found out only when it is asked for.
 */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/safe_text.h"
#include "tui/sites_internal.h"

enum { LABEL = 17, TEXT = 400 };

/* What there is to choose, in full and for a low screen. */
static const struct offer {
	const char *label, *text, *brief;
} offers[] = {
        {"growth stacks",
         "who touches memory that stays, in whole pages of 4 kB. Costs hardly anything. Told from "
         "the moments in which the kernel hands out a page (minor page faults).",
         "who touches what stays; hardly any cost"},
        {"allocation sites",
         "who allocates what is not freed again, exactly. Probes on malloc and free (breakpoints "
         "of the "
         "kernel) slow it down: its price is counted and told first. In general only root may.",
         "who keeps what; price is told first"},
        {"x", "chooses between them; nothing is traced before", "chooses"},
};

/* What neither sees. */
static const char offer_limits[] =
        "Both see what happens from then on, not what was allocated before. The process is never "
        "stopped. Where the kernel forbids it, this view says so, and what helps.";

static void offer_put(struct page *p, bool brief)
{
	page_text(p, 1, ROLE_TITLE, "Which code makes it grow?");
	page_text(p, 0, ROLE_TEXT, "");
	for (size_t i = 0; i < sizeof(offers) / sizeof(offers[0]); i++)
		sites_item(p, ROLE_KEY, offers[i].label, LABEL,
		           brief ? offers[i].brief : offers[i].text);
}

static void offer_write(struct page *p)
{
	struct page all = {.canvas = {.columns = p->canvas.columns, .rows = INT_MAX},
	                   .top = SIZE_MAX};

	offer_put(&all, false);
	bool brief = p->line + all.line > (size_t)p->canvas.rows;
	offer_put(p, brief);
	all.line = p->line;
	page_text(&all, 1, ROLE_DIM, offer_limits);
	if (brief || all.line + 1 > (size_t)p->canvas.rows)
		return;
	page_text(p, 0, ROLE_TEXT, "");
	page_text(p, 1, ROLE_DIM, offer_limits);
}

static void priced_write(const struct sites_view *v, struct page *p, const struct moment *m)
{
	const struct sites_progress *now = &m->sites_progress;
	char text[TEXT], rate[HUMAN_MAX];

	sites_question_write(m, p, p->canvas.rows);
	page_text(p, 0, ROLE_TEXT, "");
	if (now->hits_per_s >= 0) {
		snprintf(text, sizeof(text),
		         "%s calls of malloc and its kin a second, counted just now",
		         human_count(rate, (uint64_t)sites_whole(now->hits_per_s)));
		sites_item(p, ROLE_DIM, "calls", LABEL, text);
	}
	sites_item(p, ROLE_DIM, "limit", LABEL,
	           "is kept: beyond it only a part of the calls is looked at, and the figures are "
	           "estimates (--max-slowdown sets it)");
	sites_item(p, ROLE_DIM, "end", LABEL,
	           "the probes vanish by themselves: in time, by x, and when this program ends");
	sites_notes_write(v, m, p, p->canvas.rows);
}

static void failed_write(struct page *p, const struct moment *m)
{
	char safe[sizeof(m->sites_progress.why) * 4];

	safe_copy(safe, sizeof(safe), m->sites_progress.why,
	          strnlen(m->sites_progress.why, sizeof(m->sites_progress.why)), SAFE_UTF8);
	bool never = m->sites_progress.never;
	page_text(p, 1, ROLE_TITLE,
	          never ? "Its call sites are not traced" : "Its call sites could not be traced");
	page_text(p, 0, ROLE_TEXT, "");
	page_text(p, 1, never ? ROLE_TEXT : ROLE_ALARM, safe[0] ? safe : "it is not known why");
	page_text(p, 0, ROLE_TEXT, "");
	if (!never) {
		page_text(p, 1, ROLE_DIM, "x tries again. Nothing was changed in the process.");
		page_text(p, 0, ROLE_TEXT, "");
	}
	page_text(p, 1, ROLE_HEAD, "What still works");
	page_item(p, ROLE_KEY, "1", 1, "the verdict: whether its memory grows for good");
	/* Who may not read its mappings may not look into its heap either. */
	if (!m->regions)
		return;
	page_item(p, ROLE_KEY, "2", 1,
	          "in which mapping it grows; there Enter on the one that does");
	page_item(p, ROLE_KEY, "5", 1, "which block sizes grow, and which blocks nobody points to");
}

static void past_write(struct page *p, const struct view *v)
{
	page_text(p, 1, ROLE_DIM, "Nobody had traced its call sites by then.");
	if (v->settings->replay)
		page_text(p, 1, ROLE_DIM, "[ and ] go to other events of the recording.");
}

static void none_write(struct page *p, const struct moment *m)
{
	page_text(p, 0, ROLE_TEXT, "");
	page_text(p, 1, ROLE_DIM,
	          m->sites->kind == SITES_GROWTH
	                  ? "No page was touched for the first time so far: it does not grow."
	          : m->sites->ended ? "Nothing was allocated meanwhile."
	                            : "Nothing was allocated so far.");
}

/* It has begun, and there is nothing of it yet. */
static void begun_write(struct page *p, const struct moment *m)
{
	page_text(p, 0, ROLE_TEXT, "");
	page_text(p, 1, ROLE_DIM,
	          m->sites_progress.phase == SITES_TRACING
	                  ? "The first figures come in a moment; who grows is told once it was "
	                    "seen to "
	                    "last, after some 10 s."
	                  : "Nothing is traced yet.");
}

void sites_empty_draw(const struct sites_view *v, const struct moment *m, const struct canvas *c)
{
	const struct sites_facts *f = sites_shown(m);
	struct page p = {.canvas = *c, .cut = true};
	enum sites_phase phase = m->sites_progress.phase;
	bool live = sites_is_live(v, m), busy = live && sites_are_traced(&m->sites_progress);
	struct canvas line;

	if (live && phase == SITES_FAILED) {
		failed_write(&p, m);
	} else if (!f && !live) {
		past_write(&p, &v->view);
	} else if (sites_is_priced(m)) {
		priced_write(v, &p, m);
	} else if (f || busy) {
		if (page_next(&p, &line))
			sites_state_draw(v, m, &line, 0);
		sites_notes_write(v, m, &p, c->rows - 1);
		if (f)
			none_write(&p, m);
		else
			begun_write(&p, m);
	} else {
		sites_notes_write(v, m, &p, c->rows);
		if (p.line)
			page_text(&p, 0, ROLE_TEXT, "");
		offer_write(&p);
	}
}
