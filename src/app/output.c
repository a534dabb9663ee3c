/* SPDX-License-Identifier: MIT */
#include "app/output.h"

/*
 * write(2) until done. Knows no format; refuses to buffer: a row that was taken is out. The exception is an
 * output that never waits: it keeps what its reader has yet to take, up to BACKLOG.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/safe_text.h"
#include "store/replay.h"

/* A pipe that polls writable takes this much without blocking. */
enum { PIECE = 4096, BACKLOG = 1 << 20 };

/* Waits until a write of PIECE bytes will not block. 0, or -EPIPE: nobody waits for the reader any more. */
static int wait_writable(const struct output *o)
{
	struct pollfd p[2] = {{o->fd, POLLOUT, 0}, {o->wake_fd > 0 ? o->wake_fd : -1, POLLIN, 0}};
	int n;

	do
		n = poll(p, 2, o->patience_ms > 0 ? o->patience_ms : -1);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return p[0].revents ? 0 : -EPIPE;
}

/*
 * Of what was written last, `done` bytes, only whole lines stay: half a row is read as a whole one with less in it. Not
 * where others have written behind it.
 */
static void take_back_part(const struct output *o, const char *p, size_t done)
{
	const char *end = memrchr(p, '\n', done);
	off_t part = (off_t)(end ? p + done - end - 1 : (ptrdiff_t)done), at;
	struct stat st;

	if (!part || fstat(o->fd, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	at = lseek(o->fd, 0, SEEK_CUR);
	if (at == st.st_size && at >= part && ftruncate(o->fd, at - part) == 0)
		lseek(o->fd, at - part, SEEK_SET);
}

static int write_all(const struct output *o, const char *p, size_t n)
{
	size_t done = 0;
	int err = 0;

	while (!err && done < n) {
		err = wait_writable(o);
		if (err)
			break;
		ssize_t w = write(o->fd, p + done, n - done < PIECE ? n - done : PIECE);
		if (w < 0 && errno != EINTR)
			err = -errno;
		done += w > 0 ? (size_t)w : 0;
	}
	if (err)
		take_back_part(o, p, done);
	return err;
}

/* Hands the reader as much of the backlog as it takes now. */
static int write_backlog(struct output *o)
{
	struct buf *b = &o->backlog;
	size_t done = 0;
	int err = 0;

	while (!err && done < b->len) {
		ssize_t w = write(o->fd, b->data + done, b->len - done);
		if (w < 0 && errno == EAGAIN)
			break;
		if (w < 0 && errno != EINTR)
			err = -errno;
		done += w > 0 ? (size_t)w : 0;
	}
	if (err)
		take_back_part(o, b->data, done);
	if (done) {
		memmove(b->data, b->data + done, b->len - done);
		b->len -= done;
	}
	return err;
}

/* What does not fit is left out whole: half a row would spoil the next one, too. */
static int write_later(struct output *o, const struct buf *b)
{
	int err = write_backlog(o);

	if (err)
		return err;
	if (b->len > BACKLOG - o->backlog.len || buf_reserve(&o->backlog, b->len)) {
		o->dropped++;
		o->backlog.error = 0;
		return 0;
	}
	buf_add(&o->backlog, b->data, b->len);
	return write_backlog(o);
}

int output_write(struct output *o, struct buf *b)
{
	int err = b->error;

	if (o->closed)
		err = -EPIPE;
	else if (o->error)
		err = o->error;
	else if (!err && o->fd >= 0 && b->len)
		err = o->never_waits ? write_later(o, b) : write_all(o, b->data, b->len);
	buf_reset(b);
	if (err == -EPIPE)
		o->closed = true;
	else if (err && !o->error)
		o->error = err;
	return err;
}

void output_note(const char *text)
{
	dprintf(STDERR_FILENO, "memleak-detective: %s\n", text);
}

void output_fault(const struct fault *f)
{
	if (f->text[0])
		output_note(f->text);
}

/*
 * Whether it lies where everybody has files, as in /tmp, or in somebody else's directory: there a link may be a trap, which
 * would let root empty a file that only root may write.
 */
static bool is_among_strangers(const char *path)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];
	struct stat st;

	snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
	if (stat(dir, &st) < 0)
		return false;
	return (st.st_mode & S_ISVTX && st.st_mode & S_IWOTH) ||
	       (st.st_uid != 0 && st.st_uid != geteuid());
}

/* Empties a file that nobody else writes, and keeps others away. 0; -EBUSY: another watch has it; other -errno. */
static int take_file(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return 0;
	/* A file system that knows no locks leaves this to the user. */
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return -EBUSY;
	return ftruncate(fd, 0) < 0 ? -errno : 0;
}

