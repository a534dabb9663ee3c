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

static void costs_text(const struct moment *m, char *text, size_t size)
{
	const struct costs *costs = &m->costs;
	char a[HUMAN_MAX], b[HUMAN_MAX];
	int n = 0;

	if (known(costs->pass_ns))
		n = snprintf(text, size, "%s %s every %s, ", costs->sliced ? "page maps" : "smaps",
		             human_duration(a, costs->pass_ns),
		             human_duration(b, costs->period_ns));
	if (isfinite(costs->cpu_percent))
		n += snprintf(text + n, size - (size_t)n, "%.1f %% CPU, ", costs->cpu_percent);
	n += snprintf(text + n, size - (size_t)n, "sample every %s",
	              human_duration(a, m->interval));
	if (m->recording_on)
		snprintf(text + n, size - (size_t)n, ", rec %s",
		         human_size(b, m->recording_size, HUMAN_AUTO));
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

/* What must be told before anything else; false: nothing. */
static bool urgent_draw(const struct canvas *c, int y, const struct tui *t)
{
	char text[TUI_LINE];
	int width = c->columns - 2;

	if (t->notice[0]) {
		canvas_cut(c, y, 1, width, t->notice_alarm ? ROLE_ALARM : ROLE_TITLE, t->notice,
		           false);
		return true;
	}
	if (!t->moment || (!blocked_text(t->moment, text, sizeof(text)) &&
	                   !recording_text(t->moment, text, sizeof(text))))
		return false;
	canvas_cut(c, y, 1, width, ROLE_ALARM, text, false);
	return true;
}

static void status_draw(const struct canvas *c, int y, const struct tui *t)
{
	const struct moment *m = t->moment;
	const char *warning = "";
	char costs[128];

	if (urgent_draw(c, y, t) || !m || !m->target)
		return;
	costs_text(m, costs, sizeof(costs));
	int x = 1 + canvas_text(c, y, 1, CANVAS_REST, ROLE_DIM, costs);
	if (m->warning_count > 0)
		warning = m->warnings[m->warning_count - 1];
	else if (m->abilities.lacking[0])
		warning = "reduced mode: w tells what is missing and how to get it";
	canvas_cut(c, y, x + 3, c->columns - x - 4, ROLE_WARN, warning, false);
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
	if (c->rows >= 2)
		status_draw(c, 0, t);
	else if (urgent_draw(c, 0, t))
		return;
	keys_draw(c, c->rows - 1, tui_place(t));
}
