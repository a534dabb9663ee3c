/* SPDX-License-Identifier: MIT */
#include "app/app_internal.h"

/*
 * What each request does: one table of all that only app can do. Knows sessions, players and moments; refuses
 * to know keys (tui has the table) and how anything looks. Larger answers have a file each: app_NAME.c.
 */

#include <stdio.h>

#include "base/clock.h"
#include "base/human.h"
#include "report/export.h"

/* A clock that hangs is told of; without a session the list stays in front. */
bool app_order(struct app *a, const struct order *o)
{
	struct mailbox *mailbox = app_mailbox(a);

	if (!mailbox)
		return false;
	if (mailbox_order(mailbox, o))
		return true;
	tui_notice(a->tui,
	           a->player ? "the recording cannot be read just now: try again later"
	                     : "the watch hangs and takes no orders: try again later",
	           true);
	return false;
}

static bool order(struct app *a, enum order_kind kind, uint64_t value)
{
	return app_order(a, &(struct order){.kind = kind, .value = value});
}

static void toggle_freeze(struct app *a)
{
	if (!a->live && !a->list) {
		tui_notice(a->tui, "nothing to freeze: Enter watches a process first", false);
		return;
	}
	a->frozen = !a->frozen;
	moment_unref(a->past);
	a->past = a->frozen && a->live ? moment_ref(a->live) : NULL;
	if (a->past)
		order(a, ORDER_CURSOR, a->live->time);
	else
		order(a, ORDER_LIVE, 0);
	app_show_frozen(a);
	app_show(a);
}

void app_hold(struct app *a)
{
	if (!a->frozen && !a->player)
		toggle_freeze(a);
}

static void step(struct app *a, uint64_t direction)
{
	app_hold(a);
	order(a, ORDER_STEP, direction);
}

static void set_focus(struct app *a, uint64_t id)
{
	struct order o = {.kind = ORDER_FOCUS, .value = id};
	const struct moment *m = app_shown(a);
	const struct region *r = id && m && m->regions ? region_table_find(m->regions, id) : NULL;

	if (r) {
		o.start = r->start;
		o.end = r->end;
	}
	app_order(a, &o);
}

static void set_interval(struct app *a, bool faster)
{
	static const uint64_t steps_ms[] = {50,   100,   200,   500,   1000,   2000,
	                                    5000, 10000, 30000, 60000, 600000, 3600000};
	enum { STEPS = sizeof(steps_ms) / sizeof(steps_ms[0]) };
	char text[80], length[HUMAN_MAX];
	int i;

	if (faster) {
		for (i = STEPS - 1; i > 0 && steps_ms[i] * NS_PER_MS >= a->interval; i--)
			;
	} else {
		for (i = 0; i < STEPS - 1 && steps_ms[i] * NS_PER_MS <= a->interval; i++)
			;
	}
	if (!order(a, ORDER_INTERVAL, steps_ms[i] * NS_PER_MS))
		return;
	a->interval = steps_ms[i] * NS_PER_MS;
	snprintf(text, sizeof(text), "a sample every %s", human_duration(length, a->interval));
	tui_notice(a->tui, text, false);
}

static void export_to(struct app *a, const char *path)
{
	struct buf screen;
	char name[600];

	if (!app_shown(a))
		return;
	if (!path) {
		if (export_name(app_shown(a), "json", name, sizeof(name)) == 0)
			tui_ask_export(a->tui, name);
		return;
	}
	if (a->export) {
		tui_notice(a->tui, "the export before is still being written", true);
		return;
	}
	buf_init(&screen, 4 << 20);
	tui_text(a->tui, &screen);
	a->export = export_job_start(app_shown(a), path, buf_str(&screen));
	if (!a->export)
		tui_notice(a->tui, "no memory for the export", true);
	buf_done(&screen);
}

static void quit(struct app *a)
{
	a->done = END_QUIT;
}

static void play(struct app *a)
{
	order(a, ORDER_PLAY, 0);
}

/* A replay is frozen by not going on. */
static void freeze(struct app *a)
{
	if (a->player)
		play(a);
	else
		toggle_freeze(a);
}

static void set_speed(struct app *a, uint64_t faster)
{
	order(a, ORDER_SPEED, faster);
}

static void step_event_before(struct app *a)
{
	step(a, STEP_EVENT_BEFORE);
}

static void step_event_after(struct app *a)
{
	step(a, STEP_EVENT_AFTER);
}

static void set_baseline(struct app *a)
{
	if (order(a, ORDER_BASELINE, 0))
		tui_notice(a->tui, "changes count from here", false);
}

static void record(struct app *a, const char *path)
{
	if (a->player)
		tui_notice(a->tui, "this is a recording; R records what is watched", false);
	else
		app_record(a, path);
}

static void sample_slower(struct app *a)
{
	if (!a->player)
		set_interval(a, false);
}

static void sample_faster(struct app *a)
{
	if (!a->player)
		set_interval(a, true);
}

static void peek(struct app *a, uint64_t address)
{
	order(a, ORDER_PEEK, address);
}

/* Who answers: one of three, by what of the request it needs. Without a row: nothing for app to do. */
static const struct answer {
	void (*alone)(struct app *a);
	void (*by_id)(struct app *a, uint64_t id);
	void (*by_text)(struct app *a, const char *text);
} answers[ACTION_COUNT] = {
        [ACTION_QUIT] = {.alone = quit},
        [ACTION_FREEZE] = {.alone = freeze},
        [ACTION_PLAY] = {.alone = play},
        [ACTION_SPEED] = {.by_id = set_speed},
        [ACTION_STEP] = {.by_id = step},
        [ACTION_EVENT_PREVIOUS] = {.alone = step_event_before},
        [ACTION_EVENT_NEXT] = {.alone = step_event_after},
        [ACTION_GOTO_TIME] = {.by_text = app_go_to},
        [ACTION_BASELINE] = {.alone = set_baseline},
        [ACTION_MARK] = {.alone = app_mark},
        [ACTION_DIFFERENCE] = {.alone = app_difference},
        [ACTION_EXPORT] = {.by_text = export_to},
        [ACTION_RECORD] = {.by_text = record},
        [ACTION_SLOWER] = {.alone = sample_slower},
        [ACTION_FASTER] = {.alone = sample_faster},
        [ACTION_SCAN] = {.alone = app_scan},
        [ACTION_TRACE] = {.by_id = app_trace},
        [ACTION_PRICE] = {.alone = app_price},
        [ACTION_PEEK] = {.by_id = peek},
        [ACTION_FOCUS] = {.by_id = set_focus},
        [ACTION_WATCH] = {.by_id = app_watch},
        [ACTION_PROCESSES] = {.alone = app_back},
};

void app_obey(struct app *a, const struct request *r)
{
	const struct answer *answer = &answers[r->action];

	if (answer->alone)
		answer->alone(a);
	else if (answer->by_id)
		answer->by_id(a, r->id);
	else if (answer->by_text)
		answer->by_text(a, r->text);
}
