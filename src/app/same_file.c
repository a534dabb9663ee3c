/* SPDX-License-Identifier: MIT */
#include "app/same_file.h"

/*
 * Whether two outputs would write over each other. Knows what a path leads to; refuses to know what is in the file
 * and who asks.
 */

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINKS_MAX = 40 }; /* as the kernel has it */

/* What a path leads to: the file, or its directory and the name that it would get there. */
struct place {
	dev_t dev;
	ino_t inode;
	char name[NAME_MAX + 1]; /* "": the file is there */
};

/* Parts `path` behind its last slash; a path without one lies in ".". False: too long. */
static bool path_part(const char *path, char dir[PATH_MAX], char name[NAME_MAX + 1])
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	int n = slash == path ? snprintf(dir, PATH_MAX, "/")
	        : slash       ? snprintf(dir, PATH_MAX, "%.*s", (int)(slash - path), path)
	                      : snprintf(dir, PATH_MAX, ".");

	return n < PATH_MAX && snprintf(name, NAME_MAX + 1, "%s", base) <= NAME_MAX;
}

/* One step along a link that leads to nothing yet. False: it is none. */
static bool link_follow(char path[PATH_MAX])
{
	char to[PATH_MAX], dir[PATH_MAX], name[NAME_MAX + 1];
	ssize_t n = readlink(path, to, sizeof(to) - 1);

	if (n <= 0 || !path_part(path, dir, name))
		return false;
	to[n] = '\0';
	if (to[0] == '/')
		return snprintf(path, PATH_MAX, "%s", to) < PATH_MAX;
	return strlen(dir) + strlen(to) + 2 <= PATH_MAX &&
	       snprintf(path, PATH_MAX, "%.*s/%s", PATH_MAX, dir, to) < PATH_MAX;
}

static bool place_find(const char *given, struct place *ret)
{
	char path[PATH_MAX], dir[PATH_MAX];
	struct stat st;
	bool there;

	if (snprintf(path, sizeof(path), "%s", given) >= PATH_MAX)
		return false;
	*ret = (struct place){0};
	there = stat(path, &st) == 0;
	for (int i = 0; !there && i < LINKS_MAX && link_follow(path); i++)
		there = stat(path, &st) == 0;
	if (!there && (!path_part(path, dir, ret->name) || stat(dir, &st) < 0 || !ret->name[0]))
		return false;
	ret->dev = st.st_dev;
	ret->inode = st.st_ino;
	return true;
}

bool same_file(const char *a, const char *b)
{
	struct place x, y;

	return place_find(a, &x) && place_find(b, &y) && x.dev == y.dev && x.inode == y.inode &&
	       !strcmp(x.name, y.name);
}
