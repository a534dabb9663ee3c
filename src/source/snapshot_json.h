/* SPDX-License-Identifier: MIT */
#ifndef SOURCE_SNAPSHOT_JSON_H
#define SOURCE_SNAPSHOT_JSON_H

/* What the readers of an exported moment and of its regions share. Only where there is jansson. */

#include <jansson.h>

#include "source/snapshot_internal.h"

/* Members of an object; what is missing or of another kind is NAN, UNKNOWN, "". Seconds become ns. */
double member_real(const json_t *o, const char *key);
/* Bytes or a count; a negative number, like any other stranger, is none. */
uint64_t member_count(const json_t *o, const char *key);
uint64_t member_seconds(const json_t *o, const char *key);
const char *member_text(const json_t *o, const char *key); /* borrowed from o; not safe to print */

/* The array of regions in the text, brackets included; false: there is none. */
bool snapshot_regions_find(const struct snapshot_text *t, size_t *ret_at, size_t *ret_len);

/* Reads that array, text[0..len), into m->regions; `pass` is the object beside it, or NULL. 0 or -errno. */
int snapshot_regions_take(const char *text, size_t len, const json_t *pass, struct moment *m);

#endif
