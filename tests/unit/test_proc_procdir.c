/* SPDX-License-Identifier: MIT */
/* The door to /proc: who is let in, and that a dead process stays dead whoever gets its pid. */
#include "proc/procdir.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/known.h"
#include "support_live.h"

static void nothing(int turn)
{
	(void)turn;
}

static void assert_found(const char *proc, int32_t pid, enum procdir_finding expected, int other)
{
	struct procdir d;
	int got = 0;
	enum procdir_finding finding = procdir_open(proc, pid, &d, &got);
	if (finding == PROCDIR_OK)
		procdir_close(&d);
	assert_int_equal(finding, expected);
	if (other)
		assert_int_equal(got, other);
}

static void procdir_open__finds__what_a_pid_is(void **state)
{
	(void)state;
	struct child c = child_start(nothing);
	assert_found("/proc", getpid(), PROCDIR_OK, 0);
	assert_found("/proc", INT32_MAX, PROCDIR_GONE, 0);
	assert_found("/nonexistent", getpid(), PROCDIR_FAILED, ENOENT);
	siginfo_t info;
	kill(c.pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)c.pid, &info, WEXITED | WNOWAIT), 0);
	assert_found("/proc", c.pid, PROCDIR_ZOMBIE, 0);
	child_end(&c);
	assert_found("/proc", c.pid, PROCDIR_GONE, 0);
}

static void procdir_open__refuses__kernel_threads(void **state)
{
	(void)state;
	struct tree t = tree_new();
	tree_write(&t, "status",
	           "Name:\tkworker\nState:\tI (idle)\nTgid:\t%d\nPid:\t%d\nKthread:\t1\n", TREE_PID,
	           TREE_PID);
	assert_found(t.path, TREE_PID, PROCDIR_KTHREAD, 0);
	tree_free(&t);
}

static void *tell_tid(void *arg)
{
	int *ends = arg;
	pid_t tid = (pid_t)syscall(SYS_gettid);
	char byte;
	if (write(ends[1], &tid, sizeof(tid)) != sizeof(tid))
		return NULL;
	return read(ends[2], &byte, 1) ? NULL : arg;
}

static void procdir_open__names__the_process_of_a_thread(void **state)
{
	(void)state;
	int up[2], down[2];
	pthread_t thread;
	pid_t tid;
	assert_int_equal(pipe(up), 0);
	assert_int_equal(pipe(down), 0);
	int ends[3] = {up[0], up[1], down[0]};
	assert_int_equal(pthread_create(&thread, NULL, tell_tid, ends), 0);
	assert_int_equal(read(up[0], &tid, sizeof(tid)), sizeof(tid));
	assert_found("/proc", tid, PROCDIR_THREAD, getpid());
	close(down[1]);
	pthread_join(thread, NULL);
	close(up[0]);
	close(up[1]);
	close(down[0]);
}

static void procdir_open__trusts__no_pid_of_a_fixture(void **state)
{
	(void)state;
	struct tree t = tree_new();
	struct procdir d;
	int other;
	assert_int_equal(procdir_open(t.path, TREE_PID, &d, &other), PROCDIR_OK);
	assert_false(d.real);
	assert_int_equal(d.pidfd, -1);
	procdir_close(&d);
	/* Even where a process with that pid lives here. */
	assert_found(t.path, getpid(), PROCDIR_GONE, 0);
	tree_free(&t);
}

static void procdir__keeps__a_dead_process_dead(void **state)
{
	(void)state;
	struct child c = child_start(nothing);
	struct procdir d;
	struct buf b;
	int other;
	buf_init(&b, 65536);
	assert_int_equal(procdir_open("/proc", c.pid, &d, &other), PROCDIR_OK);
	assert_true(d.real);
	assert_int_equal(procdir_read(&d, "status", &b), 0);
	assert_non_null(strstr(buf_str(&b), "VmRSS"));
	child_end(&c);
	struct pollfd p = {.fd = d.pidfd, .events = POLLIN};
	assert_int_equal(poll(&p, 1, 0), 1);
	int e = procdir_read(&d, "status", &b);
	assert_true(e == -ESRCH || e == -ENOENT);
	procdir_close(&d);
	buf_done(&b);
}

static void procdir_read__stops__at_the_maximum(void **state)
{
	(void)state;
	struct procdir d;
	struct buf b;
	int other;
	buf_init(&b, 10);
	assert_int_equal(procdir_open("/proc", getpid(), &d, &other), PROCDIR_OK);
	assert_int_equal(procdir_read(&d, "status", &b), -EFBIG);
	assert_int_equal(b.len, 10);
	assert_int_equal(procdir_read(&d, "no-such-file", &b), -ENOENT);
	procdir_close(&d);
	buf_done(&b);
}

