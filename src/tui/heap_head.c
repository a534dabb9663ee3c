/* SPDX-License-Identifier: MIT */
/*
 * What stands above the lists of view 5: whose heap, what looking costs, what it does now, and how much of the
 * memory is in use or kept. It knows the sentences' places; their words are model/heap_words.h.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/safe_text.h"
#include "tui/heap_internal.h"

enum { PROGRESS_BAR = 10, ROOM_DETAILS = 140 };

/* --- what it does now ----------------------------------------------------------------------------- */

static bool is_working(const struct heap_progress *p)
{
	return p->phase == HEAP_OPENING || p->phase == HEAP_CENSUS || p->phase == HEAP_MARKING;
}

/* In words; work is drawn with a bar. */
static enum role state_words(const struct moment *m, char *out, size_t size)
{
	const struct heap_progress *p = &m->heap_progress;
	char text[HUMAN_MAX];

	/* Nobody looks any more: of a recording, or when it is gone. */
	if (m->heap && (!m->live || m->ended != END_NOT_YET)) {
		snprintf(out, size, "looked at %s", human_clock(text, m->heap->time, false));
		return ROLE_DIM;
	}
	switch (p->phase) {
	case HEAP_RESTING:
		if (known(p->next) && p->next > m->time)
			snprintf(out, size, "next look in %s",
			         human_duration(text, p->next - m->time));
		else
			snprintf(out, size, "next look at once");
		return ROLE_DIM;
	case HEAP_STOPPED:
		snprintf(out, size, "stopped; x looks on");
		return ROLE_WARN;
	case HEAP_FAILED:
		snprintf(out, size, "failed");
		return ROLE_ALARM;
	default:
		snprintf(out, size, "x looks again");
		return ROLE_DIM;
	}
}

static int working_draw(const struct canvas *c, int y, const struct heap_progress *p)
{
	const char *words = heap_phase_words[p->phase];
	int width = text_width(words), bar = p->todo ? PROGRESS_BAR + 7 : 0;
	int x = c->columns - 1 - width - bar;
	double part = p->todo ? (double)p->done / (double)p->todo : 0;

	canvas_text(c, y, x, CANVAS_REST, ROLE_TITLE, words);
	if (p->todo) {
		canvas_bar(c, y, x + width + 1, PROGRESS_BAR, ROLE_GRAPH, part);
		canvas_textf(c, y, x + width + 1 + PROGRESS_BAR, CANVAS_REST, ROLE_TEXT,
		             " %3.0f %%", fmin(part, 1) * 100);
	}
	return width + bar + 1;
}

/* "counting blocks" with a bar and per cent, at the right end; columns used. */
static int heap_progress_draw(const struct canvas *c, int y, const struct moment *m)
{
	char text[96];

	if (m->live && m->ended == END_NOT_YET && is_working(&m->heap_progress))
		return working_draw(c, y, &m->heap_progress);
	enum role role = state_words(m, text, sizeof(text));
	int width = text_width(text);
	canvas_text(c, y, c->columns - 1 - width, CANVAS_REST, role, text);
	return width + 1;
}

/* --- whose, and at what cost ---------------------------------------------------------------------- */

enum { COST_PARTS = 4 };

/* What matters most stands first, for a narrow line has room for the first ones only. */
static unsigned cost_parts(const struct moment *m, char parts[COST_PARTS][HEAP_LINE])
{
	const struct heap_facts *f = m->heap;
	double busy = heap_busy(f, &m->heap_progress, m->time);
	char text[HUMAN_MAX];
	unsigned n = 0;

	snprintf(parts[n++], HEAP_LINE, ", look %u", f->looks);
	if (isfinite(busy))
		snprintf(parts[n++], HEAP_LINE, ": %.1f %% of the time", busy * 100);
	snprintf(parts[n], HEAP_LINE, "%s %s", n > 1 ? "," : ":", human_duration(text, f->took));
	n++;
	if (f->looks > 1)
		snprintf(parts[n++], HEAP_LINE, " every %s",
		         human_duration(text, f->span / (f->looks - 1)));
	return n;
}

/* Whole parts, as many as there is room for. */
static void cost_words(const struct moment *m, int room, char *out, size_t size)
{
	char parts[COST_PARTS][HEAP_LINE];
	unsigned count = cost_parts(m, parts);
	size_t len = 0;

	out[0] = '\0';
	for (unsigned n = 0; n < count; n++) {
		room -= text_width(parts[n]);
		if (room < 0)
			return;
		len += (size_t)snprintf(out + len, size - len, "%s", parts[n]);
	}
}

