/* SPDX-License-Identifier: MIT */
#include "store/schema_sites.h"

/*
 * The tables about call sites. Knows their columns, the same for writing and reading; refuses to know what stands in
 * them. A recording that was begun before there were such tables gets them with the first tracing.
 */

const char *const schema_sites_tables[SCHEMA_SITES_COUNT] = {
        [SCHEMA_TRACE] = "trace",
        [SCHEMA_SITE] = "site",
        [SCHEMA_FRAME] = "site_frame",
};

const char *const schema_sites_columns[SCHEMA_SITES_COUNT] = {
        [SCHEMA_TRACE] =
                "time,began,until,kind,source,note,next,traced,ended,expected,slowdown,hits_per_s,"
                "hit_ns,period,bursts,samples,lost,not_followed,unmatched_frees,broken,"
                "nameless,live_bytes,live_blocks,growth_bytes,other_bytes",
        [SCHEMA_SITE] =
                "time,rank,named,samples,live_bytes,live_blocks,allocated_bytes,"
                "allocated_blocks,freed_bytes,freed_blocks,growth_bytes,growth_blocks,share,"
                "lifetime,steady,spark",
        [SCHEMA_FRAME] = "time,rank,level,address,function,file,line,module,inlined,module_offset",
};

static const char *const keys[SCHEMA_SITES_COUNT] = {
        [SCHEMA_TRACE] = "time",
        [SCHEMA_SITE] = "time,rank",
        [SCHEMA_FRAME] = "time,rank,level",
};

int schema_sites_write(struct buf *out)
{
	for (unsigned t = 0; t < SCHEMA_SITES_COUNT; t++)
		buf_addf(out, "CREATE TABLE IF NOT EXISTS %s(%s, PRIMARY KEY(%s)) WITHOUT ROWID;\n",
		         schema_sites_tables[t], schema_sites_columns[t], keys[t]);
	return out->error;
}
