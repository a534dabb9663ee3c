/* SPDX-License-Identifier: MIT */
/*
 * What is told of one size, one lost block, one arena. It knows sentences; what the figures are was decided by
 * who looked, and content of the target is shown as hex, plain characters, or through safe_text.
 */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/safe_text.h"
#include "tui/heap_detail.h"

enum { LABEL = 11, TEXT = 400 };

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

/* --- a size --------------------------------------------------------------------------------------- */

static void requests_write(struct page *p, const struct heap_class *c)
{
	char asked[HEAP_NAME];

	heap_class_requests(c, asked, sizeof(asked));
	if (asked[0])
		item(p, "stands for", "requests of %s bytes: an object, string or array that long",
		     asked);
	else
		item(p, "stands for", "requests of about that size");
}

static void growth_write(struct page *p, const struct heap_facts *f, const struct heap_class *c)
{
	char rate[HEAP_NAME], bytes[HUMAN_MAX], span[HUMAN_MAX], count[HUMAN_MAX];
	double share = heap_class_share(f, c);

	if (f->looks > 1) {
		bool more = c->blocks >= c->first_blocks;
		item(p, "change", "%s%s blocks since the first look, %s before", more ? "+" : "-",
		     human_count(count,
		                 more ? c->blocks - c->first_blocks : c->first_blocks - c->blocks),
		     human_duration(span, f->span));
	}
	if (!isfinite(c->growth_bytes)) {
		item(p, "growth", "a rate needs three looks; this is number %u", f->looks);
		return;
	}
	heap_count_rate(rate, sizeof(rate), c->growth_blocks);
	if (isfinite(share) && share >= 0.005)
		item(p, "growth", "%s, %s: %.0f %% of what grows in all sizes", rate,
		     human_rate(bytes, c->growth_bytes), share * 100);
	else
		item(p, "growth", "%s, %s", rate, human_rate(bytes, c->growth_bytes));
	item(p, "course", "%s",
	     c->steady ? "it rises from look to look: a leak, or a cache that still fills"
	               : "it does not rise steadily");
}

/* Of how many it is known that nobody needs them. */
static void lost_among(struct page *p, const struct heap_facts *f, const struct heap_class *c)
{
	uint64_t blocks = 0;
	char count[HUMAN_MAX];

	if (!heap_lost_sure(f))
		return;
	for (unsigned i = 0; i < f->lost->head_count; i++) {
		const struct lost_head *h = &f->lost->heads[i];
		if (h->certainty == LOST_LOST && h->size >= c->low && h->size <= c->high)
			blocks += h->twins;
	}
	if (blocks)
		item(p, "lost", "%s of them: nobody points to those (Esc, then a shows them)",
		     human_count(count, blocks));
	else if (c->steady)
		item(p, "lost", "none that is sure: something still points to what grows");
}

void heap_class_write(struct page *p, const struct moment *m, const struct heap_class *c)
{
	const struct heap_facts *f = m->heap;
	char count[HUMAN_MAX], bytes[HUMAN_MAX];
	double part =
	        f->total.live_bytes > 0 ? (double)c->bytes / (double)f->total.live_bytes * 100 : 0;

	item(p, "live", "%s blocks, %s: %.0f %% of all that is in use",
	     human_count(count, c->blocks), human_size(bytes, c->bytes, HUMAN_AUTO), part);
	requests_write(p, c);
	growth_write(p, f, c);
	lost_among(p, f, c);
}

/* --- a lost block --------------------------------------------------------------------------------- */

static void sure_write(struct page *p, const struct lost_head *h)
{
	char since[HUMAN_MAX];

	switch (h->certainty) {
	case LOST_LOST:
		item(p, "lost",
		     "nothing pointed to it in %u scans in a row, since %s of the watch, "
		     "and it did not change",
		     h->scans, human_clock(since, h->since, false));
		break;
	case LOST_PROBABLE:
		item(p, "probable",
		     "nothing pointed to it in %u scans in a row; one or two more make it sure",
		     h->scans);
		break;
	default:
		item(p, "suspect",
		     "nothing pointed to it in the last scan; its pointer may just "
		     "have moved, the next scans tell");
		break;
	}
	if (h->kind == LOST_POSSIBLY)
		item(p, "possibly",
		     "pointers lead only to its inside: as a std::string, a new[] or a "
		     "base class has them, or by chance");
	else
		item(p, "definitely", "nothing that can be reached holds an address of it");
}

static void alike_write(struct page *p, const struct lost_head *h)
{
	char count[HUMAN_MAX], bytes[HUMAN_MAX], rate[HEAP_NAME], safe[HEAP_TYPE_MAX * 4 + 1];

	if (h->twins > 1 && h->growth > 0)
		item(p, "alike", "%s blocks of this size begin alike, %s; %s",
		     human_count(count, h->twins), human_size(bytes, h->bytes, HUMAN_AUTO),
		     heap_count_rate(rate, sizeof(rate), h->growth));
	else if (h->twins > 1)
		item(p, "alike", "%s blocks of this size begin alike, %s",
		     human_count(count, h->twins), human_size(bytes, h->bytes, HUMAN_AUTO));
	if (h->indirect_blocks)
		item(p, "hang on it", "%s more blocks, %s, that only these point to",
		     human_count(count, h->indirect_blocks),
		     human_size(bytes, h->indirect_bytes, HUMAN_AUTO));
	if (!h->type[0])
		return;
	safe_copy(safe, sizeof(safe), h->type, strnlen(h->type, HEAP_TYPE_MAX),
	          p->canvas.ascii ? SAFE_ASCII : SAFE_UTF8);
	item(p, "type", "%s, by its first word", safe);
}

