/* SPDX-License-Identifier: MIT */
/*
 * What stands above and below the lines of view 6: what is counted, how far it is, what it costs, and what must be
 * known to not be misled. It knows sentences; price and note were decided by who traced.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/safe_text.h"
#include "base/text_add.h"
#include "tui/sites_internal.h"

enum { LINE = 400, BAR_LEAST = 8, BAR_MOST = 32, SAFE_MOST = 1024, PAGE = 4096 };
static const double limit_usual = 5; /* per cent, where nobody told */

bool sites_is_live(const struct sites_view *v, const struct moment *m)
{
	return m->live && m->ended == END_NOT_YET && !v->view.settings->replay;
}

bool sites_is_priced(const struct moment *m)
{
	return m->live && m->ended == END_NOT_YET && m->sites_progress.phase == SITES_PRICED;
}

static const char *kind_name(enum sites_kind kind)
{
	return kind == SITES_GROWTH ? "growth stacks" : "allocation sites";
}

/* --- what is counted ------------------------------------------------------------------------------ */

/* "malloc of libc.so.6 and 7 more functions": up to " and " where there is no room for it all. */
static void source_add(const struct sites_facts *f, int width, char *out, size_t size)
{
	char safe[sizeof(f->source) * 4], *more;

	safe_copy(safe, sizeof(safe), f->source, strnlen(f->source, sizeof(f->source)), SAFE_UTF8);
	if (!safe[0] || sites_part_add(out, size, width, ": %s", safe))
		return;
	more = strstr(safe, " and ");
	if (more)
		*more = '\0';
	sites_part_add(out, size, width, ": %s", safe);
}

static void source_words(const struct sites_facts *f, int width, char *out, size_t size)
{
	char text[HUMAN_MAX];

	out[0] = '\0';
	source_add(f, width, out, size);
	if (f->period == 1)
		sites_part_add(out, size, width, ", every block");
	else if (f->kind == SITES_GROWTH && f->period <= PAGE)
		sites_part_add(out, size, width, ", every page");
	else if (known(f->period))
		sites_part_add(out, size, width, ", a sample each %s",
		               human_block(text, f->period));
	if (f->bursts)
		sites_part_add(out, size, width, ", in %u bursts", f->bursts);
}

void sites_source_draw(const struct moment *m, const struct canvas *c, int y)
{
	char text[LINE];
	const char *title =
	        sites_kind_titles[m->sites->kind < SITES_KIND_COUNT ? m->sites->kind : SITES_NONE];
	int x = 1;

	snprintf(text, sizeof(text), "%s", title);
	if (text[0] >= 'a' && text[0] <= 'z')
		text[0] = (char)(text[0] - 'a' + 'A');
	x += canvas_text(c, y, x, CANVAS_REST, ROLE_TITLE, text);
	source_words(m->sites, c->columns - x - 1, text, sizeof(text));
	canvas_text(c, y, x, CANVAS_REST, ROLE_DIM, text);
}

/* --- how far it is -------------------------------------------------------------------------------- */

static const char key_stops[] = "x stops", key_again[] = "x traces again";

/* How often a probe was hit, in words for what hits it. */
static void often_add(enum sites_kind kind, double hits, int width, char *out, size_t size)
{
	char text[HUMAN_MAX];

	if (isfinite(hits) && hits >= 0)
		sites_part_add(out, size, width, ", %s %s/s",
		               human_count(text, (uint64_t)sites_whole(hits)),
		               kind == SITES_GROWTH ? "page faults" : "calls");
}

static bool slower_add(double slowdown, int width, char *out, size_t size)
{
	char text[SITES_PRICE];

	return sites_part_add(out, size, width, ", %s", sites_slower_words(slowdown, text));
}

static void cost_words(const struct sites_progress *p, int width, char *out, size_t size)
{
	bool limited = isfinite(p->limit) && p->kind != SITES_GROWTH;

	if (isfinite(p->slowdown) && slower_add(p->slowdown, width, out, size) && limited)
		sites_part_add(out, size, width, " (limit %g %%)", p->limit);
	often_add(p->kind, p->hits_per_s, width, out, size);
}

/* A key at the right end of a line that ends at x, where both have room. */
static void key_draw(const struct canvas *c, int y, int x, const char *key)
{
	int width = text_width(key);

	if (x + width + 2 < c->columns)
		canvas_text(c, y, c->columns - 1 - width, CANVAS_REST, ROLE_DIM, key);
}

static void tracing_draw(const struct moment *m, const struct canvas *c, int y)
{
	const struct sites_progress *p = &m->sites_progress;
	bool ends = known(p->end) && p->end > p->begin;
	uint64_t past = known_sub(m->time, p->begin);
	char text[LINE] = "", time[HUMAN_MAX];
	int x = 1, bar = c->columns / 6, room;

	x += canvas_text(c, y, x, CANVAS_REST, ROLE_TITLE, kind_name(p->kind)) + 1;
	if (ends) {
		bar = bar < BAR_LEAST ? BAR_LEAST : bar > BAR_MOST ? BAR_MOST : bar;
		canvas_bar(c, y, x, bar, ROLE_GRAPH, (double)past / (double)(p->end - p->begin));
		x += bar + 1;
	}
	room = c->columns - x - 1;
	if (ends)
		sites_part_add(text, sizeof(text), room, "%s left",
		               human_duration(time, known_sub(p->end, m->time)));
	else
		sites_part_add(text, sizeof(text), room, "for %s", human_duration(time, past));
	cost_words(p, room, text, sizeof(text));
	x += canvas_text(c, y, x, CANVAS_REST, ROLE_TEXT, text);
	key_draw(c, y, x, key_stops);
}

