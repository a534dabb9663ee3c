/* SPDX-License-Identifier: MIT */
/*
 * Knows call sites in the page: what was traced and at which price, the sites, and behind each its stack. Names of the target
 * are escaped like all of its. Refuses to know what follows from them.
 */
#include <string.h>

#include "model/site_name.h"
#include "report/html.h"
#include "report/html_parts.h"
#include "report/html_table.h"
#include "report/html_text.h"
#include "report/sites_words.h"

enum { FRAME_WORDS = 4096, FRAME_COLUMNS = 160 };

/* --- a site --------------------------------------------------------------------------------------- */

static void frame_write(const struct sites_facts *f, const struct site_frame *frame,
                        struct buf *out)
{
	char words[FRAME_WORDS];

	site_frame_words(f, frame, words, sizeof(words));
	html_name(out, words, strlen(words), FRAME_COLUMNS);
	buf_adds(out, frame->inlined ? " (inlined)\n" : "\n");
}

static void stack_write(const struct sites_facts *f, const struct site *s, struct buf *out)
{
	if (!site_named(f, s))
		return;
	buf_addf(out,
	         "<details><summary>Stack of %u, innermost first</summary><pre class=\"code\">",
	         s->frame_count);
	for (uint32_t i = 0; i < s->frame_count; i++)
		frame_write(f, &f->frames[s->frame + i], out);
	buf_adds(out, "</pre></details>");
}

static void figures_write(const struct site *s, struct buf *out)
{
	html_rate_cell(s->growth_bytes, out);
	html_size_cell(s->live_bytes, out);
	html_count_cell(s->live_blocks, out);
	html_size_cell(s->allocated_bytes, out);
	html_size_cell(s->freed_bytes, out);
}

static void site_write(const struct sites_facts *f, const struct site *s, struct buf *out)
{
	bool grows = s->steady && sites_grows(s);
	char name[SITE_APART], part[SITES_SHARE];

	buf_addf(out, "<tr%s><th scope=\"row\">", grows ? " class=\"grows\"" : "");
	if (grows)
		html_grows_mark("what it allocated early is still there, and it goes on", out);
	html_word(out, site_name_apart(f, s, name, sizeof(name)));
	stack_write(f, s, out);
	buf_adds(out, "</th>");
	html_word_cell(sites_part_words(f, s, part, sizeof(part)), out);
	if (f->kind != SITES_HITS)
		figures_write(s, out);
	html_count_cell(s->samples, out);
	buf_adds(out, "</tr>\n");
}

/* --- the section ---------------------------------------------------------------------------------- */

static const char *heads_of(enum sites_kind kind)
{
	switch (kind) {
	case SITES_HITS:
		return "Call site|Share|Calls";
	case SITES_GROWTH:
		return "Call site|Share|Growth|Live|Pages|Came|Went|Samples";
	default:
		return "Call site|Share|Growth|Live|Blocks|Allocated|Freed|Samples";
	}
}

static void sentence(const char *before, const char *text, struct buf *out)
{
	if (!text[0])
		return;
	buf_addf(out, "<li>%s", before);
	html_word(out, text);
	buf_adds(out, ".</li>\n");
}

static void table_write(const struct sites_facts *f, struct buf *out)
{
	uint32_t shown = f->site_count < HTML_SITES ? f->site_count : HTML_SITES;

	html_table_begin("sites-table", "Call sites", heads_of(f->kind), out);
	for (uint32_t i = 0; i < shown; i++)
		site_write(f, &f->sites[i], out);
	html_table_end(out, f->site_count - shown);
}

void html_sites(const struct moment *m, struct buf *out)
{
	const struct sites_facts *f = m->sites;
	char text[SITES_LINE];

	if (!f || f->kind == SITES_NONE)
		return;
	buf_adds(out, "<section aria-labelledby=\"sites\"><h2 id=\"sites\">Which code</h2>\n"
	              "<p class=\"note\">Traced: ");
	html_word(out, sites_head_line(f, text, sizeof(text)));
	buf_adds(out, ".</p>\n<ul>\n");
	sentence("Note: ", f->note, out);
	sentence("Price: ", sites_price_line(f, text, sizeof(text)), out);
	sentence("More: ", f->next, out);
	if (!f->site_count)
		sentence("", sites_none_line(f, text, sizeof(text)), out);
	buf_adds(out, "</ul>\n");
	if (f->site_count)
		table_write(f, out);
	buf_adds(out, "</section>\n");
}
