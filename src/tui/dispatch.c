/* SPDX-License-Identifier: MIT */
/*
 * Where a key goes: prompt, menu, frame, view, app. It knows the order of these and what closes
 * what; which key is which is the table of keys.c.
 */

#include <string.h>

#include "base/safe_text.h"
#include "tui/keys.h"
#include "tui/tui_internal.h"

static bool overlay_is_open(const struct tui *t, const struct view *v)
{
	for (unsigned i = 0; i < t->overlay_count; i++)
		if (t->overlays[i] == v)
			return true;
	return false;
}

static void overlay_open(struct tui *t, struct view *v)
{
	if (!overlay_is_open(t, v) && t->overlay_count < TUI_OVERLAYS)
		t->overlays[t->overlay_count++] = v;
	tui_refresh(t);
}

/* Closes the topmost one; a region that leaves the screen is no longer in focus. */
static void overlay_close(struct tui *t, struct request *ret)
{
	struct view *top = t->overlays[--t->overlay_count];

	if (top == t->detail)
		*ret = (struct request){.action = ACTION_FOCUS};
	tui_refresh(t);
}

static void overlays_close(struct tui *t, struct request *ret)
{
	while (t->overlay_count > 0)
		overlay_close(t, ret);
}

static void show_view(struct tui *t, uint64_t number, struct request *ret)
{
	if (!tui_has_view(t, number))
		return;
	overlays_close(t, ret);
	t->number = (unsigned)number;
	tui_refresh(t);
}

void tui_show(struct tui *t, int number)
{
	struct request ignored = {0};

	if (number >= 0)
		show_view(t, (uint64_t)number, &ignored);
}

static void step_view(struct tui *t, unsigned step, struct request *ret)
{
	unsigned n = t->number;

	do
		n = (n + step) % TUI_VIEWS;
	while (!tui_has_view(t, n));
	show_view(t, n, ret);
}

/* Asks the view in front; a region it wants to see opens over it. */
static bool ask_view(struct tui *t, const struct request *what, struct request *ret)
{
	struct view *front = tui_front(t);

	tui_settle(t);
	if (!t->moment || !front->ops->act || !front->ops->act(front, what, t->moment, ret))
		return false;
	if (ret->action == ACTION_FOCUS && ret->id && t->detail->ops->act) {
		struct request ignored = {0};
		t->detail->ops->act(t->detail, ret, t->moment, &ignored);
		overlay_open(t, t->detail);
	}
	return true;
}

static void go_back(struct tui *t, const struct request *what, struct request *ret)
{
	struct view *front = tui_front(t);

	if (ask_view(t, what, ret))
		return;
	if (t->overlay_count > 0) {
		overlay_close(t, ret);
	} else if (front->filter[0]) {
		front->filter[0] = 0;
		tui_refresh(t);
	} else if (front->ops->place == PLACE_PROCESSES) {
		if (t->moment && t->moment->target)
			show_view(t, 1, ret);
	} else {
		ret->action = ACTION_PROCESSES;
	}
}

static void toggle_overlay(struct tui *t, struct view *v, const struct request *what,
                           struct request *ret)
{
	if (tui_front(t) != v) {
		overlay_open(t, v);
		return;
	}
	if (!ask_view(t, what, ret))
		overlay_close(t, ret);
}

void tui_show_difference(struct tui *t)
{
	overlay_open(t, t->difference);
}

bool tui_shows_difference(const struct tui *t)
{
	return overlay_is_open(t, t->difference);
}

/* What is compared app knows, and opens the page. */
static void ask_difference(struct tui *t, const struct request *what, struct request *ret)
{
	if (tui_front(t) == t->difference)
		overlay_close(t, ret);
	else
		*ret = *what;
}

static void open_sort_menu(struct tui *t)
{
	const struct view *front = tui_front(t);

	if (front->ops->sorts && front->ops->sorted_by)
		menu_open(&t->menu, " Sort by ", front->ops->sorts, front->ops->sorted_by(front),
		          ACTION_SORT_MENU);
}

/* The view may know at once what the key means; where there is nothing to choose, app knows why. */
static void open_trace_menu(struct tui *t, struct request *ret)
{
	const struct view *front = tui_front(t);
	const char *const *entries = NULL;
	unsigned at = 0;

	if (!t->moment || ask_view(t, &(struct request){.action = ACTION_SCAN}, ret))
		return;
	if (front->ops->traces)
		entries = front->ops->traces(front, t->moment, &at);
	if (entries)
		menu_open(&t->menu, " Trace ", entries, at, ACTION_TRACE);
	else
		*ret = (struct request){.action = ACTION_TRACE};
}

