/* SPDX-License-Identifier: MIT */
/*
 * Knows how hits are had as perf events: one for each function and thread, one ring for each thread. The kernel puts the
 * breakpoint into the address space of that thread's process alone. Refuses to know arguments: a perf event has none.
 *
 * Never inherited: for a new thread the kernel would read the path of the file anew, at our address but in the
 * memory of the target, and as that fails so would its pthread_create() (seen on Linux 6.18). Threads born later are
 * found by looking again; their hits count from then on.
 */
#include "sites/probes_perf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/perf_event.h>

#include "base/array.h"
#include "proc/procdir.h"
#include "sites/perf_ring.h"
#include "sites/spots.h"

enum {
	RING = 64 << 10,       /* bytes for one thread, of memory that may be locked only so much */
	STACK_SLICE = 4 << 10, /* bytes of stack in one sample */
	EPOLL_ROOM = 16
};

#define SAMPLE_TYPE                                                                    \
	(PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_REGS_USER | \
	 PERF_SAMPLE_STACK_USER)

struct thread {
	int32_t tid;
	bool seen;
	int *fds;  /* one for each spot */
	void *map; /* a page that tells head and tail, then the ring; NULL: only counts */
};

struct probes_perf {
	struct procdir dir;
	uint32_t type; /* of the PMU "uprobe" */
	struct probe_spot *spots;
	size_t count, page;
	uint64_t period; /* 0: only counts */
	int epoll;
	struct thread *threads;
	size_t thread_count, thread_room;
	uint64_t before, lost; /* hits of events that were closed; samples without room */
	bool on;
	sample_tell *tell; /* while draining; NULL: samples of a thread that ended go unheard */
	void *arg;
	uint8_t scratch[PERF_RECORD_ROOM];
};

/* --- samples -------------------------------------------------------------------------------------------- */

static void take(struct probes_perf *p, struct perf_record *r)
{
	if (r->kind == RECORD_LOST)
		p->lost += r->lost;
	if (!p->tell || (r->kind != RECORD_SAMPLE && r->kind != RECORD_EXEC))
		return;
	r->sample.kind = r->kind == RECORD_EXEC ? SAMPLE_EXEC : SAMPLE_HIT;
	r->sample.address = 0;
	r->sample.weight = (double)p->period;
	p->tell(p->arg, &r->sample);
}

static void drain_thread(struct probes_perf *p, struct thread *t)
{
	struct perf_event_mmap_page *page = t->map;
	struct perf_record record;

	if (!page)
		return;
	struct perf_ring r = {.data = (const uint8_t *)t->map + p->page,
	                      .size = RING,
	                      .head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE),
	                      .tail = page->data_tail,
	                      .type = SAMPLE_TYPE};
	while (perf_ring_next(&r, p->scratch, &record) > 0) {
		take(p, &record);
		__atomic_store_n(&page->data_tail, r.tail, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&page->data_tail, r.tail, __ATOMIC_RELEASE);
}

/* --- one thread ------------------------------------------------------------------------------------------- */

static struct perf_event_attr attr_make(const struct probes_perf *p, const struct probe_spot *s)
{
	struct perf_event_attr a = {.type = p->type,
	                            .size = sizeof(a),
	                            .config1 = (uintptr_t)s->place.path,
	                            .config2 = s->place.offset + s->moved};

	if (!p->period)
		return a;
	a.sample_period = p->period;
	a.sample_type = SAMPLE_TYPE;
	a.sample_regs_user = perf_ring_registers();
	a.sample_stack_user = STACK_SLICE;
	a.clockid = CLOCK_MONOTONIC;
	a.use_clockid = 1;
	a.comm = a.comm_exec = 1;
	a.watermark = 1;
	a.wakeup_watermark = RING / 4;
	return a;
}

