/* SPDX-License-Identifier: MIT */
/*
 * View 5 before there are blocks to list: what looking would cost and tell, how far the first look is, or why
 * there is none. It knows sentences; the price is an estimate from figures that were there anyway.
 */
#include <stdio.h>
#include <string.h>

#include "base/safe_text.h"
#include "model/allocator.h"
#include "tui/heap_internal.h"

enum { LABEL = 7, TEXT = 640 };

/* Names of mappings tell the allocator, mostly; whoever looks finds it out for sure. */
void heap_empty_refresh(struct heap_view *v, const struct moment *m)
{
	const struct region_table *t = m->regions;

	v->supposed = ALLOCATOR_UNKNOWN;
	for (size_t i = 0; t && i < t->count; i++) {
		const struct region *r = t->rows[i];
		if (r->name_len > 0)
			allocator_see(&v->supposed, r->name, r->name_len, r->name[0] == '[');
		allocator_see_start(&v->supposed, r->start);
	}
}

static bool is_glibc_likely(enum allocator a)
{
	return a == ALLOCATOR_UNKNOWN || a == ALLOCATOR_GLIBC;
}

/* Private memory behind no file: the heap, and where most pointers into it are. */
static uint64_t to_read(const struct moment *m)
{
	const uint64_t *v = m->sample.v;

	return known(v[FIGURE_ANON]) ? v[FIGURE_ANON] : known_or(v[FIGURE_HEAP], v[FIGURE_RSS]);
}

static void who_words(const struct moment *m, char *out, size_t size)
{
	char safe[sizeof(m->target->comm) * 4];

	if (!m->target) {
		snprintf(out, size, "the process");
		return;
	}
	safe_copy(safe, sizeof(safe), m->target->comm,
	          strnlen(m->target->comm, sizeof(m->target->comm)), SAFE_UTF8);
	snprintf(out, size, "process %d (%s)", m->target->pid, safe);
}

static void price_write(struct page *p, const struct moment *m)
{
	uint64_t bytes = to_read(m), took, period;
	char who[320], text[TEXT], size[HUMAN_MAX], a[HUMAN_MAX], b[HUMAN_MAX];

	who_words(m, who, sizeof(who));
	heap_price(bytes, &took, &period);
	snprintf(
	        text, sizeof(text),
	        "looks inside the heap of %s: reads about %s in slices, nothing is stopped; a look "
	        "takes about %s, one every %s, at most 5 %% of the time. x again stops it.",
	        who, human_size(size, bytes, HUMAN_AUTO), human_duration(a, took),
	        human_duration(b, period));
	page_item(p, ROLE_KEY, "x", 1, text);
}

/* What there is to learn, in full and for a low screen. */
static const struct promise {
	const char *label, *text, *brief;
} promises[] = {
        {"sizes", "which block sizes grow, and how fast: the size of what leaks",
         "which block sizes grow, and how fast"},
        {"kept", "what was freed and malloc keeps; what malloc_trim would return",
         "what was freed, and malloc keeps"},
        {"lost", "blocks that nothing points to any more; sure after 3 looks",
         "blocks that nothing points to any more"},
};

/* Between parts, where there is room for the whole page. */
static void gap_write(struct page *p, bool brief)
{
	if (!brief)
		page_text(p, 0, ROLE_TEXT, "");
}

static void promise_write(struct page *p, bool brief)
{
	gap_write(p, brief);
	if (!brief)
		page_text(p, 1, ROLE_HEAD, "What it tells");
	for (size_t i = 0; i < sizeof(promises) / sizeof(promises[0]); i++)
		page_item(p, ROLE_DIM, promises[i].label, LABEL,
		          brief ? promises[i].brief : promises[i].text);
	if (!brief)
		page_text(p, 1, ROLE_DIM,
		          "What a waiting thread has only in a register is not seen without "
		          "stopping it.");
}

static void supposed_write(const struct heap_view *v, struct page *p)
{
	char text[TEXT];

	if (is_glibc_likely(v->supposed))
		return;
	snprintf(text, sizeof(text),
	         "Its mappings speak of %s: block sizes will not be available, only glibc's malloc "
	         "is read.",
	         allocator_names[v->supposed]);
	page_text(p, 1, ROLE_WARN, text);
}

/* --- while the first look runs -------------------------------------------------------------------- */

