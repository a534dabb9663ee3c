/* SPDX-License-Identifier: MIT */
/*
 * Knows how the kernel is asked for minor faults of a process: by perf events, for each thread. Refuses to know what they
 * tell.
 *
 * An event that new threads inherit can only have a ring where it is bound to a CPU (else mmap says EINVAL), so
 * there is one for each thread and CPU, all of a CPU writing to one ring. The kernel takes every event as a sample of a
 * software event with a fixed period when PERF_SAMPLE_PERIOD is asked for (kernel/events/core.c, perf_swevent_event):
 * it is not, and the weight is the period we set. An ioctl that changes the period does not reach inherited events: who
 * wants another one opens anew.
 */
#include "sites/faults_internal.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/known.h"
#include "sites/descriptors.h"

enum {
	RING_MAX = 4 << 20,   /* bytes of a ring; less where that is not permitted */
	RING_MIN = 64 << 10,  /* several samples of the longest slice */
	RINGS_MAX = 64 << 20, /* bytes of all of them, where there are many CPUs */
	WAKE = 4,             /* a ring is to be drained when a WAKE-th part of it is used */
	PASSES_MAX = 100,     /* over the threads, until no pass finds a new one */
	PASSES_QUIET = 2,
};

static struct perf_event_attr attr_make(uint64_t period, uint32_t slice, size_t ring_size)
{
	struct perf_event_attr a = {
	        .type = PERF_TYPE_SOFTWARE,
	        .size = sizeof(a),
	        .config = PERF_COUNT_SW_PAGE_FAULTS_MIN,
	        .sample_period = period,
	        .sample_type = FAULT_SAMPLE,
	        .sample_regs_user = perf_ring_registers(),
	        .sample_stack_user = slice,
	        .clockid = CLOCK_MONOTONIC,
	        .wakeup_watermark = (uint32_t)ring_size / WAKE,
	};

	a.inherit = a.inherit_thread = 1;
	a.exclude_hv = 1;
	a.mmap = 1; /* of code: dlopen */
	a.comm = a.comm_exec = 1;
	a.task = 1; /* births */
	a.use_clockid = 1;
	a.watermark = 1;
	return a;
}

