/* SPDX-License-Identifier: MIT */
/*
 * A recording that lost its name while it was written. Knows whether it lives on under another one, and how all of it
 * comes to be there: SQLite leaves a journal behind whose file has moved. Refuses to know rows.
 */
#include <errno.h>
#include <sys/stat.h>

#include "store/recording_internal.h"

/* Where something else has the name by now, the journal beside it may be that one's: nobody touches it. */
bool recording_has_moved(const struct recording *r)
{
	struct stat at, ours;

	return fstat(r->lock, &ours) == 0 && ours.st_nlink > 0 && lstat(r->path, &at) < 0 &&
	       (errno == ENOENT || errno == ENOTDIR);
}

/* By the descriptors that are open, whatever the names are. */
int recording_into_file(struct recording *r)
{
	int frames = -1, done = -1;
	int rc = sqlite3_wal_checkpoint_v2(r->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

	/* A reader keeps the journal from being emptied, but not from being copied. */
	if (rc == SQLITE_BUSY)
		rc = sqlite3_wal_checkpoint_v2(r->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &frames,
		                               &done);
	return rc == SQLITE_OK && frames != done ? -EBUSY : recording_errno(r, rc);
}
