/* SPDX-License-Identifier: MIT */
#ifndef SYMBOLS_CHANNEL_H
#define SYMBOLS_CHANNEL_H

/* Messages with descriptors over a socket that keeps them apart (SOCK_SEQPACKET). */

#include "symbols/protocol.h"

/*
 * Sends one, with the descriptor `fd` (-1: none), which stays the caller's. Never a SIGPIPE. 0 or
 * -errno.
 */
int channel_send(int socket, const struct message *m, int fd);

/*
 * Waits for one, checks it, and hands on its descriptor (-1: none), which is the caller's. 0;
 * -EPIPE: the other side is gone; -EPROTO: what came is no message; another -errno.
 */
int channel_receive(int socket, bool from_reader, struct message *ret, int *ret_fd);

#endif
