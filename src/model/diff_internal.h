/* SPDX-License-Identifier: MIT */
#ifndef MODEL_DIFF_INTERNAL_H
#define MODEL_DIFF_INTERNAL_H

/* What the files of a comparison share. */

#include "model/diff.h"

#define DIFF_NONE UINT32_MAX

/* Which row of B was which of A. */
struct diff_pairs {
	const struct region_table *t[DIFF_SIDES];
	uint32_t *to[DIFF_SIDES]; /* by row: the row of the other table; DIFF_NONE: no one's */
	enum diff_match match;
};

/* Finds them. 0 or -ENOMEM; freed by pairs_done in either case. */
int pairs_find(struct diff_pairs *p, const struct diff *d, bool one_watch);
void pairs_done(struct diff_pairs *p);

/* Sorts regions by their fate. `one_watch`: the births in the records are of its time. */
int regions_judge(struct diff *d, const struct diff_pairs *p, bool one_watch);
/* Groups and sums. */
int groups_make(struct diff *d);
int sums_make(struct diff *d);
/* Blocks by size; facts may be NULL. */
int heap_compare(struct diff *d, const struct heap_facts *a, const struct heap_facts *b,
                 bool one_watch);

/* Every row of both tables: neither torn nor cut short. */
bool diff_whole(const struct region_table *t);
/* What memory holds of a region, bytes; NULL: nothing. */
uint64_t diff_held(const struct diff *d, const struct region *r);
/* Sets both sides and the change. */
void value_set(struct diff_value *v, uint64_t a, uint64_t b);
/* More growth first: of what is held, then of address space; unknown is none. For qsort. */
int growth_compare(const struct diff_value *held_x, const struct diff_value *size_x,
                   const struct diff_value *held_y, const struct diff_value *size_y);

#endif
