/* SPDX-License-Identifier: MIT */
/*
 * Who grew the region in focus: the call sites whose faults touched its pages. It knows what growth stacks say; of
 * the time before they were traced nobody knows.
 */
#include <stdio.h>
#include <string.h>

#include "base/safe_text.h"
#include "tui/detail_internal.h"
#include "tui/sites_internal.h"

enum { PARTS = 5, INDENT = 2, SIZE = 9, SHARE = 6, NAME_LEAST = 12 };

/* One that can grow: mapped for writing, and not taken from a file. */
static bool can_grow(const struct region *r)
{
	return (r->prot & MAP_WRITE) && !(r->prot & MAP_MAYSHARE);
}

static void part_write(struct page *p, const struct sites_facts *f, const struct site_part *part,
                       uint64_t all, enum human_unit unit)
{
	const struct site_frame *frame =
	        part->site < f->site_count ? site_named(f, &f->sites[part->site]) : NULL;
	char text[SITES_NAME], where[SITES_NAME] = "";
	struct canvas line;

	if (!page_next(p, &line))
		return;
	int x = INDENT + canvas_right(&line, 0, INDENT, SIZE, ROLE_TEXT,
	                              human_size(text, part->bytes, unit));
	snprintf(text, sizeof(text), "%.0f %%", all ? (double)part->bytes / (double)all * 100 : 0);
	x += canvas_right(&line, 0, x, SHARE, ROLE_DIM, text) + 2;
	if (!frame) {
		canvas_text(&line, 0, x, CANVAS_REST, ROLE_DIM, "no stack was seen");
		return;
	}
	sites_where(f, frame, line.ascii, where, sizeof(where));
	int room = line.columns - x - text_width(where) - 4;
	sites_function(f, frame, line.ascii, room > NAME_LEAST ? room : line.columns - x - 2, text,
	               sizeof(text));
	x += canvas_text(&line, 0, x, CANVAS_REST, ROLE_TEXT, text) + 2;
	canvas_cut(&line, 0, x, line.columns - x - 2, ROLE_DIM, where, false);
}

static void parts_write(const struct detail *d, struct page *p, const struct sites_facts *f)
{
	const struct region *r = d->region;
	struct site_part parts[SITES_MAX];
	size_t count = sites_of_range(f, r->start, r->end, parts, SITES_MAX);
	uint64_t all = 0;
	char text[160], span[HUMAN_MAX], more[HUMAN_MAX];

	for (size_t i = 0; i < count; i++)
		all = known_add(all, parts[i].bytes);
	for (size_t i = 0; i < count && i < PARTS; i++)
		part_write(p, f, &parts[i], all, d->view.settings->unit);
	human_duration(span, known_sub(f->time, f->begin));
	if (count == 0)
		snprintf(text, sizeof(text),
		         "nobody in the %s traced: no page of it came and stayed", span);
	else if (count > PARTS)
		snprintf(text, sizeof(text), "and %s more, in the %s traced; 6 has their stacks",
		         human_count(more, count - PARTS), span);
	else
		snprintf(text, sizeof(text), "in the %s traced; 6 has their stacks", span);
	page_text(p, INDENT, ROLE_DIM, text);
}

void detail_sites(const struct detail *d, struct page *p, const struct moment *m)
{
	bool traced = m->sites && m->sites->kind == SITES_GROWTH;
	bool offers = m->live && m->ended == END_NOT_YET && !d->view.settings->replay &&
	              m->sites_progress.phase != SITES_FAILED;

	if (d->gone || !can_grow(d->region) || (!traced && !offers))
		return;
	if (p->line > 0)
		page_text(p, 0, ROLE_TEXT, "");
	page_text(p, 1, ROLE_HEAD, "Who grew it");
	if (traced)
		parts_write(d, p, m->sites);
	else
		page_text(p, INDENT, ROLE_DIM, "6, then x: growth stacks tell who grows it");
}
