/* SPDX-License-Identifier: MIT */
/*
 * Knows how hits are counted by perf events: one for each function and thread. The kernel puts the breakpoint into the
 * address space of that thread's process alone. Refuses to know arguments: a perf event has none.
 *
 * Never inherited: for a new thread the kernel would read the path of the file anew, at our address but in the
 * memory of the target, and as that fails so would its pthread_create() (seen on Linux 6.18). Threads born later are
 * found by looking again; their hits count from then on.
 */
#include "sites/probes_perf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/perf_event.h>

enum { THREADS_MAX = 65536 };

struct probes_perf {
	int32_t pid;
	uint32_t type; /* of the PMU "uprobe" */
	struct probe_spot *spots;
	size_t count;
	struct thread *threads;
	size_t thread_count;
	uint64_t before; /* hits of events that were closed */
	bool on;
};

struct thread {
	int32_t tid;
	bool seen;
	int *fds; /* one for each spot */
};

static int read_type(uint32_t *ret)
{
	FILE *f = fopen("/sys/bus/event_source/devices/uprobe/type", "re");

	if (!f)
		return errno == ENOENT ? -ENOTSUP : -errno;
	int n = fscanf(f, "%u", ret);
	fclose(f);
	return n == 1 ? 0 : -ENOTSUP;
}

static int open_event(const struct probes_perf *p, const struct probe_spot *s, int32_t tid)
{
	struct perf_event_attr a = {.type = p->type,
	                            .size = sizeof(a),
	                            .config1 = (uintptr_t)s->place.path,
	                            .config2 = s->place.offset + s->moved};
	int fd = (int)syscall(SYS_perf_event_open, &a, tid, -1, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int list_threads(int32_t pid, int32_t **ret, size_t *ret_count)
{
	char path[64];
	struct dirent *e;
	int32_t *list = NULL;
	size_t n = 0;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	DIR *d = opendir(path);
	if (!d)
		return errno == ENOENT ? -ESRCH : -errno;
	while ((e = readdir(d)) && n < THREADS_MAX) {
		if (e->d_name[0] < '0' || e->d_name[0] > '9')
			continue;
		if (n % 64 == 0) {
			int32_t *more = realloc(list, (n + 64) * sizeof(*list));
			if (!more)
				break;
			list = more;
		}
		list[n++] = atoi(e->d_name);
	}
	closedir(d);
	*ret = list;
	*ret_count = n;
	return n ? 0 : -ESRCH;
}

static uint64_t hits_of(const struct probes_perf *p, const struct thread *t)
{
	uint64_t total = 0, n;

	for (size_t i = 0; i < p->count; i++)
		if (read(t->fds[i], &n, sizeof(n)) == sizeof(n))
			total += n;
	return total;
}

static void close_thread(struct probes_perf *p, size_t i)
{
	struct thread *t = &p->threads[i];

	p->before += hits_of(p, t);
	for (size_t k = 0; k < p->count; k++)
		close(t->fds[k]);
	free(t->fds);
	*t = p->threads[--p->thread_count];
}

/* Half of what this process may open is enough for one purpose. */
static bool has_room(const struct probes_perf *p)
{
	struct rlimit l;

	return getrlimit(RLIMIT_NOFILE, &l) != 0 ||
	       (p->thread_count + 1) * p->count <= l.rlim_cur / 2;
}

static int open_events(const struct probes_perf *p, int32_t tid, int *fds)
{
	for (size_t i = 0; i < p->count; i++) {
		fds[i] = open_event(p, &p->spots[i], tid);
		if (fds[i] >= 0)
			continue;
		int r = fds[i];
		while (i)
			close(fds[--i]);
		return r;
	}
	return 0;
}

static int open_thread(struct probes_perf *p, int32_t tid)
{
	if (!has_room(p))
		return -EMFILE;
	struct thread *more = realloc(p->threads, (p->thread_count + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	p->threads = more;
	int *fds = malloc(p->count * sizeof(*fds));
	if (!fds)
		return -ENOMEM;
	int r = open_events(p, tid, fds);
	if (r) {
		free(fds);
		return r == -ESRCH ? 0 : r; /* it ended meanwhile */
	}
	p->threads[p->thread_count++] = (struct thread){tid, true, fds};
	return 0;
}

static int look_at(struct probes_perf *p, int32_t tid)
{
	for (size_t i = 0; i < p->thread_count; i++)
		if (p->threads[i].tid == tid) {
			p->threads[i].seen = true;
			return 0;
		}
	return open_thread(p, tid);
}

/* Threads that are new get their events, those of threads that ended are closed. */
static int look_again(struct probes_perf *p)
{
	int32_t *tids = NULL;
	size_t n = 0;
	int r = list_threads(p->pid, &tids, &n);

	for (size_t i = 0; i < p->thread_count; i++)
		p->threads[i].seen = false;
	for (size_t i = 0; i < n && !r; i++)
		r = look_at(p, tids[i]);
	for (size_t i = p->thread_count; i-- > 0 && !r;)
		if (!p->threads[i].seen)
			close_thread(p, i);
	free(tids);
	return r;
}

int probes_perf_set(struct probes_perf *p, bool on)
{
	int r = 0;

	if (on == p->on)
		return 0;
	p->on = on;
	if (on) {
		r = look_again(p);
		if (!r && !p->thread_count)
			r = -ESRCH;
	}
	if (!on || r)
		while (p->thread_count)
			close_thread(p, p->thread_count - 1);
	p->on = on && !r;
	return r;
}

static int explain(int error, int32_t pid, char *why, size_t size)
{
	const char *what = strerror(-error);

	if (error == -EACCES || error == -EPERM)
		what = "not permitted; run as root, or with CAP_PERFMON";
	else if (error == -ENOTSUP || error == -ENOENT)
		what = "this kernel has no uprobes for perf events; growth stacks need none";
	else if (error == -EMFILE)
		what = "too many threads for the files this tool may open; raise `ulimit -n`";
	snprintf(why, size, "probes: process %d: %s", pid, what);
	return error;
}

int probes_perf_open(int32_t pid, const struct probe_spot *spots, size_t count,
                     struct probes_perf **ret, char *why, size_t size)
{
	struct probes_perf *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->pid = pid;
	p->count = count;
	p->spots = malloc((count ? count : 1) * sizeof(*spots));
	int r = p->spots ? read_type(&p->type) : -ENOMEM;
	if (!r) {
		memcpy(p->spots, spots, count * sizeof(*spots));
		r = probes_perf_set(p, true);
	}
	if (r) {
		probes_perf_close(p);
		return explain(r, pid, why, size);
	}
	*ret = p;
	return 0;
}

void probes_perf_close(struct probes_perf *p)
{
	if (!p)
		return;
	while (p->thread_count)
		close_thread(p, p->thread_count - 1);
	free(p->threads);
	free(p->spots);
	free(p);
}

uint64_t probes_perf_hits(struct probes_perf *p)
{
	uint64_t total = p->before;

	for (size_t i = 0; i < p->thread_count; i++)
		total += hits_of(p, &p->threads[i]);
	if (p->on)
		look_again(p);
	return total;
}
