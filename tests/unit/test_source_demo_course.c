/* SPDX-License-Identifier: MIT */
/*
 * What the bundled targets do to their memory in the course of minutes. They rest by nanosleep() alone, which
 * here takes no time: it counts the beats and notes the memory at those a test asks for.
 */
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "source/demo.h"
#include "source/demo_internal.h"

enum { POINTS = 4, MB = 1 << 20, KB = 1 << 10 };

/* Shared with the child that runs a scenario: when to look, in seconds, and what was seen, in bytes. */
static struct course {
	double at[POINTS];
	int64_t anon[POINTS];
} * course;

/* What is freed is used again, and what is kept stays, under a sanitizer too. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=0:thread_local_quarantine_size_kb=0:"
	       "allocator_release_to_os_interval_ms=-1";
}

static int64_t anonymous_now(void)
{
	char text[128] = "";
	long long size = 0, resident = 0, shared = 0;
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0 ||
	    sscanf(text, "%lld %lld %lld", &size, &resident, &shared) != 3)
		_exit(2);
	close(fd);
	return (resident - shared) * sysconf(_SC_PAGESIZE);
}

int nanosleep(const struct timespec *t, struct timespec *left)
{
	static unsigned beats, points;

	(void)left;
	if (t->tv_sec || t->tv_nsec != 1000000000 / DEMO_BEATS)
		_exit(3);
	beats++;
	while (points < POINTS && beats >= course->at[points] * DEMO_BEATS)
		course->anon[points++] = anonymous_now();
	if (points == POINTS)
		_exit(0);
	return 0;
}

/* Runs a scenario in a process of its own until the last of these seconds. */
static const int64_t *run(const char *name, double a, double b, double c, double d)
{
	int status = -1;

	*course = (struct course){.at = {a, b, c, d}};
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(demo_main(demo_find(name)));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return course->anon;
}

static int share(void **state)
{
	(void)state;
	course = mmap(NULL, sizeof(*course), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
	              0);
	return course == MAP_FAILED;
}

/* Within what blocks and the books about them cost beside their bytes, and counters of the kernel that lag. */
static void assert_grew(int64_t from, int64_t to, int64_t least, int64_t most)
{
	assert_in_range(to - from + MB, least + MB - MB / 2, most + most / 4 + MB + MB / 2);
}

static void demo_leak__loses__a_megabyte_a_second(void **state)
{
	(void)state;
	const int64_t *anon = run("leak", 1, 2, 3, 5);
	assert_grew(anon[0], anon[1], 1 * MB, 2 * MB);
	assert_grew(anon[0], anon[2], 2 * MB, 4 * MB);
	assert_grew(anon[0], anon[3], 4 * MB, 8 * MB);
}

static void demo_slow_leak__loses__kilobytes_a_second(void **state)
{
	(void)state;
	const int64_t *anon = run("slow-leak", 1, 21, 41, 61);
	for (int i = 0; i < 3; i++)
		assert_grew(anon[i], anon[i + 1], 20 * 64 * KB, 2 * 20 * 64 * KB);
}

static void demo_mmap_leak__loses__a_megabyte_a_second(void **state)
{
	(void)state;
	const int64_t *anon = run("mmap-leak", 1, 2, 3, 9);
	assert_grew(anon[0], anon[1], 1 * MB, 1 * MB);
	assert_grew(anon[0], anon[2], 2 * MB, 2 * MB);
	assert_grew(anon[0], anon[3], 8 * MB, 8 * MB);
}

static void demo_cache__fills__ever_more_slowly(void **state)
{
	(void)state;
	const int64_t *anon = run("cache", 0.1, 4, 12, 14);
	assert_grew(anon[0], anon[1], 25 * MB, 40 * MB);
	assert_grew(anon[1], anon[2], 10 * MB, 20 * MB);
	assert_grew(anon[2], anon[3], 0, 2 * MB);
}

static void demo_sawtooth__gives_back__all_it_took(void **state)
{
	(void)state;
	const int64_t *anon = run("sawtooth", 0.0625, 7.9, 8.0625, 9);
	assert_grew(anon[0], anon[1], 38 * MB, 40 * MB);
	/* Some may be books about memory that is gone. */
	assert_grew(anon[0], anon[2], 0, 6 * MB);
	assert_grew(anon[2], anon[3], 4 * MB, 5 * MB);
}

static void demo_step__grows__once(void **state)
{
	(void)state;
	const int64_t *anon = run("step", 0.5, 5.9, 6.5, 60);
	assert_grew(anon[0], anon[1], 0, 0);
	assert_grew(anon[1], anon[2], 64 * MB, 64 * MB);
	assert_grew(anon[2], anon[3], 0, 0);
}

static void demo_retention__keeps__the_pages_of_what_it_freed(void **state)
{
	(void)state;
	const int64_t *anon = run("retention", 0.1, 5.9, 7, 60);
	assert_grew(anon[0], anon[1], 55 * MB, 130 * MB);
	assert_true(anon[2] > anon[1] / 10 * 9);
	assert_grew(anon[2], anon[3], 0, 0);
}

/* Nobody is left behind: whose parent is another program does not begin. */
static void demo_main__refuses__to_run_without_its_tool(void **state)
{
	int ends[2], result = -1;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid_t tool = fork();
	assert_true(tool >= 0);
	if (tool == 0) {
		pid_t parent = getpid();
		if (fork())
			_exit(0);
		while (getppid() == parent)
			sched_yield();
		result = demo_main(demo_find("leak"));
		_exit(write(ends[1], &result, sizeof(result)) != sizeof(result));
	}
	assert_int_equal(waitpid(tool, NULL, 0), tool);
	close(ends[1]);
	assert_int_equal(read(ends[0], &result, sizeof(result)), sizeof(result));
	assert_int_equal(result, EXIT_FAILURE);
	close(ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(demo_leak__loses__a_megabyte_a_second),
	        cmocka_unit_test(demo_slow_leak__loses__kilobytes_a_second),
	        cmocka_unit_test(demo_mmap_leak__loses__a_megabyte_a_second),
	        cmocka_unit_test(demo_cache__fills__ever_more_slowly),
	        cmocka_unit_test(demo_sawtooth__gives_back__all_it_took),
	        cmocka_unit_test(demo_step__grows__once),
	        cmocka_unit_test(demo_retention__keeps__the_pages_of_what_it_freed),
	        cmocka_unit_test(demo_main__refuses__to_run_without_its_tool),
	};
	return cmocka_run_group_tests_name("source_demo_course", tests, share, NULL);
}
