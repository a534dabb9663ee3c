/* SPDX-License-Identifier: MIT */
#include "symbols/symbols.h"

/*
 * Knows when there can be symbols of a process, and keeps what is mapped up to date. Refuses to
 * read an ELF file: that is done by a process that may die of it.
 */

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbols/talk.h"

enum { MAPS_MAX = 64 << 20 };

static int opened(enum procdir_finding finding, int other)
{
	switch (finding) {
	case PROCDIR_OK:
		return 0;
	case PROCDIR_GONE:
	case PROCDIR_ZOMBIE:
		return -ESRCH;
	case PROCDIR_HIDDEN:
	case PROCDIR_DENIED:
		return -EACCES;
	case PROCDIR_FAILED:
		return other ? -other : -EIO;
	default:
		return -EINVAL;
	}
}

/* Another machine's program; one that cannot be looked at is left to what comes. */
static int machine_check(const struct symbols *s)
{
	unsigned char head[20] = {0};
	int fd = openat(s->dir.fd, "exe", O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n = fd < 0 ? -1 : pread(fd, head, sizeof(head), 0);

	if (fd >= 0)
		close(fd);
	if (n < (ssize_t)sizeof(head) || memcmp(head, ELFMAG, SELFMAG) != 0)
		return 0;
	return head[EI_CLASS] == ELFCLASS64 && head[18] == EM_X86_64 && head[19] == 0 ? 0
	                                                                              : -ENOTSUP;
}

int symbols_refresh(struct symbols *s)
{
	struct buf text;
	bool changed = false;
	int r;

	buf_init(&text, MAPS_MAX);
	r = procdir_read(&s->dir, "maps", &text);
	if (r == 0)
		r = mapped_read(&s->mapped, buf_str(&text), text.len, &changed);
	/* Of a process that ended there are no mappings any more. */
	if (r == 0 && s->mapped.range_count == 0)
		r = -ESRCH;
	buf_done(&text);
	if (changed)
		s->told = false;
	return r == -EPERM ? -EACCES : r == -ENOENT ? -ESRCH : r;
}

static int symbols_begin(struct symbols *s, const char *proc)
{
	int r;

	s->proc = strdup(proc);
	s->answer = malloc(OUT_ROOM);
	if (!s->proc || !s->answer)
		return -ENOMEM;
	if (!s->dir.real)
		return -ENOTSUP;
	r = machine_check(s);
	if (r == 0)
		r = symbols_refresh(s);
	return r == 0 ? worker_start(&s->worker) : r;
}

int symbols_open(const char *proc, int32_t pid, struct symbols **ret)
{
	struct symbols *s = calloc(1, sizeof(*s));
	int other = 0, r;

	if (!s)
		return -ENOMEM;
	r = worker_init(&s->worker);
	if (r < 0) {
		free(s);
		return r;
	}
	s->dir = (struct procdir){.fd = -1, .rootfd = -1, .pidfd = -1};
	enum procdir_finding finding = procdir_open(proc, pid, &s->dir, &other);
	r = opened(finding, other);
	if (r == 0)
		r = symbols_begin(s, proc);
	if (r < 0)
		symbols_close(s);
	else
		*ret = s;
	return r;
}

void symbols_close(struct symbols *s)
{
	if (!s)
		return;
	worker_done(&s->worker);
	mapped_done(&s->mapped);
	made_done(&s->made);
	procdir_close(&s->dir);
	free(s->answer);
	free(s->proc);
	free(s);
}

void symbols_health(const struct symbols *s, struct symbols_health *ret)
{
	*ret = s->health;
}
