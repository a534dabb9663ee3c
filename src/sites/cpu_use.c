/* SPDX-License-Identifier: MIT */
/* Knows where the kernel tells of CPU time and of waiting for it. Refuses to know what it is used for. */
#include "sites/cpu_use.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/known.h"

/*
 * Who is on a CPU or waits for one for less of the time sleeps by himself, and waits when he wakes up, not when he has more to do: a
 * hit more makes that no longer.
 */
#define BUSY 0.85

/* So does who runs for less at a time, however long he has to wait each time. */
#define SLICE_LEAST 500000.0 /* ns */

#define FIRST (20 * NS_PER_MS) /* before, waits and CPU time are too coarse to tell who sleeps */
#define LAST  (4 * NS_PER_S)   /* what was longer ago counts half, then a quarter, ... */

static bool read_thread(int tasks, const char *tid, struct cpu_waits *ret)
{
	char path[300], text[100];

	snprintf(path, sizeof(path), "%s/schedstat", tid);
	int fd = openat(tasks, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	ret->time = clock_mono();
	return sscanf(text, "%" SCNu64 " %" SCNu64 " %" SCNu64, &ret->run, &ret->wait,
	              &ret->slices) == 3;
}

static void forget(struct cpu_thread *t)
{
	if (t->to.time - t->from.time <= LAST)
		return;
	t->from.time += (t->to.time - t->from.time) / 2;
	t->from.run += (t->to.run - t->from.run) / 2;
	t->from.wait += (t->to.wait - t->from.wait) / 2;
	t->from.slices += (t->to.slices - t->from.slices) / 2;
}

static void thread_see(struct cpu_use *u, int32_t tid, const struct cpu_waits *w)
{
	size_t i = 0;

	while (i < u->count && u->threads[i].tid != tid)
		i++;
	if (i == CPU_THREADS_MAX)
		return;
	/* Also where its number is another thread's by now. */
	if (i == u->count || w->run < u->threads[i].to.run || w->wait < u->threads[i].to.wait)
		u->threads[i] = (struct cpu_thread){.tid = tid, .from = *w};
	u->count += i == u->count;
	u->threads[i].seen = true;
	u->threads[i].to = *w;
	forget(&u->threads[i]);
}

static void drop_unseen(struct cpu_use *u)
{
	for (size_t i = u->count; i-- > 0;)
		if (!u->threads[i].seen)
			u->threads[i] = u->threads[--u->count];
}

static void look_at_threads(struct cpu_use *u)
{
	int fd = openat(u->dir, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *tasks = fd >= 0 ? fdopendir(fd) : NULL;
	struct cpu_waits w;
	struct dirent *e;

	for (size_t i = 0; i < u->count; i++)
		u->threads[i].seen = false;
	if (!tasks && fd >= 0)
		close(fd);
	for (int n = 0; tasks && n < CPU_THREADS_MAX && (e = readdir(tasks));)
		if (isdigit((unsigned char)e->d_name[0])) {
			if (read_thread(fd, e->d_name, &w))
				thread_see(u, (int32_t)strtol(e->d_name, NULL, 10), &w);
			n++;
		}
	drop_unseen(u);
	if (tasks)
		closedir(tasks);
}

void cpu_use_begin(struct cpu_use *u, int32_t pid, int dir)
{
	*u = (struct cpu_use){.dir = dir};
	u->has_clock = clock_getcpuclockid(pid, &u->clock) == 0;
	look_at_threads(u);
}

static uint64_t run_of(const struct cpu_use *u)
{
	struct timespec t;

	if (!u->has_clock || clock_gettime(u->clock, &t))
		return UNKNOWN;
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

static double run_for(const struct cpu_thread *t)
{
	return (double)(t->to.run - t->from.run);
}

/* ns that others had the CPU while it could have gone on. */
static double waited(const struct cpu_thread *t)
{
	return (double)(t->to.wait - t->from.wait);
}

static bool goes_on(const struct cpu_thread *t)
{
	uint64_t time = t->to.time - t->from.time;

	double slices = (double)(t->to.slices - t->from.slices);

	return time < FIRST || (run_for(t) + waited(t) >= BUSY * (double)time &&
	                        run_for(t) >= SLICE_LEAST * slices);
}

double cpu_use_crowding(const struct cpu_thread *threads, size_t count)
{
	double run = 0, wait = 0, at_a_time = 0;

	for (size_t i = 0; i < count; i++) {
		const struct cpu_thread *t = &threads[i];
		uint64_t time = t->to.time - t->from.time;
		double w = goes_on(t) ? waited(t) : 0;
		run += run_for(t);
		wait += w;
		at_a_time += time ? (run_for(t) + w) / (double)time : 0;
	}
	return run > 0 ? (1 + wait / run) / fmax(at_a_time, 1) : 1;
}

double cpu_use_busy(const struct cpu_thread *threads, size_t count)
{
	double run = 0, busy = 0;

	for (size_t i = 0; i < count; i++) {
		run += run_for(&threads[i]);
		busy += goes_on(&threads[i]) ? run_for(&threads[i]) : 0;
	}
	return run > 0 ? busy / run : 0;
}

void cpu_use_look(struct cpu_use *u, uint64_t *ret_run, double *ret_crowding, double *ret_busy)
{
	look_at_threads(u);
	*ret_run = run_of(u);
	*ret_crowding = cpu_use_crowding(u->threads, u->count);
	*ret_busy = cpu_use_busy(u->threads, u->count);
}
