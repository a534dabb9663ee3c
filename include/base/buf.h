/* SPDX-License-Identifier: MIT */
#ifndef BASE_BUF_H
#define BASE_BUF_H

/*
 * A growable byte buffer that is born with a maximum.
 *
 * Errors stick: after an append failed (-ENOMEM, or -EFBIG past the maximum) `error` holds the
 * first error, later appends do nothing and return it, so a long chain needs one check at its end.
 * The bytes are always followed by a NUL that `len` does not count.
 */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	char *data; /* len bytes and a NUL; NULL until the first append */
	size_t len; /* bytes in use */
	size_t cap; /* bytes allocated, the NUL included */
	size_t max; /* len never exceeds this */
	int error;  /* 0, or the first -errno an append met */
};

/* An empty buffer that may grow to `max` bytes. Allocates nothing. */
void buf_init(struct buf *b, size_t max);

/* Frees the storage; the buffer is empty and usable again. A zeroed buffer is fine. */
void buf_done(struct buf *b);

/* Forgets the content and the error, keeps the storage. */
void buf_reset(struct buf *b);

/* The bytes as a C string; "" while nothing was appended. Borrowed until the next append. */
const char *buf_str(const struct buf *b);

/* Makes room for `more` further bytes without changing len. 0 or -errno. */
int buf_reserve(struct buf *b, size_t more);

/* Append n bytes, a C string, one byte, n times one byte, a formatted text. 0 or -errno. */
int buf_add(struct buf *b, const void *bytes, size_t n);
int buf_adds(struct buf *b, const char *s);
int buf_addc(struct buf *b, char c);
int buf_fill(struct buf *b, char c, size_t n);
int buf_addf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
int buf_vaddf(struct buf *b, const char *format, va_list args)
        __attribute__((format(printf, 2, 0)));

#endif
