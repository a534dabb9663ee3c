/* SPDX-License-Identifier: MIT */
/*
 * View 7: every process, to choose one to watch. It knows the list that a moment brings; it reads
 * nothing itself.
 */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/safe_text.h"
#include "tui/keys.h"
#include "tui/page.h"
#include "tui/table.h"

enum { ROWS_SUMMARY = 5 };

/* Order of the sort menu; columns name their place in it. */
enum processes_sort {
	SORT_RSS,
	SORT_GROWTH,
	SORT_VSZ,
	SORT_PID,
	SORT_STATE,
	SORT_COMMAND,
	SORT_COUNT
};
static const char *const processes_sorts[SORT_COUNT + 1] = {
        [SORT_RSS] = "RSS",     [SORT_GROWTH] = "growth a minute",
        [SORT_VSZ] = "VSZ",     [SORT_PID] = "pid",
        [SORT_STATE] = "state", [SORT_COMMAND] = "command",
};

struct processes {
	struct view view;
	struct table table;
};

static const struct process *process_at(const struct table_at *at)
{
	return &at->m->processes->rows[at->row];
}

/* --- cells ------------------------------------------------------------------------------------------ */

static enum role cell_pid(const struct table_at *at, char *out, size_t size)
{
	snprintf(out, size, "%d", process_at(at)->pid);
	return ROLE_TEXT;
}

static uint64_t key_pid(const struct table_at *at)
{
	return (uint64_t)process_at(at)->pid;
}

/* States that keep a process from growing, or it from us, stand out. */
static enum role cell_state(const struct table_at *at, char *out, size_t size)
{
	char state = process_at(at)->state;

	snprintf(out, size, "%c", state > ' ' && state < 0x7f ? state : '-');
	return state == 'R' ? ROLE_GOOD : state == 'D' || state == 'Z' ? ROLE_WARN : ROLE_DIM;
}

static uint64_t key_state(const struct table_at *at)
{
	return (unsigned char)process_at(at)->state;
}

static enum role cell_user(const struct table_at *at, char *out, size_t size)
{
	uint64_t uid = process_at(at)->uid;

	if (known(uid))
		snprintf(out, size, "%llu", (unsigned long long)uid);
	else
		snprintf(out, size, "-");
	return ROLE_DIM;
}

static enum role cell_rss(const struct table_at *at, char *out, size_t size)
{
	return table_size(at, process_at(at)->rss, out, size);
}

static uint64_t key_rss(const struct table_at *at)
{
	return process_at(at)->rss;
}

static enum role cell_vsz(const struct table_at *at, char *out, size_t size)
{
	enum role role = table_size(at, process_at(at)->vsz, out, size);

	return role == ROLE_TEXT ? ROLE_DIM : role;
}

static uint64_t key_vsz(const struct table_at *at)
{
	return process_at(at)->vsz;
}

static bool change_at(const struct table_at *at, int64_t *ret_bytes)
{
	const struct process *p = process_at(at);

	return at->m->processes->time > p->first_time &&
	       known_delta(p->rss, p->first_rss, ret_bytes);
}

static enum role cell_change(const struct table_at *at, char *out, size_t size)
{
	int64_t bytes = 0;
	bool is_known = change_at(at, &bytes);

	return table_change(at, is_known, bytes, false, out, size);
}

/* Bytes a minute since it was seen first; NAN at the first look. */
static double growth_at(const struct table_at *at)
{
	int64_t bytes;

	if (!change_at(at, &bytes))
		return NAN;
	double minutes = (double)(at->m->processes->time - process_at(at)->first_time) /
	                 (60.0 * (double)NS_PER_S);
	return (double)bytes / minutes;
}

static enum role cell_growth(const struct table_at *at, char *out, size_t size)
{
	double growth = growth_at(at);
	bool is_known = !isnan(growth);

	return table_change(at, is_known, is_known ? (int64_t)growth : 0, false, out, size);
}

static uint64_t key_growth(const struct table_at *at)
{
	return table_key_real(growth_at(at));
}

static const char *command_at(const struct table_at *at, size_t *ret_len)
{
	const struct process *p = process_at(at);
	const char *command = p->command[0] ? p->command : p->comm;
	size_t room = p->command[0] ? sizeof(p->command) : sizeof(p->comm);

	*ret_len = strnlen(command, room);
	return command;
}

static enum role cell_command(const struct table_at *at, char *out, size_t size)
{
	size_t len;
	const char *command = command_at(at, &len);
	char safe[TABLE_TEXT];
	bool utf8 = !at->view->settings->ascii;

	safe_copy(safe, sizeof(safe), command, len, utf8 ? SAFE_UTF8 : SAFE_ASCII);
	text_ellipsis(out, size, safe, at->width, false, utf8);
	return process_at(at)->rss > 0 ? ROLE_TEXT : ROLE_DIM;
}

