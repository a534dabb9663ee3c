/* SPDX-License-Identifier: MIT */
/*
 * Knows the heap in the page: sentences, sizes, lost blocks, arenas. Content of the target is escaped like every
 * name of its. Refuses to know what follows from it.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/human.h"
#include "base/known.h"
#include "model/heap_words.h"
#include "report/html.h"
#include "report/html_parts.h"
#include "report/html_table.h"
#include "report/html_text.h"

static void sentence(const char *text, struct buf *out)
{
	if (!text[0])
		return;
	buf_adds(out, "<li>");
	html_word(out, text);
	buf_adds(out, ".</li>\n");
}

static void sentences_write(const struct moment *m, struct buf *out)
{
	const struct heap_facts *f = m->heap;
	char text[HEAP_LINE], doubt[HEAP_LINE + 8];

	buf_adds(out, "<ul class=\"heap\">\n");
	heap_growth_line(f, text, sizeof(text));
	sentence(text, out);
	heap_lost_line(f, text, sizeof(text));
	sentence(text, out);
	heap_kept_line(f, m->sample.v[FIGURE_RSS], text, sizeof(text));
	sentence(text, out);
	heap_census_line(f, text, sizeof(text));
	sentence(text, out);
	heap_doubt_line(f, text, sizeof(text));
	snprintf(doubt, sizeof(doubt), text[0] ? "Doubt: %s" : "%s", text);
	sentence(doubt, out);
	buf_adds(out, "</ul>\n");
}

/* --- sizes ---------------------------------------------------------------------------------------- */

static void class_write(const struct heap_facts *f, const struct heap_class *c, struct buf *out)
{
	char text[HEAP_NAME];
	bool grows = c->steady && c->growth_bytes > 0;
	int64_t change = 0;
	bool changed = f->looks > 1 && known_delta(c->blocks, c->first_blocks, &change);

	buf_addf(out, "<tr%s><th scope=\"row\">", grows ? " class=\"grows\"" : "");
	if (grows)
		html_grows_mark("grows from look to look", out);
	html_word(out, heap_class_short(c, text, sizeof(text)));
	buf_adds(out, "</th>");
	html_word_cell(heap_class_requests(c, text, sizeof(text)), out);
	html_count_cell(c->blocks, out);
	html_size_cell(c->bytes, out);
	buf_adds(out, "<td>");
	html_change(out, changed, change, false);
	buf_adds(out, "</td><td>");
	html_rate(out, NULL, c->growth_bytes);
	buf_adds(out, "</td>");
	html_word_cell(heap_count_rate(text, sizeof(text), c->growth_blocks), out);
	buf_adds(out, "</tr>\n");
}

static void classes_write(const struct heap_facts *f, struct buf *out)
{
	unsigned shown = f->class_count < HTML_CLASSES ? f->class_count : HTML_CLASSES;

	html_table_begin("heap-sizes", "Block sizes",
	                 "Block size|Requests of|Blocks|Bytes|Change|Growth|In blocks", out);
	for (unsigned i = 0; i < shown; i++)
		class_write(f, &f->classes[i], out);
	html_table_end(out, f->class_count - shown);
}

/* --- lost blocks ---------------------------------------------------------------------------------- */

/* Its type, or its first bytes; what is no character is "\xNN". */
static void content_cell(const struct lost_head *h, struct buf *out)
{
	unsigned n = h->first_count < HEAP_BYTES_SHOWN ? h->first_count : HEAP_BYTES_SHOWN;

	while (n > 0 && h->first[n - 1] == 0)
		n--;
	buf_adds(out, "<td class=\"text\"><span class=\"code\">");
	if (h->type[0])
		html_text(out, h->type, strnlen(h->type, HEAP_TYPE_MAX));
	else
		html_text(out, (const char *)h->first, n);
	buf_adds(out, "</span></td>");
}

static void head_write(const struct lost_head *h, struct buf *out)
{
	char text[HEAP_NAME];

	buf_addf(out, "<tr><th scope=\"row\">%s, %s</th>", lost_certainty_words[h->certainty],
	         lost_kind_words[h->kind]);
	html_count_cell(h->size, out);
	html_count_cell(h->twins, out);
	html_count_cell(h->indirect_blocks, out);
	html_size_cell(known_add(h->bytes, h->indirect_bytes), out);
	html_word_cell(heap_count_rate(text, sizeof(text), h->growth), out);
	html_count_cell(h->scans, out);
	buf_adds(out, "<td>");
	html_clock(out, h->since, false);
	buf_adds(out, "</td>");
	content_cell(h, out);
	buf_adds(out, "</tr>\n");
}

static void lost_write(const struct heap_lost *l, struct buf *out)
{
	if (!l || !l->head_count)
		return;
	html_table_begin(
	        "heap-lost", "Lost blocks",
	        "How sure|Block size|Blocks alike|Hang on them|Bytes|Growth|Scans|Since|Content, "
	        "or type",
	        out);
	for (unsigned i = 0; i < l->head_count && i < HEAP_HEADS_MAX; i++)
		head_write(&l->heads[i], out);
	html_table_end(out, 0);
	if (l->head_left)
		buf_addf(out, "<p class=\"note\">And %u more kinds.</p>\n", l->head_left);
}

/* --- arenas --------------------------------------------------------------------------------------- */

static void arena_write(const struct heap_arena *a, struct buf *out)
{
	double part = heap_fragmentation(a);
	char text[16] = "-";

	if (!isnan(part))
		snprintf(text, sizeof(text), "%.0f %%", part * 100);
	buf_addf(out, "<tr><th scope=\"row\">%s</th>", heap_arena_name(a));
	html_size_cell(a->size, out);
	html_count_cell(a->live_blocks, out);
	html_size_cell(a->live_bytes, out);
	html_size_cell(a->cached_bytes + a->fast_bytes, out);
	html_size_cell(a->free_bytes, out);
	html_size_cell(a->top_bytes, out);
	html_size_cell(a->largest_free, out);
	html_size_cell(a->trimmable, out);
	html_word_cell(text, out);
	buf_adds(out, "</tr>\n");
}

static void arenas_write(const struct heap_facts *f, struct buf *out)
{
	unsigned shown = f->arena_rows < HTML_CLASSES ? f->arena_rows : HTML_CLASSES;

	html_table_begin("heap-arenas", "Arenas",
	                 "Arena|Size|Blocks|In use|Thread caches|Bins|Top|Largest free|malloc_trim "
	                 "returns|Fragmented",
	                 out);
	for (unsigned i = 0; i < shown; i++)
		arena_write(&f->arenas[i], out);
	html_table_end(out, f->arena_rows - shown);
}

/* --- the section ---------------------------------------------------------------------------------- */

void html_heap(const struct moment *m, struct buf *out)
{
	const struct heap_facts *f = m->heap;
	char text[HEAP_LINE];

	if (!f)
		return;
	heap_allocator_line(f, text, sizeof(text));
	buf_adds(out, "<section aria-labelledby=\"heap\"><h2 id=\"heap\">Heap</h2>\n"
	              "<p class=\"note\">");
	html_word(out, text);
	buf_addf(out, ", look %u at ", f->looks);
	html_clock(out, f->time, false);
	buf_adds(out, ".</p>\n");
	if (f->walked) {
		sentences_write(m, out);
		classes_write(f, out);
		lost_write(f->lost, out);
		arenas_write(f, out);
	} else {
		buf_adds(out, "<p>");
		html_text(out, f->why, strnlen(f->why, sizeof(f->why)));
		buf_adds(out, ".</p>\n");
	}
	buf_adds(out, "</section>\n");
}
