/* SPDX-License-Identifier: MIT */
/*
 * The texts that say where a process sits in the memory controller: cgroup, mountinfo and the
 * files of a control group. Knows their formats in v1 and v2; refuses to open anything.
 */
#include "proc/system.h"

#include <errno.h>
#include <string.h>

#include "base/num.h"
#include "proc/lines.h"

/* v1 writes 2^63 rounded down to a page for "no limit", whatever the page size (moby#18087). */
#define CGROUP_NO_LIMIT (1ull << 62)

/* Is `word` one of the items of the list "a,b,c"? */
static bool list_has(struct span list, const char *word)
{
	for (;;) {
		const char *comma = list.len ? memchr(list.at, ',', list.len) : NULL;
		size_t n = comma ? (size_t)(comma - list.at) : list.len;
		if (span_is((struct span){list.at, n}, word))
			return true;
		if (!comma)
			return false;
		list = (struct span){comma + 1, list.len - n - 1};
	}
}

/* Cuts the part before the next colon off the front of *rest. */
static bool colon_take(struct span *rest, struct span *ret_part)
{
	const char *colon = rest->len ? memchr(rest->at, ':', rest->len) : NULL;
	if (!colon)
		return false;
	size_t n = (size_t)(colon - rest->at);
	*ret_part = (struct span){rest->at, n};
	*rest = (struct span){colon + 1, rest->len - n - 1};
	return true;
}

int cgroup_parse(const char *text, size_t len, struct cgroup_place *ret)
{
	struct span rest = {text, len};
	struct span line, id, controllers;
	struct span found = {NULL, 0};
	bool v2 = true;
	while (v2 && span_line(&rest, &line)) {
		if (!colon_take(&line, &id) || !colon_take(&line, &controllers))
			continue;
		if (!span_starts(line, "/") || line.len >= sizeof(ret->path) ||
		    memchr(line.at, '\0', line.len))
			continue;
		if (list_has(controllers, "memory")) {
			v2 = false;
			found = line;
		} else if (span_is(id, "0") && !controllers.len) {
			found = line;
		}
	}
	if (!found.at)
		return -ENOENT;
	ret->v2 = v2;
	(void)span_copy(found, ret->path, sizeof(ret->path));
	return 0;
}

static bool octal_is(char c)
{
	return c >= '0' && c <= '7';
}

/* mountinfo writes blank, tab, newline and backslash as "\040" and so on. */
static bool mount_unescape(struct span s, char *out, size_t size)
{
	size_t n = 0;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];
		if (c == '\\' && s.len - i > 3 && s.at[i + 1] >= '0' && s.at[i + 1] <= '3' &&
		    octal_is(s.at[i + 2]) && octal_is(s.at[i + 3])) {
			c = (char)((s.at[i + 1] - '0') * 64 + (s.at[i + 2] - '0') * 8 +
			           (s.at[i + 3] - '0'));
			i += 3;
		}
		if (c == '\0' || n + 1 >= size)
			return false;
		out[n++] = c;
	}
	out[n] = '\0';
	return true;
}

/* "ID PARENT MAJ:MIN ROOT POINT OPTIONS [TAGS...] - TYPE DEVICE SUPEROPTIONS" */
static bool mount_split(struct span line, bool v2, struct span *ret_root, struct span *ret_point)
{
	struct span word;
	for (int i = 0; i < 6; i++) {
		if (!span_word(&line, &word))
			return false;
		if (i == 3)
			*ret_root = word;
		else if (i == 4)
			*ret_point = word;
	}
	do {
		if (!span_word(&line, &word))
			return false;
	} while (!span_is(word, "-"));
	if (!span_word(&line, &word) || !span_is(word, v2 ? "cgroup2" : "cgroup"))
		return false;
	if (v2)
		return true;
	return span_word(&line, &word) && span_word(&line, &word) && list_has(word, "memory");
}

int cgroup_mount_parse(const char *text, size_t len, bool v2, struct cgroup_mount *ret)
{
	struct span rest = {text, len};
	struct span line, root, point;
	struct span best_root = {NULL, 0};
	struct span best_point = {NULL, 0};
	struct cgroup_mount mount;
	/* Parts of the tree may be mounted as well: the shortest root shows the most. */
	while (span_line(&rest, &line)) {
		if (!mount_split(line, v2, &root, &point) ||
		    (best_root.at && root.len >= best_root.len))
			continue;
		best_root = root;
		best_point = point;
	}
	if (!best_root.at || !mount_unescape(best_root, mount.root, sizeof(mount.root)) ||
	    !mount_unescape(best_point, mount.point, sizeof(mount.point)))
		return -ENOENT;
	*ret = mount;
	return 0;
}

int cgroup_limit_parse(const char *text, size_t len, uint64_t *ret_bytes)
{
	struct span rest = {text, len};
	struct span word, extra;
	if (!span_word(&rest, &word) || span_word(&rest, &extra))
		return -EINVAL;
	if (span_is(word, "max")) {
		*ret_bytes = UNKNOWN;
		return 0;
	}
	uint64_t v;
	if (num_u64(word.at, word.len, &v))
		return -EINVAL;
	*ret_bytes = v >= CGROUP_NO_LIMIT ? UNKNOWN : v;
	return 0;
}

uint64_t cgroup_room_left(const struct cgroup_room *r)
{
	uint64_t used = known_sub(r->usage, known_or(r->cache, 0));

	if (!known(r->limit) || !known(used))
		return r->limit;
	if (r->throttles && used >= r->limit)
		return UNKNOWN;
	return known_sub(r->limit, used);
}

/* The number of the first line "NAME NUMBER" with this name. 0 or -ENOENT. */
static int number_of(const char *text, size_t len, const char *name, uint64_t *ret)
{
	struct span rest = {text, len};
	struct span line, word;
	while (span_line(&rest, &line)) {
		if (!span_word(&line, &word) || !span_is(word, name) || !span_word(&line, &word))
			continue;
		uint64_t v = span_number(word);
		if (!known(v))
			continue;
		*ret = v;
		return 0;
	}
	return -ENOENT;
}

int cgroup_cache_parse(const char *text, size_t len, bool v2, uint64_t *ret_bytes)
{
	return number_of(text, len, v2 ? "inactive_file" : "total_inactive_file", ret_bytes);
}

int kernel_number_parse(const char *text, size_t len, int64_t *ret)
{
	struct span rest = {text, len};
	struct span line, word, extra;
	uint64_t v;
	if (!span_line(&rest, &line) || !span_word(&line, &word) || span_word(&line, &extra))
		return -EINVAL;
	bool negative = word.len > 1 && word.at[0] == '-';
	if (num_u64(word.at + negative, word.len - negative, &v) || v > INT64_MAX)
		return -EINVAL;
	*ret = negative ? -(int64_t)v : (int64_t)v;
	return 0;
}

int cgroup_oom_parse(const char *text, size_t len, uint64_t *ret_kills)
{
	return number_of(text, len, "oom_kill", ret_kills);
}
