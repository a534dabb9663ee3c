/* SPDX-License-Identifier: MIT */
/* Bytes out of the program: a reader that went away, one that sleeps, a disk that is full. */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/output.h"
#include "store/recording.h"

static int send_bytes(struct output *o, size_t n)
{
	struct buf b;
	int err;

	buf_init(&b, 1 << 20);
	buf_fill(&b, 'x', n);
	err = output_write(o, &b);
	assert_int_equal(b.len, 0);
	buf_done(&b);
	return err;
}

static void output__writes__all_of_it(void **state)
{
	int p[2];
	char back[64];

	(void)state;
	assert_int_equal(pipe(p), 0);
	struct output o = {.fd = p[1], .name = "pipe"};
	assert_int_equal(send_bytes(&o, 10), 0);
	assert_int_equal(read(p[0], back, sizeof(back)), 10);
	assert_int_equal(output_status(&o), STATUS_OK);
	close(p[0]);
	close(p[1]);
}

static void output__takes__a_closed_pipe_calmly(void **state)
{
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	close(p[0]);
	struct output o = {.fd = p[1], .name = "pipe"};
	assert_int_equal(send_bytes(&o, 10), -EPIPE);
	assert_true(o.closed);
	assert_int_equal(output_status(&o), STATUS_OK);
	close(p[1]);
}

static void output__fails__on_a_full_disk(void **state)
{
	struct output o = {.fd = open("/dev/full", O_WRONLY), .name = "stdout"};

	(void)state;
	assert_int_equal(send_bytes(&o, 10), -ENOSPC);
	assert_int_equal(send_bytes(&o, 10), -ENOSPC);
	assert_false(o.closed);
	close(o.fd);
}

/* A pipe that nobody reads is full after 64 KiB or so. */
static void output__gives_up__a_reader_that_sleeps(void **state)
{
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	struct output o = {.fd = p[1], .name = "pipe", .patience_ms = 20};
	for (int i = 0; i < 100 && !o.closed; i++)
		send_bytes(&o, 4096);
	assert_true(o.closed);
	close(p[0]);
	close(p[1]);
}

static void output__does_not_wait__once_it_was_woken(void **state)
{
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	struct output o = {.fd = p[1], .name = "pipe", .wake_fd = eventfd(1, 0)};
	/* While the reader reads, being woken is no reason to drop anything. */
	assert_int_equal(send_bytes(&o, 4096), 0);
	for (int i = 0; i < 100 && !o.closed; i++)
		send_bytes(&o, 4096);
	assert_true(o.closed);
	close(o.wake_fd);
	close(p[0]);
	close(p[1]);
}

static void output__refuses__a_path_that_cannot_be(void **state)
{
	struct output o = {.fd = -1};
	struct fault f = {0};

	(void)state;
	assert_int_equal(output_open(&o, "/nonexistent/x.csv", &f), -ENOENT);
	assert_int_equal(f.status, STATUS_OUTPUT);
	assert_non_null(strstr(f.text, "/nonexistent/x.csv"));
	assert_int_equal(output_close(&o, &f), 0);
}

/* open(2) of a FIFO waits for its reader, unless it is told not to. */
static void output__refuses__a_fifo_without_reader(void **state)
{
	char dir[] = "/tmp/output.XXXXXX", path[64];
	struct output o = {.fd = -1};
	struct fault f = {0};
	int reader;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/fifo", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(output_open(&o, path, &f), -ENXIO);
	assert_int_equal(f.status, STATUS_OUTPUT);
	assert_non_null(strstr(f.text, "no reader"));
	reader = open(path, O_RDONLY | O_NONBLOCK);
	assert_int_equal(output_open(&o, path, &f), 0);
	assert_int_equal(fcntl(o.fd, F_GETFL) & O_NONBLOCK, 0);
	assert_int_equal(send_bytes(&o, 10), 0);
	assert_int_equal(output_close(&o, &f), 0);
	close(reader);
	unlink(path);
	rmdir(dir);
}

/* As its header tells it; under its name, or under that of a link. */
static void output__refuses__a_recording(void **state)
{
	char dir[] = "/tmp/output.XXXXXX", path[64], link[64];
	unsigned char header[100] = "SQLite format 3";
	struct output o = {.fd = -1};
	struct fault f = {0};
	struct stat st;
	int fd;

	(void)state;
	if (!recording_available())
		skip();
	memcpy(header + 68, "MLkD", 4);
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/a.mld", dir);
	snprintf(link, sizeof(link), "%s/link", dir);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, header, sizeof(header)), sizeof(header));
	close(fd);
	assert_int_equal(symlink("a.mld", link), 0);
	assert_int_equal(output_open(&o, link, &f), -EEXIST);
	assert_int_equal(f.status, STATUS_OUTPUT);
	assert_non_null(strstr(f.text, "is a recording"));
	assert_int_equal(output_open(&o, path, &f), -EEXIST);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, sizeof(header));
	unlink(link);
	unlink(path);
	rmdir(dir);
}

