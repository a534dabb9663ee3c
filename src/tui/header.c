/* SPDX-License-Identifier: MIT */
/*
 * The head of every view: who is watched, how it goes, what the verdict is and what to do next. It
 * shows a moment and decides nothing.
 */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/human.h"
#include "base/safe_text.h"
#include "detect/advice.h"
#include "tui/keys.h"
#include "tui/tui_internal.h"

enum {
	LABEL_X = 1,
	LABEL = 9,
	FIGURE_X = 11,
	FIGURE = 10,
	SPARK_X = 22,
	SPARK_MAX = 80,
	RATE = 12,
	FACTS = 26,
	FACTS_FROM = 76, /* columns from which there is room for them */
	BAR_MAX = 50,
	BAR_WORDS = 26
};

/* Where the rate of a series stands: behind its sparkline, before the facts. */
static int rate_column(const struct canvas *c)
{
	int x = c->columns - (c->columns >= FACTS_FROM ? FACTS : 0) - RATE - 1;

	return x < SPARK_X + SPARK_MAX ? x : SPARK_X + SPARK_MAX;
}

static enum role confidence_role(int confidence)
{
	if (confidence < 0)
		return ROLE_DIM;
	if (confidence < CONFIDENCE_CALM)
		return ROLE_GOOD;
	return confidence <= CONFIDENCE_ALARM ? ROLE_WARN : ROLE_BAD;
}

static void title_draw(const struct canvas *c, int y, const struct moment *m)
{
	const struct target *target = m->target;
	char text[160], user[80] = "", clock[HUMAN_MAX], pid[2 * HUMAN_MAX] = "";

	if (!target)
		return;
	if (c->columns >= FACTS_FROM && target->user[0])
		safe_copy(user, sizeof(user), target->user, strlen(target->user),
		          c->ascii ? SAFE_ASCII : SAFE_UTF8);
	if (target->pid > 0 && known(target->inner_pid))
		snprintf(pid, sizeof(pid), "pid %d (%llu inside)  ", (int)target->pid,
		         (unsigned long long)target->inner_pid);
	else if (target->pid > 0)
		snprintf(pid, sizeof(pid), "pid %d  ", (int)target->pid);
	snprintf(text, sizeof(text), "%s%.20s%s%s  watched %s", pid, user, user[0] ? "  " : "",
	         target_words(m->state, m->state_letter), human_duration(clock, m->time));
	int width = text_width(text), x = c->columns - width - 1;
	int room = (x > 1 ? x : c->columns) - LABEL_X - 2;
	const char *command = target->command;
	command += text_command_skip(command, strlen(command), room);
	canvas_name(c, y, LABEL_X, room, ROLE_TITLE, command, strlen(command), false);
	canvas_text(c, y, x, width, m->state == TARGET_RUNNING ? ROLE_DIM : ROLE_WARN, text);
}

static void series_draw(const struct canvas *c, int y, const struct tui *t, const char *label,
                        uint64_t value, enum chart_kind kind)
{
	const struct moment *m = t->moment;
	char text[HUMAN_MAX];
	int rate_x = rate_column(c);
	double rate = view_rate(m, kind);
	bool matters = m->verdict.kind == VERDICT_LEAK && rate > 0;

	canvas_text(c, y, LABEL_X, LABEL, ROLE_DIM, label);
	canvas_right(c, y, FIGURE_X, FIGURE, ROLE_TEXT, human_size(text, value, t->settings.unit));
	canvas_spark_chart(c, y, SPARK_X, rate_x - SPARK_X - 1, ROLE_GRAPH, &m->charts[kind]);
	enum role role = !isfinite(rate) || rate == 0 ? ROLE_DIM
	                 : matters                    ? ROLE_GROWTH
	                                              : ROLE_TEXT;
	canvas_right(c, y, rate_x, RATE, role, human_rate(text, rate));
}

static void fact_draw(const struct canvas *c, int y, const char *label, const char *text)
{
	int x = rate_column(c) + RATE + 3;

	if (c->columns < FACTS_FROM)
		return;
	canvas_text(c, y, x, 6, ROLE_DIM, label);
	canvas_text(c, y, x + 6, CANVAS_REST, ROLE_TEXT, text);
}

/* The limit that growth runs into; without growth, that of the cgroup. */
static void limit_draw(const struct canvas *c, int y, const struct moment *m, enum human_unit unit)
{
	const struct verdict *v = &m->verdict;
	bool cgroup = v->limit == LIMIT_NONE;
	uint64_t bytes = cgroup ? m->cgroup_limit : v->limit_bytes;
	const char *kind = verdict_limit_json[cgroup ? LIMIT_CGROUP : v->limit];
	char text[64], figure[HUMAN_MAX];

	if (known(bytes))
		snprintf(text, sizeof(text), "%s %s", human_size(figure, bytes, unit), kind);
	else if (known(v->limit_count))
		snprintf(text, sizeof(text), "%s %s", human_count(figure, v->limit_count), kind);
	else
		snprintf(text, sizeof(text), "none known");
	fact_draw(c, y, "limit", text);
}

static void left_draw(const struct canvas *c, int y, const struct verdict *v)
{
	struct buf text;

	buf_init(&text, 64);
	advice_time_left(v, &text);
	fact_draw(c, y, "left", buf_str(&text));
	buf_done(&text);
}

