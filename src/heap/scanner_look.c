/* SPDX-License-Identifier: MIT */
/*
 * Knows one look at a heap: opens memory, begins anew after an exec, counts, publishes, looks for lost blocks,
 * publishes again. Refuses to know when the next one is due.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/rights.h"
#include "heap/scanner_internal.h"
#include "proc/procdir.h"
#include "proc/status.h"

enum { STAT_MAX = 64 << 10, WHY = 200 };

/* --- opening ------------------------------------------------------------------------------------------ */

static void program_close(struct looker *l)
{
	l->read += l->memory ? l->memory->bytes_read : 0;
	walker_free(l->walker);
	memory_free(l->memory);
	l->walker = NULL;
	l->memory = NULL;
}

/* What was found of one program says nothing of the next. */
static void program_forget(struct looker *l)
{
	if (l->growth)
		growth_reset(l->growth);
	if (l->lost)
		lost_reset(l->lost);
	heap_facts_unref(l->last);
	l->last = NULL;
	l->other = true;
}

/* The start time tells a process from another one that has its pid now. */
static int born_read(const struct looker *l, uint64_t *ret)
{
	struct proc_stat stat;
	struct procdir root;
	struct buf b;
	char name[32];

	int e = procdir_open_root(l->proc, &root);
	if (e < 0)
		return e;
	buf_init(&b, STAT_MAX);
	snprintf(name, sizeof(name), "%d/stat", l->pid);
	e = procdir_read_global(&root, name, &b);
	if (e == 0)
		e = stat_parse(buf_str(&b), b.len, &stat);
	buf_done(&b);
	procdir_close(&root);
	if (e == 0)
		*ret = stat.starttime;
	return e == -ENOENT || e == -EINVAL ? -ESRCH : e;
}

static int program_open(struct looker *l)
{
	uint64_t born;

	int e = memory_open_live(l->proc, l->pid, &l->memory);
	if (e == 0)
		e = born_read(l, &born);
	if (e == 0 && l->born && l->born != born)
		e = -ESRCH;
	if (e == 0) {
		l->born = born;
		l->memory->stop = l->stop;
		e = memory_begin(l->memory);
	}
	if (e < 0)
		program_close(l);
	return e;
}

static int tools_make(struct looker *l)
{
	l->growth = l->growth ? l->growth : growth_new();
	l->lost = l->lost ? l->lost : lost_new();
	return l->growth && l->lost ? 0 : -ENOMEM;
}

/* Not it is gone, but the thread by which it was read: its first one ended. */
static bool same_program(const struct looker *l)
{
	return l->memory && memory_check(l->memory) == 0;
}

/* A look that has begun; after an exec one at the new program, of which nothing is known. */
static int look_begin(struct looker *l)
{
	int e = tools_make(l);

	if (e < 0)
		return e;
	if (l->memory) {
		e = memory_begin(l->memory);
		if (e != -ESRCH || same_program(l))
			return e;
		program_close(l);
		program_forget(l);
	}
	return program_open(l);
}

static int refusal_publish(struct looker *l, enum allocator allocator, const char *why, int error)
{
	struct heap_facts *f = heap_facts_new();

	if (!f)
		return -ENOMEM;
	if (allocator == ALLOCATOR_UNKNOWN)
		allocator = facts_recognise(l->memory);
	facts_refuse(f, allocator, why);
	f->time = clock_mono() - l->start;
	heap_facts_unref(l->last);
	l->last = heap_facts_ref(f);
	l->publish(l->arg, f);
	return error;
}

/* Which heap it is: found out once for each program. */
static int walker_find(struct looker *l)
{
	enum allocator allocator = ALLOCATOR_UNKNOWN;
	char why[WHY] = "";

	if (l->walker)
		return 0;
	if (l->watcher.tell(l->watcher.arg, HEAP_OPENING, 0, 0))
		return -ECANCELED;
	int e = walker_new(l->memory, &l->watcher, why, &allocator, &l->walker);
	return e == -ENOENT ? refusal_publish(l, allocator, why, e) : e;
}

/* --- publishing --------------------------------------------------------------------------------------- */

static int publish_copy(struct looker *l, const struct heap_facts *f)
{
	struct heap_facts *copy = facts_copy(f);

	if (!copy)
		return -ENOMEM;
	heap_facts_unref(l->last);
	l->last = heap_facts_ref(copy);
	l->publish(l->arg, copy);
	return 0;
}

/* `f` as of now, unless the target executed another program meanwhile. */
static int facts_publish(struct looker *l, struct heap_facts *f, uint64_t begin)
{
	uint64_t now = clock_mono();
	int e = memory_check(l->memory);

	if (e < 0)
		return e;
	f->time = now - l->start;
	f->took = now - begin;
	return publish_copy(l, f);
}

/* --- the look ----------------------------------------------------------------------------------------- */

static int census_take(struct looker *l, const struct heap_walk *walk, uint64_t begin,
                       struct heap_facts *f)
{
	f->allocator = ALLOCATOR_GLIBC;
	f->walked = true;
	snprintf(f->layout, sizeof(f->layout), "%s",
	         walker_layout(l->walker, &f->layout_confidence));
	int e = facts_take_walk(f, walk);
	if (e == 0)
		e = growth_take(l->growth, walk, begin - l->start, f);
	return e;
}

/* What earlier scans found stands until this one is done. */
static int lost_make(const struct looker *l, struct heap_facts *f)
{
	f->lost = calloc(1, sizeof(*f->lost));
	if (!f->lost)
		return -ENOMEM;
	if (l->last && l->last->lost)
		*f->lost = *l->last->lost;
	return 0;
}