static void procdir__reads__links_and_identities(void **state)
{
	(void)state;
	struct procdir d;
	char exe[512];
	uint64_t dev, inode;
	struct stat st;
	int other;
	assert_int_equal(procdir_open("/proc", getpid(), &d, &other), PROCDIR_OK);
	assert_true(procdir_link(&d, "exe", exe, sizeof(exe)) > 0);
	assert_int_equal(stat(exe, &st), 0);
	assert_int_equal(procdir_identity(&d, "exe", &dev, &inode), 0);
	assert_int_equal(inode, st.st_ino);
	assert_int_equal(procdir_link(&d, "nothing", exe, sizeof(exe)), -ENOENT);
	procdir_close(&d);
}

static int count_fds(const struct procdir *d, uint64_t limit, uint64_t ret[FD_KIND_COUNT],
                     bool *ret_cut)
{
	size_t sockets;

	return procdir_list_fds(d, limit, ret, ret_cut, NULL, 0, &sockets);
}

static void procdir_list_fds__tells__kinds_and_stops_at_the_limit(void **state)
{
	(void)state;
	uint64_t before[FD_KIND_COUNT], after[FD_KIND_COUNT];
	struct procdir d;
	bool cut;
	int other, ends[2];
	assert_int_equal(procdir_open("/proc", getpid(), &d, &other), PROCDIR_OK);
	assert_int_equal(count_fds(&d, 65536, before, &cut), 0);
	assert_false(cut);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(count_fds(&d, 65536, after, &cut), 0);
	assert_int_equal(after[FD_PIPE], before[FD_PIPE] + 2);
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(count_fds(&d, 1, after, &cut), 0);
	assert_true(cut);
	procdir_close(&d);
}

static int find_pid(int32_t pid, void *arg)
{
	return pid == *(int32_t *)arg ? 77 : 0;
}

static int find_entry(int32_t pid, uint64_t inode, void *arg)
{
	(void)inode;
	return find_pid(pid, arg);
}

static void procdir_each__finds__ourselves(void **state)
{
	(void)state;
	int32_t us = getpid(), nobody = INT32_MAX;
	struct procdir d;
	int other;
	assert_int_equal(procdir_open("/proc", us, &d, &other), PROCDIR_OK);
	assert_int_equal(procdir_each_entry(&d, find_entry, &us), 77);
	assert_int_equal(procdir_each_entry(&d, find_entry, &nobody), 0);
	assert_int_equal(procdir_each_task(&d, find_pid, &us), 77);
	assert_int_equal(procdir_living_thread(&d, &nobody), -ESRCH);
	procdir_close(&d);
}

