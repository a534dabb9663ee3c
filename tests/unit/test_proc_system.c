/* SPDX-License-Identifier: MIT */
/* meminfo, cgroup, mountinfo, limits and descriptor links, as machines and containers show them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proc/system.h"
#include "support_fixture.h"

static void meminfo_parse__reads__a_machine(void **state)
{
	(void)state;
	struct fixture f = fixture_load("proc/meminfo-6.18.txt");
	uint64_t v[MEMINFO_KEY_COUNT];
	assert_int_equal(meminfo_parse(f.text, f.len, v), 0);
	for (int i = 0; i < MEMINFO_KEY_COUNT; i++) {
		assert_true(known(v[i]));
		assert_non_null(meminfo_keys[i].name);
		assert_non_null(meminfo_keys[i].meaning);
	}
	assert_true(v[MEMINFO_TOTAL] == 24684092ull * 1024);
	assert_true(v[MEMINFO_AVAILABLE] <= v[MEMINFO_TOTAL]);
	assert_true(v[MEMINFO_ZSWAP] == 0);
	fixture_done(&f);
}

static void meminfo_parse__survives__a_container(void **state)
{
	(void)state;
	struct fixture f = fixture_load("proc/meminfo-lxcfs.txt");
	uint64_t v[MEMINFO_KEY_COUNT];
	assert_int_equal(meminfo_parse(f.text, f.len, v), 0);
	/* A total of 0 is no figure to divide by. */
	assert_false(known(v[MEMINFO_TOTAL]));
	assert_true(v[MEMINFO_FREE] == 512000ull * 1024);
	assert_true(v[MEMINFO_SWAP_TOTAL] == 1024ull * 1024);
	assert_true(v[MEMINFO_SHMEM] == 18874368ull * 1024);
	assert_true(v[MEMINFO_CACHED] == UNKNOWN - 1); /* beyond 2^64 bytes: saturated */
	assert_false(known(v[MEMINFO_BUFFERS]));
	assert_false(known(v[MEMINFO_AVAILABLE]));
	fixture_done(&f);
}

static void meminfo_parse__refuses__the_rest(void **state)
{
	(void)state;
	static const char *const texts[] = {"", "rubbish\n", "MemTotal: x kB\n", "MemTotal: 5 kB"};
	uint64_t v[MEMINFO_KEY_COUNT] = {4711};
	for (int i = 0; i < 4; i++)
		assert_int_equal(meminfo_parse(texts[i], strlen(texts[i]), v), -EINVAL);
	assert_true(v[0] == 4711);
}

static struct cgroup_place place_of(const char *text)
{
	static struct cgroup_place place;
	assert_int_equal(cgroup_parse(text, strlen(text), &place), 0);
	return place;
}

static void cgroup_parse__prefers__the_v1_memory_line(void **state)
{
	(void)state;
	struct cgroup_place p =
	        place_of("9:name=systemd:/a\n4:cpu,memory:/docker/8ef1\n0::/unified\n");
	assert_false(p.v2);
	assert_string_equal(p.path, "/docker/8ef1");
	p = place_of("0::/unified\n4:memory:/late\n");
	assert_false(p.v2);
	assert_string_equal(p.path, "/late");
}

static void cgroup_parse__takes__the_unified_line(void **state)
{
	(void)state;
	struct cgroup_place p = place_of("0::/user.slice/app@1:2.service\n");
	assert_true(p.v2);
	assert_string_equal(p.path, "/user.slice/app@1:2.service");
	p = place_of("1:memoryless:/no\n1:name=memory:/no\n0::/../../x y (deleted)\n");
	assert_true(p.v2);
	assert_string_equal(p.path, "/../../x y (deleted)");
}

static void cgroup_parse__refuses__the_rest(void **state)
{
	(void)state;
	static struct cgroup_place place;
	static const char *const texts[] = {"", "0::/cut", "1:cpu:/x\n", "0:/x\n", "0::relative\n"};
	for (int i = 0; i < 5; i++)
		assert_int_equal(cgroup_parse(texts[i], strlen(texts[i]), &place), -ENOENT);
	assert_int_equal(cgroup_parse("0::/a\0b\n", 8, &place), -ENOENT);
	char *text = malloc(5000);
	assert_non_null(text);
	memset(text, '/', 5000);
	memcpy(text, "0::", 3);
	text[4999] = '\n';
	assert_int_equal(cgroup_parse(text, 5000, &place), -ENOENT);
	text[3 + 4095] = '\n';
	assert_int_equal(cgroup_parse(text, 3 + 4095 + 1, &place), 0);
	assert_int_equal(strlen(place.path), 4095);
	free(text);
}

