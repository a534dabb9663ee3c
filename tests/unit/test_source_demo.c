/* SPDX-License-Identifier: MIT */
/* The bundled targets: found by name, really growing, and never left behind. */
#include "source/demo.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "support_live.h"

static void demo_find__knows__every_scenario(void **state)
{
	(void)state;
	static const char *const names[] = {"leak",     "slow-leak", "mmap-leak", "cache",
	                                    "sawtooth", "step",      "retention"};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const struct demo *d = demo_find(names[i]);
		assert_non_null(d);
		assert_string_equal(d->name, names[i]);
		assert_non_null(d->run);
	}
	assert_string_equal(demos[0].name, "leak");
	assert_null(demo_find("no-such-demo"));
}

static void demo__leak__really_grows(void **state)
{
	(void)state;
	pid_t pid = fork();
	if (pid == 0)
		_exit(demo_main(demo_find("leak")));
	struct source *s = live_start("/proc", pid);
	struct sample first, now;
	uint64_t until = clock_mono() + 20 * NS_PER_S;
	assert_int_equal(s->ops->sample(s, 0, &first), 0);
	do
		assert_int_equal(s->ops->sample(s, 0, &now), 0);
	while (now.v[FIGURE_ANON] < first.v[FIGURE_ANON] + (256 << 10) && clock_mono() < until);
	assert_true(now.v[FIGURE_ANON] >= first.v[FIGURE_ANON] + (256 << 10));
	s->ops->free(s);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void demo__dies__with_the_tool(void **state)
{
	(void)state;
	int ends[2];
	pid_t demo;
	assert_int_equal(pipe(ends), 0);
	pid_t tool = fork();
	if (tool == 0) {
		pid_t pid = fork();
		if (pid == 0)
			_exit(demo_main(demo_find("step")));
		_exit(write(ends[1], &pid, sizeof(pid)) == sizeof(pid) ? pause() : 1);
	}
	assert_int_equal(read(ends[0], &demo, sizeof(demo)), sizeof(demo));
	struct pollfd p = {.fd = (int)syscall(SYS_pidfd_open, demo, 0), .events = POLLIN};
	if (p.fd < 0)
		skip();
	kill(tool, SIGKILL);
	waitpid(tool, NULL, 0);
	assert_int_equal(poll(&p, 1, 10000), 1);
	close(p.fd);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(demo_find__knows__every_scenario),
	        cmocka_unit_test(demo__leak__really_grows),
	        cmocka_unit_test(demo__dies__with_the_tool),
	};
	return cmocka_run_group_tests_name("source_demo", tests, NULL, NULL);
}
