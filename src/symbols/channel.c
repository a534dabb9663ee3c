/* SPDX-License-Identifier: MIT */
#include "symbols/channel.h"

/*
 * Knows how a descriptor travels. Refuses to know what for.
 */

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union passing { /* aligned as a control message must be */
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int))];
};

int channel_send(int socket, const struct message *m, int fd)
{
	struct iovec io = {.iov_base = (void *)(uintptr_t)m, .iov_len = sizeof(*m)};
	struct msghdr h = {.msg_iov = &io, .msg_iovlen = 1};
	union passing p;
	ssize_t n;

	if (fd >= 0) {
		memset(&p, 0, sizeof(p));
		p.head.cmsg_level = SOL_SOCKET;
		p.head.cmsg_type = SCM_RIGHTS;
		p.head.cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(&p.head), &fd, sizeof(fd));
		h.msg_control = &p;
		h.msg_controllen = sizeof(p);
	}
	do
		n = sendmsg(socket, &h, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

/* All that came with it but one is closed: the other side may send what it likes. */
static int descriptor_take(struct msghdr *h)
{
	int taken = -1, fd;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = CMSG_LEN(0); at + sizeof(fd) <= c->cmsg_len; at += sizeof(fd)) {
			memcpy(&fd, (char *)c + at, sizeof(fd));
			if (taken >= 0)
				close(taken);
			taken = fd;
		}
	}
	return taken;
}

int channel_receive(int socket, bool from_reader, struct message *ret, int *ret_fd)
{
	char bytes[sizeof(struct message) + 1];
	struct iovec io = {.iov_base = bytes, .iov_len = sizeof(bytes)};
	union passing p;
	struct msghdr h = {.msg_iov = &io,
	                   .msg_iovlen = 1,
	                   .msg_control = &p,
	                   .msg_controllen = sizeof(p)};
	ssize_t n;
	int fd, r;

	do
		n = recvmsg(socket, &h, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	fd = descriptor_take(&h);
	r = n == 0 ? -EPIPE : message_check(bytes, (size_t)n, from_reader, ret);
	if (r < 0 && fd >= 0)
		close(fd);
	if (r == 0)
		*ret_fd = fd;
	return r;
}
