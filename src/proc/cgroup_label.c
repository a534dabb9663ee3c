/* SPDX-License-Identifier: MIT */
/*
 * What the path of a control group is called by people: units of systemd and containers have names that
 * the path hides among slices and hexadecimal digits. Knows these customs; refuses to ask any daemon.
 */
#include <string.h>

#include "proc/lines.h"
#include "proc/system.h"

enum { ID_LEAST = 32, ID_SHOWN = 12 };

static bool span_ends(struct span s, const char *with)
{
	size_t n = strlen(with);
	return s.len > n && !memcmp(s.at + s.len - n, with, n);
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* Hexadecimal digits at the end, as many as a container's id has; 0: it ends with none. */
static size_t id_length(struct span s)
{
	size_t n = 0;
	while (n < s.len && is_hex(s.at[s.len - 1 - n]))
		n++;
	return n >= ID_LEAST ? n : 0;
}

/* Cuts the last part off the end of a path. */
static bool part_take(struct span *path, struct span *ret)
{
	while (path->len && path->at[path->len - 1] == '/')
		path->len--;
	size_t from = path->len;
	while (from && path->at[from - 1] != '/')
		from--;
	*ret = (struct span){path->at + from, path->len - from};
	path->len = from;
	return ret->len > 0;
}

static void span_put(struct span s, char *out, size_t size)
{
	size_t n = s.len < size ? s.len : size - 1;
	memcpy(out, s.at, n);
	out[n] = '\0';
}

static void pair_put(struct span kind, struct span name, char *out, size_t size)
{
	span_put(kind, out, size);
	size_t n = strlen(out);
	if (n + 2 >= size)
		return;
	out[n] = ':';
	span_put(name, out + n + 1, size - n - 1);
}

/* "docker-0123...ef.scope", or the bare id below "docker". */
static bool container_put(struct span part, struct span above, char *out, size_t size)
{
	static const char scope[] = ".scope";
	struct span kind, before;

	if (span_ends(part, scope))
		part.len -= sizeof(scope) - 1;
	size_t id = id_length(part);
	if (!id)
		return false;
	kind = (struct span){part.at, part.len - id};
	if (kind.len > 1 && kind.at[kind.len - 1] == '-')
		kind.len--;
	else if (part_take(&above, &before) && span_is(before, "docker"))
		kind = before;
	else
		kind = (struct span){"container", strlen("container")};
	pair_put(kind, (struct span){part.at + part.len - id, ID_SHOWN}, out, size);
	return true;
}

static bool lxc_put(struct span part, struct span above, char *out, size_t size)
{
	static const char payload[] = "lxc.payload.";
	struct span before;

	if (span_starts(part, payload)) {
		part.at += sizeof(payload) - 1;
		part.len -= sizeof(payload) - 1;
	} else if (!part_take(&above, &before) || !span_is(before, "lxc")) {
		return false;
	}
	pair_put((struct span){"lxc", 3}, part, out, size);
	return true;
}

void cgroup_label(const char *path, size_t len, char *out, size_t size)
{
	struct span rest = {path, len}, part, last = {path, 0};

	out[0] = '\0';
	while (part_take(&rest, &part)) {
		if (!last.len)
			last = part;
		if (container_put(part, rest, out, size) || lxc_put(part, rest, out, size))
			return;
		if (span_ends(part, ".service") || span_ends(part, ".scope") ||
		    span_ends(part, ".socket") || span_ends(part, ".mount") ||
		    span_ends(part, ".swap")) {
			span_put(part, out, size);
			return;
		}
	}
	span_put(last, out, size);
}
