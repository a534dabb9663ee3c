/* SPDX-License-Identifier: MIT */
/*
 * Which unit of systemd a process belongs to, told by the paths of its control groups. Knows where systemd
 * keeps units in v1 and v2; refuses to ask systemd.
 */
#include <string.h>

#include "proc/lines.h"
#include "proc/system.h"

/* The part before the next `end`, cut off the front of *rest together with it; the whole where there is none. */
static struct span part_take(struct span *rest, char end)
{
	const char *at = rest->len ? memchr(rest->at, end, rest->len) : NULL;
	struct span part = {rest->at, at ? (size_t)(at - rest->at) : rest->len};

	rest->at += part.len + (at ? 1 : 0);
	rest->len -= part.len + (at ? 1 : 0);
	return part;
}

static bool path_has(struct span path, const char *unit)
{
	while (path.len)
		if (span_is(part_take(&path, '/'), unit))
			return true;
	return false;
}

bool cgroup_has_unit(const char *text, size_t len, const char *unit)
{
	struct span rest = {text, len}, line;

	while (span_line(&rest, &line)) {
		struct span id = part_take(&line, ':'), controllers = part_take(&line, ':');
		bool v2 = span_is(id, "0") && !controllers.len;

		if ((v2 || span_is(controllers, "name=systemd")) && path_has(line, unit))
			return true;
	}
	return false;
}