static int open_event(const struct probes_perf *p, const struct probe_spot *s, int32_t tid)
{
	struct perf_event_attr a = attr_make(p, s);
	int fd = (int)syscall(SYS_perf_event_open, &a, tid, -1, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int open_ring(struct probes_perf *p, struct thread *t)
{
	struct epoll_event e = {.events = EPOLLIN, .data.fd = t->fds[0]};
	void *map = mmap(NULL, p->page + RING, PROT_READ | PROT_WRITE, MAP_SHARED, t->fds[0], 0);

	if (map == MAP_FAILED)
		return errno == EPERM ? -ENOBUFS : -errno;
	t->map = map;
	for (size_t i = 1; i < p->count; i++)
		if (ioctl(t->fds[i], PERF_EVENT_IOC_SET_OUTPUT, t->fds[0]) < 0)
			return -errno;
	return epoll_ctl(p->epoll, EPOLL_CTL_ADD, t->fds[0], &e) < 0 ? -errno : 0;
}

static uint64_t hits_of(const struct probes_perf *p, const struct thread *t)
{
	uint64_t total = 0, n;

	for (size_t i = 0; i < p->count; i++)
		if (t->fds[i] >= 0 && read(t->fds[i], &n, sizeof(n)) == sizeof(n))
			total += n;
	return total;
}

static void thread_done(struct probes_perf *p, struct thread *t)
{
	if (t->map)
		munmap(t->map, p->page + RING);
	for (size_t i = 0; i < p->count; i++)
		if (t->fds[i] >= 0)
			close(t->fds[i]);
	free(t->fds);
}

static int thread_init(struct probes_perf *p, int32_t tid, struct thread *t)
{
	int r = 0;

	*t = (struct thread){.tid = tid, .seen = true, .fds = malloc(p->count * sizeof(*t->fds))};
	if (!t->fds)
		return -ENOMEM;
	memset(t->fds, -1, p->count * sizeof(*t->fds));
	for (size_t i = 0; i < p->count && !r; i++) {
		t->fds[i] = open_event(p, &p->spots[i], tid);
		r = t->fds[i] < 0 ? t->fds[i] : 0;
	}
	if (!r && p->period)
		r = open_ring(p, t);
	if (r)
		thread_done(p, t);
	return r;
}

/* --- all threads ------------------------------------------------------------------------------------------ */

/* Half of what this process may open is enough for one purpose. */
static bool may_open(const struct probes_perf *p)
{
	struct rlimit l;

	return getrlimit(RLIMIT_NOFILE, &l) != 0 ||
	       (p->thread_count + 1) * p->count <= l.rlim_cur / 2;
}

static int open_thread(struct probes_perf *p, int32_t tid)
{
	struct thread t;

	if (!may_open(p))
		return -EMFILE;
	if (!array_room((void **)&p->threads, p->thread_count, &p->thread_room, sizeof(t)))
		return -ENOMEM;
	int r = thread_init(p, tid, &t);
	if (r)
		return r == -ESRCH ? 0 : r; /* it ended meanwhile */
	p->threads[p->thread_count++] = t;
	return 0;
}

static void close_thread(struct probes_perf *p, size_t i)
{
	struct thread *t = &p->threads[i];

	p->before += hits_of(p, t);
	drain_thread(p, t);
	thread_done(p, t);
	*t = p->threads[--p->thread_count];
}

static int look_at(int32_t tid, void *arg)
{
	struct probes_perf *p = arg;

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
	for (size_t i = 0; i < p->thread_count; i++)
		p->threads[i].seen = false;
	int r = procdir_each_task(&p->dir, look_at, p);
	for (size_t i = p->thread_count; i-- > 0 && !r;)
		if (!p->threads[i].seen)
			close_thread(p, i);
	return r == -ENOENT || (!r && !p->thread_count) ? -ESRCH : r;
}

int probes_perf_set(struct probes_perf *p, bool on)
{
	int r = on && !p->on ? look_again(p) : 0;

	if (!on || r)
		while (p->thread_count)
			close_thread(p, p->thread_count - 1);
	p->on = on && !r;
	return r;
}

int probes_perf_period(struct probes_perf *p, uint64_t period)
{
	int r = 0;

	p->period = period;
	for (size_t i = 0; i < p->thread_count; i++)
		for (size_t k = 0; k < p->count && !r; k++)
			if (ioctl(p->threads[i].fds[k], PERF_EVENT_IOC_PERIOD, &period) < 0)
				r = -errno;
	return r;
}

/* --- for probes.c --------------------------------------------------------------------------------------- */

static int read_type(uint32_t *ret)
{
	FILE *f = fopen("/sys/bus/event_source/devices/uprobe/type", "re");

	if (!f)
		return errno == ENOENT ? -ENOTSUP : -errno;
	int n = fscanf(f, "%u", ret);
	fclose(f);
	return n == 1 ? 0 : -ENOTSUP;
}

static int thread_count(int32_t tid, void *arg)
{
	(void)tid;
	++*(size_t *)arg;
	return 0;
}

/* Threads x spots; 0 where that cannot be told. */
static size_t needed(const struct probes_perf *p)
{
	size_t threads = 0;

	return p->dir.fd >= 0 && procdir_each_task(&p->dir, thread_count, &threads) == 0
	               ? threads * p->count
	               : 0;
}

/* Those that a sample can be of. */
static size_t copy_spots(struct probes_perf *p, const struct probe_spot *spots, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!p->period || role_returns(spots[i].role))
			p->spots[p->count++] = spots[i];
	return p->count;
}

static struct probes_perf *probes_perf_new(size_t count, uint64_t period)
{
	struct probes_perf *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->period = period;
	p->page = (size_t)sysconf(_SC_PAGESIZE);
	p->dir.fd = p->dir.rootfd = p->dir.pidfd = -1;
	p->epoll = epoll_create1(EPOLL_CLOEXEC);
	p->spots = malloc((count ? count : 1) * sizeof(*p->spots));
	if (p->spots && p->epoll >= 0)
		return p;
	probes_perf_close(p);
	return NULL;
}

int probes_perf_open(int32_t pid, const struct probe_spot *spots, size_t count, uint64_t period,
                     struct probes_perf **ret, char *why, size_t size)
{
	struct probes_perf *p = probes_perf_new(count, period);
	int r = p ? read_type(&p->type) : errno == EMFILE ? -EMFILE : -ENOMEM, other;

	if (!r && !copy_spots(p, spots, count))
		r = -EINVAL;
	if (!r) {
		enum procdir_finding found = procdir_open("/proc", pid, &p->dir, &other);
		r = found == PROCDIR_OK ? 0 : found == PROCDIR_FAILED ? -other : -ESRCH;
	}
	if (!r)
		r = probes_perf_set(p, true);
	if (r) {
		size_t files = p && r == -EMFILE ? needed(p) : 0;
		probes_perf_close(p);
		return probes_perf_explain(r, pid, files, why, size);
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
	if (p->dir.fd >= 0)
		procdir_close(&p->dir);
	if (p->epoll >= 0)
		close(p->epoll);
	free(p->threads);
	free(p->spots);
	free(p);
}

int probes_perf_fd(const struct probes_perf *p)
{
	return p->period ? p->epoll : -1;
}

void probes_perf_tally(struct probes_perf *p, struct probes_tally *ret)
{
	*ret = (struct probes_tally){.hits = p->before, .lost = p->lost};
	for (size_t i = 0; i < p->thread_count; i++)
		ret->hits += hits_of(p, &p->threads[i]);
	if (p->on && !p->period)
		look_again(p);
}

/*
 * Of a thread that ended the ring hangs up for ever. Mostly its events are closed by the next look; a first thread that ended
 * before the others stays listed until they end, too, and would wake us at once each time.
 */
static void hangups_remove(struct probes_perf *p)
{
	struct epoll_event events[EPOLL_ROOM];
	int n = epoll_wait(p->epoll, events, EPOLL_ROOM, 0);

	for (int i = 0; i < n; i++)
		if (events[i].events & (EPOLLHUP | EPOLLERR))
			epoll_ctl(p->epoll, EPOLL_CTL_DEL, events[i].data.fd, NULL);
}

void probes_perf_drain(struct probes_perf *p, sample_tell *tell, void *arg)
{
	p->tell = tell;
	p->arg = arg;
	hangups_remove(p);
	for (size_t i = 0; i < p->thread_count; i++)
		drain_thread(p, &p->threads[i]);
	if (p->on)
		look_again(p);
	p->tell = NULL;
}