static void pointer_write(struct page *p, const struct heap_pointer *at)
{
	char safe[HEAP_TYPE_MAX * 4 + 1];
	struct canvas line;

	if (!page_next(p, &line))
		return;
	safe_copy(safe, sizeof(safe), at->where, strnlen(at->where, HEAP_TYPE_MAX),
	          line.ascii ? SAFE_ASCII : SAFE_UTF8);
	int x = 3;
	x += canvas_textf(&line, 0, x, CANVAS_REST, ROLE_DIM, "%12" PRIx64, at->at) + 2;
	x += canvas_cut(&line, 0, x, line.columns - x - 2, ROLE_TEXT, safe, false);
	if (at->inner)
		canvas_cut(&line, 0, x, line.columns - x - 2, ROLE_DIM, ", into its inside", false);
}

static bool will_look(const struct moment *m)
{
	enum heap_phase phase = m->heap_progress.phase;

	return m->live && phase != HEAP_OFF && phase != HEAP_STOPPED && phase != HEAP_FAILED;
}

static void pointers_write(struct page *p, const struct moment *m, const struct lost_head *h)
{
	const struct heap_peek *peek = &m->heap->peek;
	char text[TEXT], count[HUMAN_MAX];

	page_text(p, 1, ROLE_HEAD, "Who points here");
	if (peek->address != h->address) {
		page_text(p, 3, ROLE_DIM,
		          will_look(m) ? "asked for: it comes with the next look"
		          : m->live    ? "not known: x looks again, and finds out"
		                       : "nobody asked for it at that time");
		return;
	}
	if (peek->size == 0) {
		page_text(p, 3, ROLE_DIM, "the block is not there any more");
		return;
	}
	if (peek->pointer_count == 0)
		page_text(p, 3, ROLE_DIM,
		          "nobody: no word in data, stacks, anonymous memory or blocks, as far as "
		          "they were read");
	for (unsigned i = 0; i < peek->pointer_count; i++)
		pointer_write(p, &peek->pointers[i]);
	if (peek->pointer_total <= peek->pointer_count)
		return;
	snprintf(text, sizeof(text), "and %s more",
	         human_count(count, peek->pointer_total - peek->pointer_count));
	page_text(p, 3, ROLE_DIM, text);
}

void heap_lost_write(struct page *p, const struct moment *m, const struct lost_head *h)
{
	const struct heap_peek *peek = &m->heap->peek;
	bool looked = peek->address == h->address && peek->byte_count > h->first_count;
	char text[TEXT], size[HUMAN_MAX];

	snprintf(text, sizeof(text), "A lost block of %s at %" PRIx64,
	         human_size(size, h->size, HUMAN_AUTO), h->address);
	if (h->size <= 64 << 10)
		snprintf(text, sizeof(text), "A lost block of %" PRIu64 " bytes at %" PRIx64,
		         h->size, h->address);
	page_text(p, 1, ROLE_TITLE, text);
	sure_write(p, h);
	alike_write(p, h);
	pointers_write(p, m, h);
	page_text(p, 1, ROLE_HEAD, "Its content");
	if (looked)
		heap_bytes_write(p, peek->bytes, peek->byte_count);
	else
		heap_bytes_write(p, h->first, h->first_count);
}

/* --- an arena ------------------------------------------------------------------------------------- */

void heap_arena_write(struct page *p, const struct heap_arena *a)
{
	char text[TEXT], n[HUMAN_MAX], s[HUMAN_MAX];
	double part = heap_fragmentation(a);

	if (a->address)
		snprintf(text, sizeof(text), "%s arena at %" PRIx64, a->main ? "Main" : "Thread",
		         a->address);
	else
		snprintf(text, sizeof(text), "Blocks with a mapping of their own");
	page_text(p, 1, ROLE_TITLE, text);
	item(p, "size", "%s from the kernel", human_size(s, a->size, HUMAN_AUTO));
	item(p, "in use", "%s blocks, %s", human_count(n, a->live_blocks),
	     human_size(s, a->live_bytes, HUMAN_AUTO));
	item(p, "caches", "%s blocks, %s: freed, kept by threads for themselves",
	     human_count(n, a->cached_blocks), human_size(s, a->cached_bytes, HUMAN_AUTO));
	item(p, "fastbins", "%s blocks, %s: freed, small, not joined yet",
	     human_count(n, a->fast_blocks), human_size(s, a->fast_bytes, HUMAN_AUTO));
	item(p, "bins", "%s blocks, %s: freed, for whoever asks next",
	     human_count(n, a->free_blocks), human_size(s, a->free_bytes, HUMAN_AUTO));
	item(p, "top", "%s free at its end", human_size(s, a->top_bytes, HUMAN_AUTO));
	item(p, "largest", "%s is the largest free piece",
	     human_size(s, a->largest_free, HUMAN_AUTO));
	item(p, "trim", "%s would malloc_trim(0) return to the kernel",
	     human_size(s, a->trimmable, HUMAN_AUTO));
	if (!isnan(part))
		item(p, "fragmented", "%.0f %% of what is free lies outside that piece",
		     part * 100);
	if (a->unread)
		item(p, "unread", "%s could not be told: swapped out, or it changed meanwhile",
		     human_size(s, a->unread, HUMAN_AUTO));
	if (a->torn)
		item(p, "torn", "%s time%s the way was lost and found again",
		     human_count(n, a->torn), a->torn == 1 ? "" : "s");
}
