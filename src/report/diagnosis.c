/* SPDX-License-Identifier: MIT */
/*
 * Knows the order of the closing diagnosis, its limit of lines, and what is left out first. Refuses
 * to know how the verdict was reached and what to advise (detect does).
 */
#include "report/diagnosis.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/human.h"
#include "base/known.h"
#include "base/shell_word.h"
#include "detect/advice.h"
#include "detect/lives.h"
#include "report/diagnosis_lines.h"

enum { LINES_SHOWN = 10, WARNINGS_SHOWN = 3, TEXT_MAX = 4096 };

void lines_add(struct lines *l, enum line_weight weight, const char *format, ...)
{
	va_list args;

	if (l->count == LINES_MAX)
		return;
	l->line[l->count].weight = weight;
	va_start(args, format);
	vsnprintf(l->line[l->count++].text, LINE_BYTES, format, args);
	va_end(args);
}

static void drop_lightest(struct lines *l)
{
	unsigned lightest = 0;

	for (unsigned i = 1; i < l->count; i++)
		if (l->line[i].weight <= l->line[lightest].weight)
			lightest = i;
	l->count--;
	memmove(&l->line[lightest], &l->line[lightest + 1],
	        (l->count - lightest) * sizeof(l->line[0]));
}

static int line_write(const struct lines *l, const char *text, struct buf *out)
{
	safe_text(out, text, strlen(text), l->mode);
	return buf_addc(out, '\n');
}

/* --- what the lines say -------------------------------------------------------------------------- */

static void outside_line(const struct verdict *v, struct lines *l)
{
	if (v->outside_heap)
		lines_add(l, LINE_ALWAYS,
		          "[heap] itself did not grow: the growth is in %s; see --columns "
		          "time,rss,heap,anon,delta",
		          v->where == WHERE_ARENA ? "malloc arenas" : "anonymous mappings");
}

/* "51.3": the unit stands once, behind the figure they are part of. */
static const char *bare_mb(char out[HUMAN_MAX], uint64_t bytes)
{
	out[strcspn(human_size(out, bytes, HUMAN_MB), " ")] = '\0';
	return out;
}

/* The parts come from smaps, the whole from status; taken at different moments they may contradict. */
static bool parts_fit(const struct sample *s)
{
	uint64_t parts = known_add(s->v[FIGURE_PRIVATE], s->v[FIGURE_SHARED]);
	uint64_t rss = known_add(s->v[FIGURE_RSS], known_or(s->v[FIGURE_HUGETLB], 0));
	uint64_t slack = (1ull << 20) + known_or(rss, 0) / 8;

	return known(parts) && known(rss) && parts <= rss + slack && rss <= parts + slack;
}

static void figures_line(const struct sample *s, struct lines *l)
{
	bool fit = parts_fit(s);
	char rss[HUMAN_MAX], private[HUMAN_MAX], shared[HUMAN_MAX], vsz[HUMAN_MAX], swap[HUMAN_MAX];

	lines_add(l, LINE_FIGURES, "RSS %s (private %s, shared %s), VSZ %s, swap %s",
	          human_size(rss, s->v[FIGURE_RSS], HUMAN_MB),
	          bare_mb(private, fit ? s->v[FIGURE_PRIVATE] : UNKNOWN),
	          bare_mb(shared, fit ? s->v[FIGURE_SHARED] : UNKNOWN),
	          human_size(vsz, s->v[FIGURE_VSZ], HUMAN_MB), bare_mb(swap, s->v[FIGURE_SWAP]));
}

static void rate_line(const struct moment *m, struct lines *l)
{
	const struct verdict *v = &m->verdict;
	char confidence[16] = "-", since[HUMAN_MAX], begin[2 * HUMAN_MAX] = "";
	struct buf rate;

	buf_init(&rate, 256);
	advice_rate(v, &rate);
	if (v->confidence >= 0)
		snprintf(confidence, sizeof(confidence), "%d %%", v->confidence);
	if (known(v->since))
		snprintf(begin, sizeof(begin), ", since %s",
		         human_clock(since, v->since, m->interval < 1000000000));
	lines_add(l, LINE_RATE, "Leak confidence %s, rate %s%s", confidence, buf_str(&rate), begin);
	buf_done(&rate);
}