/* A fixture whose mountinfo points into itself. */
static void cgroup_tree(const struct tree *t, const char *type, const char *place)
{
	static const char *const dirs[] = {"cg", "cg/a", "cg/a/b"};
	char path[256];
	for (size_t i = 0; i < 3; i++) {
		tree_path(t, dirs[i], path);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	tree_path(t, "cg", path);
	tree_write(t, "mountinfo", "30 23 0:26 / %s rw,nosuid - %s cgroup rw,memory\n", path, type);
	tree_write(t, "cgroup", "%s\n", place);
}

static struct cgroup_room room_of(const struct procdir *d)
{
	struct cgroup_place place;
	struct cgroup_room room;
	uint64_t kills;
	assert_int_equal(procdir_cgroup_limit(d, &room, &kills, &place), 0);
	return room;
}

static void procdir_cgroup__takes__the_smallest_limit_up_the_tree(void **state)
{
	(void)state;
	struct tree t = tree_new();
	struct procdir d;
	struct cgroup_place place;
	struct cgroup_room room;
	uint64_t kills;
	int other;
	cgroup_tree(&t, "cgroup2", "0::/a/b");
	tree_write(&t, "cg/a/b/memory.max", "max\n");
	tree_write(&t, "cg/a/b/memory.events", "low 0\noom 1\noom_kill 3\n");
	tree_write(&t, "cg/a/memory.max", "1048576\n");
	tree_write(&t, "cg/a/memory.current", "4096\n");
	assert_int_equal(procdir_open(t.path, TREE_PID, &d, &other), PROCDIR_OK);
	assert_int_equal(procdir_cgroup_limit(&d, &room, &kills, &place), 0);
	assert_int_equal(room.limit, 1048576);
	assert_int_equal(room.usage, 4096);
	assert_int_equal(room.cache, UNKNOWN);
	assert_int_equal(room.ancestor, 1);
	assert_false(room.throttles);
	assert_int_equal(kills, 3);
	assert_string_equal(place.path, "/a/b");
	int fd = procdir_open_oom(&d);
	assert_true(fd >= 0);
	tree_write(&t, "cg/a/b/memory.events", "oom_kill 4\n");
	assert_int_equal(procdir_oom_kills(fd, &kills), 0);
	assert_int_equal(kills, 4);
	close(fd);
	procdir_close(&d);
	tree_free(&t);
}

static void procdir_cgroup__weighs__each_limit_against_its_own_usage(void **state)
{
	(void)state;
	struct tree t = tree_new();
	struct procdir d;
	int other;
	cgroup_tree(&t, "cgroup2", "0::/a/b");
	tree_write(&t, "cg/a/b/memory.max", "1000000\n");
	tree_write(&t, "cg/a/b/memory.current", "100000\n");
	/* Larger, and yet nearer: its other members fill it. */
	tree_write(&t, "cg/a/memory.max", "5000000\n");
	tree_write(&t, "cg/a/memory.current", "4900000\n");
	assert_int_equal(procdir_open(t.path, TREE_PID, &d, &other), PROCDIR_OK);
	struct cgroup_room room = room_of(&d);
	assert_int_equal(room.limit, 5000000);
	assert_int_equal(room.ancestor, 1);
	assert_int_equal(cgroup_room_left(&room), 100000);
	/* What fills it is cache that is given back first. */
	tree_write(&t, "cg/a/memory.stat", "anon 1\ninactive_file 4800000\nactive_file 3\n");
	room = room_of(&d);
	assert_int_equal(room.limit, 1000000);
	assert_int_equal(room.ancestor, 0);
	procdir_close(&d);
	tree_free(&t);
}

static void procdir_cgroup__knows__memory_high_until_it_is_passed(void **state)
{
	(void)state;
	struct tree t = tree_new();
	struct procdir d;
	int other;
	cgroup_tree(&t, "cgroup2", "0::/a");
	tree_write(&t, "cg/a/memory.max", "1000000\n");
	tree_write(&t, "cg/a/memory.high", "800000\n");
	tree_write(&t, "cg/a/memory.current", "100000\n");
	assert_int_equal(procdir_open(t.path, TREE_PID, &d, &other), PROCDIR_OK);
	struct cgroup_room room = room_of(&d);
	assert_int_equal(room.limit, 800000);
	assert_true(room.throttles);
	tree_write(&t, "cg/a/memory.current", "900000\n");
	room = room_of(&d);
	assert_int_equal(room.limit, 1000000);
	assert_false(room.throttles);
	tree_write(&t, "cg/a/memory.max", "max\n");
	tree_write(&t, "cg/a/memory.current", "100000\n");
	assert_int_equal(room_of(&d).limit, 800000);
	tree_write(&t, "cg/a/memory.high", "max\n");
	assert_int_equal(room_of(&d).limit, UNKNOWN);
	procdir_close(&d);
	tree_free(&t);
}

static void procdir_cgroup__knows__version_one_and_no_limit(void **state)
{
	(void)state;
	struct tree t = tree_new();
	struct procdir d;
	struct cgroup_place place;
	struct cgroup_room room;
	uint64_t kills;
	int other;
	cgroup_tree(&t, "cgroup", "4:memory:/a");
	tree_write(&t, "cg/a/memory.limit_in_bytes", "9223372036854771712\n");
	assert_int_equal(procdir_open(t.path, TREE_PID, &d, &other), PROCDIR_OK);
	assert_int_equal(procdir_cgroup_limit(&d, &room, &kills, &place), 0);
	assert_int_equal(room.limit, UNKNOWN);
	assert_int_equal(cgroup_room_left(&room), UNKNOWN);
	assert_int_equal(kills, UNKNOWN);
	tree_write(&t, "cg/a/memory.limit_in_bytes", "1000\n");
	tree_write(&t, "cg/a/memory.usage_in_bytes", "10\n");
	tree_write(&t, "cg/a/memory.stat", "inactive_file 1\ntotal_inactive_file 4\n");
	room = room_of(&d);
	assert_int_equal(room.limit, 1000);
	assert_int_equal(room.usage, 10);
	assert_int_equal(room.cache, 4);
	assert_int_equal(cgroup_room_left(&room), 994);
	procdir_close(&d);
	tree_free(&t);
}

static bool file_put(const char *dir, const char *name, const char *text)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *f = fopen(path, "we");
	if (!f)
		return false;
	bool put = fputs(text, f) >= 0;
	return fclose(f) == 0 && put;
}

