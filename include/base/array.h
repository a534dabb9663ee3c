/* SPDX-License-Identifier: MIT */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

/* Arrays that grow by one: the room doubles, so that n additions copy n elements at most. */

#include <stdbool.h>
#include <stddef.h>

/*
 * Room for one more element of `size` bytes behind `count`. *array, of *room elements, may be NULL with room 0; the
 * caller frees it. False: no memory; what there was stays as it is.
 */
bool array_room(void **array, size_t count, size_t *room, size_t size);

/*
 * Makes every page of `bytes` bytes from `array` on resident: what will be written sooner or later takes its memory now.
 * What stands there stays. NULL is fine.
 */
void array_touch(void *array, size_t bytes);

#endif
