/* SPDX-License-Identifier: MIT */
#include "tui/processes_internal.h"

#include <stdio.h>
#include <string.h>

/*
 * Knows what of a process a filter looks at. Refuses to know how it is drawn.
 */

static bool user_matches(const struct process *p, const char *filter)
{
	char uid[24] = "";

	if (known(p->uid))
		snprintf(uid, sizeof(uid), "%llu", (unsigned long long)p->uid);
	return table_contains(filter, p->user, strnlen(p->user, sizeof(p->user))) ||
	       strcmp(uid, filter) == 0;
}

static bool unit_matches(const struct process *p, const char *filter)
{
	return table_contains(filter, p->unit, strnlen(p->unit, sizeof(p->unit)));
}

bool process_matches(const struct table_at *at, const char *filter)
{
	static const char user[] = "user:", unit[] = "unit:";
	const struct process *p = process_at(at);
	char pid[16];
	size_t len;
	const char *command = process_command(at, &len);

	if (strncmp(filter, user, sizeof(user) - 1) == 0)
		return user_matches(p, filter + sizeof(user) - 1);
	if (strncmp(filter, unit, sizeof(unit) - 1) == 0)
		return unit_matches(p, filter + sizeof(unit) - 1);
	snprintf(pid, sizeof(pid), "%d", p->pid);
	return table_contains(filter, command, len) ||
	       table_contains(filter, p->comm, strnlen(p->comm, sizeof(p->comm))) ||
	       table_contains(filter, pid, strlen(pid)) ||
	       table_contains(filter, p->user, strnlen(p->user, sizeof(p->user))) ||
	       unit_matches(p, filter);
}
