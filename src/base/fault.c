/* SPDX-License-Identifier: MIT */
/*
 * Knows how an error becomes one line that is safe to print. Refuses to print it, and to ask
 * strerror, whose text follows the locale and whose buffer may be shared between threads.
 */
#include "base/fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/safe_text.h"

int fault_set(struct fault *f, int status, const char *format, ...)
{
	if (!f)
		return -EINVAL;
	char raw[sizeof(f->text)] = "";
	va_list args;
	va_start(args, format);
	vsnprintf(raw, sizeof(raw), format, args);
	va_end(args);
	f->status = status;
	safe_copy(f->text, sizeof(f->text), raw, strlen(raw), SAFE_UTF8);
	return -EINVAL;
}

static const struct reason {
	int error;
	const char *text;
} reasons[] = {
        {EPERM, "operation not permitted"},
        {ENOENT, "no such file or directory"},
        {ESRCH, "no such process"},
        {EINTR, "interrupted"},
        {EIO, "input/output error"},
        {ENXIO, "no such device or address"},
        {E2BIG, "argument list too long"},
        {ENOEXEC, "not an executable of this machine"},
        {EBADF, "it is closed"},
        {ECHILD, "no child process"},
        {EAGAIN, "temporarily unavailable"},
        {ENOMEM, "out of memory"},
        {EACCES, "permission denied"},
        {EFAULT, "bad address"},
        {EBUSY, "busy"},
        {EEXIST, "exists already"},
        {EXDEV, "on another file system"},
        {ENODEV, "no such device"},
        {ENOTDIR, "not a directory"},
        {EISDIR, "is a directory"},
        {EINVAL, "invalid argument or content"},
        {ENFILE, "too many open files in the system"},
        {EMFILE, "too many open files"},
        {ENOTTY, "not a terminal"},
        {ETXTBSY, "executable is being written"},
        {EFBIG, "too large"},
        {ENOSPC, "no space left on device"},
        {ESPIPE, "cannot seek"},
        {EROFS, "read-only file system"},
        {EMLINK, "too many links"},
        {EPIPE, "closed pipe"},
        {ERANGE, "out of range"},
        {EDEADLK, "deadlock avoided"},
        {ENAMETOOLONG, "file name too long"},
        {ENOSYS, "not implemented by this kernel"},
        {ENOTEMPTY, "directory not empty"},
        {ELOOP, "too many symbolic links"},
        {ENODATA, "no data"},
        {EPROTO, "protocol error"},
        {EOVERFLOW, "value too large"},
        {EILSEQ, "invalid byte sequence"},
        {ENOTSUP, "not supported"},
        {ETIMEDOUT, "timed out"},
        {ESTALE, "stale file handle"},
        {EDQUOT, "disk quota exceeded"},
        {ECANCELED, "cancelled"},
};

const char *fault_reason(int error)
{
	/* Not negated at once: -INT_MIN does not exist. */
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (error == reasons[i].error || error == -reasons[i].error)
			return reasons[i].text;
	return error == 0 ? "no error" : "unknown error";
}
