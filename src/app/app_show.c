/* SPDX-License-Identifier: MIT */
#include "app/app_internal.h"

/*
 * Which moment stands on the screen and what the banner says of it. Changes nothing but the screen.
 */

#include <stdio.h>

#include "base/human.h"
#include "model/diff.h"

struct moment *app_shown(const struct app *a)
{
	return a->frozen && a->past ? a->past : a->live;
}

/* A copy of the moment with what only app knows beside it: the list of processes, a comparison. */
static struct moment *with_more(const struct moment *m, struct process_list *list, struct diff *d)
{
	struct moment *with = m ? moment_copy(m) : moment_new();

	if (!with)
		return NULL;
	if (list) {
		process_list_unref(with->processes);
		with->processes = process_list_ref(list);
	}
	if (d)
		with->diff = diff_ref(d);
	return with;
}

void app_show(struct app *a)
{
	struct moment *m = app_shown(a), *with;
	struct process_list *list = tui_view(a->tui) == VIEW_PROCESSES ? a->list : NULL;
	struct diff *d = m ? app_diff(a) : NULL;

	if (!list && !d) {
		if (m)
			tui_moment(a->tui, m);
		return;
	}
	with = with_more(m, list, d);
	if (!with)
		return;
	tui_moment(a->tui, with);
	moment_unref(with);
}

/* What goes on while the picture stands still: sampling, or the end of the target. */
static const char *meanwhile(const struct app *a, char *out, size_t size)
{
	snprintf(out, size, "%s", "sampling goes on");
	if (a->live && a->live->alarm[0])
		snprintf(out, size, "meanwhile %.140s", a->live->alarm);
	if (a->live && a->live->ended != END_NOT_YET)
		snprintf(out, size, "the process %.100s",
		         a->live->ended_text[0] ? a->live->ended_text : "is no longer watched");
	return out;
}

void app_show_frozen(struct app *a)
{
	char text[320], clock[HUMAN_MAX], ago[HUMAN_MAX], now[160], since[64] = "";
	const struct moment *m = app_shown(a);
	bool ended = a->live && a->live->ended != END_NOT_YET;
	const char *alarm = a->live && a->live->alarm[0] ? a->live->alarm : NULL;
	const char *waiting = a->live && a->live->waiting[0] ? a->live->waiting : NULL;

	if (a->player) {
		app_show_replay(a);
		return;
	}
	tui_frozen(a->tui, a->frozen);
	if (a->frozen && !m) {
		tui_banner(a->tui, "frozen; looking at processes goes on; Space ends it", false);
		return;
	}
	if (!a->frozen || !m) {
		alarm = waiting ? waiting : alarm;
		tui_banner(a->tui, ended ? a->live->ended_text : alarm, ended || alarm);
		return;
	}
	if (a->live && a->live->time > m->time)
		snprintf(since, sizeof(since), ", %s ago",
		         human_duration(ago, a->live->time - m->time));
	snprintf(text, sizeof(text), "frozen at %s%s; %s; Space ends it",
	         human_localtime(clock, m->wall), since, meanwhile(a, now, sizeof(now)));
	tui_banner(a->tui, text, ended || alarm);
}