void heap_head_draw(const struct canvas *c, int y, const struct moment *m)
{
	char text[HEAP_LINE], safe[HEAP_LINE * 4];
	struct canvas line = canvas_part(c, y, 0, 1, c->columns);
	int room = c->columns - 2 - heap_progress_draw(&line, 0, m), x = 1;

	heap_allocator_line(m->heap, text, sizeof(text));
	safe_copy(safe, sizeof(safe), text, strlen(text), c->ascii ? SAFE_ASCII : SAFE_UTF8);
	x += canvas_cut(&line, 0, x, room, ROLE_TITLE, safe, false);
	cost_words(m, room - x, text, sizeof(text));
	canvas_cut(&line, 0, x, room - x, ROLE_DIM, text, false);
}

/* --- in use, kept --------------------------------------------------------------------------------- */

enum { PARTS = 3 };
enum names { NAMES_BRIEF, NAMES_FULL, NAMES_WIDE };

struct part {
	const char *name, *wide, *brief;
	const char *glyph;
	char letter;
	enum role role;
	uint64_t bytes;
};

/* Live blocks with what malloc needs for itself, pieces too small to be given back, whole pages. */
static uint64_t parts_make(const struct heap_facts *f, struct part ret[PARTS])
{
	uint64_t used = known_add(f->total.live_bytes, f->total.own_bytes);
	uint64_t kept = heap_kept_resident(f), trim = f->total.trimmable;

	ret[0] = (struct part){"in use", "in use", "in use", "\u2588", '#', ROLE_PART_2, used};
	ret[1] = (struct part){
	        "kept in pieces", "kept by malloc, in pieces", "pieces", "\u2593", '+',
	        ROLE_PART_1,      known_sub(kept, trim)};
	ret[2] = (struct part){"kept, returnable",
	                       "kept, and malloc_trim would return it",
	                       "returnable",
	                       "\u2592",
	                       '-',
	                       ROLE_PART_0,
	                       trim};
	uint64_t sum = known_add(used, kept);
	return known(f->resident) && f->resident > sum ? f->resident : sum;
}

static void part_draw(const struct canvas *c, int y, int x, int width, const struct part *p)
{
	const char letter[2] = {p->letter, 0};

	for (int i = 0; i < width; i++)
		canvas_text(c, y, x + i, 1, p->role, c->ascii ? letter : p->glyph);
}

static void bar_draw(const struct canvas *c, int y, const struct part parts[PARTS], uint64_t all)
{
	int width = c->columns - 2, x = 0;
	double sum = 0;

	for (int i = 0; i < width; i++)
		canvas_text(c, y, 1 + i, 1, ROLE_TRACK, c->ascii ? "." : "\u00b7");
	for (int i = 0; i < PARTS && all > 0; i++) {
		sum += (double)parts[i].bytes;
		int end = (int)(fmin(sum / (double)all, 1) * width + 0.5);
		part_draw(c, y, 1 + x, end - x, &parts[i]);
		x = end;
	}
}

/* Where what is kept lies, where there is room to say so. */
static void kept_draw(const struct canvas *c, int y, int x, const struct heap_arena *t)
{
	char a[HUMAN_MAX], b[HUMAN_MAX], d[HUMAN_MAX], e[HUMAN_MAX], text[160];

	snprintf(text, sizeof(text), "kept: thread caches %s, bins %s, top %s; largest piece %s",
	         human_size(a, t->cached_bytes + t->fast_bytes, HUMAN_AUTO),
	         human_size(b, t->free_bytes, HUMAN_AUTO), human_size(d, t->top_bytes, HUMAN_AUTO),
	         human_size(e, t->largest_free, HUMAN_AUTO));
	int width = text_width(text);
	if (x + width + 2 < c->columns)
		canvas_text(c, y, c->columns - 1 - width, CANVAS_REST, ROLE_DIM, text);
}

/* The bar stands above it: what fills its cell would melt with it. */
static void legend_mark(const struct canvas *c, int y, int x, const struct part *p)
{
	if (p->role == ROLE_PART_2 && !c->ascii)
		canvas_text(c, y, x, 1, p->role, "\u2586");
	else
		part_draw(c, y, x, 1, p);
}