/*
 * Opens without waiting for a reader; writes may wait again. At its end, wherever that is: who empties the file meanwhile
 * shall not find a hole. The descriptor or -errno.
 */
static int open_now(const char *path)
{
	int links = is_among_strangers(path) ? O_NOFOLLOW : 0;
	/* A FIFO that nobody reads would hold us in open(2), where no signal that we block is seen. */
	int fd = open(path,
	              O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | links,
	              0600),
	    flags = fd < 0 ? -errno : fcntl(fd, F_GETFL), err = fd < 0 ? flags : take_file(fd);

	if (!err && flags >= 0)
		fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
	if (err && fd >= 0)
		close(fd);
	return err ? err : fd;
}

static void tell_refusal(const char *safe, int err, struct fault *fault)
{
	if (err == -ENXIO)
		fault_set(fault, STATUS_OUTPUT,
		          "cannot write %s: it has no reader; start the reader first", safe);
	else if (err == -ELOOP)
		fault_set(fault, STATUS_OUTPUT,
		          "cannot write %s: it is a link; give the path that it leads to", safe);
	else if (err == -EBUSY)
		fault_set(fault, STATUS_OUTPUT,
		          "cannot write %s: another watch writes it; give another path", safe);
	else
		fault_set(fault, STATUS_OUTPUT, "cannot write %s: %s; give another path", safe,
		          fault_reason(err));
}

int output_open(struct output *o, const char *path, struct fault *fault)
{
	char safe[256];
	int fd;

	safe_copy(safe, sizeof(safe), path, strlen(path), SAFE_ASCII);
	/* Under whatever name it goes, it may be the one that is written or read just now. */
	if (replay_recognise(path)) {
		fault_set(
		        fault, STATUS_OUTPUT,
		        "cannot write %s: it is a recording and stays as it is; give another path",
		        safe);
		return -EEXIST;
	}
	fd = open_now(path);
	if (fd < 0) {
		tell_refusal(safe, fd, fault);
		return fd;
	}
	*o = (struct output){.fd = fd, .name = path, .named = true};
	return 0;
}

void output_never_wait(struct output *o)
{
	int flags = fcntl(o->fd, F_GETFL);

	if (flags < 0 || fcntl(o->fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return;
	o->never_waits = true;
	buf_init(&o->backlog, BACKLOG);
}

/* Whoever looks for the rows looks under the name. 0 or -errno with a fault. */
static int look_for_name(const struct output *o, struct fault *fault)
{
	struct stat ours, found;
	char safe[256];

	if (!o->named || fstat(o->fd, &ours) < 0 || !S_ISREG(ours.st_mode))
		return 0;
	if (stat(o->name, &found) == 0) {
		if (found.st_dev == ours.st_dev && found.st_ino == ours.st_ino)
			return 0;
	} else if (errno != ENOENT && errno != ENOTDIR) {
		return 0; /* nothing is known of it */
	}
	safe_copy(safe, sizeof(safe), o->name, strlen(o->name), SAFE_ASCII);
	if (!ours.st_nlink)
		fault_set(fault, STATUS_OUTPUT,
		          "the rows of %s are lost: it was removed while it was written; leave it "
		          "there until the end",
		          safe);
	else
		fault_set(fault, STATUS_OUTPUT,
		          "the rows of %s are not there: it was moved or replaced while it was "
		          "written; they are in the file that it was",
		          safe);
	return -ENOENT;
}

static void tell_failure(const struct output *o, int err, struct fault *fault)
{
	char safe[256];

	safe_copy(safe, sizeof(safe), o->name, strlen(o->name), SAFE_ASCII);
	fault_set(fault, STATUS_OUTPUT, "cannot write %s: %s; rows may be missing there", safe,
	          fault_reason(err));
}

int output_close(struct output *o, struct fault *fault)
{
	int err = o->error, named;

	if (o->fd < 0)
		return 0;
	if (o->never_waits && !err && !o->closed)
		write_backlog(o);
	if (o->backlog.len && !err && !o->closed)
		fault_set(fault, STATUS_OK,
		          "the reader of --csv was slow: it misses the last rows");
	buf_done(&o->backlog);
	/* Pipes and devices cannot be synchronised; only a failing disk is news. */
	if (!err && fsync(o->fd) < 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP)
		err = -errno;
	named = look_for_name(o, fault);
	if (close(o->fd) < 0 && !err)
		err = -errno;
	o->fd = -1;
	if (err)
		tell_failure(o, err, fault);
	return err ? err : named;
}

int output_status(const struct output *o)
{
	struct fault f = {0};

	if (!o->error)
		return STATUS_OK;
	fault_set(&f, STATUS_OUTPUT, "cannot write to %s: %s; rows were lost, give another output",
	          o->name, fault_reason(o->error));
	output_fault(&f);
	return STATUS_OUTPUT;
}
