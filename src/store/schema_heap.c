/* SPDX-License-Identifier: MIT */
#include "store/schema.h"

/*
 * The tables about the inside of the heap. Knows their columns, the same for writing and reading; refuses to know
 * what stands in them. A recording that was begun before there were such tables gets them when it is appended to.
 */

const char *const schema_heap_tables[SCHEMA_HEAP_COUNT] = {
        [SCHEMA_CENSUS] = "census",      [SCHEMA_ARENA] = "census_arena",
        [SCHEMA_CLASS] = "census_class", [SCHEMA_LOST] = "lost",
        [SCHEMA_HEAD] = "lost_head",
};

#define ARENA                                                                            \
	"size,live_blocks,live_bytes,cached_blocks,cached_bytes,fast_blocks,fast_bytes," \
	"free_blocks,free_bytes,top_bytes,own_bytes,largest_free,trimmable,unread,torn"

const char *const schema_heap_columns[SCHEMA_HEAP_COUNT] = {
        [SCHEMA_CENSUS] = "time,allocator,walked,why,layout,layout_confidence,took,looks,span,"
                          "resident,arenas," ARENA,
        [SCHEMA_ARENA] = "time,rank,address,main," ARENA,
        [SCHEMA_CLASS] = "time,low,high,rank,blocks,bytes,first_blocks,growth_blocks,"
                         "growth_bytes,steady",
        [SCHEMA_LOST] = "time,scans,scanned,took,suspect_heads,probable_heads,lost_heads,"
                        "definitely_blocks,definitely_bytes,indirectly_blocks,indirectly_bytes,"
                        "possibly_blocks,possibly_bytes,reachable_blocks,reachable_bytes,"
                        "suspect_blocks,suspect_bytes,growth_blocks,growth_bytes,root_bytes,"
                        "unread_bytes,whole_stacks,torn,heads",
        [SCHEMA_HEAD] = "time,rank,address,size,kind,certainty,twins,bytes,indirect_blocks,"
                        "indirect_bytes,scans,since,growth,first,type",
};

static const char *const keys[SCHEMA_HEAP_COUNT] = {
        [SCHEMA_CENSUS] = "time", [SCHEMA_ARENA] = "time,rank", [SCHEMA_CLASS] = "time,low",
        [SCHEMA_LOST] = "time",   [SCHEMA_HEAD] = "time,rank",
};

int schema_heap_write(struct buf *out)
{
	for (unsigned t = 0; t < SCHEMA_HEAP_COUNT; t++)
		buf_addf(out, "CREATE TABLE IF NOT EXISTS %s(%s, PRIMARY KEY(%s)) WITHOUT ROWID;\n",
		         schema_heap_tables[t], schema_heap_columns[t], keys[t]);
	return out->error;
}
