/* SPDX-License-Identifier: MIT */
/*
 * Knows how minor faults of a process are had from the kernel as perf events. Refuses to know what they mean.
 *
 * An event that new threads inherit can only have a ring where it is bound to a CPU (else mmap says EINVAL), so
 * there is one for each thread and CPU, all of a CPU writing to one ring. The kernel takes every event as a sample of a
 * software event with a fixed period when PERF_SAMPLE_PERIOD is asked for (kernel/events/core.c, perf_swevent_event):
 * it is not, and the weight is the period we set. An ioctl that changes the period does not reach inherited events: who
 * wants another one opens anew.
 */
#include "sites/faults.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "sites/owners.h"
#include "sites/perf_ring.h"

enum {
	RING_MAX = 4 << 20,   /* bytes of a ring; less where that is not permitted */
	RING_MIN = 64 << 10,  /* several samples of the longest slice */
	RINGS_MAX = 64 << 20, /* bytes of all of them, where there are many CPUs */
	WAKE = 4,             /* a ring is to be drained when a WAKE-th part of it is used */
	PASSES_MAX = 100,     /* over the threads, until no pass finds a new one */
	PASSES_QUIET = 2,
	EPOLL_ROOM = 16,
};
#define SAMPLE_TYPE                                                                                \
	(PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ADDR | PERF_SAMPLE_ID | \
	 PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER)

/* Of one CPU. */
struct fault_ring {
	int fd;    /* of the event that holds it; -1: no ring, the CPU is offline */
	void *map; /* a page that tells head and tail, then `size` bytes */
	uint64_t size;
};

struct faults {
	int32_t pid;
	uint64_t period, lost;
	size_t ring_size;
	struct perf_event_attr attr;
	bool stable; /* the way to open one worked once: what fails now fails for this thread */
	unsigned cpus;
	struct fault_ring *rings; /* by CPU */
	int *fds;
	size_t fd_count, fd_room, fd_max;
	size_t page;
	int epoll;
	struct owners *owners;
	/* of a pass over the threads */
	unsigned threads, fresh;
	int error;
	uint8_t scratch[PERF_RECORD_ROOM];
};

static struct perf_event_attr attr_make(uint64_t period, uint32_t slice, size_t ring_size)
{
	struct perf_event_attr a = {
	        .type = PERF_TYPE_SOFTWARE,
	        .size = sizeof(a),
	        .config = PERF_COUNT_SW_PAGE_FAULTS_MIN,
	        .sample_period = period,
	        .sample_type = SAMPLE_TYPE,
	        .sample_regs_user = perf_ring_registers(),
	        .sample_stack_user = slice,
	        .clockid = CLOCK_MONOTONIC,
	        .wakeup_watermark = (uint32_t)ring_size / WAKE,
	};

	a.inherit = a.inherit_thread = 1;
	a.exclude_hv = 1;
	a.mmap = 1; /* of code: dlopen */
	a.comm = a.comm_exec = 1;
	a.task = 1; /* threads that end */
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
	*r = (struct fault_ring){fd, map, f->ring_size};
	return 0;
}

