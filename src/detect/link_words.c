/* SPDX-License-Identifier: MIT */
#include "detect/link_words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "detect/words.h"

/*
 * Knows how a link is told in one sentence. Refuses to know how it was found.
 */

#define MB ((double)(1 << 20))

const struct link_counter link_counters[LINK_COUNTERS] = {
        [LINK_CONNECTIONS] = {FIGURE_CONNECTIONS, LINK_GROUP_OPEN, LINK_PER_OPEN, true, 1,
                              "connection still open", "of them"},
        [LINK_SOCKETS] = {FIGURE_FD_SOCKET, LINK_GROUP_OPEN, LINK_PER_OPEN, true, 1,
                          "socket still open", "of them"},
        [LINK_FILES] = {FIGURE_FD_FILE, LINK_GROUP_OPEN, LINK_PER_OPEN, true, 1, "file still open",
                        "of them"},
        [LINK_PIPES] = {FIGURE_FD_PIPE, LINK_GROUP_OPEN, LINK_PER_OPEN, true, 1,
                        "end of a pipe still open", "of them"},
        [LINK_EVENTS] = {FIGURE_FD_EVENT, LINK_GROUP_OPEN, LINK_PER_OPEN, true, 1,
                         "event descriptor still open", "of them"},
        [LINK_MEMFDS] = {FIGURE_FD_MEMFD, LINK_GROUP_OPEN, LINK_PER_OPEN, true, 1,
                         "memfd still open", "of them"},
        [LINK_FDS] = {FIGURE_FDS, LINK_GROUP_OPEN, LINK_PER_OPEN, true, 1, "descriptor still open",
                      "of them"},
        [LINK_THREADS] = {FIGURE_THREADS, LINK_GROUP_THREADS, LINK_PER_OPEN, false, 1,
                          "thread still running", "of them"},
        [LINK_SOCKETS_SEEN] = {FIGURE_SOCKETS_SEEN, LINK_GROUP_OPEN, LINK_PER_EVENT, true, 1,
                               "socket ever opened", "seen"},
        [LINK_THREADS_SEEN] = {FIGURE_THREADS_SEEN, LINK_GROUP_THREADS, LINK_PER_EVENT, true, 1,
                               "thread ever started", "seen"},
        [LINK_OPEN_TIME] = {FIGURE_CONNECTIONS, LINK_GROUP_OPEN, LINK_WHILE_OPEN, true, 1,
                            "open connection", "minutes of them"},
        [LINK_CPU] = {FIGURE_CPU, LINK_GROUP_WORK, LINK_PER_EVENT, false, 1e9, "second of CPU time",
                      "used"},
        [LINK_READ] = {FIGURE_IO_READ, LINK_GROUP_WORK, LINK_PER_EVENT, true, MB, "MB read",
                       "read"},
        [LINK_WRITTEN] = {FIGURE_IO_WRITE, LINK_GROUP_WORK, LINK_PER_EVENT, true, MB, "MB written",
                          "written"},
        [LINK_SWITCHES] = {FIGURE_CTX_VOLUNTARY, LINK_GROUP_WORK, LINK_PER_EVENT, false, 1000,
                           "1,000 waits of its first thread", "thousand seen"},
        [LINK_FAULTS] = {FIGURE_MAJFLT, LINK_GROUP_WORK, LINK_PER_EVENT, false, 1, "major fault",
                         "seen"},
};

/* "35.0 to 41.0 kB": the unit stands once where it is the same. */
static void interval_words(char out[2 * HUMAN_MAX + 8], double low, double high)
{
	char from[HUMAN_MAX], to[HUMAN_MAX];
	const char *unit = strchr(words_bytes(from, low), ' ');
	const char *other = strchr(words_bytes(to, high), ' ');

	if (unit && other && !strcmp(unit, other))
		from[unit - from] = '\0';
	snprintf(out, 2 * HUMAN_MAX + 8, "%s to %s", from, to);
}

void link_words(struct link *l, const struct link_counter *c, double vsz)
{
	char per[HUMAN_MAX], space[HUMAN_MAX], count[HUMAN_MAX], interval[2 * HUMAN_MAX + 8];
	char room[2 * HUMAN_MAX] = "+";

	/* The stack of a thread is a mapping of its own, and only what was touched of it is memory. */
	if (vsz > 2 * l->per_unit)
		snprintf(room, sizeof(room), "one %s mapping and +", words_bytes(space, vsz));
	/* Counted in whole thousands, megabytes or seconds: none yet is not nothing. */
	human_count(count, l->count);
	if (l->count == 0)
		snprintf(count, sizeof(count), "less than one");
	interval_words(interval, l->low, l->high);
	int n = snprintf(l->text, sizeof(l->text), "%s%s (%s) %sper %s: %s %s, r %.2f", room,
	                 words_bytes(per, l->per_unit), interval,
	                 l->kind == LINK_WHILE_OPEN ? "a minute " : "", c->one, count, c->many,
	                 l->r);
	if (n < 0)
		l->text[0] = '\0';
}