/* The first letters of the name; those with the same first eight stay by RSS. */
static uint64_t key_command(const struct table_at *at)
{
	const char *name = process_at(at)->comm;
	uint64_t key = 0;

	for (unsigned i = 0; i < 8; i++) {
		unsigned char c = (unsigned char)*name;
		if (c >= 'A' && c <= 'Z')
			c = (unsigned char)(c - 'A' + 'a');
		key = key << 8 | c;
		name += c != 0;
	}
	return key < UNKNOWN ? key : UNKNOWN - 1;
}

/* --- columns ---------------------------------------------------------------------------------------- */

static const struct table_column process_columns[] = {
        {.header = "pid",
         .width = 8,
         .sort = SORT_PID + 1,
         .up = true,
         .text = cell_pid,
         .key = key_pid},
        {.header = "uid", .width = 8, .rank = 5, .text = cell_user},
        {.header = "S",
         .name = "state",
         .width = 1,
         .wide = 5,
         .rank = 3,
         .sort = SORT_STATE + 1,
         .left = true,
         .up = true,
         .text = cell_state,
         .key = key_state},
        {.header = "RSS",
         .width = 9,
         .wide = 11,
         .sort = SORT_RSS + 1,
         .text = cell_rss,
         .key = key_rss},
        {.header = "VSZ",
         .width = 9,
         .wide = 11,
         .rank = 2,
         .sort = SORT_VSZ + 1,
         .text = cell_vsz,
         .key = key_vsz},
        {.header = "change", .width = 10, .wide = 11, .rank = 4, .text = cell_change},
        {.header = "a minute",
         .width = 10,
         .wide = 11,
         .rank = 1,
         .sort = SORT_GROWTH + 1,
         .text = cell_growth,
         .key = key_growth},
        {.header = "command",
         .width = 34,
         .rest = true,
         .sort = SORT_COMMAND + 1,
         .left = true,
         .up = true,
         .text = cell_command,
         .key = key_command},
        {.header = NULL},
};

static bool process_matches(const struct table_at *at, const char *filter)
{
	const struct process *p = process_at(at);
	char pid[16];
	size_t len;
	const char *command = command_at(at, &len);

	snprintf(pid, sizeof(pid), "%d", p->pid);
	return table_contains(filter, command, len) ||
	       table_contains(filter, p->comm, strnlen(p->comm, sizeof(p->comm))) ||
	       table_contains(filter, pid, strlen(pid));
}

static const struct table_ops process_table = {
        .columns = process_columns,
        .tie = SORT_RSS,
        .id = key_pid,
        .matches = process_matches,
};

/* --- the view --------------------------------------------------------------------------------------- */

static int processes_page(int rows)
{
	return rows - 1 - (rows >= ROWS_SUMMARY);
}

static void processes_refresh(struct view *view, const struct moment *m)
{
	struct processes *v = (struct processes *)view;

	table_refresh(&v->table, view, m, m->processes ? m->processes->count : 0,
	              processes_page(view->settings->rows));
}

static bool processes_act(struct view *view, const struct request *what, const struct moment *m,
                          struct request *ret)
{
	struct processes *v = (struct processes *)view;
	struct table_at at = {.view = view, .m = m};
	bool again;

	if (what->action == ACTION_ENTER) {
		if (m->processes && table_selected(&v->table, &at.row))
			*ret = (struct request){.action = ACTION_WATCH, .id = key_pid(&at)};
		return true;
	}
	if (!table_act(&v->table, view, what, m, processes_page(view->settings->rows), &again))
		return false;
	if (again)
		processes_refresh(view, m);
	return true;
}

static void empty_draw(const struct processes *v, const struct moment *m, const struct canvas *c)
{
	struct page p = {.canvas = *c};
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
	const struct processes *v = (const struct processes *)view;
	char shown[HUMAN_MAX], all[HUMAN_MAX], took[HUMAN_MAX];

	if (v->table.count == 0 && !v->table.failed) {
		empty_draw(v, m, c);
		return;
	}
	struct canvas list = canvas_part(c, 0, 0, processes_page(c->rows) + 1, c->columns);
	table_draw(&v->table, view, m, &list);
	if (c->rows < ROWS_SUMMARY)
		return;
	human_count(shown, v->table.count);
	human_duration(took, m->processes->took);
	int x = 1 + canvas_textf(c, c->rows - 1, 1, CANVAS_REST, ROLE_DIM, "%s ", shown);
	if (view->filter[0])
		x += canvas_textf(c, c->rows - 1, x, CANVAS_REST, ROLE_DIM, "of %s ",
		                  human_count(all, m->processes->count));
	canvas_textf(c, c->rows - 1, x, CANVAS_REST, ROLE_DIM, "processes, read in %s", took);
}

static void processes_free(struct view *view)
{
	struct processes *v = (struct processes *)view;

	table_done(&v->table);
	free(v);
}

static unsigned processes_sorted_by(const struct view *view)
{
	return ((const struct processes *)view)->table.sort;
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
	struct processes *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->view.ops = &processes_ops;
	v->view.settings = settings;
	v->table.ops = &process_table;
	return &v->view;
}