static void open_filter(struct tui *t)
{
	const struct view *front = tui_front(t);

	memcpy(t->filter_before, front->filter, sizeof(t->filter_before));
	prompt_open(&t->prompt, "Filter", ACTION_FILTER, front->filter);
}

/* A digit. A recording is of one process, which is said rather than nothing. */
static void choose_view(struct tui *t, uint64_t number, struct request *ret)
{
	if (number < TUI_VIEWS && t->views[number] && !tui_has_view(t, number))
		tui_notice(
		        t,
		        "a recording holds no other processes; watch without --replay to list them",
		        false);
	else
		show_view(t, number, ret);
}

static void frame_act(struct tui *t, const struct request *what, struct request *ret)
{
	switch (what->action) {
	case ACTION_VIEW:
		choose_view(t, what->id, ret);
		break;
	case ACTION_VIEW_NEXT:
		step_view(t, 1, ret);
		break;
	case ACTION_VIEW_PREVIOUS:
		step_view(t, TUI_VIEWS - 1, ret);
		break;
	case ACTION_UNITS:
		t->settings.unit = (enum human_unit)((t->settings.unit + 1) % HUMAN_UNIT_COUNT);
		tui_refresh(t);
		break;
	case ACTION_WHY:
		toggle_overlay(t, t->why, what, ret);
		break;
	case ACTION_DIFFERENCE:
		ask_difference(t, what, ret);
		break;
	case ACTION_HELP:
		toggle_overlay(t, t->help, what, ret);
		break;
	case ACTION_SORT_MENU:
		open_sort_menu(t);
		break;
	case ACTION_TRACE:
		open_trace_menu(t, ret);
		break;
	case ACTION_FILTER:
		open_filter(t);
		break;
	case ACTION_GOTO_TIME:
		prompt_open(&t->prompt, "Go to (13:45, +90m, @12:34)", ACTION_GOTO_TIME, "");
		break;
	case ACTION_BACK:
		go_back(t, what, ret);
		break;
	case ACTION_REDRAW:
		tui_redraw(t);
		break;
	default:
		ask_view(t, what, ret);
		break;
	}
}

/* What only app can do goes out as it is. */
static bool is_for_app(enum action action)
{
	switch (action) {
	case ACTION_FREEZE:
	case ACTION_STEP:
	case ACTION_EVENT_PREVIOUS:
	case ACTION_EVENT_NEXT:
	case ACTION_PLAY:
	case ACTION_SPEED:
	case ACTION_BASELINE:
	case ACTION_MARK:
	case ACTION_EXPORT:
	case ACTION_RECORD:
	case ACTION_SLOWER:
	case ACTION_FASTER:
	case ACTION_SCAN:
	case ACTION_QUIT:
		return true;
	default:
		return false;
	}
}

/* The filter works while it is typed. */
static void filter_take(struct tui *t, const char *text)
{
	struct view *front = tui_front(t);

	safe_copy(front->filter, sizeof(front->filter), text, strlen(text), SAFE_UTF8);
	tui_refresh(t);
}

static void dispatch_prompt(struct tui *t, int key, struct request *ret)
{
	enum action action = t->prompt.action;
	enum prompt_end end = prompt_key(&t->prompt, key);

	if (action == ACTION_FILTER)
		filter_take(t, end == PROMPT_CANCELLED ? t->filter_before : t->prompt.text);
	if (end != PROMPT_ACCEPTED || action == ACTION_FILTER || !t->prompt.text[0])
		return;
	memcpy(t->answer, t->prompt.text, sizeof(t->answer));
	*ret = (struct request){.action = action, .text = t->answer};
}

static void dispatch_menu(struct tui *t, int key, struct request *ret)
{
	const struct key_binding *b = keys_find(key, tui_place(t));

	if (b && b->action == ACTION_QUIT)
		ret->action = ACTION_QUIT;
	else if (menu_key(&t->menu, key, t->settings.rows))
		ask_view(t, &(struct request){.action = t->menu.action, .id = t->menu.list.at},
		         ret);
}

void dispatch_key(struct tui *t, int key, struct request *ret)
{
	const struct key_binding *b;

	if (key == KEY_RESIZE)
		return;
	if (t->prompt.label) {
		dispatch_prompt(t, key, ret);
		return;
	}
	if (t->menu.title) {
		dispatch_menu(t, key, ret);
		return;
	}
	b = keys_find(key, tui_place(t));
	if (!b)
		return;
	struct request what = {.action = b->action, .id = b->id};
	if (is_for_app(b->action))
		*ret = what;
	else
		frame_act(t, &what, ret);
}
