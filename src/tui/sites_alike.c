/* SPDX-License-Identifier: MIT */
/*
 * Sites whose names look the same in a line: templates for other types, other lines of one function, the same function
 * called by somebody else. It knows which look alike; in what they differ is the model's, how that is shown sites_cell.c.
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
