/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_FIXTURE_H
#define SUPPORT_FIXTURE_H

/* Texts for parsers: files below tests/fixtures, in storage of exactly their size. */

#include <stddef.h>

struct fixture {
	char *text; /* len bytes, no NUL behind them, so that a sanitizer sees every byte too far */
	size_t len;
};

/* The file tests/fixtures/NAME, or the test fails. fixture_done frees it. */
struct fixture fixture_load(const char *name);

/* The bytes of a C string. */
struct fixture fixture_of(const char *text);

void fixture_done(struct fixture *f);

#endif
