/* SPDX-License-Identifier: MIT */
#include "app/app.h"

/*
 * What each event does. Knows sessions, moments and requests; refuses to know keys (tui has the table), how
 * anything looks, and how to wait.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "app/app_internal.h"
#include "base/clock.h"
#include "base/human.h"
#include "report/export.h"

/* How long the last picture stays when the target is gone. */
#define LINGER (10 * NS_PER_S)

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

/* --- requests ------------------------------------------------------------------------------------ */

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

static void begin_export(struct app *a, const char *path)
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

static void obey(struct app *a, const struct request *r)
{
	switch (r->action) {
	case ACTION_QUIT:
		a->done = END_QUIT;
		break;
	case ACTION_FREEZE:
		if (a->player)
			order(a, ORDER_PLAY, 0);
		else
			toggle_freeze(a);
		break;
	case ACTION_PLAY:
		order(a, ORDER_PLAY, 0);
		break;
	case ACTION_SPEED:
		order(a, ORDER_SPEED, r->id);
		break;
	case ACTION_GOTO_TIME:
		app_go_to(a, r->text);
		break;
	case ACTION_STEP:
		step(a, r->id);
		break;
	case ACTION_EVENT_PREVIOUS:
	case ACTION_EVENT_NEXT:
		step(a, r->action == ACTION_EVENT_PREVIOUS ? STEP_EVENT_BEFORE : STEP_EVENT_AFTER);
		break;
	case ACTION_BASELINE:
		if (order(a, ORDER_BASELINE, 0))
			tui_notice(a->tui, "changes count from here", false);
		break;
	case ACTION_MARK:
		app_mark(a);
		break;
	case ACTION_DIFFERENCE:
		app_difference(a);
		break;
	case ACTION_EXPORT:
		begin_export(a, r->text);
		break;
	case ACTION_RECORD:
		if (a->player)
			tui_notice(a->tui, "this is a recording; R records what is watched", false);
		else
			app_record(a, r->text);
		break;
	case ACTION_SLOWER:
	case ACTION_FASTER:
		if (!a->player)
			set_interval(a, r->action == ACTION_FASTER);
		break;
	case ACTION_SCAN:
		app_scan(a);
		break;
	case ACTION_TRACE:
		app_trace(a, r->id);
		break;
	case ACTION_PRICE:
		app_price(a);
		break;
	case ACTION_PEEK:
		order(a, ORDER_PEEK, r->id);
		break;
	case ACTION_FOCUS:
		set_focus(a, r->id);
		break;
	case ACTION_WATCH:
		app_watch(a, r->id);
		break;
	case ACTION_PROCESSES:
		app_back(a);
		break;
	default:
		break;
	}
}

/* The other views have nothing to show before a process is chosen. */
static void stay_with_the_list(struct app *a)
{
	if (a->session || a->player || tui_view(a->tui) == VIEW_PROCESSES)
		return;
	tui_show(a->tui, VIEW_PROCESSES);
	tui_notice(a->tui, "Enter watches the process under the cursor", false);
}

static void on_key(struct app *a, int key)
{
	struct request r = {0};
	int view = tui_view(a->tui);

	if (a->live && a->live->ended != END_NOT_YET && !a->stays && !a->player) {
		a->stays = true;
		a->wake_at = UNKNOWN;
		tui_banner(a->tui, a->live->ended_text, true);
	}
	tui_key(a->tui, key, &r);
	obey(a, &r);
	stay_with_the_list(a);
	if (tui_view(a->tui) != view) {
		app_pick(a);
		app_show(a);
	}
}

/* --- the other events ---------------------------------------------------------------------------- */

/* The target is gone: the last picture stays for a while under a banner. */
static void on_end(struct app *a, uint64_t now)
{
	char text[320];

	if (a->live->ended == END_DURATION) {
		a->done = END_DURATION;
		return;
	}
	snprintf(text, sizeof(text), "%s%s%s; report in 10 s, any key stays", a->live->ended_text,
	         a->live->child_status[0] ? ", " : "", a->live->child_status);
	tui_banner(a->tui, text, true);
	a->wake_at = now + LINGER;
}

static void on_mail(struct app *a, uint64_t now)
{
	struct mailbox *mailbox = app_mailbox(a);
	struct moment *live, *past;

	if (!mailbox)
		return;
	live = mailbox_take_live(mailbox);
	past = mailbox_take_past(mailbox);
	if (past && a->frozen) {
		moment_unref(a->past);
		a->past = past;
	} else {
		moment_unref(past);
	}
	if (live) {
		bool ends =
		        live->ended != END_NOT_YET && (!a->live || a->live->ended == END_NOT_YET);
		if (live->alarms > (a->live ? a->live->alarms : 0))
			tui_bell(a->tui);
		app_sites_news(a, live);
		moment_unref(a->live);
		a->live = live;
		if (ends && !a->player)
			on_end(a, now);
	}
	bool banner = a->player || a->frozen || (a->live && a->live->ended == END_NOT_YET);
	if (banner && (past || live))
		app_show_frozen(a);
	if (!a->frozen || past)
		app_show(a);
}

static void on_processes(struct app *a)
{
	struct process_list *list = a->processes ? processes_take(a->processes) : NULL;

	if (!list)
		return;
	/* It stands still like the rest of the picture. */
	if (a->frozen && a->list) {
		process_list_unref(list);
		return;
	}
	process_list_unref(a->list);
	a->list = list;
	app_show(a);
}

static void on_exported(struct app *a)
{
	char text[640];
	bool failed;

	if (!a->export)
		return;
	export_job_finish(a->export, text, sizeof(text), &failed);
	a->export = NULL;
	tui_notice(a->tui, text, failed);
}

void app_handle(struct app *a, const struct app_event *e)
{
	switch (e->kind) {
	case APP_KEY:
		on_key(a, e->key);
		break;
	case APP_MAIL:
		on_mail(a, e->now);
		break;
	case APP_PROCESSES:
		on_processes(a);
		break;
	case APP_EXPORTED:
		on_exported(a);
		break;
	case APP_RECORDER:
		app_record_news(a);
		break;
	case APP_RESIZE:
		tui_resize(a->tui, 0, 0);
		break;
	case APP_CONTINUED:
		tui_redraw(a->tui);
		break;
	case APP_TIMEOUT:
		if (known(a->wake_at) && e->now >= a->wake_at)
			a->done = END_TARGET;
		break;
	case APP_SIGNAL:
		a->done = END_SIGNAL;
		break;
	case APP_HANGUP:
		a->done = END_EOF;
		break;
	}
}

int app_init(struct app *a, const struct options *o, struct tui *tui, int32_t pid,
             struct child *child, struct fault *fault)
{
	int err = 0;

	*a = (struct app){
	        .o = o, .tui = tui, .child = child, .interval = o->interval, .wake_at = UNKNOWN};
	if (pid || o->follow)
		err = session_open(o, pid, true, child, &a->session, fault);
	else
		tui_show(tui, VIEW_PROCESSES);
	if (err)
		return err;
	if (a->session && session_recorder(a->session)) {
		a->recorder = recorder_ref(session_recorder(a->session));
		a->record_given = true;
	}
	app_pick(a);
	return 0;
}

void app_done(struct app *a)
{
	processes_stop(a->processes);
	process_list_unref(a->list);
	moment_unref(a->live);
	moment_unref(a->past);
	recorder_unref(a->recorder);
	app_unmark(a);
	session_free(a->session);
	player_free(a->player);
	a->session = NULL;
	a->player = NULL;
}
