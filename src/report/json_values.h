/* SPDX-License-Identifier: MIT */
#ifndef REPORT_JSON_VALUES_H
#define REPORT_JSON_VALUES_H

/*
 * Facts of the model as JSON values. Each call gives a value of its own, or NULL without memory, which
 * json_object_set_new and json_array_append_new refuse in their turn: errors need one look at the
 * end. Unknown is null, never 0.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "model/moment.h"

struct json_t; /* of jansson; named only, so that this header stands where jansson is missing */

/* Text that the target may have chosen: through safe_text, so that stray bytes are "\xNN". */
struct json_t *value_text(const char *s, size_t n);
/* A word of ours; NULL and "" are null. */
struct json_t *value_word(const char *s);
/* Bytes or a count. */
struct json_t *value_count(uint64_t v);
/* ns as seconds. */
struct json_t *value_seconds(uint64_t ns);
struct json_t *value_real(double v);
/* "0x7f10..." */
struct json_t *value_address(uint64_t v);
/* RFC 3339, from CLOCK_REALTIME ns. */
struct json_t *value_utc(uint64_t wall);
/* The columns of the CSV, in bytes. */
struct json_t *value_sample(const struct sample *s);
/* Every figure there is, by the names of model/figure.h. */
struct json_t *value_figures(const struct sample *s);
/* A region as the report has it; with `all` every field. */
struct json_t *value_region(const struct moment *m, const struct region *r, bool all);

/* What was found in the heap; null where nobody looked. */
struct json_t *value_heap(const struct heap_facts *f);

/* Call sites, and how they were traced; null where nothing was. */
struct json_t *value_sites(const struct sites_facts *f);
struct json_t *value_sites_trace(const struct sites_facts *f);

/* `object`, or NULL (and it is freed) when something put into it failed. */
struct json_t *value_whole(struct json_t *object, int failed);

/*
 * Appends a value as text and drops it; `lines`: over several lines, else on one. 0, -ENOMEM when it
 * is NULL, or -errno of the buffer.
 */
int value_write(struct json_t *value, bool lines, struct buf *out);

/* Appends the members of "snapshot", braces included. */
int snapshot_write(const struct moment *m, struct buf *out);

#endif
