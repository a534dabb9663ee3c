/* SPDX-License-Identifier: MIT */
#ifndef SOURCE_SNAPSHOT_INTERNAL_H
#define SOURCE_SNAPSHOT_INTERNAL_H

/* What the readers of the two forms share: text in, a table of regions out. */

#include <stddef.h>

#include "source/snapshot.h"

/* The bytes of a file, and what errors call it. */
struct snapshot_text {
	const char *name; /* safe */
	const char *bytes;
	size_t len;
};

/* A table that grows row by row. All zero is an empty one. */
struct snapshot_rows {
	struct region **rows;
	size_t count, room;
};

/*
 * One more region from its fields; the name is copied. `*r` has all but refs and name. 0, -ENOMEM, or -EFBIG
 * past SNAPSHOT_REGIONS.
 */
int snapshot_rows_add(struct snapshot_rows *rows, const struct region *r, const char *name,
                      size_t len);
/* The table of them, sorted and summed up; the rows are empty afterwards. NULL: no memory. */
struct region_table *snapshot_rows_table(struct snapshot_rows *rows);
void snapshot_rows_done(struct snapshot_rows *rows);

/* A region without figures. */
void snapshot_region_init(struct region *r);
/* Each takes the words of the exports; a word that is none leaves *ret alone. */
void snapshot_kind(const char *word, size_t len, enum region_kind *ret);
void snapshot_perms(const char *text, size_t len, unsigned *ret);
void snapshot_address(const char *text, size_t len, uint64_t *ret);   /* "0x7f..." */
void snapshot_device(const char *text, size_t len, struct region *r); /* "08:01" */
/* The bit of a code of VmFlags, 0 of one that is not known. */
uint64_t snapshot_flag(const char *code, size_t len);
/* True when this label only describes a region without a name. */
bool snapshot_describes(const struct region *r, const char *label, size_t len);

/* The two forms. 0, or -errno with the fault filled. */
int snapshot_json(const struct snapshot_text *t, struct moment *m, struct fault *fault);
int snapshot_csv(const struct snapshot_text *t, struct moment *m, struct fault *fault);

/*
 * Where the value of a member lies in the object text[0..len), braces included; false where it is not there
 * or the text is no object. Finds the way through JSON without reading what lies beside it.
 */
bool json_member(const char *text, size_t len, const char *key, size_t *ret_at, size_t *ret_len);

#endif
