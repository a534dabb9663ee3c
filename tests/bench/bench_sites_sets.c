/* SPDX-License-Identifier: MIT */
/*
 * bench_sites_sets SOCKET RATE SECONDS [FROM]: sends RATE commands a second to a redis-server, each sets a key that is
 * not there yet (numbered from FROM), and prints how many it answered a second, and the slowest answer to a batch. RATE 0: as many as it
 * answers.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

enum { BATCH = 40, COMMAND_MAX = 192, VALUE = 100 };

static int fail(const char *what)
{
	fprintf(stderr, "bench_sites_sets: %s: %s\n", what, strerror(errno));
	return 1;
}

static int server(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	return -1;
}

/* One batch out, and its answers in: "+OK\r\n" each. 0 or -1. */
static int batch(int fd, uint64_t from)
{
	char out[BATCH * COMMAND_MAX], in[BATCH * 5], value[VALUE + 1];
	size_t size = 0, got = 0;
	ssize_t n;

	memset(value, 'v', VALUE);
	value[VALUE] = '\0';
	for (uint64_t i = 0; i < BATCH; i++)
		size += (size_t)snprintf(out + size, COMMAND_MAX,
		                         "*3\r\n$3\r\nSET\r\n$16\r\nkey:%012llu\r\n$%d\r\n%s\r\n",
		                         (unsigned long long)(from + i), VALUE, value);
	for (size_t at = 0; at < size; at += (size_t)n)
		if ((n = write(fd, out + at, size - at)) <= 0)
			return -1;
	while (got < sizeof(in)) {
		if ((n = read(fd, in + got, sizeof(in) - got)) <= 0)
			return -1;
		got += (size_t)n;
	}
	return in[0] == '+' ? 0 : -1;
}

int main(int argc, char **argv)
{
	if (argc < 4) {
		fprintf(stderr, "bench_sites_sets SOCKET RATE SECONDS [FROM]\n");
		return 2;
	}
	double rate = strtod(argv[2], NULL);
	uint64_t begin = clock_mono(), at = begin, slowest = 0, count = 0, took;
	uint64_t end = begin + (uint64_t)(strtod(argv[3], NULL) * 1e9);
	uint64_t from = argc > 4 ? strtoull(argv[4], NULL, 10) : 0;
	int fd = server(argv[1]);

	if (fd < 0)
		return fail(argv[1]);
	for (; at < end; at = clock_mono()) {
		if (rate > 0 && (double)count > (double)(at - begin) / 1e9 * rate) {
			usleep(500);
			continue;
		}
		if (batch(fd, from + count) != 0)
			return fail("no answer");
		count += BATCH;
		took = clock_mono() - at;
		slowest = took > slowest ? took : slowest;
	}
	printf("sets %llu per_second %.1f slowest_ms %.2f\n", (unsigned long long)count,
	       (double)count / ((double)(at - begin) / 1e9), (double)slowest / 1e6);
	close(fd);
	return 0;
}
