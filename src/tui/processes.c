/* SPDX-License-Identifier: MIT */
/*
 * View 7: every process, and which of them most likely leaks. It knows the list that a moment brings; it
 * reads nothing itself and decides nothing.
 */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/safe_text.h"
#include "detect/machine.h"
#include "tui/keys.h"
#include "tui/page.h"
#include "tui/processes_internal.h"

/* Rows of the body from which there is room for the machine above, the reason and the sums below. */
enum { ROWS_MACHINE = 9, ROWS_REASON = 12, ROWS_SUMMARY = 5 };

static const char *const processes_sorts[SORT_COUNT + 1] = {
        [SORT_SUSPICION] = "suspicion, then RSS",
        [SORT_RSS] = "RSS",
        [SORT_GROWTH] = "growth a minute",
        [SORT_HELD] = "anonymous + swap",
        [SORT_VSZ] = "VSZ",
        [SORT_AGE] = "age",
        [SORT_PID] = "pid",
        [SORT_USER] = "user",
        [SORT_STATE] = "state",
        [SORT_UNIT] = "unit",
        [SORT_COMMAND] = "command",
};

/* A pid may pass to another process: with its birth it is one of a kind. */
static uint64_t id_of(const struct table_at *at)
{
	const struct process *p = process_at(at);

	return p->start_ticks << 31 ^ (uint64_t)p->pid;
}

static void tree_arrange(const struct table_at *at, struct table_item *items, size_t count)
{
	/* The view is ours: refresh hands it down as const. */
	struct processes_view *v = (struct processes_view *)(uintptr_t)at->view;

	if (v->tree.on && at->m->processes)
		processes_tree_arrange(&v->tree, at->m->processes, items, count);
}

static const struct table_ops process_table = {
        .columns = process_columns,
        .tie = SORT_RSS,
        .id = id_of,
        .matches = process_matches,
        .arrange = tree_arrange,
};

static int rows_above(int rows)
{
	return rows >= ROWS_MACHINE ? 2 : 0;
}

static int rows_below(int rows)
{
	return (rows >= ROWS_SUMMARY) + (rows >= ROWS_REASON);
}

static int processes_page(int rows)
{
	return rows - 1 - rows_above(rows) - rows_below(rows);
}

static void processes_refresh(struct view *view, const struct moment *m)
{
	struct processes_view *v = (struct processes_view *)view;
	const struct process_list *l = m->processes;

	if (!v->chosen)
		v->table.sort = l && l->growth_known ? SORT_SUSPICION : SORT_RSS;
	table_refresh(&v->table, view, m, l ? l->count : 0, processes_page(view->settings->rows));
}

static bool is_sorting(enum action action)
{
	return action == ACTION_SORT_MENU || action == ACTION_SORT_NEXT ||
	       action == ACTION_SORT_PREVIOUS || action == ACTION_REVERSE;
}

static bool processes_act(struct view *view, const struct request *what, const struct moment *m,
                          struct request *ret)
{
	struct processes_view *v = (struct processes_view *)view;
	struct table_at at = {.view = view, .m = m};
	bool again;

	if (what->action == ACTION_ENTER) {
		if (m->processes && table_selected(&v->table, &at.row))
			*ret = (struct request){.action = ACTION_WATCH,
			                        .id = (uint64_t)process_at(&at)->pid};
		return true;
	}
	if (what->action == ACTION_TREE) {
		v->tree.on = !v->tree.on;
		processes_refresh(view, m);
		return true;
	}
	if (!table_act(&v->table, view, what, m, processes_page(view->settings->rows), &again))
		return false;
	v->chosen = v->chosen || is_sorting(what->action);
	if (again)
		processes_refresh(view, m);
	return true;
}

/* --- the machine ------------------------------------------------------------------------------------ */

/* A label and its figure, where both fit; returns where the next one goes. */
static int figure_draw(const struct canvas *c, int x, const char *label, const char *text)
{
	int width = text_width(label) + 1 + text_width(text);

	if (x + width + 1 > c->columns)
		return c->columns;
	x += canvas_text(c, 0, x, CANVAS_REST, ROLE_DIM, label) + 1;
	return x + canvas_text(c, 0, x, CANVAS_REST, ROLE_TEXT, text) + 2;
}

/* The most telling first: a narrow screen loses the end. */
static void machine_draw(const struct canvas *c, const struct machine *m)
{
	static const struct {
		const char *label;
		enum meminfo_key key;
	} figures[] = {{"memory", MEMINFO_TOTAL},
	               {"available", MEMINFO_AVAILABLE},
	               {"free", MEMINFO_FREE},
	               {"cached", MEMINFO_CACHED},
	               {"buffers", MEMINFO_BUFFERS}};
	char text[2 * HUMAN_MAX + 8], a[HUMAN_MAX], b[HUMAN_MAX];
	uint64_t swap = known_sub(m->now[MEMINFO_SWAP_TOTAL], m->now[MEMINFO_SWAP_FREE]);
	int x = 1;

	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
		x = figure_draw(c, x, figures[i].label, human_size5(a, m->now[figures[i].key]));
	snprintf(text, sizeof(text), "%s/%s", human_size5(a, swap),
	         human_size5(b, m->now[MEMINFO_SWAP_TOTAL]));
	x = figure_draw(c, x, "swap", text);
	if (isnan(m->pressure.some))
		snprintf(text, sizeof(text), "-");
	else
		snprintf(text, sizeof(text), "%.1f %%", m->pressure.some);
	figure_draw(c, x, "stalled", text);
}

