/* SPDX-License-Identifier: MIT */
#include "app/app_internal.h"

/*
 * Which process is watched, and the list to choose it from. Knows when each of them begins and ends; refuses
 * to know what is seen of them.
 */

#include <stdio.h>

#include "base/clock.h"
#include "detect/ranking.h"

/* Between two passes over all processes: longer where one takes more than a per cent of a CPU. */
#define PICKER_INTERVAL (2 * NS_PER_S)
enum { PICKER_REST = 120 };

void app_pick(struct app *a)
{
	bool wanted = (!a->session && !a->player) || tui_view(a->tui) == VIEW_PROCESSES;

	if (wanted && !a->processes) {
		struct processes_judge judge = {ranking_judge_any, ranking_free_any, ranking_new()};
		if (judge.arg)
			a->processes =
			        processes_start(a->o->procfs, PICKER_INTERVAL, PICKER_REST, &judge);
	}
	if (a->processes)
		processes_pause(a->processes, !wanted);
}

void app_forget(struct app *a)
{
	app_record_forget(a);
	metrics_finish(a->metrics);
	if (a->session && session_stop(a->session, END_QUIT)) {
		output_close(session_csv(a->session), &a->csv);
		session_free(a->session);
	}
	a->session = NULL;
	moment_unref(a->live);
	moment_unref(a->past);
	a->live = a->past = NULL;
	app_unmark(a);
	a->frozen = a->stays = false;
	a->wake_at = UNKNOWN;
	tui_frozen(a->tui, false);
	tui_banner(a->tui, NULL, false);
}

/* Files are about the process of the command line alone: they ended with the watch of that one. */
static void tell_files_ended(struct app *a, bool csv, bool metrics)
{
	const char *trouble = a->csv.text;
	char text[120];

	if (!csv && !metrics)
		return;
	snprintf(text, sizeof(text), "%s%s%s ended: about the process watched first",
	         csv ? "--csv" : "", csv && metrics ? " and " : "", metrics ? "--openmetrics" : "");
	tui_notice(a->tui, trouble[0] ? trouble : text, trouble[0] != 0);
}

void app_watch(struct app *a, uint64_t pid)
{
	struct session *s = NULL;
	struct fault fault = {0};
	bool csv = a->session && session_csv(a->session)->fd >= 0;
	bool metrics = a->session && session_metrics(a->session);

	if (session_open(a->o, (int32_t)pid, false, NULL, &s, &fault)) {
		tui_notice(a->tui, fault.text, true);
		return;
	}
	app_forget(a);
	a->session = s;
	a->child = NULL;
	a->from_picker = true;
	a->interval = a->o->interval;
	tui_show(a->tui, VIEW_OVERVIEW);
	tell_files_ended(a, csv, metrics);
	app_pick(a);
}

void app_back(struct app *a)
{
	if (!a->from_picker)
		return;
	app_forget(a);
	tui_show(a->tui, VIEW_PROCESSES);
	app_pick(a);
	app_show(a);
}