static int ring_attach(struct faults *f, unsigned cpu, int fd)
{
	struct fault_ring *r = &f->rings[cpu];
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	if (r->map)
		return ioctl(fd, PERF_EVENT_IOC_SET_OUTPUT, r->fd) < 0 ? -errno : 0;
	int e = ring_map(f, r, fd);
	if (e < 0)
		return e;
	return epoll_ctl(f->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

/* --- threads -------------------------------------------------------------------------------------------- */

/* One event. 0; -ENODEV: that CPU is offline; another -errno. */
static int cpu_open(struct faults *f, int32_t tid, unsigned cpu)
{
	uint64_t id;

	if (f->fd_count >= f->fd_max)
		return -EMFILE;
	if (!array_room((void **)&f->fds, f->fd_count, &f->fd_room, sizeof(*f->fds)))
		return -ENOMEM;
	int fd = event_open(f, tid, cpu);
	if (fd < 0)
		return fd;
	f->fds[f->fd_count++] = fd;
	if (ioctl(fd, PERF_EVENT_IOC_ID, &id) < 0)
		return -errno;
	int e = owners_event(f->owners, id, tid);
	return e < 0 ? e : ring_attach(f, cpu, fd);
}

/* A thread of a pass: non-zero stops the pass. */
static int thread_open(int32_t tid, void *arg)
{
	struct faults *f = arg;

	f->threads++;
	/* Inherited ones are opened as well: whether they were in time is not known. */
	if (owners_has(f->owners, tid))
		return 0;
	f->fresh++;
	for (unsigned cpu = 0; cpu < f->cpus; cpu++) {
		int e = cpu_open(f, tid, cpu);
		if (e == -ESRCH)
			return 0;
		if (e < 0 && e != -ENODEV)
			return e;
	}
	return 0;
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
	if (e == -ENOENT || (e == 0 && !f->fd_count))
		return -ESRCH;
	return e;
}

/* --- for the tracer --------------------------------------------------------------------------------------- */

static size_t descriptors_allowed(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
		return 1 << 20;
	return limit.rlim_cur / 2;
}

static struct faults *faults_new(int32_t pid, uint64_t period, uint32_t slice, size_t ring_size)
{
	struct faults *f = calloc(1, sizeof(*f));
	long cpus = sysconf(_SC_NPROCESSORS_CONF);

	if (!f)
		return NULL;
	f->pid = pid;
	f->period = period;
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
	if (!f)
		return -ENOMEM;
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
		close(f->fds[i]);
	if (f->epoll >= 0)
		close(f->epoll);
	owners_free(f->owners);
	free(f->rings);
	free(f->fds);
	free(f);
}

int faults_fd(const struct faults *f)
{
	return f->epoll;
}

bool faults_of_kernel(const struct faults *f)
{
	return !f->attr.exclude_kernel;
}

uint64_t faults_lost(const struct faults *f)
{
	return f->lost;
}

/* Of a forked child, or counted a second time. */
static bool is_foreign(struct faults *f, const struct perf_record *r)
{
	return r->pid != f->pid || !owners_accept(f->owners, r->id, r->tid);
}

static void record_tell(struct faults *f, struct perf_record *r, sample_tell *tell, void *arg)
{
	switch (r->kind) {
	case RECORD_LOST:
		f->lost += r->lost;
		return;
	case RECORD_EXIT:
		if (r->pid == f->pid)
			owners_drop(f->owners, r->tid);
		return;
	case RECORD_SAMPLE:
		if (is_foreign(f, r))
			return;
		r->sample.kind = SAMPLE_FAULT;
		r->sample.weight = (double)f->period;
		break;
	case RECORD_EXEC:
	case RECORD_MAP:
		if (r->pid != f->pid)
			return;
		r->sample.kind = r->kind == RECORD_EXEC ? SAMPLE_EXEC : SAMPLE_MAP;
		break;
	default:
		return;
	}
	tell(arg, &r->sample);
}

static void ring_drain(struct faults *f, struct fault_ring *ring, sample_tell *tell, void *arg)
{
	struct perf_event_mmap_page *page = ring->map;
	struct perf_record record;
	struct perf_ring r = {
	        .data = (const uint8_t *)ring->map + f->page,
	        .size = ring->size,
	        .head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE),
	        .tail = page->data_tail,
	        .type = SAMPLE_TYPE,
	};

	while (perf_ring_next(&r, f->scratch, &record) > 0) {
		record_tell(f, &record, tell, arg);
		__atomic_store_n(&page->data_tail, r.tail, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&page->data_tail, r.tail, __ATOMIC_RELEASE);
}

/*
 * What is told there needs no answer but this: an event whose thread ended hangs up for ever, which would wake us at
 * once each time. Its ring lives on with the others that write to it, and is drained from time to time.
 */
static void hangups_remove(struct faults *f)
{
	struct epoll_event events[EPOLL_ROOM];
	int n = epoll_wait(f->epoll, events, EPOLL_ROOM, 0);

	for (int i = 0; i < n; i++)
		if (events[i].events & (EPOLLHUP | EPOLLERR))
			epoll_ctl(f->epoll, EPOLL_CTL_DEL, events[i].data.fd, NULL);
}

void faults_drain(struct faults *f, sample_tell *tell, void *arg)
{
	hangups_remove(f);
	for (unsigned cpu = 0; cpu < f->cpus; cpu++)
		if (f->rings[cpu].map)
			ring_drain(f, &f->rings[cpu], tell, arg);
}
