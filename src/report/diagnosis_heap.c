/* SPDX-License-Identifier: MIT */
/*
 * Knows what a diagnosis says of a look inside the heap: the size that grows, what is lost for sure, what is kept.
 * Refuses to name suspects: they are for the view, where the next scan clears them.
 */
#include "model/heap_words.h"
#include "report/diagnosis_lines.h"

static void look_failed(const struct heap_facts *f, struct lines *l)
{
	if (!f->walked && f->why[0])
		lines_add(l, LINE_HEAP, "Heap: %.*s", (int)sizeof(f->why), f->why);
}

void diagnosis_heap(const struct moment *m, struct lines *l)
{
	const struct heap_facts *f = m->heap;
	char text[HEAP_LINE];

	if (!f)
		return;
	look_failed(f, l);
	if (heap_growth_line(f, text, sizeof(text)))
		lines_add(l, LINE_HEAP, "%s", text);
	if (heap_lost_sure(f) && f->lost->definitely_blocks &&
	    heap_lost_line(f, text, sizeof(text)))
		lines_add(l, LINE_HEAP, "%s", text);
	if (heap_kept_line(f, m->sample.v[FIGURE_RSS], text, sizeof(text)))
		lines_add(l, LINE_HEAP, "%s", text);
}