static const char *state_sentence(enum target_state state)
{
	switch (state) {
	case TARGET_STOPPED:
		return "The process is stopped by a signal: that it does not grow is no proof";
	case TARGET_TRACED:
		return "The process is held by a debugger: that it does not grow is no proof";
	case TARGET_LEADER_GONE:
		return "Its first thread ended while others run: the figures come from one of "
		       "those";
	case TARGET_ZOMBIE:
		return "The process ended and is a zombie: the figures are its last ones";
	default:
		return "";
	}
}

/* How the watch ended, where that says more than that its time was over. */
static void end_line(const struct moment *m, struct lines *l)
{
	const char *state = state_sentence(m->state), *child = m->child_status;
	bool ended = m->ended == END_TARGET || m->ended_text[0];

	if (ended)
		lines_add(l, LINE_END, "The process %s%s%s%s",
		          m->ended_text[0] ? m->ended_text : "exited",
		          m->state == TARGET_ZOMBIE ? " and is a zombie" : "",
		          child[0] ? "; the command " : "", child);
	else if (child[0])
		lines_add(l, LINE_END, "The command %s", child);
	if (state[0] && !m->waiting[0] && !(ended && m->state == TARGET_ZOMBIE))
		lines_add(l, LINE_END, "%s", state);
}

/* Where the watch was written, and how to look at it again. */
static void recording_line(const struct moment *m, struct lines *l)
{
	char size[HUMAN_MAX];
	struct buf word;

	if (!m->recording[0])
		return;
	/* A path that was cut on its way here is no command. */
	buf_init(&word, LINE_BYTES / 2);
	if (strlen(m->recording) + 1 < sizeof(m->recording))
		shell_word(&word, m->recording, l->mode);
	human_size(size, m->recording_size, HUMAN_AUTO);
	if (word.len && !word.error)
		lines_add(l, LINE_END, "Recorded in %s (%s): memleak-detective --replay %s",
		          m->recording, size, buf_str(&word));
	else
		lines_add(l, LINE_END, "Recorded in %s (%s)", m->recording, size);
	buf_done(&word);
}

/* How growth went from restart to restart, and who is waited for in the end. */
static void lives_lines(const struct moment *m, struct lines *l)
{
	struct buf text;

	buf_init(&text, TEXT_MAX);
	lives_line(&m->lives, &text);
	if (text.len)
		lines_add(l, LINE_ALWAYS, "%s", buf_str(&text));
	if (m->waiting[0])
		lines_add(l, LINE_END, "The process is %s", m->waiting);
	buf_done(&text);
}

static void warning_lines(const struct moment *m, struct lines *l)
{
	unsigned n = m->warning_count < MOMENT_WARNINGS ? m->warning_count : MOMENT_WARNINGS;
	unsigned shown = n > WARNINGS_SHOWN ? WARNINGS_SHOWN - 1 : n;

	for (unsigned i = 0; i < shown; i++)
		lines_add(l, LINE_WARNING, "Warning: %s", m->warnings[i]);
	if (shown < n)
		lines_add(l, LINE_MORE_WARNINGS, "and %u more warnings", n - shown);
}

static int next_line(const struct moment *m, struct lines *l)
{
	struct buf next;
	int err;

	buf_init(&next, TEXT_MAX);
	err = advice_next(m, false, &next);
	if (!err && next.len)
		lines_add(l, LINE_ALWAYS, "Next: %s", buf_str(&next));
	buf_done(&next);
	return err;
}

/* --- the whole ----------------------------------------------------------------------------------- */

static int lines_collect(const struct moment *m, struct lines *l)
{
	int err;

	outside_line(&m->verdict, l);
	figures_line(&m->sample, l);
	rate_line(m, l);
	err = diagnosis_regions(m, l);
	if (err)
		return err;
	diagnosis_heap(m, l);
	diagnosis_sites(m, l);
	diagnosis_why(m, l);
	lives_lines(m, l);
	end_line(m, l);
	warning_lines(m, l);
	recording_line(m, l);
	return next_line(m, l);
}

int diagnosis_write(const struct moment *m, enum safe_mode mode, struct buf *out)
{
	struct lines l = {.mode = mode};
	struct buf first;
	int err;

	buf_init(&first, TEXT_MAX);
	err = advice_line(&m->verdict, &first);
	if (!err)
		err = line_write(&l, buf_str(&first), out);
	buf_done(&first);
	if (!err)
		err = lines_collect(m, &l);
	while (l.count > LINES_SHOWN)
		drop_lightest(&l);
	for (unsigned i = 0; i < l.count && !err; i++)
		err = line_write(&l, l.line[i].text, out);
	return err;
}
