/* SPDX-License-Identifier: MIT */
/*
 * Knows how a bounded byte buffer grows and how an error sticks to it. Refuses to know what the
 * bytes mean: text, NULs and kernel output are the same to it.
 */
#include "base/buf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 64 };

void buf_init(struct buf *b, size_t max)
{
	/* One byte is kept for the NUL, so that max + 1 below cannot wrap. */
	*b = (struct buf){.max = max < SIZE_MAX ? max : SIZE_MAX - 1};
}

void buf_done(struct buf *b)
{
	free(b->data);
	buf_init(b, b->max);
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->error = 0;
	if (b->data)
		b->data[0] = '\0';
}

const char *buf_str(const struct buf *b)
{
	return b->data ? b->data : "";
}

int buf_reserve(struct buf *b, size_t more)
{
	if (b->error)
		return b->error;
	if (b->len > b->max || more > b->max - b->len)
		return b->error = -EFBIG;
	size_t need = b->len + more + 1;
	if (need <= b->cap)
		return 0;

	size_t cap = b->cap ? b->cap : FIRST_CAPACITY;
	while (cap < need)
		cap = cap > SIZE_MAX / 2 ? need : cap * 2;
	if (cap > b->max + 1)
		cap = b->max + 1;
	char *data = realloc(b->data, cap);
	if (!data)
		return b->error = -ENOMEM;
	data[b->len] = '\0';
	b->data = data;
	b->cap = cap;
	return 0;
}

int buf_add(struct buf *b, const void *bytes, size_t n)
{
	int r = buf_reserve(b, n);
	if (r < 0)
		return r;
	if (n > 0)
		memcpy(b->data + b->len, bytes, n);
	b->len += n;
	b->data[b->len] = '\0';
	return 0;
}

int buf_adds(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

int buf_addc(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

int buf_fill(struct buf *b, char c, size_t n)
{
	int r = buf_reserve(b, n);
	if (r < 0)
		return r;
	memset(b->data + b->len, c, n);
	b->len += n;
	b->data[b->len] = '\0';
	return 0;
}

int buf_addf(struct buf *b, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int r = buf_vaddf(b, format, args);
	va_end(args);
	return r;
}

int buf_vaddf(struct buf *b, const char *format, va_list args)
{
	if (b->error)
		return b->error;
	va_list again;
	va_copy(again, args);
	size_t room = b->cap - b->len;
	int n = vsnprintf(b->data ? b->data + b->len : NULL, b->data ? room : 0, format, args);
	int r = n < 0 ? (b->error = -EINVAL) : buf_reserve(b, (size_t)n);
	/* A first attempt that did not fit has left a cut text where the NUL belongs. */
	if (r < 0 && b->data)
		b->data[b->len] = '\0';
	if (r == 0) {
		if ((size_t)n >= room)
			vsnprintf(b->data + b->len, (size_t)n + 1, format, again);
		b->len += (size_t)n;
	}
	va_end(again);
	return r;
}
