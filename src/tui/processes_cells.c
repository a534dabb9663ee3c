/* SPDX-License-Identifier: MIT */
/* The columns of view 7. It knows what a cell says and what it is sorted by; not where it stands. */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/safe_text.h"
#include "tui/processes_internal.h"

enum { VERDICT_FULL = 15 };

const struct process *process_at(const struct table_at *at)
{
	return &at->m->processes->rows[at->row];
}

static bool is_utf8(const struct table_at *at)
{
	return !at->view->settings->ascii;
}

static void name_put(const struct table_at *at, const char *name, size_t room, char *out,
                     size_t size)
{
	char safe[TABLE_TEXT];

	safe_copy(safe, sizeof(safe), name, strnlen(name, room),
	          is_utf8(at) ? SAFE_UTF8 : SAFE_ASCII);
	text_ellipsis(out, size, safe[0] ? safe : "-", at->width, false, is_utf8(at));
}

/* The first letters of a name; those with the same first eight stay by RSS. "" goes last. */
static uint64_t name_key(const char *name)
{
	uint64_t key = 0;

	if (!*name)
		return UNKNOWN;
	for (unsigned i = 0; i < 8; i++) {
		unsigned char c = (unsigned char)*name;
		if (c >= 'A' && c <= 'Z')
			c = (unsigned char)(c - 'A' + 'a');
		key = key << 8 | c;
		name += c != 0;
	}
	return key < UNKNOWN ? key : UNKNOWN - 1;
}

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
	const struct process *p = process_at(at);

	if (p->user[0])
		name_put(at, p->user, sizeof(p->user), out, size);
	else if (known(p->uid))
		snprintf(out, size, "%llu", (unsigned long long)p->uid);
	else
		snprintf(out, size, "-");
	return ROLE_DIM;
}

static uint64_t key_user(const struct table_at *at)
{
	return name_key(process_at(at)->user);
}

static enum role cell_rss(const struct table_at *at, char *out, size_t size)
{
	return table_size(at, process_at(at)->rss, out, size);
}

static uint64_t key_rss(const struct table_at *at)
{
	return process_at(at)->rss;
}

static enum role cell_held(const struct table_at *at, char *out, size_t size)
{
	return table_size(at, process_held(process_at(at)), out, size);
}

