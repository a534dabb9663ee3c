/* SPDX-License-Identifier: MIT */
/* Knows how an array grows; refuses to know what is in it, and how much of it is too much. */
#include "base/array.h"

#include <stdlib.h>

enum { ROOM_FIRST = 64, PAGE_LEAST = 4096 };

bool array_room(void **array, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return true;
	size_t more = *room ? 2 * *room : ROOM_FIRST;
	void *grown = reallocarray(*array, more, size);
	if (!grown)
		return false;
	*array = grown;
	*room = more;
	return true;
}

void array_touch(void *array, size_t bytes)
{
	volatile char *at = array;

	for (size_t i = 0; array && i < bytes; i += PAGE_LEAST)
		at[i] = at[i];
	if (array && bytes)
		at[bytes - 1] = at[bytes - 1];
}
