/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_PASS_H
#define SUPPORT_PASS_H

/* Passes over address spaces that a test writes down, one line a mapping. */

#include <stddef.h>
#include <stdint.h>

#include "model/tracker.h"

#define MB (1ull << 20)
#define KB (1ull << 10)

struct vma {
	uint64_t start, end;
	const char *perms; /* "rw-p" */
	const char *name;  /* "" anonymous */
	uint64_t inode;
	uint64_t rss;      /* bytes; also Anonymous where there is no file */
	const char *flags; /* one VmFlags code, or NULL */
};

/* The record that smaps would have for it. */
struct smaps_record record_of(const struct vma *v);

/* One pass; the table has one reference, the caller's. */
struct region_table *pass_run(struct tracker *t, const struct vma *v, size_t n, uint64_t time);

/* The row that starts there; fails the test when there is none. */
const struct region *row_at(const struct region_table *t, uint64_t start);

/* A number that looks random and is the same in every run. */
uint64_t dice(uint64_t *state);

#endif
