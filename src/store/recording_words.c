/* SPDX-License-Identifier: MIT */
/*
 * Why a file cannot be recorded to, before and while it is. Knows what can be done about it; refuses to know how it
 * was noticed.
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/recording_internal.h"

static const char *reason_open(int err)
{
	/* The rights of root are not what they seem. */
	bool root = geteuid() == 0;

	switch (err) {
	case -ELOOP:
		return "is a symbolic link; name the file itself";
	case -EISDIR:
		return "is a directory; name a file in it";
	case -ENOENT:
		return "its directory does not exist; create it, or choose another";
	case -ENOTDIR:
		return "lies below something that is no directory; choose another path";
	case -EACCES:
	case -EPERM:
		return root ? "permission denied; root gave up here to write where others own: "
		              "choose a directory of root's, or /tmp"
		            : "permission denied; choose a directory and a file that you may write";
	case -EROFS:
		return "it cannot be written to; choose another file";
	case -ENOTUNIQ:
		return "is no recording of this program; it is left as it is, choose another file";
	case -EPROTO:
		return "was written by a newer version of this program; use that one, or choose "
		       "another file";
	case -ENODATA:
		return "lacks columns that this version writes (an older one made it?); replay it, "
		       "record to another file";
	case -EUCLEAN:
		return "is damaged and left as it is; replay what can be read, record to another "
		       "file";
	case -EBUSY:
		return "is being written by another process; choose another file";
	case -ENOSPC:
	case -EDQUOT:
		return "disk full; free space, or choose another file";
	case -EMFILE:
		return "too many open files; raise the limit (ulimit -n)";
	case -ENOMEM:
		return "out of memory; free some and try again";
	default:
		return NULL;
	}
}

int recording_refuse(const char *path, int err, struct fault *fault)
{
	const char *reason = reason_open(err);
	struct stat st;

	/* As mktemp(1) leaves it: whoever made it may want it recorded to. */
	if (err == -ENOTUNIQ && stat(path, &st) == 0 && S_ISREG(st.st_mode) && !st.st_size)
		reason = "cannot record to it: an empty file is there already, and that is no "
		         "recording; remove it, or give another name";
	if (reason)
		fault_set(fault, STATUS_OUTPUT, "%s: %s", path, reason);
	else
		fault_set(fault, STATUS_OUTPUT, "%s: cannot record to it: %s; choose another file",
		          path, fault_reason(err));
	return err;
}

static const char *reason_write(int err)
{
	switch (err) {
	case -ENOSPC:
		return "disk full; recording goes on when there is space";
	case -EDQUOT:
		return "disk quota exceeded; recording goes on when there is space";
	case -EFBIG:
		return "no file may be that large here; raise the limit of the shell (ulimit -f), "
		       "or record to another disk";
	case -E2BIG:
		return "does not fit into its limit; use a larger --record-limit";
	case -ENOENT:
		return "was removed or replaced; recording has ended, begin another one";
	case -ESTALE:
		return "was moved: what was recorded until then is in the moved file; recording "
		       "has ended, begin another one";
	case -EAGAIN:
		return "a reader has kept its journal until the limit is full; recording goes on "
		       "when it ends";
	case -EBUSY:
		return "another process writes to it or keeps it locked; recording goes on when it "
		       "ends";
	case -EUCLEAN:
		return "is damaged; record to another file";
	case -EROFS:
		return "can no longer be written to; record to another file";
	default:
		return NULL;
	}
}

int recording_fault(const struct recording *r, int err, struct fault *fault)
{
	const char *reason = reason_write(err);

	if (reason)
		fault_set(fault, STATUS_OUTPUT, "%s: %s", r->path, reason);
	else
		fault_set(fault, STATUS_OUTPUT,
		          "%s: writing failed: %s; recording goes on when it succeeds", r->path,
		          fault_reason(err));
	return err;
}
