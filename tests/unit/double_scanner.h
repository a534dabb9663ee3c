/* SPDX-License-Identifier: MIT */
#ifndef DOUBLE_SCANNER_H
#define DOUBLE_SCANNER_H

/*
 * A scanner made up: all functions of heap/scanner.h, in place of the one of the room `heap`, and a watch that has it.
 * Included by the one file of a test program that shall have no other. It does nothing by itself: a test says
 * in which phase it is and publishes what it found.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "heap/scanner.h"
#include "support_script.h"

struct scanner {
	int32_t pid;
	int fd;
	bool on;
	struct heap_facts *next;
};

/* What became of all of them; the one alive, NULL: none. */
static struct {
	unsigned made, freed;
	struct scanner *now;
	uint64_t peek;
	struct heap_progress progress;
} doubles;

struct scanner *scanner_new(const char *proc, int32_t pid, uint64_t start)
{
	struct scanner *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	assert_string_equal(proc, "/proc");
	assert_true(start > 0);
	s->pid = pid;
	s->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	doubles.made++;
	doubles.now = s;
	return s;
}

void scanner_run(struct scanner *s, bool on)
{
	s->on = on;
}

void scanner_peek(struct scanner *s, uint64_t address)
{
	(void)s;
	doubles.peek = address;
}

int scanner_fd(const struct scanner *s)
{
	return s->fd;
}

struct heap_facts *scanner_take(struct scanner *s)
{
	struct heap_facts *f = s->next;
	uint64_t n;

	if (read(s->fd, &n, sizeof(n)) < 0)
		n = 0;
	s->next = NULL;
	return f;
}

void scanner_progress(struct scanner *s, struct heap_progress *ret)
{
	*ret = doubles.progress;
	if (!s->on)
		ret->phase = HEAP_STOPPED;
}

void scanner_free(struct scanner *s)
{
	if (!s)
		return;
	heap_facts_unref(s->next);
	close(s->fd);
	doubles.freed++;
	doubles.now = NULL;
	free(s);
}

static inline struct watch *watch_of(struct script *s, const struct options *o)
{
	struct watch *w;

	memset(&doubles, 0, sizeof(doubles));
	heap_progress_init(&doubles.progress);
	doubles.progress.phase = HEAP_RESTING;
	w = script_watch(s, o);
	watch_begin(w, 1);
	return w;
}

static const struct options looking = {.interval = NS_PER_S, .procfs = "/proc", .heap = true};

static inline struct heap_facts *facts(double second, unsigned scans)
{
	struct heap_facts *f = heap_facts_new();

	assert_non_null(f);
	f->walked = true;
	f->layout_confidence = 1;
	f->time = (uint64_t)(second * (double)NS_PER_S);
	f->looks = (unsigned)second + 1;
	f->total.size = f->total.live_bytes = 1 << 20;
	f->lost = calloc(1, sizeof(*f->lost));
	assert_non_null(f->lost);
	f->lost->scans = scans;
	return f;
}

static inline void publish(struct heap_facts *f)
{
	heap_facts_unref(doubles.now->next);
	doubles.now->next = f;
	assert_true(write(doubles.now->fd, &(uint64_t){1}, sizeof(uint64_t)) > 0);
}

/* Time of the look that the moment of `time` carries; UNKNOWN: none. */
static inline uint64_t look_at(struct watch *w, uint64_t time)
{
	struct moment *m = watch_moment(w, time, 0);
	uint64_t look;

	assert_non_null(m);
	look = m->heap ? m->heap->time : UNKNOWN;
	moment_unref(m);
	return look;
}

#endif
