/* SPDX-License-Identifier: MIT */
#include "app/app_internal.h"

/*
 * Tracing which code grows, as a person asks for it. Knows what to say of it, and when nobody can be traced; refuses
 * to know how it is done (watch_sites.c has the way from here on).
 */

#include <stdio.h>
#include <string.h>

#include "base/safe_text.h"

enum { VIEW_SITES = 6 };

static bool is_possible(struct app *a)
{
	if (a->player) {
		tui_notice(a->tui, "this is a recording: nobody can trace its process any more",
		           false);
		return false;
	}
	if (a->o->no_sites) {
		tui_notice(a->tui,
		           "call sites are left out by --no-sites; watch it without that to trace",
		           false);
		return false;
	}
	if (a->live && a->live->ended != END_NOT_YET) {
		tui_notice(a->tui, "the process is gone: nobody can trace it any more", false);
		return false;
	}
	return true;
}

void app_trace(struct app *a, uint64_t kind)
{
	char text[160];

	if (!is_possible(a) || !app_order(a, &(struct order){.kind = ORDER_TRACE, .value = kind}))
		return;
	if (kind == SITES_NONE && a->live && a->live->sites_progress.phase == SITES_PRICED)
		snprintf(text, sizeof(text), "no probes are set");
	else if (kind == SITES_NONE)
		snprintf(text, sizeof(text), "tracing is stopped: what was found stays");
	else if (kind == SITES_GROWTH)
		snprintf(text, sizeof(text),
		         "growth stacks: who makes resident memory grow, by its page faults; at "
		         "hardly any price");
	else
		snprintf(text, sizeof(text), "setting probes on the functions that allocate");
	tui_notice(a->tui, text, false);
}

void app_price(struct app *a)
{
	if (is_possible(a) && app_order(a, &(struct order){.kind = ORDER_PRICE}))
		tui_notice(a->tui, "counting for a moment how often it allocates", false);
}

void app_sites_news(struct app *a, const struct moment *live)
{
	enum sites_phase before = a->live ? a->live->sites_progress.phase : SITES_OFF;
	const struct sites_progress *now = &live->sites_progress;
	char why[sizeof(now->why)], text[sizeof(now->why) + 32], price[SITES_PRICE];

	if (!a->live || before == now->phase || live->ended != END_NOT_YET || a->player)
		return;
	if (now->phase == SITES_PRICED) {
		snprintf(text, sizeof(text), "tracing allocations: %s%s",
		         sites_price_words(now, price),
		         tui_view(a->tui) == VIEW_SITES ? "" : "; 6 asks");
		tui_notice(a->tui, text, false);
		return;
	}
	if (now->phase == SITES_TRACING && now->kind != SITES_GROWTH) {
		snprintf(text, sizeof(text), "tracing allocations: %s",
		         sites_price_words(now, price));
		tui_notice(a->tui, text, false);
		return;
	}
	if (now->phase == SITES_ENDED && before == SITES_TRACING) {
		tui_notice(a->tui,
		           tui_view(a->tui) == VIEW_SITES
		                   ? "tracing ended: what was found stays"
		                   : "tracing ended: view 6 has what was found",
		           false);
		return;
	}
	if (!now->why[0] || (now->phase != SITES_FAILED && now->phase != SITES_STOPPED))
		return;
	safe_copy(why, sizeof(why), now->why, strlen(now->why), SAFE_UTF8);
	snprintf(text, sizeof(text), "call sites: %s", why);
	tui_notice(a->tui, text, true);
}
