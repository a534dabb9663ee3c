/* SPDX-License-Identifier: MIT */
#include "support_sites_puppet.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static _Noreturn void obey(int from, int to, void (*act)(char command))
{
	char c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(from, &c, 1) == 1) {
		if (c == 'X') {
			fcntl(to, F_SETFD, FD_CLOEXEC);
			execl("/bin/sleep", "sleep", "60", (char *)NULL);
			_exit(1);
		}
		act(c);
		if (write(to, &c, 1) != 1)
			break;
	}
	_exit(0);
}

void puppet_start(struct puppet *p, void (*act)(char command))
{
	int to[2], from[2];

	assert_int_equal(pipe(to), 0);
	assert_int_equal(pipe(from), 0);
	p->pid = fork();
	assert_true(p->pid >= 0);
	if (p->pid == 0) {
		close(to[1]);
		close(from[0]);
		obey(to[0], from[1], act);
	}
	close(to[0]);
	close(from[1]);
	p->to = to[1];
	p->from = from[0];
}

void puppet_do(struct puppet *p, char command)
{
	char c = 0;

	assert_int_equal(write(p->to, &command, 1), 1);
	assert_int_equal(read(p->from, &c, 1), 1);
	assert_int_equal(c, command);
}

/* The pipe that it answers by is closed as it becomes the other one. */
void puppet_execute(struct puppet *p)
{
	char c = 'X';

	assert_int_equal(write(p->to, &c, 1), 1);
	assert_int_equal(read(p->from, &c, 1), 0);
}

bool puppet_lives(const struct puppet *p)
{
	return waitpid(p->pid, NULL, WNOHANG) == 0;
}

void puppet_end(struct puppet *p)
{
	kill(p->pid, SIGKILL);
	waitpid(p->pid, NULL, 0);
	close(p->to);
	close(p->from);
}

struct probe_spot spot_of(const void *function, enum probe_role role)
{
	struct probe_spot s = {.role = role};
	uint64_t at = (uintptr_t)function, start, end, offset;
	char line[512], path[256];
	FILE *f = fopen("/proc/self/maps", "re");

	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx-%lx %*s %lx %*s %*s %255s", &start, &end, &offset, path) ==
		            4 &&
		    at >= start && at < end) {
			s.place.offset = at - start + offset;
			snprintf(s.place.path, sizeof(s.place.path), "%s", path);
		}
	fclose(f);
	s.place.address = at;
	s.place.size = 32;
	s.place.code_count = sizeof(s.place.code);
	memcpy(s.place.code, function, sizeof(s.place.code));
	assert_true(s.place.path[0] == '/');
	return s;
}

static void nothing(char command)
{
	(void)command;
}

bool probes_work(bool bpf)
{
	static int known[2];
	struct probe_spot s = spot_of((const void *)(uintptr_t)nothing, ROLE_FREE);
	struct probes *p = NULL;
	char why[256] = "";

	if (known[bpf])
		return known[bpf] > 0;
	int r = probes_open(getpid(), bpf ? PROBES_BPF : PROBES_COUNT, &s, 1, 1, &p, why,
	                    sizeof(why));
	probes_close(p);
	known[bpf] = r ? -1 : 1;
	if (r)
		print_message("skipped: %s\n", why);
	return r == 0;
}
