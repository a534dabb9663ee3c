/* SPDX-License-Identifier: MIT */
#ifndef DOUBLE_WALKER_H
#define DOUBLE_WALKER_H

/*
 * Walks and scans of a heap made up, in place of those of heap/walk.h and heap/lost.h: they count and take as long as they
 * are told. Included by the one file of a test program that shall have no other; with it what waits for a scanner.
 */

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "heap/scanner_internal.h"

enum { PATIENCE_MS = 20000 };

static struct {
	atomic_uint opened, walked, scanned, peeked, resets;
	atomic_uint made, left; /* threads that looked, and those of them that left */
	atomic_uint open_error, walk_ns, endless; /* what they are to do */
	struct scanner *
	        wanted; /* whose next look is made endless, and owes a peek, at the end of this one */
} d;

static void want(struct scanner *s)
{
	d.endless = 1;
	scanner_run(s, false);
	scanner_run(s, true);
	scanner_peek(s, 0x1010);
}

struct walker {
	int nothing;
};

int walker_new(struct memory *m, const struct heap_watcher *w, char why[200],
               enum allocator *ret_allocator, struct walker **ret)
{
	(void)m;
	(void)w;
	d.opened++;
	if (d.open_error) {
		*ret_allocator = ALLOCATOR_JEMALLOC;
		snprintf(why, 200, "%s", "jemalloc recognised");
		return -(int)d.open_error;
	}
	*ret = calloc(1, sizeof(**ret));
	return 0;
}

void walker_free(struct walker *w)
{
	free(w);
}

const char *walker_layout(const struct walker *w, double *ret_confidence)
{
	(void)w;
	*ret_confidence = 0.5;
	return "glibc 2.99";
}

int walker_walk(struct walker *w, struct memory *m, const struct heap_watcher *watcher,
                struct heap_walk **ret)
{
	uint64_t end = clock_mono() + d.walk_ns;

	(void)w;
	(void)m;
	do {
		if (watcher->tell(watcher->arg, HEAP_CENSUS, d.walked, 100))
			return -ECANCELED;
		if (memory_check(m) < 0)
			return -ESRCH;
		if (d.walk_ns || d.endless)
			usleep(1000);
	} while (d.endless || clock_mono() < end);
	/* It may have been stopped before it was no longer endless. */
	if (watcher->tell(watcher->arg, HEAP_CENSUS, d.walked, 100))
		return -ECANCELED;
	*ret = calloc(1, sizeof(**ret));
	(*ret)->blocks = calloc(1, sizeof(struct heap_block));
	(*ret)->blocks[0] = (struct heap_block){.address = 0x1010, .size = 48};
	(*ret)->arenas = calloc(3, sizeof(struct heap_arena));
	for (unsigned i = 0; i < 3; i++)
		(*ret)->arenas[i] = (struct heap_arena){.address = i,
		                                        .size = 100 + i,
		                                        .free_bytes = 10,
		                                        .largest_free = 5 + i};
	(*ret)->count = 1;
	(*ret)->arena_count = 3;
	(*ret)->resident = 4096;
	d.walked++;
	return 0;
}

void heap_walk_free(struct heap_walk *walk)
{
	if (walk) {
		free(walk->blocks);
		free(walk->arenas);
	}
	free(walk);
}

const struct heap_block *heap_walk_find(const struct heap_walk *walk, uint64_t address)
{
	(void)address;
	return walk->blocks;
}

struct lost {
	unsigned scans;
};

struct lost *lost_new(void)
{
	d.made++;
	return calloc(1, sizeof(struct lost));
}

void lost_free(struct lost *l)
{
	d.left += l != NULL;
	free(l);
}

void lost_reset(struct lost *l)
{
	l->scans = 0;
	d.resets++;
}

int lost_scan(struct lost *l, struct memory *m, const struct heap_walk *walk, uint64_t time,
              const struct heap_watcher *watcher, struct heap_lost *into)
{
	(void)m;
	(void)walk;
	if (watcher->tell(watcher->arg, HEAP_MARKING, 0, 1))
		return -ECANCELED;
	into->scans = ++l->scans;
	into->time = time;
	d.scanned++;
	if (d.wanted)
		want(d.wanted);
	d.wanted = NULL;
	return 0;
}

int lost_peek(struct memory *m, const struct heap_walk *walk, uint64_t address,
              struct heap_peek *into)
{
	(void)m;
	(void)walk;
	into->address = address;
	into->size = 48;
	d.peeked++;
	return 0;
}

static void nothing(int turn)
{
	(void)turn;
}

static void execute(int turn)
{
	if (turn == 1)
		execl("/bin/cat", "cat", (char *)NULL);
}

static int doubles_reset(void **state)
{
	(void)state;
	d.opened = d.walked = d.scanned = d.peeked = d.resets = d.made = d.left = 0;
	d.open_error = d.walk_ns = d.endless = 0;
	d.wanted = NULL;
	return 0;
}

/* No thread of one test counts in the next: each that was freed leaves by itself. */
static int threads_await(void **state)
{
	uint64_t end = clock_mono() + PATIENCE_MS * NS_PER_MS;

	(void)state;
	while (d.left < d.made && clock_mono() < end)
		usleep(1000);
	return d.left < d.made;
}

static struct heap_facts *take_wait(struct scanner *s)
{
	struct pollfd p = {scanner_fd(s), POLLIN, 0};
	struct heap_facts *f = NULL;

	while (!f) {
		if (poll(&p, 1, PATIENCE_MS) != 1)
			fail_msg("no facts came");
		f = scanner_take(s);
	}
	return f;
}

static struct heap_progress progress_of(struct scanner *s)
{
	struct heap_progress p;
	scanner_progress(s, &p);
	return p;
}

static void phase_await(struct scanner *s, enum heap_phase phase)
{
	uint64_t end = clock_mono() + PATIENCE_MS * NS_PER_MS;

	while (progress_of(s).phase != phase) {
		if (clock_mono() > end)
			fail_msg("phase is %s", heap_phase_words[progress_of(s).phase]);
		usleep(1000);
	}
}

static void count_await(atomic_uint *count, unsigned least)
{
	uint64_t end = clock_mono() + PATIENCE_MS * NS_PER_MS;

	while (*count < least && clock_mono() < end)
		usleep(1000);
	assert_true(*count >= least);
}

#endif
