/* SPDX-License-Identifier: MIT */
/*
 * Knows the table of call sites in plain text, each with its stack. Refuses to know what follows from it.
 */
#include "report/sites.h"

#include <stdio.h>
#include <string.h>

#include "base/human.h"
#include "base/known.h"
#include "model/site_name.h"
#include "report/sites_words.h"

enum { FRAME_WORDS = 4096 };

static void safe_add(const char *text, enum safe_mode mode, struct buf *out)
{
	safe_text(out, text, strlen(text), mode);
}

static void line_write(const char *before, const char *text, enum safe_mode mode, struct buf *out)
{
	if (!text[0])
		return;
	buf_adds(out, before);
	safe_add(text, mode, out);
	buf_addc(out, '\n');
}

static void stack_write(const struct sites_facts *f, const struct site *s, enum safe_mode mode,
                        struct buf *out)
{
	char words[FRAME_WORDS];

	for (uint32_t i = 0; i < s->frame_count && s->frame + i < f->frame_count; i++) {
		const struct site_frame *frame = &f->frames[s->frame + i];
		buf_addf(out, "    %c %2u  ", frame == site_named(f, s) ? '>' : ' ', i);
		safe_add(site_frame_words(f, frame, words, sizeof(words)), mode, out);
		buf_adds(out, frame->inlined ? "  (inlined)\n" : "\n");
	}
}

static void figures_write(const struct sites_facts *f, const struct site *s, struct buf *out)
{
	char part[SITES_SHARE], growth[HUMAN_MAX], live[HUMAN_MAX], blocks[HUMAN_MAX],
	        allocated[HUMAN_MAX], freed[HUMAN_MAX], samples[HUMAN_MAX];

	sites_part_words(f, s, part, sizeof(part));
	human_count(samples, s->samples);
	if (f->kind == SITES_HITS)
		buf_addf(out, "%6s %12s", part, samples);
	else
		buf_addf(out, "%6s %14s %10s %10s %10s %10s %8s", part,
		         human_rate(growth, s->growth_bytes),
		         human_size(live, s->live_bytes, HUMAN_AUTO),
		         human_count(blocks, s->live_blocks),
		         human_size(allocated, s->allocated_bytes, HUMAN_AUTO),
		         human_size(freed, s->freed_bytes, HUMAN_AUTO), samples);
}

static void head_write(const struct sites_facts *f, struct buf *out)
{
	if (f->kind == SITES_HITS)
		buf_addf(out, "\n%6s %12s  %s\n", "Share", "Calls", "Call site");
	else
		buf_addf(out, "\n%6s %14s %10s %10s %10s %10s %8s  %s\n", "Share", "Growth", "Live",
		         f->kind == SITES_GROWTH ? "Pages" : "Blocks", "Allocated", "Freed",
		         "Samples", "Call site");
}

static void table_write(const struct sites_facts *f, enum safe_mode mode, struct buf *out)
{
	char name[SITE_APART], other[HUMAN_MAX];

	head_write(f, out);
	for (uint32_t i = 0; i < f->site_count; i++) {
		const struct site *s = &f->sites[i];
		figures_write(f, s, out);
		buf_adds(out, "  ");
		safe_add(site_name_apart(f, s, name, sizeof(name)), mode, out);
		buf_adds(out, s->steady && sites_grows(s) ? "  grows\n" : "\n");
		stack_write(f, s, mode, out);
	}
	if (known(f->other_bytes) && f->other_bytes)
		buf_addf(out, "and %s live of sites that have no row\n",
		         human_size(other, f->other_bytes, HUMAN_AUTO));
}

int sites_table(const struct moment *m, enum safe_mode mode, struct buf *out)
{
	const struct sites_facts *f = m->sites;
	char text[SITES_LINE];

	if (!f || f->kind == SITES_NONE)
		return out->error;
	line_write("Sites: ", sites_head_line(f, text, sizeof(text)), mode, out);
	line_write("Note: ", f->note, mode, out);
	line_write("Price: ", sites_price_line(f, text, sizeof(text)), mode, out);
	line_write("More: ", f->next, mode, out);
	if (f->site_count)
		table_write(f, mode, out);
	else
		line_write("", sites_none_line(f, text, sizeof(text)), mode, out);
	return out->error;
}
