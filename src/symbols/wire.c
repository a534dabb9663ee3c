/* SPDX-License-Identifier: MIT */
#include "symbols/wire.h"

/*
 * Knows how far the bytes reach. Refuses to know what they mean.
 */

#include <string.h>

enum { STEP = 8 };

static size_t padded(size_t size)
{
	return (size + STEP - 1) / STEP * STEP;
}

void wire_put_bytes(struct wire_out *w, const void *bytes, size_t size)
{
	if (w->full || size > w->room - w->used || padded(size) > w->room - w->used) {
		w->full = true;
		return;
	}
	if (size)
		memcpy(w->to + w->used, bytes, size);
	memset(w->to + w->used + size, 0, padded(size) - size);
	w->used += padded(size);
}

void wire_put(struct wire_out *w, uint64_t number)
{
	wire_put_bytes(w, &number, sizeof(number));
}

void wire_put_string(struct wire_out *w, const char *s, size_t limit)
{
	size_t used = w->used, length = s ? strnlen(s, limit) : 0;

	wire_put(w, length);
	wire_put_bytes(w, s, length);
	if (w->full)
		w->used = used;
}

const uint8_t *wire_get_bytes(struct wire_in *w, size_t size)
{
	const uint8_t *at = w->from;

	if (w->bad || size > w->left || padded(size) > w->left) {
		w->bad = true;
		return NULL;
	}
	w->from += padded(size);
	w->left -= padded(size);
	return at;
}

uint64_t wire_get(struct wire_in *w)
{
	uint64_t number = 0;
	const uint8_t *at = wire_get_bytes(w, sizeof(number));

	if (at)
		memcpy(&number, at, sizeof(number));
	return number;
}

uint64_t wire_get_most(struct wire_in *w, uint64_t limit)
{
	uint64_t number = wire_get(w);

	if (number <= limit)
		return number;
	w->bad = true;
	return 0;
}

void wire_get_string(struct wire_in *w, char *out, size_t size)
{
	uint64_t length = wire_get_most(w, size - 1);
	const uint8_t *at = wire_get_bytes(w, length);

	out[0] = '\0';
	if (!at)
		return;
	if (length && memchr(at, 0, length)) {
		w->bad = true;
		return;
	}
	memcpy(out, at, length);
	out[length] = '\0';
}
