/* SPDX-License-Identifier: MIT */
/*
 * Knows what it means to have a name and to be the main process. Refuses to know where rows come from.
 */
#include "source/follow_match.h"

#include <string.h>

/* The kernel keeps so many bytes of a thread's name. */
enum { COMM_LEN = 15 };

bool follow_is_unit(const char *name)
{
	static const char suffix[] = ".service";
	size_t len = strlen(name), tail = sizeof(suffix) - 1;

	return len > tail && !strcmp(name + len - tail, suffix);
}

/* A name with a slash is a path. */
static bool base_name_is(const char *path, const char *name)
{
	static const char deleted[] = " (deleted)";
	const char *slash = strchr(name, '/') ? NULL : strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	size_t len = strlen(name);

	return !strncmp(base, name, len) && (!base[len] || !strcmp(base + len, deleted));
}

bool follow_name_is(const char *name, const char *comm, const char *exe)
{
	if (!strcmp(comm, name))
		return true;
	if (exe)
		return base_name_is(exe, name);
	return strlen(name) > COMM_LEN && strlen(comm) == COMM_LEN &&
	       !strncmp(comm, name, COMM_LEN);
}

static bool has_pid(const struct follow_row *rows, size_t count, int32_t pid)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].pid == pid)
			return true;
	return false;
}

static bool is_older(const struct follow_row *a, const struct follow_row *b)
{
	return a->start != b->start ? a->start < b->start : a->pid < b->pid;
}

size_t follow_choose(const struct follow_row *rows, size_t count, size_t *ret_mains)
{
	size_t best = count, mains = 0;

	for (size_t i = 0; i < count; i++) {
		if (has_pid(rows, count, rows[i].ppid))
			continue;
		mains++;
		if (best == count || is_older(&rows[i], &rows[best]))
			best = i;
	}
	*ret_mains = mains;
	return best;
}
