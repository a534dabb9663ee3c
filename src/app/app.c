/* SPDX-License-Identifier: MIT */
#include "app/app.h"

/*
 * What each event does. Knows sessions and moments; refuses to know keys (tui has the table), what a request
 * means (app_obey.c), how anything looks, and how to wait.
 */

#include <stdio.h>

#include "app/app_internal.h"
#include "base/clock.h"

/* How long the last picture stays when the target is gone. */
#define LINGER (10 * NS_PER_S)

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
	app_obey(a, &r);
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
	if (a->session && session_metrics(a->session))
		a->metrics = metrics_ref(session_metrics(a->session));
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
	metrics_unref(a->metrics);
	app_unmark(a);
	session_free(a->session);
	player_free(a->player);
	a->session = NULL;
	a->player = NULL;
}
