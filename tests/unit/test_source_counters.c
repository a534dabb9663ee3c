/* SPDX-License-Identifier: MIT */
/* What a process has open and does beside using memory, as a live source counts it. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/known.h"
#include "source/live.h"
#include "support_live.h"

static void rest(long ms)
{
	struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
	nanosleep(&t, NULL);
}

static int tcp_connect(const struct sockaddr_in *to)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	connect(fd, (const struct sockaddr *)to, sizeof(*to));
	return fd;
}

/* In the child: whether its threads may end, so that no busy machine makes them end unseen. */
static atomic_bool over;
enum { TURN_OVER = 3 };

static void *sleep_long(void *unused)
{
	(void)unused;
	while (!atomic_load(&over))
		rest(20);
	return NULL;
}

/* Listens, and connects to itself twice; one of the four ends is left to wait for its close. */
static void open_things(int turn)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(at);
	int pair[2];
	pthread_t thread;

	atomic_store(&over, turn == TURN_OVER);
	if (turn == TURN_OVER)
		return;
	if (turn) {
		pthread_create(&thread, NULL, sleep_long, NULL);
		pthread_detach(thread);
		return;
	}
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	bind(listener, (struct sockaddr *)&at, sizeof(at));
	listen(listener, 8);
	getsockname(listener, (struct sockaddr *)&at, &size);
	int a = tcp_connect(&at), b = tcp_connect(&at);
	int c = accept(listener, NULL, NULL), d = accept(listener, NULL, NULL);
	close(a);
	(void)(b + c + d);
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	bind(socket(AF_INET, SOCK_DGRAM, 0),
	     (struct sockaddr *)&(struct sockaddr_in){.sin_family = AF_INET}, sizeof(at));
	eventfd(0, 0);
	memfd_create("counted", 0);
	int zero = open("/dev/zero", 0);
	char room[4096];
	for (int i = 0; i < 4; i++)
		if (read(zero, room, sizeof(room)) < 0)
			abort();
	close(zero);
}

/* Samples until the figure is that, or else the last one seen. */
static struct sample until(struct source *s, enum figure f, uint64_t want)
{
	struct sample got;

	for (int i = 0; i < 300; i++) {
		assert_int_equal(live_take(s, &got), 0);
		if (got.v[f] == want)
			break;
		rest(20);
	}
	return got;
}

static void live__counts__sockets_by_state_and_descriptors_by_kind(void **state)
{
	(void)state;
	struct child c = child_start(open_things);
	struct source *s = live_start("/proc", c.pid);
	struct sample a = until(s, FIGURE_CONNECTIONS, 3);
	assert_int_equal(a.v[FIGURE_CONNECTIONS], 3);
	assert_int_equal(a.v[FIGURE_CLOSE_WAIT], 1);
	assert_int_equal(a.v[FIGURE_UDP], 1);
	assert_true(a.v[FIGURE_UNIX] >= 2);
	assert_true(a.v[FIGURE_FD_SOCKET] >= 7);
	assert_int_equal(a.v[FIGURE_FD_MEMFD], 1);
	assert_int_equal(a.v[FIGURE_FD_EVENT], 1);
	assert_int_equal(a.v[FIGURE_SOCKETS_SEEN], a.v[FIGURE_FD_SOCKET]);
	assert_true(known(a.v[FIGURE_IO_READ]) && a.v[FIGURE_IO_READ] >= 4 * 4096);
	assert_true(known(a.v[FIGURE_ANON_THEN]) && known(a.v[FIGURE_CTX_VOLUNTARY]));
	s->ops->free(s);
	child_end(&c);
}

