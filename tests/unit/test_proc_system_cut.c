/* SPDX-License-Identifier: MIT */
/* The texts about machine and container, cut at every byte: what is half there is not believed. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proc/system.h"
#include "support_fixture.h"

/* Bytes of the whole lines among the first n. */
static size_t lines_whole(const struct fixture *f, size_t n)
{
	while (n && f->text[n - 1] != '\n')
		n--;
	return n;
}

static void meminfo_cut(const char *name)
{
	struct fixture f = fixture_load(name);
	uint64_t whole[MEMINFO_KEY_COUNT], got[MEMINFO_KEY_COUNT];
	assert_int_equal(meminfo_parse(f.text, f.len, whole), 0);
	for (size_t n = 0; n < f.len; n++) {
		struct fixture cut = fixture_cut(&f, n);
		int rc = meminfo_parse(cut.text, cut.len, got);
		assert_true(rc == 0 || rc == -EINVAL);
		for (int i = 0; rc == 0 && i < MEMINFO_KEY_COUNT; i++)
			figure_holds(got[i], whole[i]);
		fixture_done(&cut);
	}
	fixture_done(&f);
}

static void meminfo_parse__believes__no_figure_cut_at_any_byte(void **state)
{
	(void)state;
	meminfo_cut("proc/meminfo-6.18.txt");
	meminfo_cut("proc/meminfo-lxcfs.txt");
}

static void limits_parse__believes__no_figure_cut_at_any_byte(void **state)
{
	(void)state;
	struct fixture f = fixture_load("proc/limits.txt");
	uint64_t whole[LIMIT_KEY_COUNT], got[LIMIT_KEY_COUNT];
	assert_int_equal(limits_parse(f.text, f.len, whole), 0);
	for (size_t n = 0; n < f.len; n++) {
		struct fixture cut = fixture_cut(&f, n);
		int rc = limits_parse(cut.text, cut.len, got);
		assert_true(rc == 0 || rc == -EINVAL);
		for (int i = 0; rc == 0 && i < LIMIT_KEY_COUNT; i++)
			figure_holds(got[i], whole[i]);
		fixture_done(&cut);
	}
	fixture_done(&f);
}

/* A line that is cut says nothing: the answer is that of the whole lines before it. */
static void cgroup_cut(const char *text)
{
	static struct cgroup_place got, lines;
	struct fixture f = fixture_of(text);
	for (size_t n = 0; n < f.len; n++) {
		struct fixture cut = fixture_cut(&f, n);
		struct fixture before = fixture_cut(&f, lines_whole(&f, n));
		int rc = cgroup_parse(cut.text, cut.len, &got);
		assert_true(rc == 0 || rc == -ENOENT);
		assert_int_equal(rc, cgroup_parse(before.text, before.len, &lines));
		if (rc == 0) {
			assert_string_equal(got.path, lines.path);
			assert_int_equal(got.v2, lines.v2);
		}
		fixture_done(&before);
		fixture_done(&cut);
	}
	fixture_done(&f);
}

static void cgroup_parse__believes__no_path_cut_at_any_byte(void **state)
{
	(void)state;
	cgroup_cut("0::/user.slice/app@1:2.service\n");
	cgroup_cut("9:name=systemd:/a\n4:cpu,memory:/docker/8ef1\n0::/unified\n");
	cgroup_cut("0::/unified\n4:memory:/late\n");
	cgroup_cut("1:memoryless:/no\n0::/../../x y (deleted)\n");
}

static void mountinfo_cut(const struct fixture *f, size_t n, bool v2)
{
	static struct cgroup_mount got, lines;
	struct fixture cut = fixture_cut(f, n);
	struct fixture before = fixture_cut(f, lines_whole(f, n));
	int rc = cgroup_mount_parse(cut.text, cut.len, v2, &got);
	assert_true(rc == 0 || rc == -ENOENT);
	assert_int_equal(rc, cgroup_mount_parse(before.text, before.len, v2, &lines));
	if (rc == 0) {
		assert_string_equal(got.point, lines.point);
		assert_string_equal(got.root, lines.root);
	}
	fixture_done(&before);
	fixture_done(&cut);
}

