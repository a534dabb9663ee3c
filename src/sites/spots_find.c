/* SPDX-License-Identifier: MIT */
/*
 * Knows where the places to choose from come from: the symbols of all that is mapped, for a moment also of what is mapped
 * only then - a program that just begins maps its libraries one by one. Refuses to choose.
 */
#include "sites/spots.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FOUND_MAX = 256, LOOKS = 10, BETWEEN_MS = 100 };

static int look(struct symbols *s, bool with_mmap, struct spots *ret)
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
	return r;
}

/* Whether there may be more to find than before. */
static bool maps_await(struct symbols *s)
{
	nanosleep(&(struct timespec){.tv_nsec = BETWEEN_MS * 1000000l}, NULL);
	return symbols_refresh(s) == 0;
}

int spots_find(struct symbols *s, bool with_mmap, struct spots *ret, char *why, size_t size)
{
	int r = look(s, with_mmap, ret);

	for (unsigned i = 1; r == -ENOENT && i < LOOKS && maps_await(s); i++)
		r = look(s, with_mmap, ret);
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