static int lost_take(struct looker *l, const struct heap_walk *walk, uint64_t begin,
                     struct heap_facts *f)
{
	struct heap_lost *found = calloc(1, sizeof(*found));

	if (!found)
		return -ENOMEM;
	int e = lost_scan(l->lost, l->memory, walk, begin - l->start, &l->watcher, found);
	if (e < 0) {
		free(found);
		return e;
	}
	/* The scan was told the time of its census, which is some time ago. */
	found->time = clock_mono() - l->start;
	free(f->lost);
	f->lost = found;
	return 0;
}

static int peek_take(struct looker *l, const struct heap_walk *walk, uint64_t address,
                     struct heap_facts *f)
{
	f->peek = (struct heap_peek){0};
	return address ? lost_peek(l->memory, walk, address, &f->peek) : 0;
}

static int walk_look(struct looker *l, const struct heap_walk *walk, uint64_t begin,
                     uint64_t address, struct heap_facts *f)
{
	bool scanned = l->last && l->last->lost;
	int e = census_take(l, walk, begin, f);

	if (e == 0 && scanned)
		e = lost_make(l, f);
	if (e == 0 && l->last && l->last->peek.address == address)
		f->peek = l->last->peek;
	if (e == 0)
		e = facts_publish(l, f, begin);
	if (e == 0)
		e = lost_take(l, walk, begin, f);
	/* Another program has no such block. */
	if (e == 0 && !l->other)
		e = peek_take(l, walk, address, f);
	return e == 0 ? facts_publish(l, f, begin) : e;
}

static int look_walk(struct looker *l, struct heap_walk **ret)
{
	int e = look_begin(l);

	if (e == 0)
		e = walker_find(l);
	if (e == 0 && l->watcher.tell(l->watcher.arg, HEAP_CENSUS, 0, 0))
		e = -ECANCELED;
	return e == 0 ? walker_walk(l->walker, l->memory, &l->watcher, ret) : e;
}

/* In the midst of a look the program was gone: for good, or is there another one in its place? */
static int program_change(struct looker *l)
{
	program_close(l);
	program_forget(l);
	int e = program_open(l);
	if (e < 0)
		return e;
	return refusal_publish(l, ALLOCATOR_UNKNOWN,
	                       "it executed another program: the next look shows its heap",
	                       -ESTALE);
}

static int look_try(struct looker *l, uint64_t address)
{
	uint64_t begin = clock_mono();
	struct heap_walk *walk = NULL;

	int e = look_walk(l, &walk);
	if (e < 0)
		return e;
	struct heap_facts *f = heap_facts_new();
	e = f ? walk_look(l, walk, begin, address, f) : -ENOMEM;
	heap_facts_unref(f);
	heap_walk_free(walk);
	return e;
}

static int peek_try(struct looker *l, uint64_t address)
{
	struct heap_walk *walk = NULL;

	int e = look_walk(l, &walk);
	if (e < 0)
		return e;
	/* An exec since then: there are no facts any more that the peek could be a part of. */
	struct heap_facts *f = l->last ? facts_copy(l->last) : NULL;
	e = f ? peek_take(l, walk, address, f) : -ESTALE;
	if (e == 0)
		e = memory_check(l->memory);
	if (e == 0)
		e = publish_copy(l, f);
	heap_facts_unref(f);
	heap_walk_free(walk);
	return e;
}

int looker_look(struct looker *l, uint64_t address)
{
	l->other = false;
	int e = look_try(l, address);

	if (e == -ESRCH && same_program(l))
		e = look_try(l, address);
	return e == -ESRCH && l->born ? program_change(l) : e;
}

int looker_peek(struct looker *l, uint64_t address)
{
	if (!l->last || !l->last->walked)
		return looker_look(l, address);
	l->other = false;
	int e = peek_try(l, address);
	if (e == -ESRCH && same_program(l))
		e = peek_try(l, address);
	return e == -ESRCH ? program_change(l) : e;
}

/* --- the rest ----------------------------------------------------------------------------------------- */

/* Below a procfs that is not ours even the right number is not our process. */
static const char *unsupported(const struct looker *l)
{
	struct procdir root;
	bool real = false;

	if (procdir_open_root(l->proc, &root) == 0) {
		real = root.real;
		procdir_close(&root);
	}
	return real ? "it is a 32-bit program, and only heaps of 64-bit programs are known"
	            : "its proc directory is not that of this system: run this where the process "
	              "runs";
}

void looker_explain(const struct looker *l, int error, char *out, size_t size)
{
	char remedy[RIGHTS_REMEDY];

	if (error == -ESRCH)
		snprintf(out, size, "cannot look inside process %d: it is gone", l->pid);
	else if (error == -ENOTSUP)
		snprintf(out, size, "cannot look inside process %d: %s", l->pid, unsupported(l));
	else if (error == -ENOMEM)
		snprintf(out, size, "cannot look inside process %d: not enough memory for its heap",
		         l->pid);
	else if (error == -E2BIG)
		snprintf(
		        out, size,
		        "cannot look inside process %d: its heap has so many blocks that it would "
		        "take more than 1 GB of memory here; its mappings are watched without that",
		        l->pid);
	else if (error == -EPERM) {
		memory_remedy(l->proc, l->pid, remedy, sizeof(remedy));
		snprintf(out, size, "cannot look inside process %d: %s", l->pid, remedy);
	} else {
		snprintf(out, size, "cannot look inside process %d: %s", l->pid,
		         fault_reason(error));
	}
}

uint64_t looker_bytes_read(const struct looker *l)
{
	return l->read + (l->memory ? l->memory->bytes_read : 0);
}

void looker_done(struct looker *l)
{
	program_close(l);
	growth_free(l->growth);
	lost_free(l->lost);
	heap_facts_unref(l->last);
}
