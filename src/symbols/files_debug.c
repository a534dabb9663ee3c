/* SPDX-License-Identifier: MIT */
/*
 * Knows where distributions, debuggers and debuginfod put debug files. Refuses the network.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "symbols/files.h"
#include "symbols/files_internal.h"

enum { PATH_ROOM = 4096 + 512 };

struct wanted {
	const struct procdir *dir;
	const char *path; /* of the module */
	int path_length;  /* up to its last '/' */
	const struct message *ask;
};

/* Formats what follows and opens it, below the target's root or below ours. */
static int open_formed(const struct wanted *w, bool ours, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
static int open_formed(const struct wanted *w, bool ours, const char *format, ...)
{
	char path[PATH_ROOM];
	va_list args;

	va_start(args, format);
	int n = vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	return ours ? file_open_ours(path) : file_open_below(w->dir, path);
}

static int by_build_id(const struct wanted *w, bool ours)
{
	const char *id = w->ask->build_id;

	return *id ? open_formed(w, ours, "/usr/lib/debug/.build-id/%.2s/%s.debug", id, id + 2)
	           : -ENOENT;
}

static int by_build_id_there(const struct wanted *w)
{
	return by_build_id(w, false);
}

static int by_build_id_here(const struct wanted *w)
{
	return by_build_id(w, true);
}

/* Beside the file, in a directory beside it, in the tree of debug files: there, then here. */
static int by_link(const struct wanted *w, bool ours, const char *before, const char *between)
{
	if (!w->ask->link[0])
		return -ENOENT;
	return open_formed(w, ours, "%s%.*s%s%s", before, w->path_length, w->path, between,
	                   w->ask->link);
}

static int by_link_beside(const struct wanted *w)
{
	return by_link(w, false, "", "");
}

static int by_link_debug(const struct wanted *w)
{
	return by_link(w, false, "", ".debug/");
}

static int by_link_there(const struct wanted *w)
{
	return by_link(w, false, "/usr/lib/debug", "");
}

static int by_link_here(const struct wanted *w)
{
	return by_link(w, true, "/usr/lib/debug", "");
}

static int by_shared(const struct wanted *w, bool ours, const char *directory)
{
	if (!w->ask->link[0] || w->ask->ask != ASK_SHARED)
		return -ENOENT;
	return open_formed(w, ours, "/usr/lib/debug/.dwz/%s%s", directory, w->ask->link);
}

static int by_shared_there(const struct wanted *w)
{
	return by_shared(w, false, "");
}

static int by_shared_machine_there(const struct wanted *w)
{
	return by_shared(w, false, "x86_64-linux-gnu/");
}

static int by_shared_here(const struct wanted *w)
{
	return by_shared(w, true, "");
}

static int by_shared_machine_here(const struct wanted *w)
{
	return by_shared(w, true, "x86_64-linux-gnu/");
}

static int by_cache(const struct wanted *w)
{
	const char *set = getenv("DEBUGINFOD_CACHE_PATH"), *cache = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME"), *id = w->ask->build_id;

	if (!*id)
		return -ENOENT;
	if (set && *set)
		return open_formed(w, true, "%s/%s/debuginfo", set, id);
	if (cache && *cache)
		return open_formed(w, true, "%s/debuginfod_client/%s/debuginfo", cache, id);
	if (home && *home)
		return open_formed(w, true, "%s/.cache/debuginfod_client/%s/debuginfo", home, id);
	return -ENOENT;
}

static int (*const places[])(const struct wanted *w) = {
        by_build_id_there, by_build_id_here,       by_link_beside,  by_link_debug,
        by_link_there,     by_link_here,           by_shared_there, by_shared_machine_there,
        by_shared_here,    by_shared_machine_here, by_cache,
};

int file_open_debug(const struct procdir *d, const struct mapped_module *module,
                    const struct message *ask, uint32_t *ret_attempt)
{
	const char *path = file_path_there(d, module->path), *slash = strrchr(path, '/');
	struct wanted w = {.dir = d,
	                   .path = path,
	                   .path_length = slash ? (int)(slash - path + 1) : 0,
	                   .ask = ask};

	for (uint32_t i = ask->attempt; slash && i < sizeof(places) / sizeof(places[0]); i++) {
		int fd = places[i](&w);
		if (fd >= 0) {
			*ret_attempt = i;
			return fd;
		}
	}
	return -ENOENT;
}
