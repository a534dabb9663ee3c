/* SPDX-License-Identifier: MIT */
/*
 * One call site opened: its figures, its course, why it counts as steady or not, and every frame that leads to it.
 * It knows sentences; what the figures are was decided by who traced.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/safe_text.h"
#include "tui/sites_internal.h"

enum {
	LABEL = 10,
	TEXT = 400,
	ROWS_CHART = 12,
	CHART_LEAST = 4,
	CHART_MOST = 12,
	NUMBER = 3,
	NAME_LEAST = 32,
	TIMES = 24
};

/* The site that is open; NULL: it is no longer there. */
static const struct site *sites_opened(const struct sites_view *v, const struct moment *m)
{
	for (size_t i = 0; m->sites && i < v->lines.count; i++)
		if (v->lines.rows[i].id == v->open && v->lines.rows[i].site != SITES_INNER)
			return &m->sites->sites[v->lines.rows[i].site];
	return NULL;
}

/* --- figures -------------------------------------------------------------------------------------- */

static void item(struct page *p, const char *label, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
static void item(struct page *p, const char *label, const char *format, ...)
{
	char text[TEXT];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	page_item(p, ROLE_DIM, label, LABEL, text);
}

static bool in_pages(const struct sites_facts *f)
{
	return f->kind == SITES_GROWTH;
}

/* "+11,636", "+0.4": blocks or pages a minute. */
static void count_words(double minute, char *out, size_t size)
{
	char text[HUMAN_MAX];

	if (minute < 10)
		snprintf(out, size, "%s%.1f", minute > 0 ? "+" : "", minute);
	else
		snprintf(out, size, "+%s", human_count(text, (uint64_t)sites_whole(minute)));
}

static void growth_write(struct page *p, const struct sites_facts *f, const struct site *s)
{
	char bytes[HUMAN_MAX], count[HUMAN_MAX + 2], share[64] = "";

	if (isnan(s->growth_bytes))
		return;
	count_words(s->growth_blocks * 60, count, sizeof(count));
	if (s->share > 0)
		snprintf(share, sizeof(share), ": %.0f %% of what grows", s->share * 100);
	item(p, "growth", "%s, %s %s a minute%s", sites_minute(bytes, s->growth_bytes), count,
	     in_pages(f) ? "pages" : "blocks", share);
}

/* As who traced calls it: see include/model/sites.h. */
const char *sites_judged(const struct site *s)
{
	if (isnan(s->growth_bytes))
		return "no rate yet: too few samples, or it was first seen lately";
	if (s->steady)
		return "steady: what came early is still there, and more comes";
	if (s->share > 0 && s->samples < SITE_SAMPLES_STEADY)
		return "not called steady: that takes more samples";
	if (s->share > 0)
		return "not steady: more comes, but little of what came early is left";
	if (s->growth_bytes > 0)
		return "it grew in the first half, and not since: a warm-up, or it rests";
	return "what comes goes again: churn, no growth";
}

static void live_write(struct page *p, const struct sites_facts *f, const struct site *s)
{
	char bytes[HUMAN_MAX], blocks[HUMAN_MAX], samples[HUMAN_MAX];
	const char *words = in_pages(f) ? "pages" : "blocks";

	human_count(samples, s->samples);
	if (!known(s->live_bytes)) {
		item(p, "calls", "%s: how often it allocates; bytes and frees are not known",
		     samples);
		return;
	}
	item(p, in_pages(f) ? "stayed" : "live", "%s in %s %s, from %s sample%s",
	     human_size(bytes, s->live_bytes, HUMAN_AUTO), human_count(blocks, s->live_blocks),
	     words, samples, s->samples == 1 ? "" : "s");
}

static void churn_write(struct page *p, const struct sites_facts *f, const struct site *s)
{
	char bytes[HUMAN_MAX], n[HUMAN_MAX];
	const char *words = in_pages(f) ? "pages" : "blocks";

	item(p, in_pages(f) ? "touched" : "allocated", "%s in %s %s",
	     human_size(bytes, s->allocated_bytes, HUMAN_AUTO), human_count(n, s->allocated_blocks),
	     words);
	item(p, in_pages(f) ? "gone" : "freed", "%s in %s %s",
	     human_size(bytes, s->freed_bytes, HUMAN_AUTO), human_count(n, s->freed_blocks), words);
	if (s->lifetime >= 0 && !in_pages(f))
		item(p, "lifetime", "%s on average, of those that were freed",
		     human_duration(bytes, (uint64_t)sites_whole(s->lifetime * (double)NS_PER_S)));
}

/* --- the stack ------------------------------------------------------------------------------------ */

static void place_words(const struct sites_facts *f, const struct site_frame *frame, bool ascii,
                        char *out, size_t size)
{
	const char *module = sites_text(f, frame->module), *slash = strrchr(module, '/');
	char safe[TEXT / 2];
	size_t used;

	sites_where(f, frame, ascii, out, size);
	used = strlen(out);
	if (sites_text(f, frame->file)[0] && module[0] && used < size) {
		module = slash ? slash + 1 : module;
		safe_copy(safe, sizeof(safe), module, strlen(module),
		          ascii ? SAFE_ASCII : SAFE_UTF8);
		used += (size_t)snprintf(out + used, size - used, " in %s", safe);
	}
	if (frame->inlined && used < size)
		snprintf(out + used, size - used, ", inlined");
}

/* In one line where it fits, else the place below the name; of what the site is about the name is whole. */
static void frame_write(struct page *p, const struct sites_facts *f, const struct site_frame *frame,
                        uint32_t number, uint32_t times, bool named)
{
	enum role role = named ? ROLE_TITLE : ROLE_TEXT;
	char function[SITES_NAME * 2], where[TEXT];
	struct canvas line;
	struct page mark = *p;

	place_words(f, frame, p->canvas.ascii, where, sizeof(where) - TIMES);
	if (times > 1)
		snprintf(where + strlen(where), TIMES, ", %u times", times);
	int room = p->canvas.columns - NUMBER - 6 - text_width(where);
	sites_function_whole(f, frame, p->canvas.ascii, function, sizeof(function));
	if (!named && text_width(function) > room)
		sites_function(f, frame, p->canvas.ascii, room > NAME_LEAST ? room : NAME_LEAST,
		               function, sizeof(function));
	if (page_next(&mark, &line))
		canvas_textf(&line, 0, 1, NUMBER, named ? ROLE_KEY : ROLE_DIM, "%*u", NUMBER,
		             number);
	int width = text_width(function);
	if (NUMBER + 2 + width + 2 + text_width(where) + 2 <= p->canvas.columns) {
		if (page_next(p, &line)) {
			canvas_text(&line, 0, NUMBER + 2, CANVAS_REST, role, function);
			canvas_text(&line, 0, NUMBER + 4 + width, CANVAS_REST, ROLE_DIM, where);
		}
		return;
	}
	page_text(p, NUMBER + 2, role, function);
	page_text(p, NUMBER + 4, ROLE_DIM, where);
}

/* How many frames from this one on are the same call: of a recursion. */
static uint32_t same_calls(const struct site_frame *stack, uint32_t i, uint32_t count)
{
	uint32_t n = 1;

	while (i + n < count && stack[i + n].address == stack[i].address &&
	       stack[i + n].function == stack[i].function && stack[i + n].line == stack[i].line)
		n++;
	return n;
}

void sites_stack_write(struct page *p, const struct sites_facts *f, const struct site *s)
{
	uint32_t count;
	const struct site_frame *stack = sites_stack(f, s, &count);

	if (!count)
		page_text(p, 1, ROLE_DIM, "no stack was seen");
	for (uint32_t i = 0, n; i < count; i += n) {
		n = same_calls(stack, i, count);
		frame_write(p, f, &stack[i], i, n, &stack[i] == site_named(f, s));
	}
	if (s->frame_count > count && count)
		page_text(p, NUMBER + 2, ROLE_DIM, "and more");
}

static void detail_write(const struct sites_view *v, struct page *p, const struct moment *m)
{
	const struct site *s = sites_opened(v, m);

	if (!s) {
		page_text(p, 1, ROLE_DIM,
		          "this site is no longer among those found; Esc goes back");
		return;
	}
	growth_write(p, m->sites, s);
	if (known(s->live_bytes))
		item(p, "judged", "%s", sites_judged(s));
	live_write(p, m->sites, s);
	page_text(p, 1, ROLE_HEAD, "Its stack, innermost function first");
	sites_stack_write(p, m->sites, s);
	if (!known(s->allocated_bytes) || !known(s->freed_bytes))
		return;
	page_text(p, 1, ROLE_HEAD, "What came and went");
	churn_write(p, m->sites, s);
}

/* --- place ---------------------------------------------------------------------------------------- */

/* Below the title; none where there is no room for both chart and text. */
static int chart_rows(int rows)
{
	int wanted = rows * 3 / 10;

	if (rows < ROWS_CHART)
		return 0;
	return wanted < CHART_LEAST ? CHART_LEAST : wanted > CHART_MOST ? CHART_MOST : wanted;
}

static int text_rows(const struct sites_view *v)
{
	int rows = v->view.settings->rows;

	return rows - 1 - chart_rows(rows);
}

static size_t text_last(const struct sites_view *v)
{
	size_t page = text_rows(v) > 0 ? (size_t)text_rows(v) : 1;

	return v->total > page ? v->total - page : 0;
}

void sites_detail_refresh(struct sites_view *v, const struct moment *m)
{
	struct page p = {
	        .canvas = {.columns = v->view.settings->columns, .ascii = v->view.settings->ascii}};

	detail_write(v, &p, m);
	v->total = p.line;
	if (v->top > text_last(v))
		v->top = text_last(v);
}

bool sites_detail_act(struct sites_view *v, const struct request *what)
{
	return page_scroll(what->action, text_rows(v), text_last(v), &v->top);
}

/* --- drawing -------------------------------------------------------------------------------------- */

/* Points of the sparkline lie evenly in the time that was traced. */
static void chart_of(const struct sites_facts *f, const struct site *s, struct chart *ret)
{
	unsigned count = s->spark_count < SPARK_POINTS ? s->spark_count : SPARK_POINTS;
	uint64_t span = known_sub(f->time, f->begin);

	memset(ret, 0, sizeof(*ret));
	for (unsigned i = 0; i < count; i++)
		ret->points[ret->count++] = (struct chart_point){
		        .time = f->begin + span / count * (i + 1),
		        .min = s->spark[i],
		        .max = s->spark[i],
		        .last = s->spark[i],
		};
	ret->from = f->begin;
	ret->to = f->time;
}

static void title_draw(const struct moment *m, const struct site *s, const struct canvas *c)
{
	const struct site_frame *frame = site_named(m->sites, s);
	char function[SITES_NAME], where[SITES_NAME];
	int x = 1;

	if (!frame) {
		canvas_text(c, 0, x, CANVAS_REST, ROLE_TITLE, "A call site without a stack");
		return;
	}
	sites_where(m->sites, frame, c->ascii, where, sizeof(where));
	x += canvas_text(c, 0, x, CANVAS_REST, ROLE_TITLE,
	                 sites_function(m->sites, frame, c->ascii,
	                                c->columns - 4 - text_width(where), function,
	                                sizeof(function)));
	x += 2 + canvas_cut(c, 0, x + 2, c->columns - x - 3, ROLE_DIM, where, false);
	const char *course = m->sites->kind == SITES_HITS     ? "its calls, by time"
	                     : m->sites->kind == SITES_GROWTH ? "its pages that stayed"
	                                                      : "its bytes that are live";
	if (x + text_width(course) + 4 < c->columns)
		canvas_text(c, 0, c->columns - 1 - text_width(course), CANVAS_REST, ROLE_DIM,
		            course);
}

void sites_detail_draw(const struct sites_view *v, const struct moment *m, const struct canvas *c)
{
	int chart = chart_rows(c->rows);
	struct canvas text = canvas_part(c, 1 + chart, 0, c->rows - 1 - chart, c->columns);
	struct canvas plot = canvas_part(c, 1, 1, chart, c->columns - 2);
	const struct site *s = sites_opened(v, m);
	struct page p = {.canvas = text, .top = v->top};
	struct chart course;

	if (s) {
		title_draw(m, s, c);
		chart_of(m->sites, s, &course);
		if (chart)
			canvas_chart(&plot, &course, ROLE_GRAPH, NULL, 0);
	}
	detail_write(v, &p, m);
	canvas_scroll(&text, 0, text.rows, v->top, v->total);
}
