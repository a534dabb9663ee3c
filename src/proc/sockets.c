/* SPDX-License-Identifier: MIT */
/*
 * The tables of sockets in net/. Knows in which column each has its inode and its state; refuses to know
 * addresses, ports and peers.
 */
#include "proc/sockets.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/num.h"
#include "proc/lines.h"

enum { WORD_STATE = 3, WORD_INODE = 9, WORD_UNIX_INODE = 6 };

const char *const socket_tables[SOCKET_TABLES] = {
        [SOCKETS_TCP] = "net/tcp",   [SOCKETS_TCP6] = "net/tcp6", [SOCKETS_UDP] = "net/udp",
        [SOCKETS_UDP6] = "net/udp6", [SOCKETS_UNIX] = "net/unix",
};

const char *const socket_kind_names[SOCKET_KIND_COUNT] = {
        [SOCKET_REST] = "other",
        [SOCKET_ESTABLISHED] = "TCP open",
        [SOCKET_SYN_SENT] = "TCP syn-sent",
        [SOCKET_SYN_RECV] = "TCP syn-recv",
        [SOCKET_FIN_WAIT1] = "TCP fin-wait-1",
        [SOCKET_FIN_WAIT2] = "TCP fin-wait-2",
        [SOCKET_TIME_WAIT] = "TCP time-wait",
        [SOCKET_CLOSE] = "TCP closed",
        [SOCKET_CLOSE_WAIT] = "TCP close-wait",
        [SOCKET_LAST_ACK] = "TCP last-ack",
        [SOCKET_LISTEN] = "TCP listens",
        [SOCKET_CLOSING] = "TCP closing",
        [SOCKET_NEW_SYN_RECV] = "TCP new",
        [SOCKET_UDP] = "UDP",
        [SOCKET_UNIX] = "unix",
};

int socket_inode_of(const char *link, size_t len, uint64_t *ret)
{
	static const char begin[] = "socket:[";
	struct span s = {link, len};
	size_t n = sizeof(begin) - 1;

	if (!span_starts(s, begin) || len < n + 2 || link[len - 1] != ']')
		return -EINVAL;
	return num_u64(link + n, len - n - 1, ret) ? -EINVAL : 0;
}

static int by_inode(const void *a, const void *b)
{
	uint64_t x = ((const struct socket_ref *)a)->inode;
	uint64_t y = ((const struct socket_ref *)b)->inode;

	return (x > y) - (x < y);
}

void sockets_sort(struct socket_ref *refs, size_t count)
{
	if (count)
		qsort(refs, count, sizeof(*refs), by_inode);
}

/* State and inode of a row; the head of a table has no numbers there. */
static bool row_split(struct span line, enum socket_table table, struct span *ret_state,
                      uint64_t *ret_inode)
{
	int last = table == SOCKETS_UNIX ? WORD_UNIX_INODE : WORD_INODE;
	struct span word;

	for (int i = 0; i <= last; i++) {
		if (!span_word(&line, &word))
			return false;
		if (i == WORD_STATE)
			*ret_state = word;
	}
	*ret_inode = span_number(word);
	return known(*ret_inode) && *ret_inode;
}

static enum socket_kind kind_of(enum socket_table table, struct span state)
{
	uint64_t st;

	if (table == SOCKETS_UNIX)
		return SOCKET_UNIX;
	if (table == SOCKETS_UDP || table == SOCKETS_UDP6)
		return SOCKET_UDP;
	/* A state of a kernel to come is a TCP socket all the same. */
	if (num_hex(state.at, state.len, &st) || st == 0 || st > SOCKET_TCP_LAST)
		return SOCKET_CLOSE;
	return (enum socket_kind)st;
}

size_t sockets_parse(const char *text, size_t len, enum socket_table table, struct socket_ref *refs,
                     size_t count)
{
	struct span rest = {text, len}, line, state = {NULL, 0};
	size_t found = 0;

	while (found < count && span_line(&rest, &line)) {
		struct socket_ref want = {0};
		if (!row_split(line, table, &state, &want.inode))
			continue;
		struct socket_ref *ref = bsearch(&want, refs, count, sizeof(*refs), by_inode);
		if (!ref || ref->kind != SOCKET_REST)
			continue;
		ref->kind = kind_of(table, state);
		found++;
	}
	return found;
}
