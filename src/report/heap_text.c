/* SPDX-License-Identifier: MIT */
/*
 * Knows the tables of a heap in plain text. Refuses to know what follows from them.
 */
#include "report/heap.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/human.h"
#include "base/known.h"
#include "model/heap_words.h"

enum { CONTENT = 32 };

static void line_write(const char *text, enum safe_mode mode, struct buf *out)
{
	if (!text[0])
		return;
	safe_text(out, text, strlen(text), mode);
	buf_addc(out, '\n');
}

/* --- sizes ---------------------------------------------------------------------------------------- */

static void change_text(const struct heap_facts *f, const struct heap_class *c, char *out,
                        size_t size)
{
	char n[HUMAN_MAX];
	int64_t change;

	if (f->looks < 2 || !known_delta(c->blocks, c->first_blocks, &change)) {
		snprintf(out, size, "-");
		return;
	}
	human_count(n, change < 0 ? 0 - (uint64_t)change : (uint64_t)change);
	snprintf(out, size, "%s%s", change > 0 ? "+" : change < 0 ? "-" : "", n);
}

static void class_write(const struct heap_facts *f, const struct heap_class *c, struct buf *out)
{
	char name[HEAP_NAME], asked[HEAP_NAME], change[HEAP_NAME], rate[HEAP_NAME],
	        blocks[HUMAN_MAX], bytes[HUMAN_MAX], growth[HUMAN_MAX];

	change_text(f, c, change, sizeof(change));
	buf_addf(out, "%12s %12s %12s %10s %12s %14s %12s%s\n",
	         heap_class_short(c, name, sizeof(name)),
	         heap_class_requests(c, asked, sizeof(asked)), human_count(blocks, c->blocks),
	         human_size(bytes, c->bytes, HUMAN_AUTO), change,
	         human_rate(growth, c->growth_bytes),
	         heap_count_rate(rate, sizeof(rate), c->growth_blocks),
	         c->steady && c->growth_bytes > 0 ? "  grows" : "");
}

static void classes_write(const struct heap_facts *f, struct buf *out)
{
	char left[HUMAN_MAX];

	if (!f->class_count)
		return;
	buf_addf(out, "\n%12s %12s %12s %10s %12s %14s %12s\n", "Block size", "Requests", "Blocks",
	         "Bytes", "Change", "Growth", "In blocks");
	for (unsigned i = 0; i < f->class_count && i < HEAP_TEXT_ROWS; i++)
		class_write(f, &f->classes[i], out);
	if (f->class_count > HEAP_TEXT_ROWS)
		buf_addf(out, "and %s more sizes\n",
		         human_count(left, f->class_count - HEAP_TEXT_ROWS));
}

/* --- lost blocks ---------------------------------------------------------------------------------- */

/* The type where it is known, else plain characters. */
static void content_write(const struct lost_head *h, enum safe_mode mode, struct buf *out)
{
	char text[CONTENT + 1];
	unsigned n = h->first_count < CONTENT ? h->first_count : CONTENT;

	if (h->type[0]) {
		safe_text(out, h->type, strnlen(h->type, HEAP_TYPE_MAX), mode);
		return;
	}
	while (n > 0 && h->first[n - 1] == 0)
		n--;
	for (unsigned i = 0; i < n; i++)
		text[i] = h->first[i] >= ' ' && h->first[i] < 0x7f ? (char)h->first[i] : '.';
	text[n] = '\0';
	buf_adds(out, text);
}

static void head_write(const struct lost_head *h, enum safe_mode mode, struct buf *out)
{
	const struct heap_class c = {.low = h->size, .high = h->size};
	char name[HEAP_NAME], rate[HEAP_NAME], twins[HUMAN_MAX], bytes[HUMAN_MAX];

	buf_addf(out, "%-9s %-10s %10s %10s %10s %10s %6u  ", lost_certainty_words[h->certainty],
	         lost_kind_words[h->kind], heap_class_short(&c, name, sizeof(name)),
	         human_count(twins, h->twins),
	         human_size(bytes, known_add(h->bytes, h->indirect_bytes), HUMAN_AUTO),
	         heap_count_rate(rate, sizeof(rate), h->growth), h->scans);
	content_write(h, mode, out);
	buf_addc(out, '\n');
}

