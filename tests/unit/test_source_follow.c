/* SPDX-License-Identifier: MIT */
/* Finding a process by name or unit, in trees of made processes and among the real ones. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cmocka.h>

#include "proc/system.h"
#include "source/follow_find.h"
#include "source/follow_match.h"
#include "support_crowd.h"
#include "support_fixture.h"

/* --- names and units -------------------------------------------------------------------------------- */

static void follow_is_unit__takes__what_ends_in_service(void **state)
{
	(void)state;
	assert_true(follow_is_unit("nginx.service"));
	assert_true(follow_is_unit("user@1000.service"));
	assert_false(follow_is_unit(".service"));
	assert_false(follow_is_unit("nginx.services"));
	assert_false(follow_is_unit("nginx"));
	assert_false(follow_is_unit(""));
}

static void follow_name_is__means__comm_or_base_name_exactly(void **state)
{
	(void)state;
	assert_true(follow_name_is("nginx", "nginx", NULL));
	assert_true(follow_name_is("nginx", "nginx", "/usr/bin/other"));
	assert_true(follow_name_is("python3.11", "gunicorn", "/usr/bin/python3.11"));
	assert_true(follow_name_is("my worker", "my worker", NULL));
	assert_true(follow_name_is("a)b\nc", "a)b\nc", NULL));
	assert_true(follow_name_is("/usr/sbin/nginx", "nginx", "/usr/sbin/nginx"));
	assert_false(follow_name_is("/usr/sbin/nginx", "nginx", "/opt/usr/sbin/nginx"));
	assert_false(follow_name_is("sbin/nginx", "nginx", "/usr/sbin/nginx"));
	assert_false(follow_name_is("nginx", "nginx2", "/usr/sbin/nginx2"));
	assert_false(follow_name_is("ngin", "nginx", "/usr/sbin/nginx"));
	assert_false(follow_name_is("nginx", "sh", "/srv/nginx/sh"));
	assert_false(follow_name_is("nginx", "NGINX", NULL));
}

static void follow_name_is__knows__a_replaced_executable(void **state)
{
	(void)state;
	assert_true(follow_name_is("worker", "main", "/opt/worker (deleted)"));
	assert_false(follow_name_is("worker", "main", "/opt/worker (delete)"));
	assert_false(follow_name_is("worker", "main", "/opt/worker 2 (deleted)"));
}

/* comm holds 15 bytes: for a longer name it must do only where nothing better may be read. */
static void follow_name_is__takes_a_cut_comm__only_without_the_executable(void **state)
{
	const char *name = "a-very-long-worker-name";

	(void)state;
	assert_true(follow_name_is(name, "a-very-long-wor", "/opt/a-very-long-worker-name"));
	assert_false(follow_name_is(name, "a-very-long-wor", "/opt/a-very-long-worker-two"));
	assert_true(follow_name_is(name, "a-very-long-wor", NULL));
	assert_false(follow_name_is(name, "a-very-long-wo", NULL));
	assert_false(follow_name_is("a-very-long-wo", "a-very-long-wor", NULL));
}

static size_t chosen(const struct follow_row *rows, size_t count, size_t mains)
{
	size_t found = 77, best = follow_choose(rows, count, &found);

	assert_int_equal(found, mains);
	return best;
}

static void follow_choose__takes__the_oldest_whose_parent_is_another(void **state)
{
	const struct follow_row several[] = {{30, 1, 300}, {20, 1, 200}, {10, 1, 250}};
	/* A child that is as old as its parent by the clock tick, with a lower pid. */
	const struct follow_row family[] = {{15, 900, 200}, {900, 1, 200}, {901, 900, 201}};
	const struct follow_row twins[] = {{8, 1, 5}, {7, 1, 5}};
	const struct follow_row circle[] = {{8, 9, 5}, {9, 8, 5}};

	(void)state;
	assert_int_equal(chosen(several, 3, 3), 1);
	assert_int_equal(chosen(family, 3, 1), 1);
	assert_int_equal(chosen(twins, 2, 2), 1);
	assert_int_equal(chosen(circle, 2, 0), 2);
	assert_int_equal(chosen(NULL, 0, 0), 0);
}