static int event_open_once(struct perf_event_attr *a, int32_t tid, unsigned cpu)
{
	long fd = syscall(SYS_perf_event_open, a, tid, (int)cpu, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}

/*
 * A descriptor or -errno. What this kernel (inherit_thread: 5.13) or this user (faults of the kernel: perf_event_paranoid
 * below 2, or CAP_PERFMON) may not have is done without.
 */
static int event_open(struct faults *f, int32_t tid, unsigned cpu)
{
	int fd = event_open_once(&f->attr, tid, cpu);

	if (fd == -EINVAL && !f->stable && f->attr.inherit_thread) {
		f->attr.inherit_thread = 0;
		fd = event_open_once(&f->attr, tid, cpu);
	}
	if ((fd == -EACCES || fd == -EPERM) && !f->stable && !f->attr.exclude_kernel) {
		f->attr.exclude_kernel = 1;
		fd = event_open_once(&f->attr, tid, cpu);
	}
	f->stable = f->stable || fd >= 0;
	return fd;
}

/* --- rings ---------------------------------------------------------------------------------------------- */

/* 0; -ENOBUFS: a smaller one may be permitted; another -errno. */
static int ring_map(struct faults *f, struct fault_ring *r, int fd)
{
	void *map = mmap(NULL, f->page + f->ring_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	/* Not to be mixed up with not being permitted to trace. */
	if (map == MAP_FAILED)
		return errno == EPERM || errno == ENOMEM ? -ENOBUFS : -errno;
	*r = (struct fault_ring){.fd = fd, .map = map, .size = f->ring_size};
	return 0;
}

static int ring_attach(struct faults *f, unsigned cpu, int fd)
{
	struct fault_ring *r = &f->rings[cpu];
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	if (fd < 0)
		return 0;
	if (r->map)
		return ioctl(fd, PERF_EVENT_IOC_SET_OUTPUT, r->fd) < 0 ? -errno : 0;
	int e = ring_map(f, r, fd);
	if (e < 0)
		return e;
	return epoll_ctl(f->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

/* --- threads -------------------------------------------------------------------------------------------- */

/* One event, or none where that CPU is offline. 0 or -errno. */
static int cpu_open(struct faults *f, int32_t tid, unsigned cpu)
{
	if (f->fd_count >= f->fd_max)
		return -EMFILE;
	if (!array_room((void **)&f->fds, f->fd_count, &f->fd_room, sizeof(*f->fds)))
		return -ENOMEM;
	int fd = event_open(f, tid, cpu);
	if (fd < 0 && fd != -ENODEV)
		return fd;
	f->opened |= fd >= 0;
	f->fds[f->fd_count++] = fd < 0 ? -1 : fd;
	return 0;
}

/* It has the events of the thread that made it. Of its own, which were opened before that was known, it needs none. */
static void birth_note(struct faults *f, int32_t tid)
{
	size_t first, count;

	if (!owners_inherits(f->owners, tid, &first, &count))
		return;
	for (size_t i = first; i < first + count; i++)
		if (f->fds[i] >= 0)
			ioctl(f->fds[i], PERF_EVENT_IOC_DISABLE, 0);
}

/* Who was born of a thread that has events has them, too, and a record tells it. All that waits goes on waiting. */
static void births_look(struct faults *f)
{
	struct perf_record record;

	for (unsigned cpu = 0; cpu < f->cpus; cpu++) {
		struct fault_ring *ring = &f->rings[cpu];
		if (!ring->map)
			continue;
		struct perf_ring r = ring_begin(f, ring);
		r.tail = ring->looked;
		while (perf_ring_next(&r, f->scratch, &record) > 0)
			if (record.kind == RECORD_BIRTH && record.pid == f->pid)
				birth_note(f, record.tid);
		ring->looked = r.tail;
	}
}

/* A thread of a pass: non-zero stops the pass. */
static int thread_open(int32_t tid, void *arg)
{
	struct faults *f = arg;
	size_t first = f->fd_count;
	int e = 0;

	f->threads++;
	births_look(f);
	if (owners_has(f->owners, tid))
		return 0;
	f->fresh++;
	/* One right after the other: who is born in between has only some of them. Rings take their time. */
	for (unsigned cpu = 0; cpu < f->cpus && e == 0; cpu++)
		e = cpu_open(f, tid, cpu);
	size_t count = f->fd_count - first;
	for (unsigned cpu = 0; cpu < count && e == 0; cpu++)
		e = ring_attach(f, cpu, f->fds[first + cpu]);
	if (e < 0 && e != -ESRCH)
		return e;
	return owners_open(f->owners, tid, first, count);
}

static int thread_count(int32_t tid, void *arg)
{
	(void)tid;
	++*(unsigned *)arg;
	return 0;
}

static int threads_open(struct faults *f, const struct procdir *dir, unsigned *ret_needed)
{
	unsigned count = 0, quiet = 0;

	int e = procdir_each_task(dir, thread_count, &count);
	*ret_needed = count * f->cpus;
	if (e < 0 || *ret_needed > f->fd_max)
		return e < 0 ? e : -EMFILE;
	for (unsigned pass = 0; e == 0 && quiet < PASSES_QUIET && pass < PASSES_MAX; pass++) {
		f->threads = f->fresh = 0;
		e = procdir_each_task(dir, thread_open, f);
		if (f->threads * f->cpus > *ret_needed)
			*ret_needed = f->threads * f->cpus;
		quiet = f->fresh ? 0 : quiet + 1;
	}
	births_look(f);
	if (e == -ENOENT || (e == 0 && !f->opened))
		return -ESRCH;
	return e;
}

/* --- for the tracer --------------------------------------------------------------------------------------- */

static size_t descriptors_allowed(void)
{
	uint64_t limit = descriptors_limit();

	return known(limit) ? limit / 2 : 1 << 20;
}

static struct faults *faults_new(int32_t pid, uint64_t period, uint32_t slice, size_t ring_size)
{
	struct faults *f = calloc(1, sizeof(*f));
	long cpus = sysconf(_SC_NPROCESSORS_CONF);

	if (!f)
		return NULL;
	f->pid = pid;
	f->period = period;
	f->begin = clock_mono();
	f->ring_size = ring_size;
	f->attr = attr_make(period, slice, ring_size);
	f->cpus = cpus > 0 ? (unsigned)cpus : 1;
	f->page = (size_t)sysconf(_SC_PAGESIZE);
	f->fd_max = descriptors_allowed();
	f->owners = owners_new();
	f->epoll = epoll_create1(EPOLL_CLOEXEC);
	f->rings = calloc(f->cpus, sizeof(*f->rings));
	if (f->owners && f->rings && f->epoll >= 0)
		return f;
	faults_close(f);
	return NULL;
}

static int faults_try(const struct procdir *dir, uint64_t period, uint32_t slice, size_t ring_size,
                      struct faults **ret, unsigned *ret_needed)
{
	struct faults *f = faults_new(dir->pid, period, slice, ring_size);

	*ret_needed = 0;
	/* Without memory or without a descriptor for its rings. */
	if (!f)
		return errno == EMFILE ? -EMFILE : -ENOMEM;
	int e = threads_open(f, dir, ret_needed);
	if (e < 0)
		faults_close(f);
	else
		*ret = f;
	return e;
}

/*
 * Users share a small allowance of locked memory (kernel.perf_event_mlock_kb for each CPU, and `ulimit -l`). All rings are of one
 * size: were the first as large as permitted, the CPUs after it would be left with what loses samples.
 */
int faults_open(const struct procdir *dir, uint64_t period, uint32_t slice, struct faults **ret,
                unsigned *ret_needed)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	size_t size = RING_MAX;
	int e;

	while (cpus > 0 && size > RING_MIN && size * (size_t)cpus > RINGS_MAX)
		size /= 2;
	do {
		e = faults_try(dir, period, slice, size, ret, ret_needed);
		size /= 2;
	} while (e == -ENOBUFS && size >= RING_MIN);
	return e;
}

void faults_close(struct faults *f)
{
	if (!f)
		return;
	for (unsigned cpu = 0; f->rings && cpu < f->cpus; cpu++)
		if (f->rings[cpu].map)
			munmap(f->rings[cpu].map, f->page + f->rings[cpu].size);
	for (size_t i = 0; i < f->fd_count; i++)
		if (f->fds[i] >= 0)
			close(f->fds[i]);
	if (f->epoll >= 0)
		close(f->epoll);
	owners_free(f->owners);
	free(f->rings);
	free(f->fds);
	free(f);
}
