/* SPDX-License-Identifier: MIT */
/*
 * Knows how the state between the caller and the slow reader is born and dies. Refuses to know what
 * either of them does with it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/await.h"
#include "base/clock.h"
#include "source/live_internal.h"

static void figures_clear(struct live_shared *sh)
{
	memset(&sh->figures, 0, sizeof(sh->figures));
	memset(sh->fds, 0xff, sizeof(sh->fds));
	memset(sh->slow, 0xff, sizeof(sh->slow));
	memset(sh->sockets, 0xff, sizeof(sh->sockets));
	memset(sh->limits, 0xff, sizeof(sh->limits));
	sh->fd_count = sh->cgroup_limit = sh->cgroup_usage = sh->oom_before = UNKNOWN;
	sh->bounds = bounds_unknown();
	sh->heap_bytes = UNKNOWN;
	sh->costs.pass_ns = UNKNOWN;
}

static int sync_init(struct live_shared *sh)
{
	pthread_condattr_t attr;
	if (pthread_mutex_init(&sh->lock, NULL))
		return -1;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	int r = pthread_cond_init(&sh->work, &attr);
	pthread_condattr_destroy(&attr);
	if (r)
		pthread_mutex_destroy(&sh->lock);
	return r ? -1 : 0;
}

struct live_shared *live_shared_new(const struct live_options *o, const struct procdir *dir)
{
	struct live_shared *sh = calloc(1, sizeof(*sh));
	if (!sh)
		return NULL;
	sh->wakefd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (sh->wakefd < 0 || sync_init(sh) < 0) {
		if (sh->wakefd >= 0)
			close(sh->wakefd);
		free(sh);
		return NULL;
	}
	atomic_init(&sh->refs, 1);
	sh->dir = *dir;
	atomic_init(&sh->start, clock_mono());
	sh->page = (uint64_t)sysconf(_SC_PAGESIZE);
	sh->max_stall = o->max_stall;
	sh->min_period = o->min_period;
	sh->regions = o->regions;
	sh->first_id = o->first_id;
	sh->oomfd = -1;
	figures_clear(sh);
	return sh;
}

void live_shared_unref(struct live_shared *sh)
{
	if (!sh || atomic_fetch_sub(&sh->refs, 1) != 1)
		return;
	procdir_close(&sh->dir);
	close(sh->wakefd);
	if (sh->oomfd >= 0)
		close(sh->oomfd);
	region_table_unref(sh->table);
	page_map_unref(sh->pages);
	target_unref(sh->target);
	pthread_cond_destroy(&sh->work);
	pthread_mutex_destroy(&sh->lock);
	free(sh);
}

void live_shared_wake(struct live_shared *sh)
{
	await_ring(sh->wakefd);
}

void live_lock(struct live_shared *sh)
{
	pthread_mutex_lock(&sh->lock);
}

void live_unlock(struct live_shared *sh)
{
	pthread_mutex_unlock(&sh->lock);
}