/* The pipe fills, then the backlog, then whole rows are dropped: none comes in half. */
static void output__follows_no_link__in_the_directory_of_another_user(void **state)
{
	char dir[] = "/tmp/output-XXXXXX", path[64], target[64];
	struct output o = {.fd = -1};
	struct fault f = {0};

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/link", dir);
	snprintf(target, sizeof(target), "%s/target", dir);
	assert_int_equal(symlink(target, path), 0);
	assert_int_equal(chown(dir, 65534, 65534), 0);
	assert_int_equal(output_open(&o, path, &f), -ELOOP);
	assert_int_equal(access(target, F_OK), -1);
	unlink(path);
	assert_int_equal(rmdir(dir), 0);
}

/* Elsewhere a link is what somebody wanted, as for the shell. */
static void output__follows_no_link__where_everybody_has_files(void **state)
{
	char dir[] = "/tmp/output-XXXXXX", path[64], target[64];
	struct output o = {.fd = -1};
	struct fault f = {0};

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/link", dir);
	snprintf(target, sizeof(target), "%s/target", dir);
	assert_int_equal(symlink(target, path), 0);
	assert_int_equal(chmod(dir, 01777), 0);
	assert_int_equal(output_open(&o, path, &f), -ELOOP);
	assert_int_equal(f.status, STATUS_OUTPUT);
	assert_non_null(strstr(f.text, "it is a link; give the path that it leads to"));
	assert_int_equal(access(target, F_OK), -1);
	assert_int_equal(chmod(dir, 0700), 0);
	assert_int_equal(output_open(&o, path, &f), 0);
	assert_int_equal(access(target, F_OK), 0);
	assert_int_equal(output_close(&o, &f), 0);
	unlink(path);
	unlink(target);
	assert_int_equal(rmdir(dir), 0);
}

static void output__drops__whole_rows_rather_than_wait(void **state)
{
	enum { ROW = 1000 };
	char bytes[ROW * 64], path[32];
	struct output o = {.fd = -1};
	struct fault f = {0};
	uint64_t dropped, sent = 5000, seen = 0;
	ssize_t n;
	int p[2];

	(void)state;
	assert_int_equal(pipe2(p, O_NONBLOCK), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", p[1]);
	assert_int_equal(output_open(&o, path, &f), 0);
	output_never_wait(&o);
	for (uint64_t i = 0; i < sent; i++)
		assert_int_equal(send_bytes(&o, ROW), 0);
	dropped = o.dropped;
	assert_in_range(dropped, 1000, sent);
	while (o.backlog.len) {
		while ((n = read(p[0], bytes, sizeof(bytes))) > 0)
			seen += (uint64_t)n;
		assert_int_equal(send_bytes(&o, ROW), 0);
		sent++;
	}
	while ((n = read(p[0], bytes, sizeof(bytes))) > 0)
		seen += (uint64_t)n;
	assert_int_equal(o.dropped, dropped);
	assert_int_equal(seen, (sent - dropped) * ROW);
	assert_int_equal(output_close(&o, &f), 0);
	close(p[0]);
	close(p[1]);
}

/* --- files ---------------------------------------------------------------------------------------- */

static void send_text(struct output *o, const char *text, int expected)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_adds(&b, text);
	assert_int_equal(output_write(o, &b), expected);
	buf_done(&b);
}

static void file_holds(const char *path, const char *expected)
{
	char bytes[256] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_true(read(fd, bytes, sizeof(bytes) - 1) >= 0);
	assert_string_equal(bytes, expected);
	close(fd);
}

/* A disk with room for `room` bytes. */
static void limit_files(rlim_t room)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = room ? room : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void output__leaves__whole_rows_where_a_disk_is_full(void **state)
{
	struct output o = {.fd = -1};
	struct fault f = {0};
	char dir[] = "/tmp/output.XXXXXX", path[64];

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/x.csv", dir);
	for (int waits = 0; waits < 2; waits++) {
		assert_int_equal(output_open(&o, path, &f), 0);
		if (!waits)
			output_never_wait(&o);
		send_text(&o, "time_s,rss_kb\n", 0);
		limit_files(24);
		send_text(&o, "0.000,4\n", 0);
		send_text(&o, "1.000,123456\n", -EFBIG);
		limit_files(0);
		assert_int_equal(output_close(&o, &f), -EFBIG);
		assert_int_equal(f.status, STATUS_OUTPUT);
		file_holds(path, "time_s,rss_kb\n0.000,4\n");
	}
	unlink(path);
	rmdir(dir);
}

