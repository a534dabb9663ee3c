/* SPDX-License-Identifier: MIT */
/*
 * Sites whose names look the same in a line: templates for other types, other lines of one function, the same function
 * called by somebody else. It knows what differs first; how that is shown is sites_cell.c.
 */
#include <stdlib.h>
#include <string.h>

#include "tui/sites_internal.h"

/* --- who looks like whom -------------------------------------------------------------------------- */

/* A name without all that a narrow line leaves out. */
struct look {
	char *name;
	uint32_t site;
	size_t row;
};

static int looks_compare(const void *a, const void *b)
{
	const struct look *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : x->row < y->row ? -1 : 1;
}

static size_t looks_make(const struct sites_lines *l, const struct sites_facts *f, struct look *ret)
{
	char name[SITES_NAME];
	size_t count = 0;

	for (size_t i = 0; i < l->count; i++) {
		uint32_t site = l->rows[i].site;
		const struct site_frame *frame =
		        site == SITES_INNER ? NULL : site_named(f, &f->sites[site]);
		if (!frame)
			continue;
		sites_function_folded(f, frame, name, sizeof(name));
		ret[count] = (struct look){strdup(name), site, i};
		if (ret[count].name)
			count++;
	}
	return count;
}

void sites_alike_find(struct sites_lines *l, const struct sites_facts *f)
{
	struct look *looks = calloc(l->count + 1, sizeof(*looks));
	size_t count = looks ? looks_make(l, f, looks) : 0;

	for (size_t i = 0; i < l->count; i++)
		l->rows[i].alike = SITES_INNER;
	if (count)
		qsort(looks, count, sizeof(*looks), looks_compare);
	for (size_t i = 1; i < count; i++) {
		if (strcmp(looks[i].name, looks[i - 1].name) != 0)
			continue;
		l->rows[looks[i].row].alike = looks[i - 1].site;
		if (l->rows[looks[i - 1].row].alike == SITES_INNER)
			l->rows[looks[i - 1].row].alike = looks[i].site;
	}
	for (size_t i = 0; i < count; i++)
		free(looks[i].name);
	free(looks);
}

/* --- in what they differ -------------------------------------------------------------------------- */

static bool is_same_text(const struct sites_facts *f, uint32_t a, uint32_t b)
{
	return a == b || !strcmp(sites_text(f, a), sites_text(f, b));
}

/* Without a name that is what stands there instead. */
static bool is_same_place(const struct sites_facts *f, const struct site_frame *a,
                          const struct site_frame *b)
{
	if (sites_text(f, a->function)[0])
		return true;
	return a->offset ? a->offset == b->offset && is_same_text(f, a->module, b->module)
	                 : a->address == b->address;
}

/* In a name or a line; an address alone is told where nothing else differs. */
static enum sites_apart frames_differ(const struct sites_facts *f, const struct site_frame *a,
                                      const struct site_frame *b, uint32_t level)
{
	if (!is_same_text(f, a->function, b->function) || !is_same_place(f, a, b))
		return level ? APART_CALLER : APART_NAME;
	if (a->line != b->line)
		return level ? APART_CALLED : APART_LINE;
	return APART_NOT;
}

enum sites_apart sites_differ(const struct sites_facts *f, const struct site *a,
                              const struct site *b, uint32_t *ret_level)
{
	uint32_t na, nb;
	const struct site_frame *x = sites_stack(f, a, &na), *y = sites_stack(f, b, &nb);
	enum sites_apart apart = APART_NOT;

	*ret_level = 0;
	for (uint32_t i = 0; a->named + i < na && b->named + i < nb && !apart; i++) {
		apart = frames_differ(f, &x[a->named + i], &y[b->named + i], i);
		*ret_level = i;
	}
	if (apart || a->named >= na || b->named >= nb)
		return apart;
	*ret_level = 0;
	return x[a->named].address != y[b->named].address ? APART_CALL : APART_NOT;
}

unsigned sites_call_number(const struct sites_facts *f, const struct site *s)
{
	const struct site_frame *frame = site_named(f, s);
	uint64_t below = 0;
	unsigned number = 1;

	/* Of each address once: several stacks may lead to it. */
	for (bool more = frame != NULL; more;) {
		uint64_t next = UINT64_MAX;
		for (uint32_t i = 0; i < f->site_count; i++) {
			const struct site_frame *o = site_named(f, &f->sites[i]);
			if (o && o->line == frame->line &&
			    is_same_text(f, o->function, frame->function) && o->address > below &&
			    o->address < next)
				next = o->address;
		}
		more = next < frame->address;
		number += more;
		below = next;
	}
	return number;
}
