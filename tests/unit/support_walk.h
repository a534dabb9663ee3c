/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_WALK_H
#define SUPPORT_WALK_H

/* Heaps to walk: saved ones below tests/fixtures/heap, and what malloc says of itself. */

#include "heap/walk.h"
#include "support_fixture.h"

extern const char *const heap_versions[]; /* "2.31" ..., NULL */

/* A saved heap: its bytes may be changed in storage of their own, at addresses of the target. */
struct heap_image {
	struct fixture bytes;
	struct memory *m;
};
struct heap_image heap_image_load(const char *version);
struct heap_image
heap_image_of(struct fixture bytes); /* takes the bytes; the test fails if they are no image */
void heap_image_done(struct heap_image *i);
/* Where the byte of that address lies in bytes.text; NULL: it is not there. */
uint8_t *heap_image_at(struct heap_image *i, uint64_t address);

/* What a process said: "NAME NUMBER NAME NUMBER ..."; the test fails when the name is missing. */
uint64_t heap_book(const char *text, const char *name);

/* A walker and its first walk; the test fails when there is none. */
struct walker *heap_walker(struct memory *m);
struct heap_walk *heap_walked(struct walker *w, struct memory *m);

/*
 * The sums over arenas: fields of bytes and blocks, size, torn, unread, trimmable. With mapped blocks
 * or without.
 */
struct heap_arena heap_total(const struct heap_walk *walk, bool mapped);
uint64_t heap_arena_sum(const struct heap_arena *a);

/*
 * Fails unless the walk is in order: blocks ascend, do not overlap, lie in spans, name arenas, and
 * none is lost or found twice.
 */
void heap_walk_is_sound(const struct heap_walk *walk);

/*
 * Fails unless it is to the byte what malloc says of itself; `more`: live blocks of the C library
 * beside those in the book.
 */
void heap_walk_is_book(const struct heap_walk *walk, const char *book, unsigned more);

#endif