static uint64_t key_held(const struct table_at *at)
{
	return process_held(process_at(at));
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

static enum role cell_growth(const struct table_at *at, char *out, size_t size)
{
	const struct process *p = process_at(at);
	bool is_known = isfinite(p->growth);
	bool matters = p->verdict == VERDICT_LEAK || p->verdict == VERDICT_SUSPICIOUS;

	return table_change(at, is_known, is_known ? (int64_t)p->growth : 0, matters, out, size);
}

static uint64_t key_growth(const struct table_at *at)
{
	return table_key_real(process_at(at)->growth);
}

static void cell_spark(const struct table_at *at, const struct canvas *cell)
{
	const struct process *p = process_at(at);
	uint64_t values[PROCESS_SPARK];

	for (unsigned i = 0; i < p->spark_count; i++)
		values[i] =
		        p->spark[i] == PROCESS_KIB_UNKNOWN ? UNKNOWN : (uint64_t)p->spark[i] << 10;
	canvas_spark(cell, 0, 0, cell->columns, ROLE_GRAPH, values, p->spark_count);
}

static const char *verdict_word(const struct table_at *at, const struct process *p)
{
	switch (p->verdict) {
	case VERDICT_LEAK:
		return "leak";
	case VERDICT_SUSPICIOUS:
		return at->width >= VERDICT_FULL ? "suspicious" : "suspect";
	case VERDICT_NO_LEAK:
		return "no leak";
	default:
		return p->suspect ? "too early" : "-";
	}
}

/* "leak 97 %"; "-" where the engine was not asked. */
static enum role cell_verdict(const struct table_at *at, char *out, size_t size)
{
	static const enum role roles[VERDICT_KIND_COUNT] = {
	        [VERDICT_UNKNOWN] = ROLE_DIM,
	        [VERDICT_NO_LEAK] = ROLE_GOOD,
	        [VERDICT_SUSPICIOUS] = ROLE_WARN,
	        [VERDICT_LEAK] = ROLE_BAD,
	};
	const struct process *p = process_at(at);

	if (p->confidence >= 0)
		snprintf(out, size, "%s %d %%", verdict_word(at, p), p->confidence);
	else
		snprintf(out, size, "%s", verdict_word(at, p));
	return roles[p->verdict < VERDICT_KIND_COUNT ? p->verdict : VERDICT_UNKNOWN];
}

static uint64_t key_suspicion(const struct table_at *at)
{
	return process_at(at)->suspicion;
}

/* In one unit, rounded down: of "3 d 4 h" the days are enough. */
static enum role cell_age(const struct table_at *at, char *out, size_t size)
{
	static const struct {
		uint64_t seconds;
		const char *unit;
	} units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
	uint64_t seconds = process_at(at)->age / NS_PER_S;
	unsigned i = 0;

	if (!known(process_at(at)->age)) {
		snprintf(out, size, "-");
		return ROLE_DIM;
	}
	while (i < 3 && seconds < units[i].seconds)
		i++;
	snprintf(out, size, "%llu %s", (unsigned long long)(seconds / units[i].seconds),
	         units[i].unit);
	return ROLE_DIM;
}

static uint64_t key_age(const struct table_at *at)
{
	return process_at(at)->age;
}

static enum role cell_unit(const struct table_at *at, char *out, size_t size)
{
	name_put(at, process_at(at)->unit, sizeof(process_at(at)->unit), out, size);
	return ROLE_DIM;
}

static uint64_t key_unit(const struct table_at *at)
{
	return name_key(process_at(at)->unit);
}

const char *process_command(const struct table_at *at, size_t *ret_len)
{
	const struct process *p = process_at(at);
	const char *command = p->command[0] ? p->command : p->comm;
	size_t room = p->command[0] ? sizeof(p->command) : sizeof(p->comm);

	*ret_len = strnlen(command, room);
	return command;
}

/* In the tree it stands below its parent. */
static size_t branch_put(const struct table_at *at, char *out, size_t size)
{
	const struct processes_view *v = (const struct processes_view *)at->view;
	unsigned depth = v->tree.on && at->row < v->tree.room ? v->tree.depth[at->row] : 0;

	out[0] = '\0';
	if (!depth)
		return 0;
	int n = snprintf(out, size, "%*s%s", (int)(2 * (depth - 1)), "",
	                 is_utf8(at) ? "\u2514 " : "`-");
	return n > 0 && (size_t)n < size ? (size_t)n : 0;
}

static enum role cell_command(const struct table_at *at, char *out, size_t size)
{
	size_t len;
	const char *command = process_command(at, &len);
	char safe[2 * TABLE_TEXT];
	size_t used = branch_put(at, safe, sizeof(safe));
	size_t skip = text_command_skip(command, len, at->width - (int)used);

	safe_copy(safe + used, sizeof(safe) - used, command + skip, len - skip,
	          is_utf8(at) ? SAFE_UTF8 : SAFE_ASCII);
	text_ellipsis(out, size, safe, at->width, false, is_utf8(at));
	return process_at(at)->kthread || process_at(at)->rss == 0 ? ROLE_DIM : ROLE_TEXT;
}

static uint64_t key_command(const struct table_at *at)
{
	return name_key(process_at(at)->comm);
}

const struct table_column process_columns[] = {
        {.header = "pid",
         .width = 7,
         .sort = SORT_PID + 1,
         .up = true,
         .text = cell_pid,
         .key = key_pid},
        {.header = "user",
         .width = 8,
         .wide = 12,
         .rank = 3,
         .sort = SORT_USER + 1,
         .left = true,
         .up = true,
         .text = cell_user,
         .key = key_user},
        {.header = "S",
         .name = "state",
         .width = 1,
         .wide = 5,
         .rank = 1,
         .sort = SORT_STATE + 1,
         .left = true,
         .up = true,
         .text = cell_state,
         .key = key_state},
        {.header = "RSS",
         .width = 8,
         .wide = 11,
         .sort = SORT_RSS + 1,
         .text = cell_rss,
         .key = key_rss},
        {.header = "VSZ",
         .width = 8,
         .wide = 11,
         .rank = 6,
         .sort = SORT_VSZ + 1,
         .text = cell_vsz,
         .key = key_vsz},
        {.header = "anon+swap",
         .width = 10,
         .wide = 11,
         .rank = 2,
         .sort = SORT_HELD + 1,
         .text = cell_held,
         .key = key_held},
        {.header = "a minute",
         .width = 9,
         .wide = 11,
         .sort = SORT_GROWTH + 1,
         .text = cell_growth,
         .key = key_growth},
        {.header = "course", .width = 10, .wide = PROCESS_SPARK, .rank = 4, .draw = cell_spark},
        {.header = "verdict",
         .width = 12,
         .wide = VERDICT_FULL,
         .sort = SORT_SUSPICION + 1,
         .text = cell_verdict,
         .key = key_suspicion},
        {.header = "age",
         .width = 6,
         .rank = 5,
         .sort = SORT_AGE + 1,
         .text = cell_age,
         .key = key_age},
        {.header = "unit",
         .width = 18,
         .wide = 26,
         .rank = 7,
         .sort = SORT_UNIT + 1,
         .left = true,
         .up = true,
         .text = cell_unit,
         .key = key_unit},
        {.header = "command",
         .width = 24,
         .rest = true,
         .sort = SORT_COMMAND + 1,
         .left = true,
         .up = true,
         .text = cell_command,
         .key = key_command},
        {.header = NULL},
};
