/* SPDX-License-Identifier: MIT */
/*
 * Knows how hostile bytes become text that cannot command a terminal, and how such text is cut to
 * columns. Refuses to know the locale: the caller says what the output understands.
 */
#include "base/safe_text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/unicode.h"

enum {
	SEQUENCE_MAX = 4,             /* bytes of one UTF-8 character */
	PIECE_MAX = 4 * SEQUENCE_MAX, /* each of them as \xNN */
};

/*
 * The character at s[0..n), n > 0: its length in bytes, or 0 when it is not valid UTF-8. The
 * bounds of the second byte refuse overlong forms, surrogates and what lies beyond U+10FFFF.
 */
static size_t utf8_decode(const char *s, size_t n, uint32_t *ret_code)
{
	const unsigned char *p = (const unsigned char *)s;
	unsigned char lead = p[0], low = 0x80, high = 0xbf;
	size_t length;

	if (lead < 0x80) {
		*ret_code = lead;
		return 1;
	}
	if (lead < 0xc2 || lead > 0xf4)
		return 0;
	length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	if (n < length)
		return 0;
	if (lead == 0xe0)
		low = 0xa0;
	else if (lead == 0xed)
		high = 0x9f;
	else if (lead == 0xf0)
		low = 0x90;
	else if (lead == 0xf4)
		high = 0x8f;

	uint32_t code = lead & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if (p[i] < low || p[i] > high)
			return 0;
		code = code << 6 | (p[i] & 0x3fu);
		low = 0x80;
		high = 0xbf;
	}
	*ret_code = code;
	return length;
}

static size_t bytes_escape(char out[PIECE_MAX], const char *in, size_t n)
{
	static const char hex[] = "0123456789ABCDEF";
	char *p = out;

	for (size_t i = 0; i < n; i++) {
		unsigned char byte = (unsigned char)in[i];
		*p++ = '\\';
		*p++ = 'x';
		*p++ = hex[byte >> 4];
		*p++ = hex[byte & 15];
	}
	return (size_t)(p - out);
}

/* Takes one character or one stray byte from in[0..n), n > 0; returns the bytes taken. */
static size_t piece_take(const char *in, size_t n, enum safe_mode mode, char out[PIECE_MAX],
                         size_t *ret_len)
{
	uint32_t code = 0;
	size_t length = utf8_decode(in, n, &code);
	bool valid = length > 0;

	if (!valid)
		length = 1;
	if (mode == SAFE_ASCII && (unsigned char)in[0] >= 0x80) {
		out[0] = '?';
		*ret_len = 1;
	} else if (!valid || unicode_refused(code)) {
		*ret_len = bytes_escape(out, in, length);
	} else {
		memcpy(out, in, length);
		*ret_len = length;
	}
	return length;
}

int safe_text(struct buf *out, const char *in, size_t n, enum safe_mode mode)
{
	char piece[PIECE_MAX];
	size_t len;

	for (size_t i = 0; i < n;) {
		i += piece_take(in + i, n - i, mode, piece, &len);
		int r = buf_add(out, piece, len);
		if (r < 0)
			return r;
	}
	return out->error;
}

char *safe_copy(char *out, size_t size, const char *in, size_t n, enum safe_mode mode)
{
	char piece[PIECE_MAX];
	size_t used = 0, len;

	if (size == 0)
		return out;
	for (size_t i = 0; i < n;) {
		i += piece_take(in + i, n - i, mode, piece, &len);
		if (len > size - 1 - used)
			break;
		memcpy(out + used, piece, len);
		used += len;
	}
	out[used] = '\0';
	return out;
}

/* Steps over one character of s[0..n), n > 0. A stray byte counts as one column. */
static size_t glyph_step(const char *s, size_t n, int *ret_width)
{
	uint32_t code = 0;
	size_t length = utf8_decode(s, n, &code);

	*ret_width = length ? unicode_width(code) : 1;
	return length ? length : 1;
}

int text_width(const char *s)
{
	size_t n = strlen(s);
	int total = 0, width;

	for (size_t i = 0; i < n;) {
		i += glyph_step(s + i, n - i, &width);
		if (total > INT32_MAX - width)
			return INT32_MAX;
		total += width;
	}
	return total;
}

size_t text_fit(const char *s, int columns)
{
	size_t n = strlen(s), i = 0;
	int width;

	while (i < n) {
		size_t step = glyph_step(s + i, n - i, &width);
		if (width > columns)
			break;
		columns -= width;
		i += step;
	}
	return i;
}

/* Where the longest end of `s` that fits into `columns` begins. */
static const char *text_tail(const char *s, int columns)
{
	size_t n = strlen(s), i = 0;
	int left = text_width(s), width;

	while (i < n) {
		size_t step = glyph_step(s + i, n - i, &width);
		/* A combining mark whose base was cut off would join the ellipsis. */
		if (left <= columns && width > 0)
			break;
		left -= width;
		i += step;
	}
	return s + i;
}

/* Appends as many whole characters of s[0..n) as leave room for the NUL. */
static void text_append(char *out, size_t size, const char *s, size_t n)
{
	size_t used = strlen(out), i = 0;
	int width;

	while (i < n) {
		size_t step = glyph_step(s + i, n - i, &width);
		if (step > size - 1 - used - i)
			break;
		i += step;
	}
	memcpy(out + used, s, i);
	out[used + i] = '\0';
}

char *text_ellipsis(char *out, size_t size, const char *s, int columns, int middle, int utf8)
{
	if (size == 0)
		return out;
	out[0] = '\0';
	if (text_fit(s, columns) == strlen(s)) {
		text_append(out, size, s, strlen(s));
		return out;
	}
	if (columns <= 0)
		return out;

	int dots = columns >= 8 ? 3 : columns >= 3 ? 2 : 1;
	const char *mark = utf8 ? "\xe2\x80\xa6" : &"..."[3 - dots];
	int room = columns - (utf8 ? 1 : dots);
	int tail = middle ? room / 2 : 0;
	text_append(out, size, s, text_fit(s, room - tail));
	text_append(out, size, mark, strlen(mark));
	if (tail > 0) {
		const char *end = text_tail(s, tail);
		text_append(out, size, end, strlen(end));
	}
	return out;
}

size_t text_command_skip(const char *command, size_t len, int columns)
{
	size_t name = 0;

	if (columns < 0 || len <= (size_t)columns || command[0] == '[')
		return 0;
	for (size_t i = 0; i < len && command[i] != ' '; i++) {
		if (command[i] == '/')
			name = i + 1;
	}
	return name < len ? name : 0;
}
