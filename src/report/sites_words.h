/* SPDX-License-Identifier: MIT */
#ifndef REPORT_SITES_WORDS_H
#define REPORT_SITES_WORDS_H

/*
 * What tracing call sites found, in sentences that the diagnosis, the text and the page share: no full stop, upper case
 * at the begin, raw where they hold names of the target.
 */

#include <stdbool.h>
#include <stddef.h>

#include "model/sites.h"

enum { SITES_LINE = 512, SITES_SHARE = 16 };

/* The part a site has in the growth, or among hits in all of them, 0..1; NAN unknown. */
double sites_part(const struct sites_facts *f, const struct site *s);

/* "82 %", "<1 %", "-". Returns out. */
char *sites_part_words(const struct sites_facts *f, const struct site *s, char *out, size_t size);

/* True for a site whose figures say that it grows. */
bool sites_grows(const struct site *s);

/* "who allocated what is still there, in 30 s, by malloc of libc.so.6 and 7 more functions". Returns out. */
char *sites_head_line(const struct sites_facts *f, char *out, size_t size);

/*
 * "74 % of what grows, +100.0 kB/s, 2.9 MB live: Session::create, session.cpp:88", "54 % of all calls: ...". In lower case.
 * Returns out.
 */
char *sites_row_line(const struct sites_facts *f, const struct site *s, char *out, size_t size);

/* Where no row is worth a line: why. Returns out. */
char *sites_none_line(const struct sites_facts *f, char *out, size_t size);

/*
 * Price and losses: "3.1 % slower (expected 6.2 %), probes set for 9.4 s in 24 bursts; 3,471 samples, one every 64.0 kB;
 * none lost, 1,204 frees of blocks not seen allocated, 3 broken stacks". In lower case. Returns out.
 */
char *sites_price_line(const struct sites_facts *f, char *out, size_t size);

#endif