static void cgroup_mount_parse__finds__both_hierarchies(void **state)
{
	(void)state;
	static struct cgroup_mount m;
	struct fixture f = fixture_load("proc/mountinfo-hybrid.txt");
	/* Of two mounts the one that shows more of the tree. */
	assert_int_equal(cgroup_mount_parse(f.text, f.len, false, &m), 0);
	assert_string_equal(m.point, "/sys/fs/cgroup/memory");
	assert_string_equal(m.root, "/");
	assert_int_equal(cgroup_mount_parse(f.text, f.len, true, &m), 0);
	assert_string_equal(m.point, "/sys/fs/cgroup/unified");
	fixture_done(&f);
}

static void cgroup_mount_parse__unescapes__names(void **state)
{
	(void)state;
	static struct cgroup_mount m;
	struct fixture f = fixture_load("proc/mountinfo-container.txt");
	assert_int_equal(cgroup_mount_parse(f.text, f.len, true, &m), 0);
	assert_string_equal(m.point, "/sys/fs/cgroup dir");
	assert_string_equal(m.root, "/../../kubepods/pod1");
	assert_int_equal(cgroup_mount_parse(f.text, f.len, false, &m), -ENOENT);
	fixture_done(&f);
	f = fixture_of("1 2 0:3 /a\\134040 /b\\\\012\\9\\04 rw - cgroup2 c rw\n");
	assert_int_equal(cgroup_mount_parse(f.text, f.len, true, &m), 0);
	assert_string_equal(m.root, "/a\\040");
	assert_string_equal(m.point, "/b\\\n\\9\\04");
	fixture_done(&f);
}

static void cgroup_mount_parse__refuses__the_rest(void **state)
{
	(void)state;
	static struct cgroup_mount m = {.point = "untouched"};
	static const char *const texts[] = {
	        "",
	        "1 2 0:3 / /x rw\n",
	        "1 2 0:3 / /x rw -\n",
	        "1 2 0:3 / /x rw - tmpfs x rw\n",
	        "1 2 0:3 / /x rw - cgroup2 x rw",
	        "1 2 0:3 /\\000 /x rw - cgroup2 x rw\n",
	};
	for (int i = 0; i < 6; i++)
		assert_int_equal(cgroup_mount_parse(texts[i], strlen(texts[i]), true, &m), -ENOENT);
	assert_string_equal(m.point, "untouched");
}

static void limit_is(const char *text, uint64_t want)
{
	uint64_t got = 4711;
	assert_int_equal(cgroup_limit_parse(text, strlen(text), &got), 0);
	assert_true(got == want);
}

static void cgroup_limit_parse__knows__three_ways_to_say_none(void **state)
{
	(void)state;
	limit_is("536870912\n", 536870912);
	limit_is("0\n", 0);
	limit_is("max\n", UNKNOWN);
	limit_is("9223372036854771712\n", UNKNOWN);
	limit_is("9223372036854710272\n", UNKNOWN);
	limit_is("18446744073709551615\n", UNKNOWN);
}

static void cgroup_limit_parse__refuses__the_rest(void **state)
{
	(void)state;
	static const char *const texts[] = {"",     "\n",    "maximum\n",
	                                    "-1\n", "1 2\n", "99999999999999999999\n"};
	uint64_t got = 4711;
	/* 2^64 - 1 is "no limit" as well, but nothing beyond it is a number. */
	for (int i = 0; i < 6; i++)
		assert_int_equal(cgroup_limit_parse(texts[i], strlen(texts[i]), &got), -EINVAL);
	assert_true(got == 4711);
}

static void cgroup_cache_parse__finds__what_is_given_back(void **state)
{
	(void)state;
	const char v1[] = "cache 5\ninactive_file 7\ntotal_inactive_file 90\n";
	uint64_t bytes = 1;
	assert_int_equal(cgroup_cache_parse(v1, sizeof(v1) - 1, false, &bytes), 0);
	assert_int_equal(bytes, 90);
	assert_int_equal(cgroup_cache_parse(v1, sizeof(v1) - 1, true, &bytes), 0);
	assert_int_equal(bytes, 7);
	for (size_t n = 0; n < sizeof(v1) - 1; n++) {
		struct fixture f = fixture_of(v1), cut = fixture_cut(&f, n);
		bytes = UNKNOWN;
		assert_int_equal(cgroup_cache_parse(cut.text, cut.len, false, &bytes), -ENOENT);
		assert_int_equal(bytes, UNKNOWN);
		fixture_done(&cut);
		fixture_done(&f);
	}
	assert_int_equal(cgroup_cache_parse("inactive_file x\n", 16, true, &bytes), -ENOENT);
}

static void kernel_number_parse__takes__one_number_of_a_whole_line(void **state)
{
	(void)state;
	static const char *const wrong[] = {"",    "7",     "\n",    "-\n",
	                                    "x\n", "1 2\n", "--1\n", "99999999999999999999\n"};
	int64_t v = 0;
	assert_int_equal(kernel_number_parse("65530\n", 6, &v), 0);
	assert_int_equal(v, 65530);
	assert_int_equal(kernel_number_parse("-1000\n", 6, &v), 0);
	assert_int_equal(v, -1000);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(kernel_number_parse(wrong[i], strlen(wrong[i]), &v), -EINVAL);
	assert_int_equal(v, -1000);
}