static void loss_draw(const struct canvas *c, const struct machine *m)
{
	struct machine_course course;
	char text[200];

	machine_course_find(m, &course);
	if (course.known)
		machine_sentence(m, text, sizeof(text));
	else
		snprintf(
		        text, sizeof(text), "%s",
		        known(m->now[MEMINFO_AVAILABLE])
		                ? "the next look tells whether the machine loses memory"
		                : "whether the machine loses memory: its meminfo does not say what "
		                  "is available");
	canvas_cut(c, 1, 1, c->columns - 2, course.loses ? ROLE_WARN : ROLE_DIM, text, false);
}

/* --- below the list --------------------------------------------------------------------------------- */

static void reason_draw(const struct processes_view *v, const struct moment *m,
                        const struct canvas *c, int y)
{
	const struct process_suspect *s = NULL;
	char text[300];
	size_t row;

	if (!table_selected(&v->table, &row))
		return;
	s = process_suspect_of(m->processes, row);
	if (s && s->reason[0])
		snprintf(text, sizeof(text), "%d: %s", m->processes->rows[row].pid, s->reason);
	else
		snprintf(text, sizeof(text), "%d: %s", m->processes->rows[row].pid,
		         !m->processes->growth_known ? "growth is not known yet"
		         : s                         ? "it grows; the engine is about to look at it"
		             : "not among those that grow most, so not judged; Enter watches it");
	canvas_cut(c, y, 1, c->columns - 2, ROLE_TEXT, text, false);
}

static void summary_draw(const struct processes_view *v, const struct moment *m,
                         const struct canvas *c, int y)
{
	const struct process_list *l = m->processes;
	char a[HUMAN_MAX], b[HUMAN_MAX];
	int x = 1 +
	        canvas_textf(c, y, 1, CANVAS_REST, ROLE_DIM, "%s ", human_count(a, v->table.count));

	if (v->view.filter[0])
		x += canvas_textf(c, y, x, CANVAS_REST, ROLE_DIM, "of %s ",
		                  human_count(a, l->count));
	x += canvas_textf(c, y, x, CANVAS_REST, ROLE_DIM, "processes, read in %s",
	                  human_duration(a, l->took));
	/* Many processes are read less often, so that it stays cheap. */
	if (l->interval && l->step > l->interval + l->interval / 5)
		x += canvas_textf(c, y, x, CANVAS_REST, ROLE_DIM, " every %s",
		                  human_duration(a, l->step));
	if (l->growth_known)
		x += canvas_textf(c, y, x, CANVAS_REST, ROLE_DIM, "; growth over %s, %u judged",
		                  human_duration(b, l->span), l->suspect_count);
	if (l->hidden)
		canvas_textf(c, y, x, CANVAS_REST, ROLE_WARN, "; %s more may not be read",
		             human_count(a, l->hidden));
	else if (l->hides)
		canvas_text(c, y, x, CANVAS_REST, ROLE_WARN, "; others are hidden (hidepid)");
}

static void empty_draw(const struct processes_view *v, const struct moment *m,
                       const struct canvas *c)
{
	struct page p = {.canvas = *c, .cut = true};
	char text[VIEW_FILTER_MAX + 64];

	if (!m->processes) {
		page_text(&p, 1, ROLE_DIM, "reading the list of processes");
		return;
	}
	if (v->view.filter[0])
		snprintf(text, sizeof(text), "no process matches /%s/; Esc takes the filter away",
		         v->view.filter);
	else
		snprintf(text, sizeof(text), "no process is to be seen here");
	page_text(&p, 1, ROLE_DIM, text);
}

static void processes_draw(const struct view *view, const struct moment *m, const struct canvas *c)
{
	const struct processes_view *v = (const struct processes_view *)view;
	int above = rows_above(c->rows);

	if (v->table.count == 0 && !v->table.failed) {
		empty_draw(v, m, c);
		return;
	}
	if (above) {
		machine_draw(c, &m->processes->machine);
		loss_draw(c, &m->processes->machine);
	}
	struct canvas list = canvas_part(c, above, 0, processes_page(c->rows) + 1, c->columns);
	table_draw(&v->table, view, m, &list);
	if (c->rows >= ROWS_REASON)
		reason_draw(v, m, c, c->rows - 2);
	if (c->rows >= ROWS_SUMMARY)
		summary_draw(v, m, c, c->rows - 1);
}

static void processes_free(struct view *view)
{
	struct processes_view *v = (struct processes_view *)view;

	table_done(&v->table);
	processes_tree_done(&v->tree);
	free(v);
}

static unsigned processes_sorted_by(const struct view *view)
{
	return ((const struct processes_view *)view)->table.sort;
}

static const struct view_ops processes_ops = {
        .title = "Processes",
        .number = 7,
        .place = PLACE_PROCESSES,
        .sorts = processes_sorts,
        .sorted_by = processes_sorted_by,
        .free = processes_free,
        .refresh = processes_refresh,
        .draw = processes_draw,
        .act = processes_act,
};

struct view *view_processes_new(const struct view_settings *settings)
{
	struct processes_view *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->view.ops = &processes_ops;
	v->view.settings = settings;
	v->table.ops = &process_table;
	return &v->view;
}
