/* SPDX-License-Identifier: MIT */
#ifndef STORE_SCHEMA_SITES_H
#define STORE_SCHEMA_SITES_H

/*
 * What tracing call sites found, the newest of each tracing; of each the same `time` in all tables:
 *
 *   trace(time PRIMARY KEY, began, until, kind, source, note, next, ...)     price and losses; `time` is that of a sample
 *                                                                            where the last came later than all of them
 *   site(time, rank, ..., spark, PRIMARY KEY (time, rank))                   the 100 first of the list
 *   site_frame(time, rank, level, address, function, file, line, module, inlined,
 *              module_offset, PRIMARY KEY (time, rank, level))                              their stacks, level 0 innermost
 *
 * Figures are those of model/sites.h, unknown ones NULL; `spark` is numbers with blanks between. Which pages belong to
 * whom is not kept. A recording may lack these tables.
 */

#include "base/buf.h"

enum schema_sites { SCHEMA_TRACE, SCHEMA_SITE, SCHEMA_FRAME, SCHEMA_SITES_COUNT };
extern const char *const schema_sites_tables[SCHEMA_SITES_COUNT];
extern const char
        *const schema_sites_columns[SCHEMA_SITES_COUNT]; /* separated by commas, `time` first */

/* Creates those that are not there. 0 or -errno of the buffer. */
int schema_sites_write(struct buf *out);

#endif