static void cgroup_mount_parse__believes__no_mount_cut_at_any_byte(void **state)
{
	(void)state;
	static const char *const names[] = {"proc/mountinfo-container.txt",
	                                    "proc/mountinfo-hybrid.txt"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct fixture f = fixture_load(names[i]);
		for (size_t n = 0; n < f.len; n++) {
			mountinfo_cut(&f, n, false);
			mountinfo_cut(&f, n, true);
		}
		fixture_done(&f);
	}
}

static void cgroup_limit_parse__survives__a_cut_at_any_byte(void **state)
{
	(void)state;
	static const char *const texts[] = {"536870912\n", "max\n", "9223372036854771712\n"};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct fixture f = fixture_of(texts[i]);
		for (size_t n = 0; n < f.len; n++) {
			struct fixture cut = fixture_cut(&f, n);
			uint64_t got = 4711;
			int rc = cgroup_limit_parse(cut.text, cut.len, &got);
			assert_true(rc == 0 || rc == -EINVAL);
			/* Not figure_holds(): it takes "5368" for a number without a line's end. */
			assert_true(rc == 0 || got == 4711);
			fixture_done(&cut);
		}
		fixture_done(&f);
	}
}

static void oom_cut(const char *text, uint64_t whole)
{
	struct fixture f = fixture_of(text);
	for (size_t n = 0; n < f.len; n++) {
		struct fixture cut = fixture_cut(&f, n);
		uint64_t got = UNKNOWN;
		int rc = cgroup_oom_parse(cut.text, cut.len, &got);
		assert_true(rc == 0 || rc == -ENOENT);
		figure_holds(got, whole);
		fixture_done(&cut);
	}
	fixture_done(&f);
}

static void cgroup_oom_parse__believes__no_count_cut_at_any_byte(void **state)
{
	(void)state;
	oom_cut("low 0\nhigh 0\nmax 12\noom 3\noom_kill 217\noom_group_kill 0\n", 217);
	oom_cut("oom_kill_disable 0\nunder_oom 0\noom_kill 704\n", 704);
}

static void fd_kind_of__survives__a_cut_at_any_byte(void **state)
{
	(void)state;
	static const char *const links[] = {"/var/log/app.log (deleted)",
	                                    "socket:[6081]",
	                                    "pipe:[6081]",
	                                    "anon_inode:[eventpoll]",
	                                    "anon_inode:inotify",
	                                    "anon_inode:[io_uring]",
	                                    "/memfd:buffer (deleted)",
	                                    "/dev/shm/segment",
	                                    "/dev/null",
	                                    "mnt:[4026531841]"};
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		struct fixture f = fixture_of(links[i]);
		for (size_t n = 0; n <= f.len; n++) {
			struct fixture cut = fixture_cut(&f, n);
			assert_in_range(fd_kind_of(cut.text, cut.len), 0, FD_KIND_COUNT - 1);
			fixture_done(&cut);
		}
		fixture_done(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(meminfo_parse__believes__no_figure_cut_at_any_byte),
	        cmocka_unit_test(limits_parse__believes__no_figure_cut_at_any_byte),
	        cmocka_unit_test(cgroup_parse__believes__no_path_cut_at_any_byte),
	        cmocka_unit_test(cgroup_mount_parse__believes__no_mount_cut_at_any_byte),
	        cmocka_unit_test(cgroup_limit_parse__survives__a_cut_at_any_byte),
	        cmocka_unit_test(cgroup_oom_parse__believes__no_count_cut_at_any_byte),
	        cmocka_unit_test(fd_kind_of__survives__a_cut_at_any_byte),
	};

	return cmocka_run_group_tests_name("proc_system_cut", tests, NULL, NULL);
}
