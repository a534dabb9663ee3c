/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "target.h"

enum { CONNECTIONS = 900, LISTEN = 64, ROUNDS_A_SECOND = 8 };

static unsigned state = 4711;

/* 0..n-1, always the same course. */
static unsigned chance(unsigned n)
{
	state = state * 1664525u + 1013904223u;
	return (state >> 8) % n;
}

static int check(int result)
{
	if (result < 0) {
		perror("target");
		exit(1);
	}
	return result;
}

static struct sockaddr_in address(unsigned port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
	                            .sin_port = htons((unsigned short)port),
	                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int dial(unsigned port)
{
	struct sockaddr_in to = address(port);
	int fd = check(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));

	check(connect(fd, (struct sockaddr *)&to, sizeof(to)));
	/* An answer is waited for: then the server has made room for the connection. */
	if (send(fd, "PING\r\n", 6, MSG_NOSIGNAL) == 6) {
		char answer[64];
		check((int)recv(fd, answer, sizeof(answer), 0));
	}
	return fd;
}

/* A transaction of redis that is never ended: it has to keep what it was told so far, some 30 kB. */
static void begin_transaction(int fd)
{
	char text[1100] = "MULTI\r\n";

	for (int i = 0; i < 28; i++) {
		check((int)send(fd, text, strlen(text), MSG_NOSIGNAL));
		memset(text, 'x', sizeof(text));
		memcpy(text, "SET key ", 8);
		memcpy(text + 1024, "\r\n", 3);
	}
}

/* Opens more than it closes, now many, now few. */
static void dial_for_ever(unsigned port, int talk)
{
	int open[CONNECTIONS];
	unsigned count = 0, most = 3;

	for (unsigned round = 0;; round++) {
		if (round % (ROUNDS_A_SECOND * 2) == 0)
			most = 1 + chance(6);
		for (unsigned n = chance(most + 1); n > 0 && count < CONNECTIONS; n--) {
			open[count++] = dial(port);
			if (talk)
				begin_transaction(open[count - 1]);
		}
		for (unsigned n = chance(talk ? 2 : 3); n > 0 && count > 10; n--) {
			unsigned which = chance(count);
			close(open[which]);
			open[which] = open[--count];
		}
		rest(1.0 / ROUNDS_A_SECOND);
	}
}

/* What one connection takes; gone with it. */
static void serve_for_ever(int listener, size_t each)
{
	struct pollfd fds[CONNECTIONS + 1] = {{.fd = listener, .events = POLLIN}};
	void *room[CONNECTIONS + 1];
	unsigned count = 1;

	for (;;) {
		char text[64];
		check(poll(fds, count, -1));
		for (unsigned i = count - 1; i > 0; i--) {
			if (!fds[i].revents)
				continue;
			if (recv(fds[i].fd, text, sizeof(text), 0) > 0) {
				send(fds[i].fd, "+PONG\r\n", 7, MSG_NOSIGNAL);
				continue;
			}
			close(fds[i].fd);
			munmap(room[i], each);
			fds[i] = fds[--count];
			room[i] = room[count];
		}
		if (fds[0].revents && count <= CONNECTIONS) {
			fds[count] = (struct pollfd){.fd = check(accept(listener, NULL, NULL)),
			                             .events = POLLIN};
			room[count++] = anonymous_touched(each);
		}
	}
}

/*
 * connections [BYTES]: a server that holds so much for each open connection, and a client of its own.
 * connections dial PORT: the client alone, of a redis that it leaves waiting for the end of a transaction.
 */
int main(int argc, char **argv)
{
	struct sockaddr_in at = address(0);
	socklen_t size = sizeof(at);

	target_begin();
	if (argc > 2 && !strcmp(argv[1], "dial")) {
		ready(getpid());
		dial_for_ever((unsigned)argument(argc, argv, 2, 6379), 1);
	}
	int listener = check(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
	check(bind(listener, (struct sockaddr *)&at, sizeof(at)));
	check(listen(listener, LISTEN));
	check(getsockname(listener, (struct sockaddr *)&at, &size));
	if (check(fork()) == 0) {
		target_begin();
		close(listener);
		dial_for_ever(ntohs(at.sin_port), 0);
	}
	ready(getpid());
	serve_for_ever(listener, (size_t)argument(argc, argv, 1, 32768));
}
