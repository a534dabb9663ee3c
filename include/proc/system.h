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
	MEMINFO_ANON_PAGES,
	MEMINFO_KERNEL_STACK,
	MEMINFO_HUGETLB,
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

/*
 * How much of the last ten seconds was lost waiting for memory, per cent; NAN where not told: by at
 * least one task, by all that had something to do.
 */
struct pressure {
	double some, full;
};

/* A whole pressure/memory. 0, or -EINVAL when neither line is there; then *ret is untouched. */
int pressure_parse(const char *text, size_t len, struct pressure *ret);

/* Seconds since boot, the first word of uptime, in ns. 0 or -EINVAL. */
int uptime_parse(const char *text, size_t len, uint64_t *ret_ns);

/* Where a process sits in the memory controller's tree. */
struct cgroup_place {
	bool v2;         /* unified hierarchy; else a v1 "memory" hierarchy */
	char path[4096]; /* path within the hierarchy, begins with '/' */
};

/* From /proc/PID/cgroup: the v1 line that names "memory", else the "0::" line. 0 or -ENOENT. */
int cgroup_parse(const char *text, size_t len, struct cgroup_place *ret);

/*
 * What a person calls the group with this path: its nearest unit ("nginx.service"), or container
 * ("docker:0123456789ab"), else its last part; "" for the root. Raw bytes, cut to size, NUL-terminated.
 */
void cgroup_label(const char *path, size_t len, char *out, size_t size);

/*
 * True when this text of /proc/PID/cgroup lies in the systemd unit `unit` ("nginx.service") or below it: in
 * the unified hierarchy or in that of systemd ("name=systemd"), whatever slices lie around it.
 */
bool cgroup_has_unit(const char *text, size_t len, const char *unit);

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

/* The level of the tree above a process that has the least room left. */
struct cgroup_room {
	uint64_t limit; /* bytes; memory.max, memory.high or memory.limit_in_bytes; UNKNOWN: none */
	uint64_t usage; /* bytes; what that level uses; UNKNOWN when not told */
	uint64_t cache; /* bytes; its inactive file pages, given back before the limit hurts */
	bool throttles; /* limit is memory.high: beyond it nobody is killed, all are held up */
	unsigned ancestor; /* levels above the process's own group; 0: its own */
};

/*
 * Bytes left until the limit: cache does not count as used, and memory.high that was passed no longer
 * is one. UNKNOWN without a limit; where the usage is not told, the whole limit.
 */
uint64_t cgroup_room_left(const struct cgroup_room *r);

/* "inactive_file N" of a memory.stat; in v1 that of all groups below ("total_"). 0 or -ENOENT. */
int cgroup_cache_parse(const char *text, size_t len, bool v2, uint64_t *ret_bytes);

/* The single number of a file such as max_map_count, oom_score, oom_score_adj. 0 or -EINVAL. */
int kernel_number_parse(const char *text, size_t len, int64_t *ret);

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
