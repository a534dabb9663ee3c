/* SPDX-License-Identifier: MIT */
#include "store/replay_internal.h"

/*
 * Rows of tables that a recording may lack: those of heaps and of call sites. Knows how one of them is found by its
 * time; refuses to know their columns.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

int replay_select(const struct replay *r, const char *table, const char *names, const char *where,
                  sqlite3_stmt **ret)
{
	struct buf sql;
	int err, rc;

	*ret = NULL;
	buf_init(&sql, 4096);
	err = buf_addf(&sql, "SELECT %s FROM %s WHERE %s", names, table, where);
	if (err == 0) {
		rc = sqlite3_prepare_v2(r->db, buf_str(&sql), -1, ret, NULL);
		err = rc == SQLITE_OK || rc == SQLITE_ERROR ? 0
		      : rc == SQLITE_NOMEM                  ? -ENOMEM
		                                            : -EIO;
	}
	buf_done(&sql);
	return err;
}

void replay_where_at(const struct replay *r, uint64_t time, char where[REPLAY_WHERE])
{
	uint64_t from = 0;

	replay_image_at(r, time, &from);
	snprintf(where, REPLAY_WHERE,
	         "time <= %" PRIu64 " AND time >= %" PRIu64 " ORDER BY time DESC LIMIT 1", time,
	         from);
}

void replay_where_after(uint64_t after, uint64_t until, char where[REPLAY_WHERE])
{
	if (known(after))
		snprintf(where, REPLAY_WHERE,
		         "time > %" PRIu64 " AND time <= %" PRIu64 " ORDER BY time LIMIT 1", after,
		         until);
	else
		snprintf(where, REPLAY_WHERE, "time <= %" PRIu64 " ORDER BY time LIMIT 1", until);
}