static bool has_unit(const char *text, const char *unit)
{
	return cgroup_has_unit(text, strlen(text), unit);
}

static void cgroup_has_unit__reads__both_hierarchies(void **state)
{
	const char *v1 = "12:memory:/elsewhere\n3:cpu,cpuacct:/web.service\n"
	                 "1:name=systemd:/system.slice/nginx.service\n";
	const char *hybrid = "1:name=systemd:/\n0::/system.slice/nginx.service\n";

	(void)state;
	assert_true(has_unit("0::/system.slice/nginx.service\n", "nginx.service"));
	assert_true(has_unit("0::/nginx.service\n", "nginx.service"));
	assert_true(has_unit("0::/a.slice/a-b.slice/nginx.service/worker\n", "nginx.service"));
	assert_true(has_unit("0::/user.slice/user@1000.service/app.slice/x.service\n",
	                     "user@1000.service"));
	assert_true(has_unit(v1, "nginx.service"));
	assert_true(has_unit(hybrid, "nginx.service"));
	/* Another controller's tree is nobody's unit. */
	assert_false(has_unit(v1, "web.service"));
	assert_false(has_unit("0::/system.slice/nginx.service\n", "ginx.service"));
	assert_false(has_unit("0::/system.slice/nginx.service.d\n", "nginx.service"));
	assert_false(has_unit("0::/system.slice/nginx@1.service\n", "nginx.service"));
	assert_false(has_unit("0::/\n", "nginx.service"));
	assert_false(has_unit("", "nginx.service"));
	assert_false(has_unit("nginx.service\n::\n", "nginx.service"));
}

static void cgroup_has_unit__never_reads_past__a_cut_text(void **state)
{
	struct fixture whole = fixture_of("4:cpu:/\n1:name=systemd:/system.slice/nginx.service\n");

	(void)state;
	for (size_t n = 0; n <= whole.len; n++) {
		struct fixture f = fixture_cut(&whole, n);
		bool found = cgroup_has_unit(f.text, f.len, "nginx.service");
		assert_int_equal(found, n == whole.len);
		fixture_done(&f);
	}
	fixture_done(&whole);
}

/* --- passes ----------------------------------------------------------------------------------------- */

static void put(const struct crowd *c, int pid, const char *comm, unsigned start)
{
	crowd_put(c, &(struct crowd_one){.pid = pid, .ppid = 1, .comm = comm, .start = start});
}

static void put_exe(const struct crowd *c, int pid, const char *target)
{
	char path[256];

	crowd_path(c, pid, "exe", path);
	assert_int_equal(symlink(target, path), 0);
}

static struct finder *finder_of(const struct crowd *c, const char *name)
{
	struct finder *f = finder_new(c->path, name);

	assert_non_null(f);
	return f;
}

/* One pass: who is found; 0: nobody. */
static int32_t pass(struct finder *f, size_t *ret_count)
{
	struct follow_found found = {0};
	int e = finder_pass(f, &found);

	assert_true(e == 0 || e == -ESRCH);
	if (ret_count)
		*ret_count = found.count;
	return found.pid;
}

static void finder__finds__by_comm_and_by_executable(void **state)
{
	struct crowd c = crowd_new();
	struct finder *a = finder_of(&c, "nginx"), *b = finder_of(&c, "a-very-long-worker-name");

	(void)state;
	put(&c, 100, "sh", 50);
	put(&c, 101, "nginx", 60);
	put(&c, 102, "a-very-long-wor", 70);
	put_exe(&c, 102, "/opt/bin/a-very-long-worker-two");
	put(&c, 103, "a-very-long-wor", 80);
	put_exe(&c, 103, "/opt/bin/a-very-long-worker-name");
	assert_int_equal(pass(a, NULL), 101);
	assert_int_equal(pass(b, NULL), 103);
	finder_free(a);
	finder_free(b);
	crowd_free(&c);
}