static void confidence_draw(const struct canvas *c, int y, const struct verdict *v)
{
	enum role role = confidence_role(v->confidence);
	int width = c->columns - FIGURE_X - BAR_WORDS;
	char text[HUMAN_MAX] = "--";

	width = width > BAR_MAX ? BAR_MAX : width;
	canvas_text(c, y, LABEL_X, LABEL, ROLE_DIM, "leak");
	canvas_bar(c, y, FIGURE_X, width, role, v->confidence < 0 ? 0 : v->confidence / 100.0);
	if (v->confidence >= 0)
		snprintf(text, sizeof(text), "%d %%", v->confidence);
	canvas_right(c, y, FIGURE_X + width, 6, role, text);
	canvas_text(c, y, FIGURE_X + width + 8, CANVAS_REST, role, verdict_kind_words[v->kind]);
}

/* A call site that is open leaves nothing to press; what lies over a view is in none. */
static unsigned advice_view(const struct tui *t)
{
	if (tui_front(t)->ops->place == PLACE_SITE)
		return ADVICE_COMMANDS;
	return t->overlay_count || !t->number ? ADVICE_OVERVIEW : t->number;
}

static void next_draw(const struct canvas *c, int y, const struct tui *t)
{
	struct buf text;

	buf_init(&text, 1024);
	advice_next(t->moment, advice_view(t), &text);
	canvas_text(c, y, LABEL_X, LABEL, ROLE_DIM, "Next:");
	canvas_cut(c, y, FIGURE_X, c->columns - FIGURE_X - 1, ROLE_TEXT, buf_str(&text), false);
	buf_done(&text);
}

/* Where all of it does not fit, also not from the edge on, it ends with a part of the sentence, and not within one. */
static void reason_draw(const struct canvas *c, int y, const struct verdict *v)
{
	int room = c->columns - FIGURE_X - 1, need = text_width(v->reason);
	char text[sizeof(v->reason) + 4];
	size_t fit = text_fit(v->reason, room - 3);

	if (need <= room || need <= c->columns - LABEL_X - 1) {
		canvas_text(c, y, need <= room ? FIGURE_X : LABEL_X, CANVAS_REST, ROLE_TEXT,
		            v->reason);
		return;
	}
	while (fit > 0 && v->reason[fit] != ',' && v->reason[fit] != ';')
		fit--;
	snprintf(text, sizeof(text), "%.*s%s", (int)fit, v->reason, c->ascii ? "..." : "\u2026");
	canvas_cut(c, y, FIGURE_X, room, ROLE_TEXT, fit ? text : v->reason, false);
}

void header_draw(const struct canvas *c, const struct tui *t)
{
	const struct moment *m = t->moment;
	const struct sample *s = &m->sample;
	enum human_unit unit = t->settings.unit;
	char text[HUMAN_MAX];
	int y = 0;

	title_draw(c, y++, m);
	confidence_draw(c, y++, &m->verdict);
	if (c->rows > 4)
		reason_draw(c, y++, &m->verdict);
	fact_draw(c, y, "VSZ", human_size(text, s->v[FIGURE_VSZ], unit));
	series_draw(c, y++, t, "RSS", s->v[FIGURE_RSS], CHART_RSS);
	if (c->rows > 5) {
		limit_draw(c, y, m, unit);
		series_draw(c, y++, t, "heap", s->v[FIGURE_HEAP], CHART_HEAP);
	}
	if (c->rows > 3) {
		left_draw(c, y, &m->verdict);
		series_draw(c, y++, t, chart_names[CHART_BASE], sample_base(s, NULL), CHART_BASE);
	}
	if (c->rows > 6)
		next_draw(c, y, t);
}

/* The most suspicious of all processes, or how many there are. */
static void processes_one_line(const struct canvas *c, const struct process_list *l)
{
	const struct process *worst = NULL;
	char text[HUMAN_MAX];
	int x = 0;

	for (size_t i = 0; i < l->count; i++)
		if (l->rows[i].suspicion > (worst ? worst->suspicion : 0))
			worst = &l->rows[i];
	if (worst && worst->confidence >= 0) {
		x += canvas_textf(c, 0, x, CANVAS_REST, ROLE_TEXT, "%d ", worst->pid);
		x += canvas_textf(c, 0, x, CANVAS_REST, confidence_role(worst->confidence),
		                  "%s %d %%", verdict_kind_words[worst->verdict],
		                  worst->confidence);
		x += canvas_text(c, 0, x, CANVAS_REST, ROLE_DIM, ", of ");
	}
	canvas_textf(c, 0, x, CANVAS_REST, ROLE_DIM, "%s processes", human_count(text, l->count));
}

void header_one_line(const struct canvas *c, const struct moment *m)
{
	char text[HUMAN_MAX];
	int x = 0;

	if (m && !m->target && m->processes) {
		processes_one_line(c, m->processes);
		return;
	}
	if (!m || !m->target) {
		canvas_text(c, 0, 0, CANVAS_REST, ROLE_DIM, "no process yet");
		return;
	}
	x += canvas_text(c, 0, x, 4, ROLE_DIM, "RSS ");
	x += canvas_text(c, 0, x, CANVAS_REST, ROLE_TEXT,
	                 human_size(text, m->sample.v[FIGURE_RSS], HUMAN_AUTO)) +
	     2;
	x += canvas_text(c, 0, x, CANVAS_REST, ROLE_TEXT,
	                 human_rate(text, view_rate(m, CHART_RSS))) +
	     2;
	enum role role = confidence_role(m->verdict.confidence);
	x += canvas_text(c, 0, x, CANVAS_REST, role, verdict_kind_words[m->verdict.kind]) + 1;
	if (m->verdict.confidence >= 0)
		canvas_textf(c, 0, x, CANVAS_REST, role, "%d %%", m->verdict.confidence);
}
