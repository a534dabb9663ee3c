/* SPDX-License-Identifier: MIT */
/*
 * Knows which of the reads that may block comes next, and says what it is doing while it does it.
 * Refuses to know how any of them is done. Runs in a thread of its own that nobody ever joins.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/thread.h"
#include "source/live_internal.h"

enum { TEXT_MAX = 256 << 10, MAPS_MAX = 256 << 20 };

/* PF_EXITING in the flags of stat. */
#define FLAG_EXITING 0x4u

#define FDS_PERIOD   (NS_PER_S)
#define SLOW_PERIOD  (10 * NS_PER_S)
#define FOCUS_PERIOD (2 * NS_PER_S)

uint64_t live_busy(struct live_reader *r, const char *what)
{
	uint64_t now = clock_mono();
	atomic_store_explicit(&r->sh->busy_what, what, memory_order_release);
	atomic_store_explicit(&r->sh->busy_since, now, memory_order_release);
	return now;
}

uint64_t live_idle(struct live_reader *r, uint64_t since)
{
	atomic_store_explicit(&r->sh->busy_since, 0, memory_order_release);
	return clock_mono() - since;
}

struct live_meter live_meter_start(void)
{
	return (struct live_meter){.started = clock_mono(), .cpu = clock_thread()};
}

uint64_t live_meter_cost(const struct live_meter *m)
{
	uint64_t cpu = known_sub(clock_thread(), m->cpu);
	return known(cpu) ? cpu : clock_mono() - m->started;
}

bool live_is_over(struct live_reader *r)
{
	struct proc_stat stat;
	int e = procdir_read(&r->dir, "stat", &r->text);
	if (e < 0)
		return e == -ESRCH || e == -ENOENT;
	if (stat_parse(buf_str(&r->text), r->text.len, &stat) < 0)
		return false;
	/* Descriptors and memory are given back before it is a zombie. */
	return stat.state == 'Z' || stat.state == 'X' || stat.state == 'x' ||
	       (known(stat.flags) && stat.flags & FLAG_EXITING);
}

bool live_between(struct live_reader *r)
{
	if (atomic_load(&r->sh->stopping))
		return true;
	if (atomic_load(&r->sh->heap_asked) != r->heap_served)
		live_heap_serve(r);
	/* Another region is looked at, or another program runs: nobody waits for this one. */
	return r->focusing && atomic_load(&r->sh->focus_asked) != r->focus_served;
}

static void reader_free(struct live_reader *r)
{
	if (!r)
		return;
	smaps_parser_free(r->parser);
	tracker_free(r->tracker);
	buf_done(&r->text);
	buf_done(&r->heap);
	buf_done(&r->maps);
	live_counters_done(r);
	free(r);
}

static struct live_reader *reader_new(struct live_shared *sh)
{
	struct live_reader *r = calloc(1, sizeof(*r));
	if (!r)
		return NULL;
	r->sh = sh;
	r->dir = sh->dir;
	r->window_then = r->rss_then = UNKNOWN;
	buf_init(&r->text, TEXT_MAX);
	buf_init(&r->heap, MAPS_MAX);
	buf_init(&r->maps, MAPS_MAX);
	budget_init(&r->pass, sh->min_period, sh->max_stall);
	budget_init(&r->heap_text, 0, sh->max_stall);
	budget_init(&r->focus, FOCUS_PERIOD, sh->max_stall);
	budget_init(&r->fds, FDS_PERIOD, sh->max_stall);
	budget_init(&r->slow, SLOW_PERIOD, sh->max_stall);
	r->parser = smaps_parser_new();
	r->tracker = tracker_new();
	if (!r->parser || !r->tracker) {
		reader_free(r);
		return NULL;
	}
	tracker_ids_from(r->tracker, sh->first_id);
	return r;
}

/* The target became another program: ids, stacks and costs of the old one mean nothing now. */
static void reader_begin_epoch(struct live_reader *r, uint64_t epoch)
{
	r->epoch = epoch;
	tracker_reset(r->tracker);
	budget_forget(&r->pass);
	budget_forget(&r->fds);
	r->window_then = r->rss_then = UNKNOWN;
	r->stacks_threads = 0;
	live_counters_forget(r);
	r->identified = false;
	r->no_smaps = false;
}

enum job { JOB_STOP, JOB_WAIT, JOB_HEAP, JOB_FOCUS, JOB_PASS, JOB_IDENTITY, JOB_SLOW, JOB_FDS };

/* Takes the earlier of *next and `at`; true when `at` has come. */
static bool is_due(uint64_t now, uint64_t at, uint64_t *next)
{
	if (at < *next)
		*next = at;
	return at <= now;
}

/* The most urgent job, under the lock. JOB_WAIT: none before *next. */
static enum job job_choose(struct live_reader *r, uint64_t now, uint64_t *next)
{
	struct live_shared *sh = r->sh;
	*next = UNKNOWN;
	if (atomic_load(&sh->stopping))
		return JOB_STOP;
	if (atomic_load(&sh->heap_asked) != r->heap_served)
		return JOB_HEAP;
	if (sh->gone)
		return JOB_WAIT;
	if (sh->focus.id &&
	    (sh->focus.serial != r->focus_served || is_due(now, budget_next(&r->focus), next)))
		return JOB_FOCUS;
	if (sh->regions && is_due(now, budget_next(&r->pass), next))
		return JOB_PASS;
	if (!r->identified)
		return JOB_IDENTITY;
	if (is_due(now, budget_next(&r->slow), next))
		return JOB_SLOW;
	if (is_due(now, budget_next(&r->fds), next))
		return JOB_FDS;
	return JOB_WAIT;
}

/* Waits until there is something to do, and begins a new epoch where there is one. */
static enum job job_next(struct live_reader *r)
{
	struct live_shared *sh = r->sh;
	enum job job;
	uint64_t next;

	live_lock(sh);
	for (;;) {
		if (sh->epoch != r->epoch)
			reader_begin_epoch(r, sh->epoch);
		r->pass.min_period = sh->min_period;
		job = job_choose(r, clock_mono(), &next);
		if (job != JOB_WAIT)
			break;
		if (next == UNKNOWN) {
			pthread_cond_wait(&sh->work, &sh->lock);
			continue;
		}
		struct timespec until = {
		        .tv_sec = (time_t)(next / NS_PER_S),
		        .tv_nsec = (long)(next % NS_PER_S),
		};
		pthread_cond_timedwait(&sh->work, &sh->lock, &until);
	}
	live_unlock(sh);
	r->dir.via = atomic_load(&sh->via);
	return job;
}

static void *reader_main(void *arg)
{
	static void (*const work[])(struct live_reader *) = {
	        [JOB_HEAP] = live_heap_serve,   [JOB_FOCUS] = live_focus_scan,
	        [JOB_PASS] = live_pass,         [JOB_IDENTITY] = live_identify,
	        [JOB_SLOW] = live_surroundings, [JOB_FDS] = live_count_fds,
	};
	struct live_reader *r = arg;
	enum job job;

	while ((job = job_next(r)) != JOB_STOP)
		work[job](r);
	live_shared_unref(r->sh);
	reader_free(r);
	return NULL;
}

int live_reader_start(struct live_shared *sh)
{
	struct live_reader *r = reader_new(sh);
	if (!r)
		return -ENOMEM;
	atomic_fetch_add(&sh->refs, 1);
	int e = thread_begin(reader_main, r);
	if (e) {
		atomic_fetch_sub(&sh->refs, 1);
		reader_free(r);
	}
	return e;
}
