/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_FIXTURE_H
#define SUPPORT_FIXTURE_H

/* Texts for parsers: files below tests/fixtures, in storage of exactly their size. */

#include <stddef.h>
#include <stdint.h>

struct fixture {
	char *text; /* len bytes, no NUL behind them, so that a sanitizer sees every byte too far */
	size_t len;
};

/* The file tests/fixtures/NAME, or the test fails. fixture_done frees it. */
struct fixture fixture_load(const char *name);

/* The bytes of a C string. */
struct fixture fixture_of(const char *text);

/* The first n bytes, again in storage of exactly their size. */
struct fixture fixture_cut(const struct fixture *f, size_t n);

void fixture_done(struct fixture *f);

/* Fails unless a figure of a cut text is that of the whole text, or unknown: half is no number. */
void figure_holds(uint64_t cut, uint64_t whole);

#endif