/* What others append to the same file is theirs. */
static void output__takes_back__nothing_that_others_wrote(void **state)
{
	struct output o = {.fd = -1};
	struct fault f = {0};
	char dir[] = "/tmp/output.XXXXXX", path[64];
	int other;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/x.csv", dir);
	assert_int_equal(output_open(&o, path, &f), 0);
	other = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(other, "other\n", 6, 20), 6);
	limit_files(10);
	send_text(&o, "0.000,123456\n", -EFBIG);
	limit_files(0);
	assert_int_equal(lseek(other, 0, SEEK_END), 26);
	assert_int_equal(output_close(&o, &f), -EFBIG);
	close(other);
	unlink(path);
	rmdir(dir);
}

static void output__refuses__a_file_that_another_writes(void **state)
{
	struct output first = {.fd = -1}, second = {.fd = -1};
	struct fault f = {0};
	char dir[] = "/tmp/output.XXXXXX", path[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/x.csv", dir);
	assert_int_equal(output_open(&first, path, &f), 0);
	send_text(&first, "row\n", 0);
	assert_int_equal(output_open(&second, path, &f), -EBUSY);
	assert_int_equal(f.status, STATUS_OUTPUT);
	assert_non_null(strstr(f.text, "another watch writes it"));
	file_holds(path, "row\n");
	assert_int_equal(output_close(&first, &f), 0);
	assert_int_equal(output_open(&second, path, &f), 0);
	file_holds(path, "");
	assert_int_equal(output_close(&second, &f), 0);
	unlink(path);
	rmdir(dir);
}

/* As programs do that take logs away: no hole of zeros before what comes. */
static void output__goes_on__at_the_begin_of_a_file_that_was_emptied(void **state)
{
	struct output o = {.fd = -1};
	struct fault f = {0};
	char dir[] = "/tmp/output.XXXXXX", path[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/x.csv", dir);
	assert_int_equal(output_open(&o, path, &f), 0);
	send_text(&o, "row\n", 0);
	assert_int_equal(truncate(path, 0), 0);
	send_text(&o, "next\n", 0);
	file_holds(path, "next\n");
	assert_int_equal(output_close(&o, &f), 0);
	unlink(path);
	rmdir(dir);
}

static void output__tells__that_its_file_is_gone(void **state)
{
	struct output o = {.fd = -1};
	struct fault f = {0};
	char dir[] = "/tmp/output.XXXXXX", moved[] = "/tmp/output.XXXXXX", path[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/x.csv", dir);
	assert_int_equal(output_open(&o, path, &f), 0);
	send_text(&o, "row\n", 0);
	unlink(path);
	rmdir(dir);
	assert_int_equal(output_close(&o, &f), -ENOENT);
	assert_int_equal(f.status, STATUS_OUTPUT);
	assert_non_null(strstr(f.text, path));
	assert_non_null(strstr(f.text, "removed"));

	assert_non_null(mkdtemp(strcpy(dir, "/tmp/output.XXXXXX")));
	assert_non_null(mkdtemp(moved));
	snprintf(path, sizeof(path), "%s/x.csv", dir);
	f = (struct fault){0};
	assert_int_equal(output_open(&o, path, &f), 0);
	send_text(&o, "row\n", 0);
	assert_int_equal(rename(dir, moved), 0);
	assert_int_equal(output_close(&o, &f), -ENOENT);
	assert_non_null(strstr(f.text, "moved or replaced"));
	snprintf(path, sizeof(path), "%s/x.csv", moved);
	file_holds(path, "row\n");
	unlink(path);
	rmdir(moved);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(output__writes__all_of_it),
	        cmocka_unit_test(output__takes__a_closed_pipe_calmly),
	        cmocka_unit_test(output__fails__on_a_full_disk),
	        cmocka_unit_test(output__gives_up__a_reader_that_sleeps),
	        cmocka_unit_test(output__does_not_wait__once_it_was_woken),
	        cmocka_unit_test(output__refuses__a_path_that_cannot_be),
	        cmocka_unit_test(output__refuses__a_fifo_without_reader),
	        cmocka_unit_test(output__refuses__a_recording),
	        cmocka_unit_test(output__follows_no_link__where_everybody_has_files),
	        cmocka_unit_test(output__follows_no_link__in_the_directory_of_another_user),
	        cmocka_unit_test(output__drops__whole_rows_rather_than_wait),
	        cmocka_unit_test(output__leaves__whole_rows_where_a_disk_is_full),
	        cmocka_unit_test(output__takes_back__nothing_that_others_wrote),
	        cmocka_unit_test(output__refuses__a_file_that_another_writes),
	        cmocka_unit_test(output__goes_on__at_the_begin_of_a_file_that_was_emptied),
	        cmocka_unit_test(output__tells__that_its_file_is_gone),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("app/output", tests, NULL, NULL);
}
