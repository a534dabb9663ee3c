/* SPDX-License-Identifier: MIT */
#include "app/app_internal.h"

/*
 * Looking inside the heap, as a person asks for it. Knows what to say of it and when nobody can look; refuses to
 * know how it is done.
 */

void app_scan(struct app *a)
{
	const struct moment *m = a->live;
	bool looking = m && heap_is_looking(&m->heap_progress);

	if (a->player) {
		tui_notice(a->tui,
		           "this is a recording: nobody can look inside its process any more",
		           false);
		return;
	}
	if (m && m->ended != END_NOT_YET) {
		tui_notice(a->tui, "the process is gone: nobody can look inside it any more",
		           false);
		return;
	}
	if (!app_order(a, &(struct order){.kind = ORDER_SCAN, .value = !looking}))
		return;
	tui_notice(
	        a->tui,
	        looking ? "looking inside the heap is stopped: what was found stays"
	                : "looking inside the heap: reads its memory, at most 5 % of the time, and "
	                  "never stops it",
	        false);
}