static void heads_write(const struct heap_lost *l, enum safe_mode mode, struct buf *out)
{
	if (!l || !l->head_count)
		return;
	buf_addf(out, "\n%-9s %-10s %10s %10s %10s %10s %6s  %s\n", "Lost", "Kind", "Block size",
	         "Blocks", "Bytes", "Growth", "Scans", "Content or type");
	for (unsigned i = 0; i < l->head_count && i < HEAP_TEXT_ROWS; i++)
		head_write(&l->heads[i], mode, out);
	if (l->head_count + l->head_left > HEAP_TEXT_ROWS)
		buf_addf(out, "and %u more kinds\n", l->head_count + l->head_left - HEAP_TEXT_ROWS);
}

/* --- arenas --------------------------------------------------------------------------------------- */

static void arena_write(const struct heap_arena *a, struct buf *out)
{
	char size[HUMAN_MAX], blocks[HUMAN_MAX], live[HUMAN_MAX], kept[HUMAN_MAX], most[HUMAN_MAX],
	        trim[HUMAN_MAX], part[16] = "-";
	double fragments = heap_fragmentation(a);

	if (!isnan(fragments))
		snprintf(part, sizeof(part), "%.0f %%", fragments * 100);
	buf_addf(out, "%-12s %10s %12s %10s %10s %12s %12s %11s\n", heap_arena_name(a),
	         human_size(size, a->size, HUMAN_AUTO), human_count(blocks, a->live_blocks),
	         human_size(live, a->live_bytes, HUMAN_AUTO),
	         human_size(kept, a->cached_bytes + a->fast_bytes + a->free_bytes + a->top_bytes,
	                    HUMAN_AUTO),
	         human_size(most, a->largest_free, HUMAN_AUTO),
	         human_size(trim, a->trimmable, HUMAN_AUTO), part);
}

static void arenas_write(const struct heap_facts *f, struct buf *out)
{
	if (!f->arena_rows)
		return;
	buf_addf(out, "\n%-12s %10s %12s %10s %10s %12s %12s %11s\n", "Arena", "Size", "Blocks",
	         "In use", "Free", "Largest free", "Trim returns", "Fragmented");
	for (unsigned i = 0; i < f->arena_rows && i < HEAP_TEXT_ROWS; i++)
		arena_write(&f->arenas[i], out);
	if (f->arena_count > HEAP_TEXT_ROWS)
		buf_addf(out, "and %u more arenas\n", f->arena_count - HEAP_TEXT_ROWS);
}

/* --- the whole ------------------------------------------------------------------------------------ */

int heap_text(const struct moment *m, enum safe_mode mode, struct buf *out)
{
	const struct heap_facts *f = m->heap;
	char text[HEAP_LINE], when[HUMAN_MAX];

	if (!f)
		return out->error;
	heap_allocator_line(f, text, sizeof(text));
	buf_adds(out, "Heap: ");
	safe_text(out, text, strlen(text), mode);
	buf_addf(out, ", look %u at %s\n", f->looks, human_clock(when, f->time, false));
	if (!f->walked) {
		line_write(f->why, mode, out);
		return out->error;
	}
	heap_census_line(f, text, sizeof(text));
	line_write(text, mode, out);
	heap_kept_line(f, m->sample.v[FIGURE_RSS], text, sizeof(text));
	line_write(text, mode, out);
	heap_growth_line(f, text, sizeof(text));
	line_write(text, mode, out);
	heap_lost_line(f, text, sizeof(text));
	line_write(text, mode, out);
	if (heap_doubt_line(f, text, sizeof(text))) {
		buf_adds(out, "Doubt: ");
		line_write(text, mode, out);
	}
	classes_write(f, out);
	heads_write(f->lost, mode, out);
	arenas_write(f, out);
	return out->error;
}
