/* SPDX-License-Identifier: MIT */
#ifndef PROC_SYSTEM_H
#define PROC_SYSTEM_H

/* Files about the machine and the container: meminfo, cgroup, limits, mountinfo. Pure parsers. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/known.h"

enum meminfo_key {
	MEMINFO_TOTAL,
	MEMINFO_FREE,
	MEMINFO_AVAILABLE,
	MEMINFO_BUFFERS,
	MEMINFO_CACHED,
	MEMINFO_SWAP_TOTAL,
	MEMINFO_SWAP_FREE,
	MEMINFO_SHMEM,
	MEMINFO_SLAB_UNRECLAIM,
	MEMINFO_PAGE_TABLES,
	MEMINFO_ZSWAP,
	MEMINFO_KEY_COUNT
};
struct meminfo_key_info {
	const char *name, *meaning;
};
extern const struct meminfo_key_info meminfo_keys[MEMINFO_KEY_COUNT];

/*
 * A whole meminfo into bytes; UNKNOWN where missing, and for a MemTotal of 0.
 * 0, or -EINVAL if nothing is known.
 */
int meminfo_parse(const char *text, size_t len, uint64_t ret_bytes[MEMINFO_KEY_COUNT]);

/* Where a process sits in the memory controller's tree. */
struct cgroup_place {
	bool v2;         /* unified hierarchy; else a v1 "memory" hierarchy */
	char path[4096]; /* path within the hierarchy, begins with '/' */
};

/* From /proc/PID/cgroup: the v1 line that names "memory", else the "0::" line. 0 or -ENOENT. */
int cgroup_parse(const char *text, size_t len, struct cgroup_place *ret);

/* Where a part of such a tree is mounted. */
struct cgroup_mount {
	char point[4096]; /* unescaped */
	char root[4096];  /* the part of the hierarchy that is mounted there */
};
/*
 * Mount point and mounted root of the matching hierarchy (`v2`: unified, else v1 "memory"), from the
 * text of a mountinfo; of several mounts the one that shows most of the tree. *ret is the caller's,
 * nothing in it to free. 0, or -ENOENT where it is not mounted; then *ret is untouched.
 */
int cgroup_mount_parse(const char *text, size_t len, bool v2, struct cgroup_mount *ret);

/* A limit file: "max" and the v1 figure near 2^63 are UNKNOWN, that is, no limit. 0 or -EINVAL. */
int cgroup_limit_parse(const char *text, size_t len, uint64_t *ret_bytes);

/* "oom_kill N" of memory.events or memory.oom_control. 0 or -ENOENT. */
int cgroup_oom_parse(const char *text, size_t len, uint64_t *ret_kills);

/* LIMIT_MAPPINGS is the kernel's (sys/vm/max_map_count), the same for all: no line of limits tells it. */
enum limit_key { LIMIT_AS, LIMIT_DATA, LIMIT_STACK, LIMIT_NOFILE, LIMIT_MAPPINGS, LIMIT_KEY_COUNT };

/* Soft limits of /proc/PID/limits; UNKNOWN is "unlimited" or missing. 0 or -EINVAL. */
int limits_parse(const char *text, size_t len, uint64_t ret[LIMIT_KEY_COUNT]);

/* What a descriptor is, from the text of its link in fd/. */
enum fd_kind {
	FD_FILE,
	FD_SOCKET,
	FD_PIPE,
	FD_EVENT,
	FD_MEMFD,
	FD_DEVICE,
	FD_OTHER,
	FD_KIND_COUNT
};
extern const char *const fd_kind_names[FD_KIND_COUNT];
enum fd_kind fd_kind_of(const char *link, size_t len);

#endif