/* The names that have room beside the figures: a figure that is cut says something else. */
static const char *part_name(const struct part *p, enum names names)
{
	return names == NAMES_WIDE ? p->wide : names == NAMES_FULL ? p->name : p->brief;
}

static int parts_draw(const struct canvas *c, int y, const struct part parts[PARTS],
                      enum names names)
{
	char text[HUMAN_MAX];
	int x = 1;

	for (int i = 0; i < PARTS; i++) {
		legend_mark(c, y, x, &parts[i]);
		x += 2 +
		     canvas_text(c, y, x + 2, CANVAS_REST, ROLE_DIM, part_name(&parts[i], names));
		x += 2 + canvas_textf(c, y, x, CANVAS_REST, ROLE_TEXT, " %s",
		                      human_size(text, parts[i].bytes, HUMAN_AUTO));
	}
	return x;
}

static int parts_width(const struct part parts[PARTS], enum names names)
{
	char text[HUMAN_MAX];
	int width = 1;

	for (int i = 0; i < PARTS; i++)
		width += 5 + text_width(part_name(&parts[i], names)) +
		         text_width(human_size(text, parts[i].bytes, HUMAN_AUTO));
	return width - 2;
}

/* Blocks count as they were asked for: those that nobody has written to yet are in use, and not in memory. */
static void resident_words(const struct part parts[PARTS], uint64_t resident, char *out,
                           size_t size)
{
	uint64_t sum = 0;
	char text[HUMAN_MAX];

	for (int i = 0; i < PARTS; i++)
		sum = known_add(sum, parts[i].bytes);
	human_size(text, resident, HUMAN_AUTO);
	if (known(sum) && sum > resident)
		snprintf(out, size, "only %s in memory", text);
	else
		snprintf(out, size, "of %s in memory", text);
}

static void legend_draw(const struct canvas *c, int y, const struct part parts[PARTS],
                        const struct moment *m)
{
	bool full = parts_width(parts, NAMES_FULL) < c->columns;
	char all[HUMAN_MAX + 24];
	int x = parts_draw(c, y, parts,
	                   c->columns >= ROOM_DETAILS ? NAMES_WIDE
	                   : full                     ? NAMES_FULL
	                                              : NAMES_BRIEF);

	resident_words(parts, m->heap->resident, all, sizeof(all));
	if (known(m->heap->resident) && x + text_width(all) < c->columns)
		x += canvas_text(c, y, x, CANVAS_REST, ROLE_DIM, all);
	kept_draw(c, y, x, &m->heap->total);
}

void heap_bar_draw(const struct canvas *c, int y, const struct moment *m)
{
	struct part parts[PARTS];
	uint64_t all = parts_make(m->heap, parts);

	bar_draw(c, y, parts, all);
	legend_draw(c, y + 1, parts, m);
}

/* --- what matters most ---------------------------------------------------------------------------- */

bool heap_finding(const struct moment *m, char *out, size_t size, bool *ret_alarm)
{
	*ret_alarm = m->live && m->heap_progress.error[0];
	if (*ret_alarm) {
		safe_copy(out, size, m->heap_progress.error, strlen(m->heap_progress.error),
		          SAFE_UTF8);
		return true;
	}
	if (!m->heap)
		return false;
	return heap_kept_line(m->heap, m->sample.v[FIGURE_RSS], out, size) ||
	       heap_lost_line(m->heap, out, size);
}

void heap_list_title(const struct moment *m, enum heap_list list, char *out, size_t size)
{
	const struct heap_facts *f = m->heap;
	char n[HUMAN_MAX];

	switch (list) {
	case HEAP_SIZES:
		snprintf(out, size, " Block sizes %u ", f->class_count);
		break;
	case HEAP_LOST:
		if (!f->lost || !f->lost->scans)
			snprintf(out, size, " Lost blocks - ");
		else if (heap_lost_sure(f))
			snprintf(out, size, " Lost blocks %s ",
			         human_count(n, known_add(f->lost->definitely_blocks,
			                                  f->lost->indirectly_blocks)));
		else
			snprintf(out, size, " Lost blocks: %s suspect ",
			         human_count(n, f->lost->suspect_blocks));
		break;
	default:
		snprintf(out, size, " Arenas %u ", heap_arenas(f));
		break;
	}
}
