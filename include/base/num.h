/* SPDX-License-Identifier: MIT */
#ifndef BASE_NUM_H
#define BASE_NUM_H

/*
 * Numbers out of text, without sscanf: (pointer, length) in, overflow and stray characters refused.
 * All return 0, or -EINVAL (not a number, trailing text) or -ERANGE (does not fit; a negative
 * number where none can be);
 * *ret is written only on success.
 */

#include <stddef.h>
#include <stdint.h>

/* The whole of s[0..n) as a decimal number. No sign, no blanks. */
int num_u64(const char *s, size_t n, uint64_t *ret);

/* The whole of s[0..n) as a hexadecimal number without "0x". */
int num_hex(const char *s, size_t n, uint64_t *ret);

/* A decimal number with optional sign and fraction, '.' whatever the locale. Finite only. */
int num_double(const char *s, size_t n, double *ret);

/*
 * "512", "512K", "1.5G", "64MiB", "10kB": bytes, powers of 1024; a bare number is bytes.
 * Upper and lower case are the same, here and below; the result is never UNKNOWN.
 */
int num_size(const char *s, uint64_t *ret_bytes);

/* "5", "0.5", "500ms", "2m", "1h", "1d", "250us": nanoseconds; a bare number is seconds. */
int num_time(const char *s, uint64_t *ret_ns);

/* "10M/h", "1MB/s", "500k/m": bytes per second. */
int num_rate(const char *s, double *ret_bytes_per_s);

#endif
