/* SPDX-License-Identifier: MIT */
/*
 * View 6 before there are sites to list: what tracing tells, needs and costs, what it waits for, or why there is
 * nothing. It knows sentences; whether one is permitted is found out only when it is asked for.
 */
#include <stdio.h>
#include <string.h>

#include "base/safe_text.h"
#include "tui/sites_internal.h"

enum { LABEL = 17, TEXT = 400 };

static void offer_write(struct page *p)
{
	page_text(p, 1, ROLE_TITLE, "Which code makes it grow?");
	page_text(p, 0, ROLE_TEXT, "");
	page_item(
	        p, ROLE_KEY, "growth stacks", LABEL,
	        "who made resident memory grow, in whole pages, told from page faults. Hardly any "
	        "price. Needs kernel.perf_event_paranoid 2 or less, or CAP_PERFMON.");
	page_item(
	        p, ROLE_KEY, "allocation sites", LABEL,
	        "who allocates what is not freed again, exactly, by probes on malloc and free. The "
	        "price is counted first, and asked for. Needs root, in general.");
	page_item(p, ROLE_KEY, "x", LABEL, "offers both, and stops what is going on");
	page_text(p, 0, ROLE_TEXT, "");
	page_text(p, 1, ROLE_DIM,
	          "Both see what happens from then on, not what was allocated before. Probes are "
	          "breakpoints that the kernel sets, and takes out again; the process is not "
	          "stopped.");
}

static void priced_write(const struct sites_view *v, struct page *p, const struct moment *m)
{
	const struct sites_progress *now = &m->sites_progress;
	char text[TEXT], rate[HUMAN_MAX];

	sites_price_words(m, text, sizeof(text));
	page_text(p, 1, ROLE_TITLE, text);
	page_text(p, 0, ROLE_TEXT, "");
	if (now->hits_per_s >= 0) {
		snprintf(text, sizeof(text),
		         "%s calls of the allocator a second were counted just now",
		         human_count(rate, (uint64_t)sites_whole(now->hits_per_s)));
		page_item(p, ROLE_DIM, "calls", LABEL, text);
	}
	if (now->expected >= 0) {
		snprintf(text, sizeof(text),
		         "probes on all of them would make it %.1f %% slower; beyond what is "
		         "allowed "
		         "they are set in short bursts",
		         now->expected);
		page_item(p, ROLE_DIM, "price", LABEL, text);
	}
	page_item(p, ROLE_DIM, "end", LABEL,
	          "the probes vanish by themselves: in time, by x, and when this program ends");
	sites_notes_write(v, m, p);
}

static void failed_write(struct page *p, const struct moment *m)
{
	char safe[sizeof(m->sites_progress.why) * 4];

	safe_copy(safe, sizeof(safe), m->sites_progress.why,
	          strnlen(m->sites_progress.why, sizeof(m->sites_progress.why)), SAFE_UTF8);
	page_text(p, 1, ROLE_TITLE, "Its call sites could not be traced");
	page_text(p, 0, ROLE_TEXT, "");
	page_text(p, 1, ROLE_ALARM, safe[0] ? safe : "it is not known why");
	page_text(p, 0, ROLE_TEXT, "");
	page_text(p, 1, ROLE_DIM, "x tries again. Nothing was changed in the process.");
	page_text(p, 0, ROLE_TEXT, "");
	page_text(p, 1, ROLE_HEAD, "What still works");
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

static bool is_busy(enum sites_phase phase)
{
	return phase == SITES_OPENING || phase == SITES_PRICING || phase == SITES_TRACING;
}

void sites_empty_draw(const struct sites_view *v, const struct moment *m, const struct canvas *c)
{
	struct page p = {.canvas = *c};
	enum sites_phase phase = m->sites_progress.phase;
	bool live = sites_is_live(v, m);
	struct canvas line;

	if (live && phase == SITES_FAILED) {
		failed_write(&p, m);
		return;
	}
	if (!m->sites && !live) {
		past_write(&p, &v->view);
		return;
	}
	if (m->sites || (live && is_busy(phase))) {
		if (page_next(&p, &line))
			sites_state_draw(v, m, &line, 0);
		sites_notes_write(v, m, &p);
	} else if (sites_is_priced(m)) {
		priced_write(v, &p, m);
		return;
	} else {
		sites_notes_write(v, m, &p);
	}
	if (m->sites) {
		none_write(&p, m);
		return;
	}
	if (p.line)
		page_text(&p, 0, ROLE_TEXT, "");
	offer_write(&p);
}
