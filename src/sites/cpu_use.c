/* SPDX-License-Identifier: MIT */
/* Knows where the kernel tells of CPU time and of waiting for it. Refuses to know what it is used for. */
#include "sites/cpu_use.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/known.h"

enum { THREADS_MAX = 64 }; /* they speak for the others: this is asked some ten times a second */

/*
 * Who runs for less at a time goes to sleep by himself, and waits for a CPU when he wakes up, not when he has more to do: a
 * hit more makes that no longer.
 */
#define SLICE_LEAST 1000000 /* ns */

/* The first moments say little. */
#define RUN_LEAST 20000000 /* ns */

static void add_thread(int tasks, const char *tid, struct cpu_waits *sum)
{
	char path[300], text[100];
	struct cpu_waits w;

	snprintf(path, sizeof(path), "%s/schedstat", tid);
	int fd = openat(tasks, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return;
	text[n] = '\0';
	if (sscanf(text, "%" SCNu64 " %" SCNu64 " %" SCNu64, &w.run, &w.wait, &w.slices) != 3)
		return;
	sum->run += w.run;
	sum->wait += w.wait;
	sum->slices += w.slices;
}

static void look_at_threads(const struct cpu_use *u, struct cpu_waits *ret)
{
	int fd = openat(u->dir, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *tasks = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e;

	*ret = (struct cpu_waits){0};
	if (!tasks) {
		if (fd >= 0)
			close(fd);
		return;
	}
	for (int n = 0; n < THREADS_MAX && (e = readdir(tasks));)
		if (isdigit((unsigned char)e->d_name[0])) {
			add_thread(fd, e->d_name, ret);
			n++;
		}
	closedir(tasks);
}

void cpu_use_begin(struct cpu_use *u, int32_t pid, int dir)
{
	*u = (struct cpu_use){.dir = dir};
	u->has_clock = clock_getcpuclockid(pid, &u->clock) == 0;
	look_at_threads(u, &u->last);
}

static uint64_t run_of(const struct cpu_use *u)
{
	struct timespec t;

	if (!u->has_clock || clock_gettime(u->clock, &t))
		return UNKNOWN;
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

double cpu_use_crowding(const struct cpu_waits *w)
{
	if (w->run < RUN_LEAST || w->run / SLICE_LEAST < w->slices)
		return 1;
	return 1 + (double)w->wait / (double)w->run;
}

void cpu_use_look(struct cpu_use *u, uint64_t *ret_run, double *ret_crowding)
{
	struct cpu_waits now;

	look_at_threads(u, &now);
	/* Where threads ended, what they used is gone from the sums: that moment is left out. */
	if (now.run >= u->last.run && now.wait >= u->last.wait && now.slices >= u->last.slices) {
		u->sum.run += now.run - u->last.run;
		u->sum.wait += now.wait - u->last.wait;
		u->sum.slices += now.slices - u->last.slices;
	}
	u->last = now;
	*ret_run = run_of(u);
	*ret_crowding = cpu_use_crowding(&u->sum);
}
