/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_SMAPS_H
#define SUPPORT_SMAPS_H

/* Parses smaps texts in every way there is and keeps what was handed on. */

#include <stddef.h>
#include <stdint.h>

#include "proc/smaps.h"

enum { SEEN_RECORDS = 64, SEEN_NAME = 64, SMAPS_FIXTURES = 14, SMAPS_X86_FIXTURES = 6 };

/* smaps of many kernels; the first SMAPS_X86_FIXTURES show the same process, from 3.10 to 6.18. */
extern const char *const smaps_fixtures[SMAPS_FIXTURES];

struct kept {
	struct smaps_record r;
	char name[SEEN_NAME]; /* cut */
};

/* What a parse handed on. `digest` sums up every byte of it: equal digests, equal records. */
struct seen {
	uint64_t digest;
	int count, stop_at; /* records so far; the one at which to stop with -ECANCELED */
	struct kept rec[SEEN_RECORDS];
};

/* The smaps_fn that fills a struct seen. */
int seen_take(const struct smaps_record *r, void *arg);

/* The record with that name, or the test fails. */
const struct kept *seen_named(const struct seen *s, const char *name);

/* A new parser, or the test fails. */
struct smaps_parser *smaps_parser_get(void);

/* Feeds pieces of `piece` bytes, the first one of `first`; each in storage of its own size. */
struct smaps_stats smaps_feed_all(struct smaps_parser *p, const char *text, size_t len,
                                  size_t first, size_t piece, struct seen *seen);

/* A whole fixture, a C string, by a new parser. */
struct smaps_stats smaps_load(const char *name, struct seen *seen);
struct smaps_stats smaps_parse(const char *text, struct seen *seen);

#endif
