/* SPDX-License-Identifier: MIT */
/*
 * Knows where the memory limits of a process lie in a mounted cgroup tree, and that the level
 * with the least room left counts. Refuses to guess mount points: they come from mountinfo, ours where paths are
 * opened in our own mount namespace, that of the process where a fixture points into itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/known.h"
#include "proc/procdir.h"

enum { MOUNTINFO_MAX = 4 << 20, SMALL_FILE_MAX = 64 << 10, DEPTH_MAX = 64 };

/* The directory of a group: the mount point and the part of the path below what is mounted. */
struct group {
	char path[PATH_MAX];
	size_t top; /* length of the mount point: higher we cannot look */
};

/* Below the mounted root, or the whole path when it lies elsewhere (another cgroup namespace). */
static const char *path_below(const struct cgroup_place *place, const struct cgroup_mount *mount)
{
	size_t n = strlen(mount->root);
	if (n > 1 && !strncmp(place->path, mount->root, n) &&
	    (place->path[n] == '/' || !place->path[n]))
		return place->path + n;
	return place->path;
}

/*
 * A container sees its cgroup mount at a place of its own, or none at all: what we open by path lies
 * where our own mountinfo says. Below a foreign procfs there is no "we".
 */
static int mountinfo_read(const struct procdir *d, struct buf *b)
{
	return d->real ? procdir_read_global(d, "self/mountinfo", b)
	               : procdir_read(d, "mountinfo", b);
}

static int group_find(const struct procdir *d, struct cgroup_place *place, struct group *ret)
{
	struct cgroup_mount *mount = malloc(sizeof(*mount));
	struct buf b;

	buf_init(&b, MOUNTINFO_MAX);
	int r = mount ? procdir_read(d, "cgroup", &b) : -ENOMEM;
	if (r == 0)
		r = cgroup_parse(buf_str(&b), b.len, place);
	if (r == 0)
		r = mountinfo_read(d, &b);
	if (r == 0)
		r = cgroup_mount_parse(buf_str(&b), b.len, place->v2, mount);
	if (r < 0)
		goto out;
	const char *below = path_below(place, mount);
	ret->top = strlen(mount->point);
	int n = snprintf(ret->path, sizeof(ret->path), "%s%s", mount->point, below);
	if (n < 0 || (size_t)n >= sizeof(ret->path))
		r = -ENAMETOOLONG;
out:
	buf_done(&b);
	free(mount);
	return r;
}

static int group_open_file(const struct group *g, const char *name)
{
	char path[PATH_MAX + 64];
	snprintf(path, sizeof(path), "%s/%s", g->path, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return fd < 0 ? -errno : fd;
}

static int group_read(const struct group *g, const char *name, struct buf *b)
{
	int fd = group_open_file(g, name);
	if (fd < 0)
		return fd;
	int r = procdir_read_fd(fd, b);
	close(fd);
	return r;
}

static uint64_t group_figure(const struct group *g, const char *name, struct buf *b)
{
	uint64_t bytes = UNKNOWN;
	if (group_read(g, name, b) == 0)
		cgroup_limit_parse(buf_str(b), b->len, &bytes);
	return bytes;
}

/* Goes one level up; false at the mount point. */
static bool group_up(struct group *g)
{
	char *slash = strrchr(g->path, '/');
	if (!slash || (size_t)(slash - g->path) < g->top || !g->path[g->top])
		return false;
	*slash = '\0';
	return true;
}

/* What one level limits; false: nothing. Usage is read only where there is something to compare it with. */
static bool level_room(const struct group *g, bool v2, unsigned ancestor, struct buf *b,
                       struct cgroup_room *ret)
{
	uint64_t most = group_figure(g, v2 ? "memory.max" : "memory.limit_in_bytes", b);
	uint64_t high = v2 ? group_figure(g, "memory.high", b) : UNKNOWN;
	if (!known(most) && !known(high))
		return false;
	struct cgroup_room hard = {.limit = most, .cache = UNKNOWN, .ancestor = ancestor};
	hard.usage = group_figure(g, v2 ? "memory.current" : "memory.usage_in_bytes", b);
	if (group_read(g, "memory.stat", b) == 0)
		cgroup_cache_parse(buf_str(b), b->len, v2, &hard.cache);
	struct cgroup_room soft = hard;
	soft.limit = high;
	soft.throttles = true;
	*ret = cgroup_room_left(&soft) < cgroup_room_left(&hard) ? soft : hard;
	return known(ret->limit);
}

int procdir_cgroup_limit(const struct procdir *d, struct cgroup_room *ret_room,
                         uint64_t *ret_oom_kills, struct cgroup_place *ret_place)
{
	struct cgroup_room least = {.limit = UNKNOWN, .usage = UNKNOWN, .cache = UNKNOWN}, here;
	uint64_t kills = UNKNOWN;
	struct group g;
	struct buf b;

	int r = group_find(d, ret_place, &g);
	if (r < 0)
		return r;
	buf_init(&b, SMALL_FILE_MAX);
	int fd = group_open_file(&g, ret_place->v2 ? "memory.events" : "memory.oom_control");
	if (fd >= 0) {
		procdir_oom_kills(fd, &kills);
		close(fd);
	}
	for (unsigned depth = 0; depth < DEPTH_MAX; depth++) {
		if (level_room(&g, ret_place->v2, depth, &b, &here) &&
		    cgroup_room_left(&here) < cgroup_room_left(&least))
			least = here;
		if (!group_up(&g))
			break;
	}
	buf_done(&b);
	*ret_room = least;
	*ret_oom_kills = kills;
	return 0;
}

int procdir_memory_stat(const struct procdir *d, struct buf *b, uint64_t ret[MEMSTAT_KEY_COUNT])
{
	struct cgroup_place *place = malloc(sizeof(*place));
	struct group g;
	int r = place ? group_find(d, place, &g) : -ENOMEM;
	int fd = r == 0 ? group_open_file(&g, "memory.stat") : r;

	free(place);
	if (fd < 0)
		return fd;
	r = procdir_read_fd(fd, b);
	close(fd);
	return r < 0 ? r : memstat_parse(buf_str(b), b->len, ret);
}

int procdir_open_oom(const struct procdir *d)
{
	struct cgroup_place *place = malloc(sizeof(*place));
	struct group g;
	int r = place ? group_find(d, place, &g) : -ENOMEM;
	if (r == 0)
		r = group_open_file(&g, place->v2 ? "memory.events" : "memory.oom_control");
	free(place);
	return r;
}

int procdir_oom_kills(int fd, uint64_t *ret_kills)
{
	char text[4096];
	ssize_t n = pread(fd, text, sizeof(text), 0);
	if (n < 0)
		return -errno;
	return cgroup_oom_parse(text, (size_t)n, ret_kills);
}
