/* SPDX-License-Identifier: MIT */
#ifndef PROC_SOCKETS_H
#define PROC_SOCKETS_H

/*
 * Which sockets a process holds: inodes from its fd/, looked up in net/tcp, tcp6, udp, udp6, unix of its
 * network namespace. Pure parsers.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/known.h"

/* The first are the states of TCP, numbered as the kernel does ("st", include/net/tcp_states.h). */
enum socket_kind {
	SOCKET_REST, /* in none of the tables: netlink, packet, sockets not yet bound */
	SOCKET_ESTABLISHED,
	SOCKET_SYN_SENT,
	SOCKET_SYN_RECV,
	SOCKET_FIN_WAIT1,
	SOCKET_FIN_WAIT2,
	SOCKET_TIME_WAIT,
	SOCKET_CLOSE,
	SOCKET_CLOSE_WAIT,
	SOCKET_LAST_ACK,
	SOCKET_LISTEN,
	SOCKET_CLOSING,
	SOCKET_NEW_SYN_RECV,
	SOCKET_TCP_LAST = SOCKET_NEW_SYN_RECV,
	SOCKET_UDP,
	SOCKET_UNIX,
	SOCKET_KIND_COUNT
};

extern const char *const socket_kind_names[SOCKET_KIND_COUNT]; /* "TCP open", "unix" ... */

enum socket_table {
	SOCKETS_TCP,
	SOCKETS_TCP6,
	SOCKETS_UDP,
	SOCKETS_UDP6,
	SOCKETS_UNIX,
	SOCKET_TABLES
};
extern const char *const socket_tables[SOCKET_TABLES]; /* "net/tcp", ... */

/* One socket of the process. */
struct socket_ref {
	uint64_t inode;
	enum socket_kind kind;
};

/* The inode in the text of a link of fd/ ("socket:[6081]"). 0 or -EINVAL. */
int socket_inode_of(const char *link, size_t len, uint64_t *ret);

/* By rising inode, as sockets_parse() needs them. */
void sockets_sort(struct socket_ref *refs, size_t count);

/*
 * Sets the kind of those that the text of a table names. Each is found once: a path of a unix socket may
 * hold newlines and look like more rows. Returns how many were found.
 */
size_t sockets_parse(const char *text, size_t len, enum socket_table table, struct socket_ref *refs,
                     size_t count);

#endif
