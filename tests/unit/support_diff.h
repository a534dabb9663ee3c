/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_DIFF_H
#define SUPPORT_DIFF_H

/* Moments with tables of regions made by hand, for tests of what compares them. They abort without memory. */

#include <stddef.h>
#include <stdint.h>

#include "model/diff.h"
#include "model/moment.h"

/* One region: what identity and sums go by. */
struct spec {
	uint64_t id;
	enum region_kind kind;
	unsigned prot;
	uint64_t start, size, rss; /* bytes */
	uint64_t offset;
	const char *name; /* NULL: none */
};

enum { SPEC_RW = 3, SPEC_RX = 5 }; /* MAP_... bits */

/* The table of `count` of them, by address, made `seconds` into the watch. */
struct region_table *spec_table(const struct spec *specs, size_t count, double seconds);

/*
 * A moment `seconds` into the watch of process 4711 "shopd" (born 100 s before the watch), RSS and anonymous
 * memory being the sum over its table, which it takes over (NULL: none).
 */
struct moment *spec_moment(struct region_table *t, double seconds);

/* shopd twice: a pool of mappings of 592 KiB that grew, [heap] that grew, files, one mapping gone. */
struct moment *spec_pool(double seconds, unsigned blocks);

/* What changed between two moments, which are given back. */
struct diff *compare(struct moment *a, struct moment *b, bool one_watch);

#endif