static void live__remembers__threads_that_ended(void **state)
{
	(void)state;
	struct child c = child_start(open_things);
	struct source *s = live_start("/proc", c.pid);
	struct sample a = until(s, FIGURE_CONNECTIONS, 3);
	uint64_t before = a.v[FIGURE_THREADS_SEEN], running = a.v[FIGURE_THREADS];
	assert_true(known(before));
	child_turn(&c);
	child_turn(&c);
	a = until(s, FIGURE_THREADS_SEEN, before + 2);
	assert_int_equal(a.v[FIGURE_THREADS_SEEN], before + 2);
	child_turn(&c);
	a = until(s, FIGURE_THREADS, running);
	assert_int_equal(a.v[FIGURE_THREADS_SEEN], before + 2);
	s->ops->free(s);
	child_end(&c);
}

/* --- a tree that is not a real procfs ------------------------------------------------------------------ */

static void tree_dir(const struct tree *t, const char *name)
{
	char path[256];

	tree_path(t, name, path);
	mkdir(path, 0700);
}

static void tree_socket(const struct tree *t, const char *name, unsigned inode)
{
	char path[256], link[64];

	tree_path(t, name, path);
	snprintf(link, sizeof(link), "socket:[%u]", inode);
	assert_int_equal(symlink(link, path), 0);
}

static void tree_sockets(const struct tree *t)
{
	tree_status(t, 'S', 1000);
	tree_dir(t, "fd");
	tree_dir(t, "net");
	tree_dir(t, "task");
	tree_dir(t, "task/4242");
	tree_socket(t, "fd/3", 71);
	tree_socket(t, "fd/4", 72);
	tree_write(t, "net/udp", "sl\n");
	tree_write(t, "net/unix", "Num\n 0: 2 0 0 1 1 72 /run/x\n");
}

static void live__knows__no_connections_of_a_table_that_is_too_large(void **state)
{
	struct tree t = tree_new();
	char path[256];

	(void)state;
	tree_sockets(&t);
	tree_path(&t, "net/tcp", path);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	for (int i = 0; i < 20000; i++)
		fprintf(f,
		        "  %d: 0:0 0:0 01 0:0 00:0 0 998 0 %d 1 0000000000000000 20 4 30 10 -1\n",
		        i, i);
	fclose(f);
	struct source *s = live_start(t.path, TREE_PID);
	struct sample a = until(s, FIGURE_UNIX, 1);
	assert_int_equal(a.v[FIGURE_UNIX], 1);
	assert_int_equal(a.v[FIGURE_FD_SOCKET], 2);
	assert_int_equal(a.v[FIGURE_UDP], 0);
	assert_int_equal(a.v[FIGURE_CONNECTIONS], UNKNOWN);
	assert_int_equal(a.v[FIGURE_CLOSE_WAIT], UNKNOWN);
	assert_int_equal(a.v[FIGURE_IO_READ], UNKNOWN);
	s->ops->free(s);
	tree_free(&t);
}

static void live__does_without__tables_of_ipv6(void **state)
{
	struct tree t = tree_new();

	(void)state;
	tree_sockets(&t);
	tree_write(&t, "net/tcp", "sl\n 0: 0:0 0:0 01 0:0 00:0 0 998 0 71 1\n");
	tree_write(&t, "io", "rchar: 7\nwchar: 9\n");
	struct source *s = live_start(t.path, TREE_PID);
	struct sample a = until(s, FIGURE_CONNECTIONS, 1);
	assert_int_equal(a.v[FIGURE_CONNECTIONS], 1);
	assert_int_equal(a.v[FIGURE_UNIX], 1);
	assert_int_equal(a.v[FIGURE_IO_READ], 7);
	assert_int_equal(a.v[FIGURE_IO_WRITE], 9);
	s->ops->free(s);
	tree_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(live__counts__sockets_by_state_and_descriptors_by_kind),
	        cmocka_unit_test(live__remembers__threads_that_ended),
	        cmocka_unit_test(live__knows__no_connections_of_a_table_that_is_too_large),
	        cmocka_unit_test(live__does_without__tables_of_ipv6),
	};

	return cmocka_run_group_tests_name("source_counters", tests, NULL, NULL);
}
