/* SPDX-License-Identifier: MIT */
/*
 * The name of a call site in its cell: function, place, and who called it, or the run of functions of a line of the
 * tree. It knows what to leave out where there is little room; how a name is cut is sites_name.c.
 */
#include <stdio.h>
#include <string.h>

#include "base/safe_text.h"
#include "tui/sites_internal.h"

enum { WHERE_LEAST = 8, WHERE_MOST = 32, CALLER_LEAST = 12, CALLERS_ROOMY = 80 };

/* The function and how often in a row it calls itself; `other` looks the same, NULL: nobody does. */
static void function_words(const struct table_at *at, const struct site_frame *frame,
                           const struct site_frame *other, unsigned times, bool ascii, int width,
                           char *out, size_t size)
{
	char often[16] = "";
	int room;

	if (times > 1)
		snprintf(often, sizeof(often), " %s%u", ascii ? "x" : "\u00d7", times);
	room = width - text_width(often);
	if (other)
		sites_function_apart(at->m->sites, frame, other, ascii, room, out,
		                     size - sizeof(often));
	else
		sites_function(at->m->sites, frame, ascii, room, out, size - sizeof(often));
	snprintf(out + strlen(out), sizeof(often), "%s", often);
}

/* What differs from the site that looks the same; APART_NOT: none does. */
static enum sites_apart apart_find(const struct table_at *at, uint32_t *ret_level)
{
	const struct sites_row *r = sites_row_at(at);
	const struct sites_facts *f = at->m->sites;

	*ret_level = 0;
	if (r->alike >= f->site_count || r->site >= f->site_count)
		return APART_NOT;
	return sites_differ(f, &f->sites[r->site], &f->sites[r->alike], ret_level);
}

/* Its place, and of several calls in one line which one. */
static void where_words(const struct table_at *at, const struct site_frame *frame,
                        enum sites_apart apart, bool ascii, char *out, size_t size)
{
	const struct sites_facts *f = at->m->sites;
	char call[24] = "";

	sites_where(f, frame, ascii, out, size);
	if (apart == APART_CALL)
		snprintf(call, sizeof(call), " call %u",
		         sites_call_number(f, &f->sites[sites_row_at(at)->site]));
	if (text_width(out) + text_width(call) > WHERE_MOST)
		out[text_fit(out, WHERE_MOST - text_width(call))] = '\0';
	snprintf(out + strlen(out), size - strlen(out), "%s", call);
}

/* The function, then where it is, where both have room; of its line at least the number. Returns the columns used. */
static int frame_draw(const struct table_at *at, const struct canvas *c, int x, int width,
                      const struct site_frame *frame, unsigned times)
{
	const struct sites_facts *f = at->m->sites;
	enum role role = sites_matters(&sites_row_at(at)->sum) ? ROLE_TITLE : ROLE_TEXT;
	char function[SITES_NAME], where[SITES_NAME], line[16] = "";
	uint32_t level;
	enum sites_apart apart = apart_find(at, &level);
	const struct site_frame *other =
	        apart == APART_NAME ? site_named(f, &f->sites[sites_row_at(at)->alike]) : NULL;
	int least, room = width, used;
	int whole = sites_function_width(f, frame, c->ascii, &least);

	where_words(at, frame, apart, c->ascii, where, sizeof(where));
	if (sites_text(f, frame->file)[0] && frame->line)
		snprintf(line, sizeof(line), ":%u", frame->line);
	if (width - text_width(where) - 2 >= least && !other)
		room = width - text_width(where) - 2;
	if (room < whole && width - WHERE_LEAST - 2 >= whole)
		room = whole;
	if (room == width && width - text_width(line) > least)
		room = width - text_width(line);
	function_words(at, frame, other, times, c->ascii, room, function, sizeof(function));
	used = canvas_text(c, 0, x, width, role, function);
	if (width - used - 2 >= WHERE_LEAST || width - used - 2 >= text_width(where))
		used += 2 + canvas_cut(c, 0, x + used + 2, width - used - 2, ROLE_DIM, where, true);
	else if (width - used >= text_width(line))
		used += canvas_text(c, 0, x + used, width - used, ROLE_DIM, line);
	return used;
}

/* One of those that called it, behind the mark for "called by". Returns the columns used. */
static int caller_draw(const struct table_at *at, const struct canvas *c, int x,
                       const struct site_frame *frame, const char *mark, bool line)
{
	char function[SITES_NAME], number[16] = "";
	int begin = x;

	if (line && frame->line)
		snprintf(number, sizeof(number), ":%u", frame->line);
	x += canvas_text(c, 0, x, CANVAS_REST, ROLE_RULE, mark);
	x += canvas_text(c, 0, x, CANVAS_REST, ROLE_DIM,
	                 sites_function(at->m->sites, frame, c->ascii,
	                                c->columns - x - text_width(number), function,
	                                sizeof(function)));
	x += canvas_text(c, 0, x, CANVAS_REST, ROLE_DIM, number);
	return x - begin;
}

/* "  < request_begin < request_serve": who called it, while there is room. */
static void callers_draw(const struct table_at *at, const struct canvas *c, int x)
{
	const struct site *s = &at->m->sites->sites[sites_row_at(at)->site];
	uint32_t count;
	const struct site_frame *stack = sites_stack(at->m->sites, s, &count);

	for (uint32_t i = s->named + 1; i < count && c->columns - x - 3 >= CALLER_LEAST; i++)
		if (!stack[i].function || stack[i].function != stack[i - 1].function)
			x += caller_draw(at, c, x, &stack[i], c->ascii ? " < " : " \u2039 ", false);
}

