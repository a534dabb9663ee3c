/* SPDX-License-Identifier: MIT */
#ifndef DOUBLE_REPLAY_H
#define DOUBLE_REPLAY_H

/*
 * A recording made up: all functions of store/replay.h, in place of the room `store`. Included by the one file of a
 * test program that shall have no other. It may grow, be slow, hang and fail as a disk does.
 *
 * Its moments are those of support_moment.h, with the time asked for.
 */

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/replay.h"
#include "support_moment.h"

enum { DOUBLE_SAMPLES = 4000, DOUBLE_EVENTS = 8 };

struct replay {
	uint64_t time[DOUBLE_SAMPLES];
	atomic_uint written; /* samples in the file */
	unsigned seen;       /* as of the last refresh */
	uint64_t event[DOUBLE_EVENTS];
	unsigned events;
	uint64_t wall;            /* of time 0 */
	atomic_uint moments;      /* asked for so far */
	atomic_int slow_ms;       /* what each takes */
	atomic_bool hangs, fails; /* hangs: until it is taken back */
	atomic_bool gone;         /* refreshing fails */
	_Atomic uint64_t base;    /* as asked for last; UNKNOWN: never */
	atomic_bool freed;
	enum watch_end ended;        /* of the watch that was recorded */
	const char *child, *warning; /* NULL: none */
};

/* `count` samples `spacing` ns apart. Freed by double_free, after replay_free. */
static struct replay *double_new(unsigned count, uint64_t spacing)
{
	struct replay *r = calloc(1, sizeof(*r));

	if (!r)
		abort();
	for (unsigned i = 0; i < DOUBLE_SAMPLES; i++)
		r->time[i] = i * spacing;
	r->wall = SUPPORT_WALL;
	atomic_init(&r->base, UNKNOWN);
	atomic_init(&r->written, count);
	r->seen = count;
	return r;
}

static void double_free(struct replay *r)
{
	if (!atomic_load(&r->freed))
		abort();
	free(r);
}

bool replay_recognise(const char *path)
{
	(void)path;
	return false;
}

int replay_open(const char *path, struct replay **ret, struct fault *fault)
{
	(void)ret;
	fault_set(fault, STATUS_USAGE, "%s: not there", path);
	return -ENOENT;
}

void replay_free(struct replay *r)
{
	if (r)
		atomic_store(&r->freed, true);
}

int replay_refresh(struct replay *r, struct fault *fault)
{
	unsigned written = atomic_load(&r->written);

	if (atomic_load(&r->gone)) {
		fault_set(fault, STATUS_USAGE, "the recording was removed meanwhile");
		return -ENOENT;
	}
	if (written == r->seen)
		return 0;
	r->seen = written;
	return 1;
}

uint64_t replay_oldest(const struct replay *r)
{
	return r->time[0];
}

uint64_t replay_newest(const struct replay *r)
{
	return r->time[r->seen - 1];
}

uint64_t replay_at(const struct replay *r, uint64_t time)
{
	uint64_t at = UNKNOWN;

	for (unsigned i = 0; i < r->seen && r->time[i] <= time; i++)
		at = r->time[i];
	return at;
}

uint64_t replay_before(const struct replay *r, uint64_t time)
{
	return time ? replay_at(r, time - 1) : UNKNOWN;
}

uint64_t replay_after(const struct replay *r, uint64_t time)
{
	for (unsigned i = 0; i < r->seen; i++)
		if (r->time[i] > time)
			return r->time[i];
	return UNKNOWN;
}

uint64_t replay_event_before(const struct replay *r, uint64_t time)
{
	for (unsigned i = r->events; i-- > 0;)
		if (r->event[i] < time)
			return r->event[i];
	return UNKNOWN;
}

uint64_t replay_event_after(const struct replay *r, uint64_t time)
{
	for (unsigned i = 0; i < r->events; i++)
		if (r->event[i] > time)
			return r->event[i];
	return UNKNOWN;
}

uint64_t replay_of_wall(const struct replay *r, uint64_t wall)
{
	return wall > r->wall ? wall - r->wall : 0;
}

enum watch_end replay_ended(const struct replay *r)
{
	return r->ended;
}

const char *replay_child(const struct replay *r)
{
	return r->child ? r->child : "";
}

const char *replay_warning(const struct replay *r, unsigned index)
{
	return index == 0 ? r->warning : NULL;
}

bool replay_continues(const struct replay *r, uint64_t time)
{
	(void)r;
	(void)time;
	return false;
}

int replay_rebase(struct replay *r, uint64_t time)
{
	atomic_store(&r->base, time);
	return 0;
}

int replay_moment(struct replay *r, uint64_t time, uint64_t focus, struct moment **ret,
                  struct fault *fault)
{
	struct moment *m;

	atomic_fetch_add(&r->moments, 1);
	if (atomic_load(&r->slow_ms) > 0)
		poll(NULL, 0, atomic_load(&r->slow_ms));
	while (atomic_load(&r->hangs))
		poll(NULL, 0, 1);
	if (atomic_load(&r->fails)) {
		fault_set(fault, STATUS_USAGE, "the recording is damaged at that time");
		return -EIO;
	}
	m = support_moment();
	m->live = false;
	m->state = TARGET_REPLAYED;
	m->ended = END_NOT_YET;
	m->time = m->sample.time = replay_at(r, time);
	m->wall = r->wall + m->time;
	m->oldest = r->time[0];
	m->focus = focus;
	*ret = m;
	return 0;
}

int replay_source(struct replay *r, struct source **ret)
{
	(void)r;
	(void)ret;
	return -ENOTSUP;
}

void replay_source_fault(const struct source *s, struct fault *ret)
{
	(void)s;
	*ret = (struct fault){0};
}

#endif
