/* SPDX-License-Identifier: MIT */
/* Knows where the places to choose from come from: the symbols of all that is mapped. Refuses to choose. */
#include "sites/spots.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FOUND_MAX = 256 };

int spots_find(struct symbols *s, bool with_mmap, struct spots *ret, char *why, size_t size)
{
	struct symbol_place *found = calloc(FOUND_MAX, sizeof(*found));
	size_t name_count, count = 0;
	const char *const *list = spots_names(&name_count);

	if (!found)
		return -ENOMEM;
	int r = symbols_find(s, list, name_count, found, FOUND_MAX, &count);
	if (!r)
		r = spots_choose(found, count < FOUND_MAX ? count : FOUND_MAX, with_mmap, ret);
	free(found);
	if (r == -ENOENT)
		snprintf(why, size,
		         "allocation sites: no malloc is found in what the process has mapped "
		         "(stripped, "
		         "or not C); growth stacks need none");
	else if (r)
		snprintf(why, size, "allocation sites: its symbols cannot be read: %s",
		         strerror(-r));
	return r;
}
