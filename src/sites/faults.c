/* SPDX-License-Identifier: MIT */
/*
 * Knows what events of faults tell, and what is to be believed of it. Refuses to know what faults mean.
 *
 * All events that see one fault, also those of other tools, are told it by one structure of the kernel, whose parts the
 * first one fills and (since Linux 6.3) the others find filled (do_perf_sw_event, perf_prepare_sample). So a sample may
 * carry another event's id, stack size and time by another's clock: nothing here rests on an id, and times are held
 * against ours.
 */
#include "sites/faults.h"

#include <sys/epoll.h>

#include "base/clock.h"
#include "sites/faults_internal.h"

enum {
	EPOLL_ROOM = 16,
	TWICE_NS = 1000, /* less than a fault, and what makes the next one, take */
};

/* What waits in a ring. */
struct perf_ring ring_begin(const struct faults *f, const struct fault_ring *ring)
{
	struct perf_event_mmap_page *page = ring->map;

	return (struct perf_ring){
	        .data = (const uint8_t *)ring->map + f->page,
	        .size = ring->size,
	        .head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE),
	        .tail = page->data_tail,
	        .type = FAULT_SAMPLE,
	};
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

/* When something can have been, by our clock. */
static uint64_t time_between(uint64_t time, uint64_t least, uint64_t most)
{
	return time < least ? least : time > most ? most : time;
}

/* By one event and by another, of a thread with two (see owners.h): one right behind the other. */
static bool is_twice(struct fault_ring *ring, const struct site_sample *s)
{
	bool twice = s->tid == ring->tid && s->address == ring->address &&
	             s->time - ring->time < TWICE_NS;

	ring->tid = s->tid;
	ring->address = s->address;
	ring->time = s->time;
	return twice;
}

static void record_tell(struct faults *f, struct fault_ring *ring, struct perf_record *r,
                        uint64_t now, sample_tell *tell, void *arg)
{
	if (r->kind == RECORD_LOST)
		f->lost += r->lost;
	/* Of a forked child, which inherits events, too. */
	if (r->pid != f->pid)
		return;
	switch (r->kind) {
	case RECORD_SAMPLE:
		if (is_twice(ring, &r->sample))
			return;
		r->sample.kind = SAMPLE_FAULT;
		r->sample.weight = (double)f->period;
		r->sample.time = time_between(r->sample.time, f->begin, now);
		break;
	case RECORD_EXEC:
	case RECORD_MAP:
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
	struct perf_ring r = ring_begin(f, ring);
	uint64_t now = clock_mono();
	struct perf_record record;

	while (perf_ring_next(&r, f->scratch, &record) > 0) {
		record_tell(f, ring, &record, now, tell, arg);
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
