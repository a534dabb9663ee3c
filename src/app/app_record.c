/* SPDX-License-Identifier: MIT */
#include "app/app_internal.h"

/*
 * The recording of a dashboard: when it begins and ends, and what is said of it. Refuses to know what is written:
 * the watch tells the recorder, this only sees to it that the two meet.
 */

#include <stdio.h>
#include <string.h>

#include "app/record_open.h"
#include "base/human.h"
#include "base/safe_text.h"
#include "report/export.h"

/* The clock that is asked gives the recorder all that history keeps, then every sample. */
static void begin(struct app *a, const char *path)
{
	struct recorder *r;
	struct order o = {.kind = ORDER_RECORD};
	char text[160];
	int err = record_start(a->o, path, &r);

	if (err) {
		snprintf(text, sizeof(text), "cannot record: %s", fault_reason(err));
		tui_notice(a->tui, text, true);
		return;
	}
	o.recorder = recorder_ref(r);
	if (!app_order(a, &o)) {
		recorder_unref(r);
		recorder_unref(r);
		return;
	}
	a->recorder = r;
	a->recording = false;
}

static void end(struct app *a)
{
	recorder_finish(a->recorder);
	a->record_ends = true;
}

static void ask(struct app *a)
{
	char name[600];

	if (app_shown(a) && export_name(app_shown(a), "mld", name, sizeof(name)) == 0)
		tui_ask_record(a->tui, name);
}

void app_record(struct app *a, const char *path)
{
	if (a->recorder && a->record_ends)
		tui_notice(a->tui, "the recording before is still being written", true);
	else if (a->recorder)
		end(a);
	else if (path)
		begin(a, path);
	else
		ask(a);
}

void app_record_forget(struct app *a)
{
	if (a->recorder && !a->record_ends)
		end(a);
}

static void say_done(struct app *a, const struct recorder_state *s)
{
	char text[480], size[HUMAN_MAX];

	snprintf(text, sizeof(text), "recorded %s (%s); look at it with --replay",
	         recorder_path(a->recorder), human_size(size, s->size, HUMAN_AUTO));
	tui_notice(a->tui, text, false);
}

static void say_goes_on(struct app *a, const struct recorder_state *s)
{
	char text[480];

	if (s->trouble[0])
		snprintf(text, sizeof(text), "recording: %s", s->trouble);
	else if (!a->recording)
		snprintf(text, sizeof(text), "recording to %s; R ends it",
		         recorder_path(a->recorder));
	else
		snprintf(text, sizeof(text), "recording goes on");
	a->recording = true;
	tui_notice(a->tui, text, s->trouble[0] != 0);
}

void app_record_news(struct app *a)
{
	struct recorder_state s;

	if (!a->recorder)
		return;
	recorder_news(a->recorder, &s);
	switch (s.phase) {
	case RECORDER_OPENING:
		return;
	case RECORDER_OPEN:
		if (!a->record_ends)
			say_goes_on(a, &s);
		return;
	case RECORDER_DONE:
		say_done(a, &s);
		break;
	case RECORDER_FAILED:
		tui_notice(a->tui, s.fault.text, true);
		if (a->record_given)
			a->record_fault = s.fault;
		break;
	}
	recorder_unref(a->recorder);
	a->recorder = NULL;
	a->record_ends = a->record_given = false;
}

bool app_record_end(struct app *a, struct fault *fault)
{
	int err = record_end(a->recorder, fault);

	return !err && !a->record_fault.text[0];
}
