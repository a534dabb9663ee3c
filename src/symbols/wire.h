/* SPDX-License-Identifier: MIT */
#ifndef SYMBOLS_WIRE_H
#define SYMBOLS_WIRE_H

/*
 * Numbers and strings in a row of bytes, as the tool and its reader of symbols hand them to each
 * other. Both live on one machine: numbers as they lie in memory, everything padded to 8 bytes.
 * Pure. Errors stick: after the first thing that does not fit every further one is 0 or nothing,
 * and one look at the end suffices.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire_out {
	uint8_t *to; /* borrowed */
	size_t room, used;
	bool full; /* something did not fit; `used` stands before it */
};

struct wire_in {
	const uint8_t *from; /* borrowed */
	size_t left;
	bool bad; /* something was asked for that is not there */
};

void wire_put(struct wire_out *w, uint64_t number);
/* The length, then the bytes; a longer string is cut to `limit`. NULL is "". */
void wire_put_string(struct wire_out *w, const char *s, size_t limit);
/* The bytes alone, padded. */
void wire_put_bytes(struct wire_out *w, const void *bytes, size_t size);

uint64_t wire_get(struct wire_in *w);
/* A number that is at most `limit`, else bad. */
uint64_t wire_get_most(struct wire_in *w, uint64_t limit);
/* Into out, NUL-terminated; bad (and "") where it does not fit or holds a NUL. */
void wire_get_string(struct wire_in *w, char *out, size_t size);
/* `size` bytes, borrowed; NULL when bad. */
const uint8_t *wire_get_bytes(struct wire_in *w, size_t size);

#endif
