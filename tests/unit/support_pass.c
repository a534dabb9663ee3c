/* SPDX-License-Identifier: MIT */
/* Knows how to make a pass of the tracker from a list of mappings; refuses to judge its result. */
#include "support_pass.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static unsigned prot_of(const char *perms)
{
	return (perms[0] == 'r' ? MAP_READ : 0u) | (perms[1] == 'w' ? MAP_WRITE : 0u) |
	       (perms[2] == 'x' ? MAP_EXEC : 0u) | (perms[3] == 's' ? MAP_MAYSHARE : 0u);
}

struct smaps_record record_of(const struct vma *v)
{
	struct smaps_record r = {.has_flags = v->flags != NULL};

	r.map = (struct mapping){
	        .start = v->start,
	        .end = v->end,
	        .prot = prot_of(v->perms),
	        .inode = v->inode,
	        .major = v->inode ? 8 : 0,
	        .minor = v->inode ? 1 : 0,
	        .name = v->name,
	        .name_len = (uint32_t)strlen(v->name),
	};
	r.flags = v->flags ? smaps_flag_bit(v->flags) : 0;
	for (int k = 0; k < SMAPS_KEY_COUNT; k++)
		r.bytes[k] = 0;
	r.bytes[SMAPS_RSS] = r.bytes[SMAPS_PSS] = v->rss;
	r.bytes[SMAPS_ANONYMOUS] = v->inode ? 0 : v->rss;
	r.bytes[SMAPS_KERNEL_PAGE] = r.bytes[SMAPS_MMU_PAGE] = 4096;
	return r;
}

struct region_table *pass_run(struct tracker *t, const struct vma *v, size_t n, uint64_t time)
{
	struct region_table *table = NULL;

	tracker_begin(t);
	for (size_t i = 0; i < n; i++) {
		struct smaps_record r = record_of(&v[i]);

		assert_int_equal(tracker_add(&r, t), 0);
	}
	assert_int_equal(tracker_end(t, time, false, false, false, &table), 0);
	assert_non_null(table);
	return table;
}

const struct region *row_at(const struct region_table *t, uint64_t start)
{
	for (size_t i = 0; i < t->count; i++) {
		if (t->rows[i]->start == start)
			return t->rows[i];
	}
	fail_msg("no region starts at %llx", (unsigned long long)start);
	return NULL;
}

uint64_t dice(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}
