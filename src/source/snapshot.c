/* SPDX-License-Identifier: MIT */
/*
 * Knows how a file is read whole and which of the two forms it has. Refuses to know what stands in them.
 */
#include "source/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/safe_text.h"
#include "source/snapshot_internal.h"

enum { PIECE = 1 << 16 };

static int read_all(int fd, struct buf *out)
{
	ssize_t n;

	do {
		int err = buf_reserve(out, PIECE);
		if (err)
			return err;
		n = read(fd, out->data + out->len, PIECE);
		if (n > 0) {
			out->len += (size_t)n;
			out->data[out->len] = '\0';
		}
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? -errno : 0;
}

static int file_read(const char *path, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), err;

	if (fd < 0)
		return -errno;
	err = read_all(fd, out);
	close(fd);
	return err;
}

static bool first_line_has(const struct snapshot_text *t, const char *word)
{
	const char *end = memchr(t->bytes, '\n', t->len);

	return memmem(t->bytes, end ? (size_t)(end - t->bytes) : t->len, word, strlen(word));
}

static int refuse(const struct snapshot_text *t, const char *what, struct fault *fault)
{
	return fault_set(fault, STATUS_USAGE, "%s: %s", t->name, what);
}

static int parse(const struct snapshot_text *t, struct moment *m, struct fault *fault)
{
	size_t blanks = 0;

	while (blanks < t->len && strchr(" \t\r\n", t->bytes[blanks]) && t->bytes[blanks])
		blanks++;
	if (blanks == t->len)
		return refuse(t, "it is empty; export a moment with key e", fault);
	if (t->bytes[blanks] == '{')
		return snapshot_json(t, m, fault);
	if (first_line_has(t, "kind,") && first_line_has(t, "size_kb"))
		return snapshot_csv(t, m, fault);
	if (first_line_has(t, "time_s"))
		return refuse(
		        t,
		        "a table of samples, which has no regions to compare; --analyze reads "
		        "it",
		        fault);
	return refuse(t,
	              "neither a recording nor a moment exported with key e as .json or .csv; give "
	              "one of these",
	              fault);
}

static int load(const char *path, struct snapshot_text *t, struct buf *bytes, struct moment *m,
                struct fault *fault)
{
	int err = file_read(path, bytes);

	if (err) {
		fault_set(fault, STATUS_USAGE,
		          "%s: %s; give a recording, or a moment exported with "
		          "key e",
		          t->name, fault_reason(err));
		return err;
	}
	t->bytes = buf_str(bytes);
	t->len = bytes->len;
	return parse(t, m, fault);
}

int snapshot_load(const char *path, struct moment **ret, struct fault *fault)
{
	char name[256];
	struct snapshot_text t = {
	        .name = safe_copy(name, sizeof(name), path, strlen(path), SAFE_UTF8)};
	struct moment *m = moment_new();
	struct buf bytes;
	int err;

	if (!m) {
		fault_set(fault, STATUS_USAGE, "%s: out of memory; free some and try again", name);
		return -ENOMEM;
	}
	m->state = TARGET_REPLAYED;
	buf_init(&bytes, SNAPSHOT_BYTES);
	err = load(path, &t, &bytes, m, fault);
	buf_done(&bytes);
	if (err)
		moment_unref(m);
	else
		*ret = m;
	return err;
}