/* Two real groups of version one below our own, the limits on the upper one. False: not permitted. */
static bool real_groups(char upper[256], char lower[300])
{
	char place[4096], *path = NULL;
	FILE *f = fopen("/proc/self/cgroup", "re");
	while (f && !path && fgets(place, sizeof(place), f)) {
		place[strcspn(place, "\n")] = '\0';
		path = strstr(place, ":memory:");
	}
	if (f)
		fclose(f);
	if (!path)
		return false;
	int n = snprintf(upper, 256, "/sys/fs/cgroup/memory%s/test-%d", path + 8, getpid());
	snprintf(lower, 300, "%s/below", upper);
	if (n >= 256 || mkdir(upper, 0700) < 0)
		return false;
	file_put(upper, "memory.use_hierarchy", "1\n");
	return mkdir(lower, 0700) == 0 && file_put(upper, "memory.limit_in_bytes", "200000000\n");
}

/* A group is busy until its last process is gone altogether. */
static void group_remove(const char *path)
{
	for (int i = 0; i < 500 && rmdir(path) < 0 && errno == EBUSY; i++)
		usleep(10000);
}

static void procdir_cgroup__of_a_real_group__is_that_of_its_ancestor(void **state)
{
	(void)state;
	char upper[256] = "", lower[300] = "", pid[32];
	struct procdir d;
	int other;
	bool made = real_groups(upper, lower);
	struct child c = child_start(nothing);
	snprintf(pid, sizeof(pid), "%d\n", c.pid);
	made = made && file_put(lower, "cgroup.procs", pid);
	if (made) {
		assert_int_equal(procdir_open("/proc", c.pid, &d, &other), PROCDIR_OK);
		struct cgroup_room room = room_of(&d);
		procdir_close(&d);
		assert_true(room.limit <= 200000000 && room.limit > 200000000 - 65536);
		assert_int_equal(room.ancestor, 1);
		assert_true(known(room.usage) && room.usage < room.limit);
	}
	child_end(&c);
	group_remove(lower);
	group_remove(upper);
	if (!made) {
		print_message("no memory controller of version one that we may use\n");
		skip();
	}
}

/* A root of its own, from which no cgroup mount can be seen. */
static void hide_mounts(int turn)
{
	if (!turn && (chdir("/tmp") < 0 || chroot(".") < 0))
		_exit(0);
}

static void procdir_cgroup__of_a_container__is_found_by_our_own_mounts(void **state)
{
	(void)state;
	struct procdir d;
	struct cgroup_place ours, its;
	struct cgroup_room room;
	uint64_t kills;
	int other;
	assert_int_equal(procdir_open("/proc", getpid(), &d, &other), PROCDIR_OK);
	int e = procdir_cgroup_limit(&d, &room, &kills, &ours);
	procdir_close(&d);
	if (e < 0 || geteuid() != 0)
		skip();
	struct child c = child_start(hide_mounts);
	assert_int_equal(procdir_open("/proc", c.pid, &d, &other), PROCDIR_OK);
	assert_int_equal(procdir_cgroup_limit(&d, &room, &kills, &its), 0);
	assert_string_equal(its.path, ours.path);
	procdir_close(&d);
	child_end(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(procdir_open__finds__what_a_pid_is),
	        cmocka_unit_test(procdir_open__refuses__kernel_threads),
	        cmocka_unit_test(procdir_open__names__the_process_of_a_thread),
	        cmocka_unit_test(procdir_open__trusts__no_pid_of_a_fixture),
	        cmocka_unit_test(procdir__keeps__a_dead_process_dead),
	        cmocka_unit_test(procdir_read__stops__at_the_maximum),
	        cmocka_unit_test(procdir__reads__links_and_identities),
	        cmocka_unit_test(procdir_list_fds__tells__kinds_and_stops_at_the_limit),
	        cmocka_unit_test(procdir_each__finds__ourselves),
	        cmocka_unit_test(procdir_cgroup__takes__the_smallest_limit_up_the_tree),
	        cmocka_unit_test(procdir_cgroup__weighs__each_limit_against_its_own_usage),
	        cmocka_unit_test(procdir_cgroup__knows__memory_high_until_it_is_passed),
	        cmocka_unit_test(procdir_cgroup__of_a_real_group__is_that_of_its_ancestor),
	        cmocka_unit_test(procdir_cgroup__of_a_container__is_found_by_our_own_mounts),
	        cmocka_unit_test(procdir_cgroup__knows__version_one_and_no_limit),
	};
	return cmocka_run_group_tests_name("proc_procdir", tests, NULL, NULL);
}
