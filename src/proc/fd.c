/* SPDX-License-Identifier: MIT */
/*
 * What a descriptor is, told from the text of its link alone. Knows how the kernel names what is no
 * file; refuses to follow the link.
 */
#include "proc/system.h"

#include "proc/lines.h"

const char *const fd_kind_names[FD_KIND_COUNT] = {
        [FD_FILE] = "file",   [FD_SOCKET] = "socket", [FD_PIPE] = "pipe",   [FD_EVENT] = "event",
        [FD_MEMFD] = "memfd", [FD_DEVICE] = "device", [FD_OTHER] = "other",
};

struct prefix {
	const char *text;
	enum fd_kind kind;
};

/* The first row that fits decides; file systems below /dev hold files. */
static const struct prefix prefixes[] = {
        {"socket:[", FD_SOCKET},
        {"pipe:[", FD_PIPE},
        {"anon_inode:[eventfd]", FD_EVENT},
        {"anon_inode:[eventpoll]", FD_EVENT},
        {"anon_inode:[timerfd]", FD_EVENT},
        {"anon_inode:[signalfd]", FD_EVENT},
        {"anon_inode:[fanotify]", FD_EVENT},
        {"anon_inode:inotify", FD_EVENT},
        {"/memfd:", FD_MEMFD},
        {"/dmabuf:", FD_DEVICE},
        {"/dev/shm/", FD_FILE},
        {"/dev/hugepages/", FD_FILE},
        {"/dev/mqueue/", FD_FILE},
        {"/dev/", FD_DEVICE},
        {"/", FD_FILE},
        {"(unreachable)/", FD_FILE},
};

enum fd_kind fd_kind_of(const char *link, size_t len)
{
	struct span s = {link, len};
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (span_starts(s, prefixes[i].text))
			return prefixes[i].kind;
	}
	return FD_OTHER;
}
