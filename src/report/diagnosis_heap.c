/* SPDX-License-Identifier: MIT */
/*
 * Knows what a diagnosis says of a look inside the heap: the size that grows, what is lost for sure, what is kept.
 * Refuses to name suspects: they are for the view, where the next scan clears them.
 */
#include <string.h>

#include "model/heap_words.h"
#include "report/diagnosis_lines.h"

/* The same words as a warning: a reader wants them once. */
static bool was_warned(const struct moment *m, const char *why)
{
	for (unsigned i = 0; i < m->warning_count && i < MOMENT_WARNINGS; i++)
		if (strstr(m->warnings[i], why))
			return true;
	return false;
}

static void look_failed(const struct moment *m, const struct heap_facts *f, struct lines *l)
{
	if (!f->walked && f->why[0] && !was_warned(m, f->why))
		lines_add(l, LINE_HEAP, "Heap: %.*s", (int)sizeof(f->why), f->why);
}

/* Whoever had a look taken is told of it also where nothing was found. */
static void look_empty(const struct heap_facts *f, struct lines *l)
{
	char text[HEAP_LINE];

	if (heap_census_line(f, text, sizeof(text)))
		lines_add(l, LINE_HEAP, "Heap: %s", text);
	if (heap_lost_sure(f) && !f->lost->definitely_blocks && !f->lost->unread_bytes)
		lines_add(l, LINE_HEAP, "No block was found that is lost for sure (%u scans)",
		          f->lost->scans);
}

static bool look_found(const struct moment *m, const struct heap_facts *f, struct lines *l)
{
	unsigned before = l->count;
	char text[HEAP_LINE];

	if (heap_growth_line(f, text, sizeof(text)))
		lines_add(l, LINE_HEAP, "%s", text);
	if (heap_lost_sure(f) && f->lost->definitely_blocks &&
	    heap_lost_line(f, text, sizeof(text)))
		lines_add(l, LINE_HEAP, "%s", text);
	if (heap_kept_line(f, m->sample.v[FIGURE_RSS], text, sizeof(text)))
		lines_add(l, LINE_HEAP, "%s", text);
	return l->count > before;
}

void diagnosis_heap(const struct moment *m, struct lines *l)
{
	const struct heap_facts *f = m->heap;
	char text[HEAP_LINE];

	if (!f)
		return;
	look_failed(m, f, l);
	if (!look_found(m, f, l))
		look_empty(f, l);
	if (f->walked && heap_unread_line(f, text, sizeof(text)))
		lines_add(l, LINE_HEAP, "Heap, in doubt: %s", text);
}
