/* SPDX-License-Identifier: MIT */
/*
 * The state of the dashboard and what app tells it. It knows which moment is shown and which
 * view is in front; keys are dispatch.c, the picture is frame.c, the terminal is terminal.c.
 */

#include "tui/tui.h"

#include <stdio.h>

#include "base/clock.h"
#include "tui/keys.h"
#include "tui/tui_internal.h"

/* How long a notice stays, in time of the watch; a key takes it away as well. */
#define NOTICE_TIME (6 * NS_PER_S)

struct view *tui_front(const struct tui *t)
{
	if (t->overlay_count > 0)
		return t->overlays[t->overlay_count - 1];
	return t->views[t->number];
}

bool tui_has_view(const struct tui *t, uint64_t number)
{
	if (number >= TUI_VIEWS || !t->views[number])
		return false;
	return !t->settings.replay || t->views[number]->ops->place != PLACE_PROCESSES;
}

/* What goes on in a view: then x stops it, or answers. */
static unsigned place_now(const struct tui *t, unsigned place)
{
	const struct moment *m = t->moment;

	if (!m || !m->live || m->ended != END_NOT_YET || t->settings.replay)
		return 0;
	if (place & (PLACE_HEAP | PLACE_BLOCK))
		return heap_is_looking(&m->heap_progress) ? PLACE_LOOKING : 0;
	if (!(place & (PLACE_SITES | PLACE_SITE)))
		return 0;
	if (m->sites_progress.phase == SITES_PRICED)
		return PLACE_PRICED;
	if (m->sites_progress.never)
		return PLACE_UNTRACED;
	return sites_are_traced(&m->sites_progress) ? PLACE_TRACING : 0;
}

unsigned tui_place(const struct tui *t)
{
	unsigned place = tui_front(t)->ops->place;

	place |= place_now(t, place);
	/* Help is about no moment: its keys turn its own pages. */
	if (t->settings.replay && place != PLACE_HELP)
		place |= PLACE_REPLAY;
	return place | (t->settings.frozen ? PLACE_FROZEN : 0);
}

int tui_view(const struct tui *t)
{
	return (int)t->number;
}

void tui_refresh(struct tui *t)
{
	t->stale = true;
}

void tui_settle(struct tui *t)
{
	struct view *front = tui_front(t);
	struct layout layout = layout_find(t);

	if (!t->stale)
		return;
	t->stale = false;
	t->settings.rows = layout.body;
	t->settings.columns = COLS;
	if (t->moment)
		front->ops->refresh(front, t->moment);
}

void tui_moment(struct tui *t, struct moment *m)
{
	struct moment *before = t->moment;

	t->moment = moment_ref(m);
	moment_unref(before);
	if (t->notice[0] && m->live) {
		if (!known(t->notice_time) || m->time < t->notice_time)
			t->notice_time = m->time;
		else if (m->time - t->notice_time >= NOTICE_TIME)
			t->notice[0] = 0;
	}
	tui_refresh(t);
}

void tui_notice(struct tui *t, const char *text, bool alarm)
{
	snprintf(t->notice, sizeof(t->notice), "%s", text ? text : "");
	t->notice_alarm = alarm;
	t->notice_time = UNKNOWN;
}

void tui_banner(struct tui *t, const char *text, bool alarm)
{
	snprintf(t->banner, sizeof(t->banner), "%s", text ? text : "");
	t->banner_alarm = alarm;
	tui_refresh(t);
}

void tui_bell(struct tui *t)
{
	set_term(t->screen);
	if (!t->headless)
		beep();
}

void tui_frozen(struct tui *t, bool frozen)
{
	t->settings.frozen = frozen;
	tui_refresh(t);
}

void tui_replay(struct tui *t)
{
	t->settings.replay = true;
	tui_refresh(t);
}

void tui_ask_export(struct tui *t, const char *suggestion)
{
	prompt_open(&t->prompt, "Export to", ACTION_EXPORT, suggestion);
}

void tui_ask_record(struct tui *t, const char *suggestion)
{
	prompt_open(&t->prompt, "Record to", ACTION_RECORD, suggestion);
}

void tui_key(struct tui *t, int key, struct request *ret)
{
	set_term(t->screen);
	*ret = (struct request){0};
	t->notice[0] = 0;
	tui_settle(t);
	dispatch_key(t, key, ret);
}

void tui_draw(struct tui *t)
{
	if (t->lost)
		return;
	set_term(t->screen);
	tui_settle(t);
	werase(t->window);
	frame_draw(t);
	curses_begins();
	wnoutrefresh(t->window);
	doupdate();
	t->lost = !curses_ends();
}
