/* SPDX-License-Identifier: MIT */
/*
 * Knows how the content of a block is shown: hex and plain characters. Nothing of it reaches the screen as it
 * is, so no escape does. Refuses to know what the bytes mean.
 */
#include <stdio.h>

#include "tui/heap_internal.h"

enum { LINE = 16, HALF = 8 };

char *heap_bytes_text(const uint8_t *bytes, unsigned count, char *out)
{
	for (unsigned i = 0; i < count; i++)
		out[i] = bytes[i] >= ' ' && bytes[i] < 0x7f ? (char)bytes[i] : '.';
	out[count] = '\0';
	return out;
}

char *heap_bytes_hex(const uint8_t *bytes, unsigned count, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < count && n + 5 < size; i++)
		n += (size_t)snprintf(out + n, size - n, "%s%02x",
		                      i == 0          ? ""
		                      : i % HALF == 0 ? "  "
		                                      : " ",
		                      bytes[i]);
	return out;
}

void heap_bytes_write(struct page *p, const uint8_t *bytes, unsigned count)
{
	char hex[LINE * 3 + 8], text[LINE + 1];

	for (unsigned at = 0; at < count; at += LINE) {
		unsigned n = count - at < LINE ? count - at : LINE;
		struct canvas line;
		if (!page_next(p, &line))
			continue;
		int x = 3 + canvas_textf(&line, 0, 3, CANVAS_REST, ROLE_DIM, "%4x", at) + 2;
		heap_bytes_hex(bytes + at, n, hex, sizeof(hex));
		canvas_text(&line, 0, x, CANVAS_REST, ROLE_TEXT, hex);
		canvas_text(&line, 0, x + LINE * 3 + 2, CANVAS_REST, ROLE_HEAD,
		            heap_bytes_text(bytes + at, n, text));
	}
}
