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

enum { LINE = 400, BAR_LEAST = 8, BAR_MOST = 32, SAFE_MOST = 1024 };
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

static void source_words(const struct sites_facts *f, char *out, size_t size)
{
	char safe[sizeof(f->source) * 4], text[HUMAN_MAX];

	safe_copy(safe, sizeof(safe), f->source, strnlen(f->source, sizeof(f->source)), SAFE_UTF8);
	snprintf(out, size, ": %s", safe);
	if (f->period == 1)
		text_add(out, size, ", every block");
	else if (known(f->period))
		text_add(out, size, ", a sample each %s", human_block(text, f->period));
	if (f->bursts)
		text_add(out, size, ", in %u bursts", f->bursts);
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
	source_words(m->sites, text, sizeof(text));
	canvas_cut(c, y, x, c->columns - x - 1, ROLE_DIM, text, false);
}

/* --- how far it is -------------------------------------------------------------------------------- */

static void cost_words(const struct sites_progress *p, char *out, size_t size)
{
	char text[HUMAN_MAX];

	if (isfinite(p->slowdown))
		text_add(out, size, ", %.1f %% slower so far", p->slowdown);
	if (isfinite(p->hits_per_s) && p->hits_per_s >= 0)
		text_add(out, size, ", %s %s/s",
		         human_count(text, (uint64_t)sites_whole(p->hits_per_s)),
		         p->kind == SITES_GROWTH ? "faults" : "hits");
}

static void tracing_draw(const struct moment *m, const struct canvas *c, int y)
{
	const struct sites_progress *p = &m->sites_progress;
	bool ends = known(p->end) && p->end > p->begin;
	uint64_t past = known_sub(m->time, p->begin);
	char text[LINE], time[HUMAN_MAX];
	int x = 1, bar = c->columns / 6;

	x += canvas_text(c, y, x, CANVAS_REST, ROLE_TITLE, kind_name(p->kind)) + 1;
	if (ends) {
		bar = bar < BAR_LEAST ? BAR_LEAST : bar > BAR_MOST ? BAR_MOST : bar;
		canvas_bar(c, y, x, bar, ROLE_GRAPH, (double)past / (double)(p->end - p->begin));
		x += bar + 1;
		snprintf(text, sizeof(text), "%s left",
		         human_duration(time, known_sub(p->end, m->time)));
	} else {
		snprintf(text, sizeof(text), "for %s", human_duration(time, past));
	}
	cost_words(p, text, sizeof(text));
	x += canvas_cut(c, y, x, c->columns - x - 1, ROLE_TEXT, text, false);
	if (x + 10 < c->columns)
		canvas_text(c, y, c->columns - 8, CANVAS_REST, ROLE_DIM, "x stops");
}

/* Of what was traced; only where facts are. */
static void traced_words(const struct sites_facts *f, char *out, size_t size)
{
	char span[HUMAN_MAX], until[HUMAN_MAX];

	snprintf(out, size, "traced %s until %s",
	         human_duration(span, known_sub(f->time, f->begin)),
	         human_clock(until, f->time, false));
	if (isfinite(f->slowdown))
		text_add(out, size, ", %.1f %% slower", f->slowdown);
	if (isfinite(f->hits_per_s) && f->hits_per_s >= 0)
		text_add(out, size, ", %s %s/s",
		         human_count(span, (uint64_t)sites_whole(f->hits_per_s)),
		         f->kind == SITES_GROWTH ? "faults" : "hits");
}

static const char *phase_words(enum sites_phase phase)
{
	return phase == SITES_OPENING ? "finding functions, setting probes"
	       : phase == SITES_PRICING
	               ? "counting for a moment how often it allocates: what it would cost"
	               : NULL;
}

void sites_state_draw(const struct sites_view *v, const struct moment *m, const struct canvas *c,
                      int y)
{
	const char *now = phase_words(m->sites_progress.phase), *key = "x traces again";
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
		traced_words(m->sites, text, sizeof(text));
	int x = 1 + canvas_cut(c, y, 1, c->columns - 2, ROLE_DIM, text, false);
	int width = text_width(key);
	if (live && !sites_is_priced(m) && x + width + 3 < c->columns)
		canvas_text(c, y, c->columns - 1 - width, CANVAS_REST, ROLE_DIM, key);
}

/* --- what must be known --------------------------------------------------------------------------- */

void sites_price_words(const struct moment *m, char *out, size_t size)
{
	const struct sites_progress *p = &m->sites_progress;
	double limit = isfinite(p->limit) ? p->limit : limit_usual;
	char text[HUMAN_MAX];

	snprintf(out, size, "%s: ", kind_name(SITES_ALLOCATIONS));
	if (isnan(p->expected))
		text_add(out, size, "in bursts where need be, at most %g %% slower", limit);
	else if (p->expected > limit)
		text_add(out, size, "in bursts, at most %g %% slower", limit);
	else if (p->expected < 1)
		text_add(out, size, "less than 1 %% slower");
	else
		text_add(out, size, "about %.0f %% slower", p->expected);
	if (known(p->end) && p->end > p->begin)
		text_add(out, size, " for %s", human_duration(text, p->end - p->begin));
	text_add(out, size, "; x or Enter starts, Esc leaves it");
}

static void safe_write(struct page *p, enum role role, const char *before, const char *raw,
                       size_t most)
{
	char text[SAFE_MOST + 16];
	size_t used = (size_t)snprintf(text, sizeof(text), "%s", before);

	if (!raw[0])
		return;
	safe_copy(text + used, sizeof(text) - used, raw, strnlen(raw, most),
	          p->canvas.ascii ? SAFE_ASCII : SAFE_UTF8);
	page_text(p, 1, role, text);
}

void sites_notes_write(const struct sites_view *v, const struct moment *m, struct page *p)
{
	const struct sites_progress *now = &m->sites_progress;
	char text[LINE];

	if (sites_is_priced(m) && m->sites) {
		sites_price_words(m, text, sizeof(text));
		page_text(p, 1, ROLE_TITLE, text);
	}
	if (sites_is_live(v, m))
		safe_write(p, now->phase == SITES_FAILED ? ROLE_ALARM : ROLE_WARN, "", now->why,
		           sizeof(now->why));
	if (!m->sites)
		return;
	safe_write(p, ROLE_WARN, "", m->sites->note, sizeof(m->sites->note));
	if (sites_is_live(v, m) && !sites_is_priced(m))
		safe_write(p, ROLE_DIM, "Next: ", m->sites->next, sizeof(m->sites->next));
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
