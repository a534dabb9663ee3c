/* SPDX-License-Identifier: MIT */
/*
 * The foot of every view: what sampling costs, what is wrong, what was just done, and the keys
 * of the view in front. What matters more takes the place of what matters less.
 */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/human.h"
#include "base/safe_text.h"
#include "tui/keys.h"
#include "tui/tui_internal.h"

enum { FOOTER_KEYS = 32 };

/* What sampling costs, part by part: a warning leaves room for some of them. */
enum { COST_PASS = 1 << 0, COST_CPU = 1 << 1, COST_INTERVAL = 1 << 2 };

static void costs_text(const struct moment *m, unsigned parts, char *text, size_t size)
{
	const struct costs *costs = &m->costs;
	char a[HUMAN_MAX], b[HUMAN_MAX];
	int n = 0;

	text[0] = '\0';
	if ((parts & COST_PASS) && known(costs->pass_ns))
		n = snprintf(text, size, ", %s %s every %s", costs->sliced ? "page maps" : "smaps",
		             human_duration(a, costs->pass_ns),
		             human_duration(b, costs->period_ns));
	if ((parts & COST_CPU) && isfinite(costs->cpu_percent))
		n += snprintf(text + n, size - (size_t)n, ", %.1f %% CPU", costs->cpu_percent);
	if (parts & COST_INTERVAL)
		n += snprintf(text + n, size - (size_t)n, ", sample every %s",
		              human_duration(a, m->interval));
	if (m->recording_on)
		n += snprintf(text + n, size - (size_t)n, ", rec %s",
		              human_size(b, m->recording_size, HUMAN_AUTO));
	if (n)
		memmove(text, text + 2, (size_t)n - 1);
}

/* What stands in the way of the recording while it lasts. */
static bool recording_text(const struct moment *m, char *text, size_t size)
{
	if (!m->recording_on || !m->recording_trouble[0])
		return false;
	snprintf(text, size, "recording: %s", m->recording_trouble);
	return true;
}

static bool blocked_text(const struct moment *m, char *text, size_t size)
{
	char time[HUMAN_MAX];

	if (m->costs.blocked_ns == 0)
		return false;
	snprintf(text, size, "%s blocked for %s (mmap_lock held?)",
	         m->costs.blocked_what[0] ? m->costs.blocked_what : "a read",
	         human_duration(time, m->costs.blocked_ns));
	return true;
}

void rows_draw(const struct canvas *c, int rows, enum role role, const char *text)
{
	int width = c->columns - 2;
	size_t first = text_fit(text, width);
	char line[TUI_LINE * 4];

	if (rows < 2 || !text[first] || first >= sizeof(line)) {
		canvas_cut(c, 0, 1, width, role, text, false);
		return;
	}
	for (size_t i = first; i > 0; i--)
		if (text[i] == ' ') {
			first = i;
			break;
		}
	memcpy(line, text, first);
	line[first] = '\0';
	canvas_text(c, 0, 1, width, role, line);
	canvas_cut(c, 1, 1, width, role, text + first + (text[first] == ' '), false);
}

/*
 * What must be told before anything else. Returns the rows it takes: a notice also that of the keys where one does
 * not hold it, for the next key takes it away.
 */
static int urgent_draw(const struct canvas *c, const struct tui *t)
{
	char text[TUI_LINE];
	int width = c->columns - 2;

	if (t->notice[0]) {
		rows_draw(c, c->rows, t->notice_alarm ? ROLE_ALARM : ROLE_TITLE, t->notice);
		return text_width(t->notice) > width ? c->rows : 1;
	}
	if (!t->moment || (!blocked_text(t->moment, text, sizeof(text)) &&
	                   !recording_text(t->moment, text, sizeof(text))))
		return 0;
	canvas_cut(c, 0, 1, width, ROLE_ALARM, text, false);
	return 1;
}

static const char *warning_of(const struct moment *m)
{
	if (m->warning_count > 0)
		return m->warnings[m->warning_count - 1];
	return m->abilities.lacking[0] ? "reduced mode: w tells what is missing and how to get it"
	                               : "";
}

/* As much of the costs as leaves the warning whole; where even none does, it is cut. */
static void status_draw(const struct canvas *c, const struct moment *m)
{
	static const unsigned parts[] = {COST_PASS | COST_CPU | COST_INTERVAL, COST_PASS | COST_CPU,
	                                 COST_CPU, 0};
	enum { CHOICES = sizeof(parts) / sizeof(parts[0]), GAP = 3 };
	const char *warning = warning_of(m);
	int need = warning[0] ? GAP + text_width(warning) : 0, x = 1;
	char costs[128];

	for (unsigned i = 0; i < CHOICES; i++) {
		costs_text(m, parts[i], costs, sizeof(costs));
		if (1 + text_width(costs) + need < c->columns)
			break;
	}
	x += canvas_text(c, 0, x, CANVAS_REST, ROLE_DIM, costs);
	x += x > 1 ? GAP : 0;
	canvas_cut(c, 0, x, c->columns - x - 1, ROLE_WARN, warning, false);
}

/* One key has one meaning at a time: the first row of the table that has it. */
static bool key_is_shown(const struct key_binding *const *shown, unsigned count, int key)
{
	for (unsigned i = 0; i < count; i++)
		if (shown[i]->keys[0] == key)
			return true;
	return false;
}

static void keys_draw(const struct canvas *c, int y, unsigned where)
{
	const struct key_binding *shown[FOOTER_KEYS];
	unsigned count = 0;
	int x = 1;

	for (const struct key_binding *b = key_bindings; b->keys[0] && count < FOOTER_KEYS; b++) {
		if (!(b->where & where) || key_is_shown(shown, count, b->keys[0]))
			continue;
		shown[count++] = b;
		if (!b->footer)
			continue;
		int width = text_width(b->label) + 1 + text_width(b->footer);
		if (x + width >= c->columns)
			return;
		x += canvas_text(c, y, x, CANVAS_REST, ROLE_KEY, b->label) + 1;
		x += canvas_text(c, y, x, CANVAS_REST, ROLE_DIM, b->footer) + 2;
	}
}

void footer_draw(const struct canvas *c, const struct tui *t)
{
	const struct moment *m = t->moment;
	int urgent = urgent_draw(c, t);

	if (!urgent && c->rows >= 2 && m && m->target)
		status_draw(c, m);
	if (urgent < c->rows)
		keys_draw(c, c->rows - 1, tui_place(t));
}