/* The one in which it differs from what looks the same, where not all have room up to it. */
static bool other_caller_draw(const struct table_at *at, const struct canvas *cell)
{
	const struct sites_facts *f = at->m->sites;
	const struct site *s = &f->sites[sites_row_at(at)->site];
	uint32_t level, count;
	enum sites_apart apart = apart_find(at, &level);
	const struct site_frame *stack = sites_stack(f, s, &count);
	const char *far = cell->ascii ? " < .. < " : " \u2039 \u2026 \u2039 ";
	const char *near = cell->ascii ? " < " : " \u2039 ";

	if (cell->columns > CALLERS_ROOMY || (apart != APART_CALLER && apart != APART_CALLED))
		return false;
	int x = frame_draw(at, cell, 0, cell->columns / 2, sites_frame_at(at, 0), 1);
	caller_draw(at, cell, x, &stack[s->named + level], level > 1 ? far : near,
	            apart == APART_CALLED);
	return true;
}

static void flat_draw(const struct table_at *at, const struct canvas *cell)
{
	if (sites_row_at(at)->chained == 0) {
		canvas_cut(cell, 0, 0, CANVAS_REST, ROLE_DIM, "no stack was seen", false);
		return;
	}
	if (other_caller_draw(at, cell))
		return;
	int x = frame_draw(at, cell, 0, cell->columns, sites_frame_at(at, 0), 1);
	callers_draw(at, cell, x);
}

/* A run of functions as parts of text, one that calls itself told once. */
struct run {
	char text[SITE_FRAMES_MAX][64];
	unsigned count;
};

static bool is_same_function(const struct table_at *at, uint32_t a, uint32_t b)
{
	const struct sites_facts *f = at->m->sites;
	const char *function = sites_text(f, sites_frame_at(at, a)->function);

	return function[0] && !strcmp(function, sites_text(f, sites_frame_at(at, b)->function));
}

/* How many functions that end at `end` are the same one. */
static uint32_t repeats(const struct table_at *at, uint32_t end)
{
	uint32_t n = 1;

	while (n <= end && is_same_function(at, end - n, end))
		n++;
	return n;
}

/* From the last to the first. */
static void run_make(const struct table_at *at, uint32_t until, bool ascii, struct run *r)
{
	r->count = 0;
	while (until > 0 && r->count < SITE_FRAMES_MAX) {
		uint32_t n = repeats(at, until - 1);
		function_words(at, sites_frame_at(at, until - 1), NULL, n, ascii, 32,
		               r->text[r->count++], sizeof(r->text[0]));
		until -= n;
	}
}

/* As many of the inner parts as fit into `width`, with an ellipsis for those left out. Returns the columns used. */
static int run_draw(const struct canvas *c, int x, int width, const struct run *r)
{
	const char *gap = c->ascii ? " > " : " \u203a ", *mark = c->ascii ? ".." : "\u2026";
	int start = x, room = width - text_width(mark) - text_width(gap);
	unsigned fit = 0;

	while (fit < r->count && text_width(r->text[fit]) + text_width(gap) <= room)
		room -= text_width(r->text[fit++]) + text_width(gap);
	if (fit < r->count) {
		x += canvas_text(c, 0, x, CANVAS_REST, ROLE_DIM, mark);
		x += canvas_text(c, 0, x, CANVAS_REST, ROLE_RULE, gap);
	}
	while (fit-- > 0) {
		x += canvas_text(c, 0, x, CANVAS_REST, ROLE_DIM, r->text[fit]);
		x += canvas_text(c, 0, x, CANVAS_REST, ROLE_RULE, gap);
	}
	return x - start;
}

/* The last function is what a line is about; those that lead to it stand before it. */
static void tree_draw(const struct table_at *at, const struct canvas *cell)
{
	const struct sites_row *r = sites_row_at(at);
	int x = 2 * (r->depth < (unsigned)cell->columns / 4 ? r->depth : cell->columns / 4);
	char function[SITES_NAME], where[SITES_NAME] = "";
	struct run run;

	if (r->site == SITES_INNER)
		canvas_text(cell, 0, x, 1, ROLE_KEY,
		            cell->ascii ? (r->open ? "-" : "+") : (r->open ? "\u25be" : "\u25b8"));
	x += 2;
	if (r->chained == 0) {
		canvas_cut(cell, 0, x, CANVAS_REST, ROLE_DIM, "no stack was seen", false);
		return;
	}
	const struct site_frame *last = sites_frame_at(at, r->chained - 1);
	uint32_t times = repeats(at, r->chained - 1);
	function_words(at, last, NULL, times, cell->ascii, cell->columns - x, function,
	               sizeof(function));
	if (r->site != SITES_INNER)
		sites_where(at->m->sites, last, cell->ascii, where, sizeof(where));
	int rest = cell->columns - x - text_width(function) - text_width(where) - 2;
	run_make(at, r->chained - times, cell->ascii, &run);
	if (run.count && rest > 8)
		x += run_draw(cell, x, rest, &run);
	frame_draw(at, cell, x, cell->columns - x, last, times);
}

void sites_name_cell(const struct table_at *at, const struct canvas *cell)
{
	if (((const struct sites_view *)at->view)->tree)
		tree_draw(at, cell);
	else
		flat_draw(at, cell);
}