static void first_look_write(struct page *p, const struct moment *m, bool brief)
{
	const struct heap_progress *h = &m->heap_progress;
	char who[320], text[TEXT], a[HUMAN_MAX], b[HUMAN_MAX];
	struct canvas line;

	who_words(m, who, sizeof(who));
	snprintf(text, sizeof(text), "The first look inside the heap of %s: %s", who,
	         heap_phase_words[h->phase]);
	page_text(p, 1, ROLE_TITLE, text);
	gap_write(p, brief);
	if (page_next(p, &line) && h->todo)
		canvas_bar(&line, 0, 2, line.columns > 64 ? 60 : line.columns - 4, ROLE_GRAPH,
		           (double)h->done / (double)h->todo);
	if (h->todo)
		snprintf(text, sizeof(text), "%s of %s read; x stops it",
		         human_size(a, h->done, HUMAN_AUTO), human_size(b, h->todo, HUMAN_AUTO));
	else
		snprintf(text, sizeof(text), "x stops it");
	page_text(p, 2, ROLE_DIM, text);
	promise_write(p, brief);
}

/* --- why not -------------------------------------------------------------------------------------- */

static void still_write(struct page *p, const struct moment *m, enum allocator a)
{
	page_text(p, 0, ROLE_TEXT, "");
	page_text(p, 1, ROLE_HEAD, "What still works");
	page_item(p, ROLE_KEY, "1", 1, "the verdict: whether its memory grows for good");
	if (m->regions)
		page_item(p, ROLE_KEY, "2", 1,
		          "in which mapping; there Enter on the one that grows");
	if (a != ALLOCATOR_GLIBC) {
		page_text(p, 0, ROLE_TEXT, "");
		page_text(p, 1, ROLE_HEAD, "Who knows more");
		page_item(p, ROLE_DIM, "", 0, heap_allocator_advice(a));
	}
}

static void failed_write(struct page *p, const struct moment *m)
{
	char safe[sizeof(m->heap_progress.error) * 4];

	safe_copy(safe, sizeof(safe), m->heap_progress.error,
	          strnlen(m->heap_progress.error, sizeof(m->heap_progress.error)), SAFE_UTF8);
	page_text(p, 1, ROLE_TITLE, "The heap could not be looked into");
	page_text(p, 0, ROLE_TEXT, "");
	page_text(p, 1, ROLE_ALARM, safe[0] ? safe : "it is not known why");
	page_text(p, 0, ROLE_TEXT, "");
	page_text(p, 1, ROLE_DIM, "x tries again. Nothing was changed in the process.");
	still_write(p, m, ALLOCATOR_GLIBC);
}

static void not_walked_write(struct page *p, const struct moment *m)
{
	char safe[sizeof(m->heap->why) * 4], name[HEAP_LINE];

	heap_allocator_line(m->heap, name, sizeof(name));
	safe_copy(safe, sizeof(safe), m->heap->why, strnlen(m->heap->why, sizeof(m->heap->why)),
	          SAFE_UTF8);
	page_text(p, 1, ROLE_TITLE, "Its blocks cannot be told apart");
	page_text(p, 0, ROLE_TEXT, "");
	page_text(p, 1, ROLE_WARN, safe[0] ? safe : name);
	still_write(p, m, m->heap->allocator);
}

static void past_write(struct page *p, const struct view *v)
{
	page_text(p, 1, ROLE_DIM, "Nobody had looked inside the heap by then.");
	if (v->settings->replay)
		page_text(
		        p, 1, ROLE_DIM,
		        "[ and ] go to other events of the recording; --heap has looks recorded.");
}

/* What the view is about at this moment. */
static void empty_write(const struct heap_view *v, struct page *p, const struct moment *m,
                        bool brief)
{
	enum heap_phase phase = m->heap_progress.phase;

	if (phase == HEAP_FAILED && m->live) {
		failed_write(p, m);
	} else if (m->heap && !m->heap->walked) {
		not_walked_write(p, m);
	} else if (m->heap) {
		page_text(p, 1, ROLE_DIM, "It has no blocks: nothing was allocated so far.");
	} else if (!m->live || v->view.settings->replay) {
		past_write(p, &v->view);
	} else if (phase == HEAP_OPENING || phase == HEAP_CENSUS || phase == HEAP_MARKING ||
	           phase == HEAP_RESTING) {
		first_look_write(p, m, brief);
	} else {
		page_text(p, 1, ROLE_TITLE,
		          "Which blocks is it made of, and does anybody need them?");
		gap_write(p, brief);
		/* What one must know before the look comes first where not all has room. */
		if (brief)
			supposed_write(v, p);
		price_write(p, m);
		promise_write(p, brief);
		if (!brief)
			supposed_write(v, p);
	}
}

void heap_empty_draw(const struct heap_view *v, const struct moment *m, const struct canvas *c)
{
	struct page p = {.canvas = *c, .cut = true}, all = {.canvas = {.columns = c->columns}};

	empty_write(v, &all, m, false);
	empty_write(v, &p, m, all.line > (size_t)c->rows);
}