static void cgroup_oom_parse__finds__the_kills(void **state)
{
	(void)state;
	uint64_t kills = 4711;
	const char *v2 = "low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n";
	assert_int_equal(cgroup_oom_parse(v2, strlen(v2), &kills), 0);
	assert_true(kills == 2);
	const char *v1 = "oom_kill_disable 0\nunder_oom 0\noom_kill 7\n";
	assert_int_equal(cgroup_oom_parse(v1, strlen(v1), &kills), 0);
	assert_true(kills == 7);
	const char *old = "oom_kill_disable 0\nunder_oom 0\n";
	assert_int_equal(cgroup_oom_parse(old, strlen(old), &kills), -ENOENT);
	assert_int_equal(cgroup_oom_parse("oom_kill x\n", 11, &kills), -ENOENT);
	assert_true(kills == 7);
}

static void limits_parse__reads__the_soft_limits(void **state)
{
	(void)state;
	struct fixture f = fixture_load("proc/limits.txt");
	uint64_t v[LIMIT_KEY_COUNT];
	assert_int_equal(limits_parse(f.text, f.len, v), 0);
	assert_false(known(v[LIMIT_AS]));
	assert_false(known(v[LIMIT_DATA]));
	assert_true(v[LIMIT_STACK] == 8388608);
	assert_true(v[LIMIT_NOFILE] == 20000);
	fixture_done(&f);
	f = fixture_of(
	        "Max address space         0                    unlimited            bytes     \n");
	assert_int_equal(limits_parse(f.text, f.len, v), 0);
	assert_true(v[LIMIT_AS] == 0);
	assert_false(known(v[LIMIT_NOFILE]));
	fixture_done(&f);
	assert_int_equal(limits_parse("rubbish\n", 8, v), -EINVAL);
	assert_int_equal(limits_parse("Max open files \n", 16, v), -EINVAL);
	assert_int_equal(limits_parse("", 0, v), -EINVAL);
}

static void kind_is(const char *link, enum fd_kind want)
{
	assert_int_equal(fd_kind_of(link, strlen(link)), want);
}

static void fd_kind_of__tells__by_the_link(void **state)
{
	(void)state;
	kind_is("/var/log/app.log", FD_FILE);
	kind_is("/var/log/app.log (deleted)", FD_FILE);
	kind_is("/socket:[1]", FD_FILE);
	kind_is("/dev/shm/segment", FD_FILE);
	kind_is("socket:[6081]", FD_SOCKET);
	kind_is("pipe:[6081]", FD_PIPE);
	kind_is("anon_inode:[eventfd]", FD_EVENT);
	kind_is("anon_inode:[eventpoll]", FD_EVENT);
	kind_is("anon_inode:inotify", FD_EVENT);
	kind_is("anon_inode:[io_uring]", FD_OTHER);
	kind_is("/memfd:buffer (deleted)", FD_MEMFD);
	kind_is("/dev/null", FD_DEVICE);
	kind_is("mnt:[4026531841]", FD_OTHER);
	kind_is("sock", FD_OTHER);
	kind_is("", FD_OTHER);
	for (int i = 0; i < FD_KIND_COUNT; i++)
		assert_non_null(fd_kind_names[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(meminfo_parse__reads__a_machine),
	        cmocka_unit_test(meminfo_parse__survives__a_container),
	        cmocka_unit_test(meminfo_parse__refuses__the_rest),
	        cmocka_unit_test(cgroup_parse__prefers__the_v1_memory_line),
	        cmocka_unit_test(cgroup_parse__takes__the_unified_line),
	        cmocka_unit_test(cgroup_parse__refuses__the_rest),
	        cmocka_unit_test(cgroup_mount_parse__finds__both_hierarchies),
	        cmocka_unit_test(cgroup_mount_parse__unescapes__names),
	        cmocka_unit_test(cgroup_mount_parse__refuses__the_rest),
	        cmocka_unit_test(cgroup_limit_parse__knows__three_ways_to_say_none),
	        cmocka_unit_test(cgroup_limit_parse__refuses__the_rest),
	        cmocka_unit_test(cgroup_oom_parse__finds__the_kills),
	        cmocka_unit_test(cgroup_cache_parse__finds__what_is_given_back),
	        cmocka_unit_test(kernel_number_parse__takes__one_number_of_a_whole_line),
	        cmocka_unit_test(limits_parse__reads__the_soft_limits),
	        cmocka_unit_test(fd_kind_of__tells__by_the_link),
	};

	return cmocka_run_group_tests_name("proc_system", tests, NULL, NULL);
}