/* Of what was traced; only where facts are. */
static void traced_words(const struct sites_facts *f, int width, char *out, size_t size)
{
	char span[HUMAN_MAX], until[HUMAN_MAX];

	out[0] = '\0';
	sites_part_add(out, size, width, "traced %s until %s",
	               human_duration(span, known_sub(f->time, f->begin)),
	               human_clock(until, f->time, false));
	if (isfinite(f->slowdown))
		slower_add(f->slowdown, width, out, size);
	often_add(f->kind, f->hits_per_s, width, out, size);
}

static const char *phase_words(enum sites_phase phase)
{
	return phase == SITES_OPENING   ? "finding functions, setting probes"
	       : phase == SITES_PRICING ? "counting for a moment what it would cost"
	                                : NULL;
}

void sites_state_draw(const struct sites_view *v, const struct moment *m, const struct canvas *c,
                      int y)
{
	const char *now = phase_words(m->sites_progress.phase);
	char text[LINE] = "nothing was traced yet";
	bool live = sites_is_live(v, m);

	if (live && m->sites_progress.phase == SITES_TRACING) {
		tracing_draw(m, c, y);
		return;
	}
	if (live && now) {
		canvas_cut(c, y, 1, c->columns - 2, ROLE_TITLE, now, false);
		return;
	}
	if (m->sites)
		traced_words(m->sites, c->columns - 2, text, sizeof(text));
	int x = 1 + canvas_cut(c, y, 1, c->columns - 2, ROLE_DIM, text, false);
	if (live && !sites_is_priced(m))
		key_draw(c, y, x, key_again);
}

/* --- what must be known --------------------------------------------------------------------------- */

void sites_question_write(const struct moment *m, struct page *p, int rows)
{
	struct sites_progress now = m->sites_progress;
	char price[SITES_PRICE], text[LINE];

	if (isnan(now.limit))
		now.limit = limit_usual;
	sites_price_words(&now, price);
	snprintf(text, sizeof(text), "%s%s", rows > 1 ? "allocation sites: " : "", price);
	page_text(p, 1, ROLE_TITLE, text);
	if (rows > 1)
		page_text(p, 1, ROLE_TITLE, "x or Enter starts, Esc leaves it");
}

/* Safe, in what is left of `rows` lines. */
static void note_write(struct page *p, enum role role, const char *raw, size_t most, int rows)
{
	char safe[SAFE_MOST], text[SAFE_MOST + 8];
	int left = rows - (int)p->line;

	if (!raw[0] || left <= 0)
		return;
	safe_copy(safe, sizeof(safe), raw, strnlen(raw, most),
	          p->canvas.ascii ? SAFE_ASCII : SAFE_UTF8);
	page_text(p, 1, role,
	          sites_clauses(safe, p->canvas.ascii, p->canvas.columns, left, text,
	                        sizeof(text)));
}

void sites_notes_write(const struct sites_view *v, const struct moment *m, struct page *p, int rows)
{
	const struct sites_progress *now = &m->sites_progress;
	const struct sites_facts *f = sites_shown(m);

	if (sites_is_priced(m) && f && f->site_count && rows > 0)
		sites_question_write(m, p, rows);
	if (sites_is_live(v, m))
		note_write(p, now->phase == SITES_FAILED ? ROLE_ALARM : ROLE_WARN, now->why,
		           sizeof(now->why), rows);
	if (f)
		note_write(p, ROLE_WARN, f->note, sizeof(f->note), rows);
}

int64_t sites_whole(double v)
{
	const double most = 9e15;

	return isnan(v) ? 0 : (int64_t)round(fmax(-most, fmin(v, most)));
}

char *sites_minute(char out[HUMAN_MAX], double bytes_per_s)
{
	char text[HUMAN_MAX];

	if (isnan(bytes_per_s))
		snprintf(out, HUMAN_MAX, "-");
	else
		snprintf(out, HUMAN_MAX, "%.24s/min",
		         human_delta(text, sites_whole(bytes_per_s * 60), HUMAN_AUTO));
	return out;
}

/* --- totals --------------------------------------------------------------------------------------- */

static void part(char *out, size_t size, uint64_t n, const char *one, const char *many)
{
	char text[HUMAN_MAX];

	if (known(n) && n)
		text_add(out, size, ", %s %s", human_count(text, n), n == 1 ? one : many);
}

void sites_missing(const struct sites_facts *f, char *out, size_t size)
{
	const char *live = f->kind == SITES_GROWTH ? "stayed" : "live";
	char text[HUMAN_MAX], rate[HUMAN_MAX];

	out[0] = '\0';
	if (known(f->live_bytes))
		text_add(out, size, "%s %s", human_size(text, f->live_bytes, HUMAN_AUTO), live);
	if (known(f->live_bytes) && isfinite(f->growth_bytes))
		text_add(out, size, ", %s in all", sites_minute(rate, f->growth_bytes));
	text_add(out, size, "%s%s %s", out[0] ? "; " : "", human_count(text, f->samples),
	         f->kind == SITES_HITS ? (f->samples == 1 ? "call" : "calls")
	         : f->samples == 1     ? "sample"
	                               : "samples");
	part(out, size, f->lost, "lost on its way", "lost on their way");
	part(out, size, f->full, "block too many to follow", "blocks too many to follow");
	part(out, size, f->broken, "stack broken off", "stacks broken off");
	part(out, size, f->unmatched_frees, "free of an older block", "frees of older blocks");
	part(out, size, f->nameless, "frame without a name", "frames without a name");
	if (known(f->other_bytes) && f->other_bytes)
		text_add(out, size, ", %s of sites without a line",
		         human_size(text, f->other_bytes, HUMAN_AUTO));
}