static void finder__takes_the_oldest__and_says_of_how_many(void **state)
{
	struct crowd c = crowd_new();
	struct finder *f = finder_of(&c, "worker");
	size_t count;

	(void)state;
	put(&c, 100, "worker", 300);
	put(&c, 200, "worker", 200);
	put(&c, 300, "worker", 250);
	assert_int_equal(pass(f, &count), 200);
	assert_int_equal(count, 3);
	crowd_remove(&c, 200);
	assert_int_equal(pass(f, &count), 300);
	assert_int_equal(count, 2);
	finder_free(f);
	crowd_free(&c);
}

static void finder__skips__the_dead_and_the_kernel_s(void **state)
{
	struct crowd c = crowd_new();
	struct finder *f = finder_of(&c, "worker");

	(void)state;
	crowd_put(&c, &(struct crowd_one){.pid = 100, .ppid = 1, .state = 'Z', .start = 1});
	crowd_put(&c, &(struct crowd_one){.pid = 101, .ppid = 2, .kthread = true, .start = 2});
	assert_int_equal(pass(f, NULL), 0);
	put(&c, 102, "worker", 900);
	assert_int_equal(pass(f, NULL), 102);
	finder_free(f);
	crowd_free(&c);
}

/* Its first thread ended, others work on. */
static void finder__finds__a_zombie_with_living_threads(void **state)
{
	struct crowd c = crowd_new();
	struct finder *f = finder_of(&c, "worker");

	(void)state;
	put(&c, 100, "worker", 900);
	crowd_write(&c, "100/stat",
	            "100 (worker) Z 1 1 1 0 -1 4194304 10 0 2 0 3 4 0 0 20 0 2 0 900 0 0 0 1 1 0 0 "
	            "0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
	assert_int_equal(pass(f, NULL), 100);
	finder_free(f);
	crowd_free(&c);
}

static void finder__finds__names_with_brackets_and_blanks(void **state)
{
	struct crowd c = crowd_new();
	struct finder *a = finder_of(&c, "my worker"), *b = finder_of(&c, "x) R 1 (y");

	(void)state;
	put(&c, 100, "my worker", 10);
	put(&c, 101, "x) R 1 (y", 20);
	assert_int_equal(pass(a, NULL), 100);
	assert_int_equal(pass(b, NULL), 101);
	finder_free(a);
	finder_free(b);
	crowd_free(&c);
}

static void finder__sees__who_comes_and_who_takes_a_pid(void **state)
{
	struct crowd c = crowd_new();
	struct finder *f = finder_of(&c, "worker");

	(void)state;
	put(&c, 100, "other", 10);
	assert_int_equal(pass(f, NULL), 0);
	put(&c, 101, "worker", 20);
	assert_int_equal(pass(f, NULL), 101);
	/* The pid passes on: another directory, another process. */
	crowd_remove(&c, 101);
	put(&c, 101, "other", 30);
	assert_int_equal(pass(f, NULL), 0);
	finder_free(f);
	crowd_free(&c);
}

/* A shell forks, and its child becomes what is looked for some moments after it was met. */
static void finder__sees__the_young_execute(void **state)
{
	struct crowd c = crowd_new();
	struct finder *f = finder_of(&c, "worker");

	(void)state;
	put(&c, 100, "sh", 10);
	put(&c, 101, "sh", 2000);
	assert_int_equal(pass(f, NULL), 0);
	assert_int_equal(pass(f, NULL), 0);
	put(&c, 101, "worker", 2000);
	assert_int_equal(pass(f, NULL), 101);
	finder_free(f);
	crowd_free(&c);
}

/* The old ones take turns: late, but seen. */
static void finder__sees__the_old_execute_in_the_end(void **state)
{
	struct crowd c = crowd_new();
	struct finder *f = finder_of(&c, "worker");
	int passes = 0;

	(void)state;
	put(&c, 100, "sh", 10);
	put(&c, 101, "sh", 9000);
	for (int i = 0; i < 8; i++)
		assert_int_equal(pass(f, NULL), 0);
	put(&c, 100, "worker", 10);
	while (pass(f, NULL) != 100)
		assert_true(++passes < 16);
	finder_free(f);
	crowd_free(&c);
}

static void unit_put(const struct crowd *c, int pid, int ppid, unsigned start, const char *comm,
                     const char *cgroup)
{
	crowd_put(c, &(struct crowd_one){.pid = pid,
	                                 .ppid = ppid,
	                                 .start = start,
	                                 .comm = comm,
	                                 .cgroup = cgroup});
}

static void finder__unit__is_its_main_process(void **state)
{
	static const char web[] = "/system.slice/system-web.slice/web.service";
	struct crowd c = crowd_new();
	struct finder *f = finder_of(&c, "web.service");
	size_t count;

	(void)state;
	unit_put(&c, 1, 0, 1, "systemd", "/init.scope");
	unit_put(&c, 50, 1, 40, "other", "/system.slice/web2.service");
	assert_int_equal(pass(f, NULL), 0);
	unit_put(&c, 90, 200, 120, "worker", web);
	unit_put(&c, 200, 1, 100, "web", web);
	unit_put(&c, 201, 200, 110, "worker", "/system.slice/system-web.slice/web.service/pool");
	assert_int_equal(pass(f, &count), 200);
	assert_int_equal(count, 1);
	/* What outlives it, handed to init, is the main process then. */
	crowd_remove(&c, 200);
	unit_put(&c, 90, 1, 120, "worker", web);
	unit_put(&c, 201, 1, 110, "worker", web);
	assert_int_equal(pass(f, &count), 201);
	assert_int_equal(count, 2);
	finder_free(f);
	crowd_free(&c);
}

/* systemd's child between fork and exec belongs to the unit and is not its program yet. */
static void finder__unit__waits_for_the_program(void **state)
{
	struct crowd c = crowd_new();
	struct finder *f = finder_of(&c, "web.service");

	(void)state;
	unit_put(&c, 200, 1, 100, "(web)", "/system.slice/web.service");
	assert_int_equal(pass(f, NULL), 0);
	unit_put(&c, 200, 1, 100, "web", "/system.slice/web.service");
	assert_int_equal(pass(f, NULL), 200);
	finder_free(f);
	crowd_free(&c);
}

static void finder__never_finds__ourselves(void **state)
{
	char name[16];
	struct finder *f;
	size_t count;

	(void)state;
	snprintf(name, sizeof(name), "me-%d", (int)getpid());
	assert_int_equal(prctl(PR_SET_NAME, name), 0);
	f = finder_new("/proc", name);
	assert_non_null(f);
	assert_int_equal(pass(f, &count), 0);
	finder_free(f);
}

static void finder__fails__where_there_is_no_directory(void **state)
{
	struct follow_found found;
	struct finder *f = finder_new("/nonexistent/proc", "x");

	(void)state;
	assert_non_null(f);
	assert_int_equal(finder_pass(f, &found), -ENOENT);
	finder_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(follow_is_unit__takes__what_ends_in_service),
	        cmocka_unit_test(follow_name_is__means__comm_or_base_name_exactly),
	        cmocka_unit_test(follow_name_is__knows__a_replaced_executable),
	        cmocka_unit_test(follow_name_is__takes_a_cut_comm__only_without_the_executable),
	        cmocka_unit_test(follow_choose__takes__the_oldest_whose_parent_is_another),
	        cmocka_unit_test(cgroup_has_unit__reads__both_hierarchies),
	        cmocka_unit_test(cgroup_has_unit__never_reads_past__a_cut_text),
	        cmocka_unit_test(finder__finds__by_comm_and_by_executable),
	        cmocka_unit_test(finder__takes_the_oldest__and_says_of_how_many),
	        cmocka_unit_test(finder__skips__the_dead_and_the_kernel_s),
	        cmocka_unit_test(finder__finds__a_zombie_with_living_threads),
	        cmocka_unit_test(finder__finds__names_with_brackets_and_blanks),
	        cmocka_unit_test(finder__sees__who_comes_and_who_takes_a_pid),
	        cmocka_unit_test(finder__sees__the_young_execute),
	        cmocka_unit_test(finder__sees__the_old_execute_in_the_end),
	        cmocka_unit_test(finder__unit__is_its_main_process),
	        cmocka_unit_test(finder__unit__waits_for_the_program),
	        cmocka_unit_test(finder__never_finds__ourselves),
	        cmocka_unit_test(finder__fails__where_there_is_no_directory),
	};
	return cmocka_run_group_tests_name("source_follow", tests, NULL, NULL);
}
