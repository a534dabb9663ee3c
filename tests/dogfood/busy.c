/* SPDX-License-Identifier: MIT */
/*
 * Knows what a busy process looks like from outside, second by second. Refuses to know who watches it.
 */
#include "busy.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../unit/support_heap.h"
#include "../unit/support_site_facts.h"
#include "base/clock.h"

enum {
	LIBRARIES = 30,
	HOUR = 3600,
	HEAP_EVERY = 60,
	SITES_EVERY = 120,
	NEWS_EVERY = 300,
	PAGE = 4096
};

#define MB           (1ull << 20)
#define WALL         1700000000ull /* s; where its clock begins */
#define PROGRAM_AT   0x55d0c0000000ull
#define SLOTS_AT     0x7f0000000000ull
#define LIBRARIES_AT 0x7f8000000000ull
#define STACK_AT     0x7ffc00000000ull

static uint64_t draw(struct busy *b, uint64_t below)
{
	b->random ^= b->random << 13;
	b->random ^= b->random >> 7;
	b->random ^= b->random << 17;
	return b->random % below;
}

/* 0..1 and back within so many seconds. */
static double wave(const struct busy *b, double seconds)
{
	return (1 - cos((double)b->taken * 6.283185307179586 / seconds)) / 2;
}

/* --- samples -------------------------------------------------------------------------------------- */

static void figures(struct busy *b, struct sample *s)
{
	uint64_t n = b->taken;

	for (int f = 0; f < FIGURE_COUNT; f++)
		s->v[f] = 4 * MB + draw(b, 64) * PAGE;
	b->anon = 80 * MB + (uint64_t)(16 * wave(b, 600)) * MB + draw(b, 512) * PAGE;
	s->v[FIGURE_ANON] = s->v[FIGURE_ANON_THEN] = b->anon;
	s->v[FIGURE_SWAP] = 0;
	s->v[FIGURE_RSS] = b->anon + 8 * MB;
	s->v[FIGURE_HWM] = 128 * MB;
	s->v[FIGURE_VSZ] = 700 * MB + draw(b, 64) * MB;
	s->v[FIGURE_HEAP] = 60 * MB;
	s->v[FIGURE_THREADS] = 8 + draw(b, 24);
	s->v[FIGURE_FDS] = 40 + draw(b, 200);
	s->v[FIGURE_CONNECTIONS] = 10 + draw(b, 100);
	s->v[FIGURE_CPU] = n * NS_PER_S / 3;
	s->v[FIGURE_AGE] = (HOUR + n) * NS_PER_S;
	s->v[FIGURE_MINFLT] = n * 1000;
	s->v[FIGURE_SOCKETS_SEEN] = n * 7;
	s->v[FIGURE_THREADS_SEEN] = n * 3;
	s->v[FIGURE_IO_READ] = s->v[FIGURE_IO_WRITE] = n * MB;
	s->v[FIGURE_COUNTED] = b->time;
}

/* Another process in its place: nothing of the old one is left. */
static int restart(struct busy *b)
{
	struct target *t = target_new();

	if (!t)
		return -ENOMEM;
	*t = (struct target){.pid = b->target->pid + 1,
	                     .uid = b->target->uid,
	                     .start_ticks = b->target->start_ticks + 100 * HOUR,
	                     .page = PAGE};
	atomic_init(&t->refs, 1);
	snprintf(t->comm, sizeof(t->comm), "busy");
	snprintf(t->command, sizeof(t->command), "busy --life %d", t->pid);
	target_unref(b->target);
	b->target = t;
	tracker_reset(b->tracker);
	memset(b->slots, 0, sizeof(b->slots));
	return 0;
}

static int busy_sample(struct source *source, uint64_t now, struct sample *ret)
{
	struct busy *b = (struct busy *)source;
	bool another = b->restarts && b->taken && b->taken % HOUR == 0;

	if (another && restart(b))
		return -EAGAIN;
	sample_init(ret);
	b->time = ret->time = now;
	ret->wall = WALL * NS_PER_S + now;
	figures(b, ret);
	ret->flags = another ? SAMPLE_EPOCH | SAMPLE_RESTART : 0;
	b->told = b->taken % NEWS_EVERY != NEWS_EVERY - 1;
	b->pass_due = b->taken % BUSY_PASS == 0;
	b->heap_due = b->taken % HEAP_EVERY == 0;
	b->sites_due = b->taken % SITES_EVERY == 0;
	b->taken++;
	return 0;
}

/* --- mappings ------------------------------------------------------------------------------------- */

static int record_add(struct busy *b, uint64_t start, uint64_t size, uint64_t rss, unsigned prot,
                      const char *name)
{
	struct smaps_record r = {.has_flags = true};
	bool file = name[0] == '/';

	r.map = (struct mapping){.start = start,
	                         .end = start + size,
	                         .prot = prot,
	                         .inode = file ? 4711 + start % 1009 : 0,
	                         .major = file ? 8 : 0,
	                         .name = name,
	                         .name_len = (uint32_t)strlen(name)};
	r.bytes[SMAPS_RSS] = r.bytes[SMAPS_PSS] = r.bytes[SMAPS_PRIVATE_DIRTY] = rss;
	r.bytes[SMAPS_ANONYMOUS] = prot & MAP_WRITE ? rss : 0;
	r.bytes[SMAPS_KERNEL_PAGE] = r.bytes[SMAPS_MMU_PAGE] = PAGE;
	return tracker_add(&r, b->tracker);
}

/* Some mappings go, some come, some change. */
static void slots_turn(struct busy *b)
{
	for (int i = 0; i < 6; i++) {
		struct busy_slot *s = &b->slots[draw(b, BUSY_SLOTS)];

		if (s->size)
			*s = (struct busy_slot){0};
		else
			*s = (struct busy_slot){.size = (1 + draw(b, 12)) * MB,
			                        .file = draw(b, 4) ? 0 : ++b->files};
	}
	for (int i = 0; i < 24; i++) {
		struct busy_slot *s = &b->slots[draw(b, BUSY_SLOTS)];

		s->rss = draw(b, s->size / PAGE + 1) * PAGE;
	}
}

static int slots_add(struct busy *b)
{
	int err = 0;

	for (unsigned i = 0; i < BUSY_SLOTS && !err; i++) {
		const struct busy_slot *s = &b->slots[i];
		char name[64] = "";

		if (s->file)
			snprintf(name, sizeof(name), "/var/cache/busy/%u.tmp (deleted)", s->file);
		if (s->size)
			err = record_add(b, SLOTS_AT + i * 32 * MB, s->size, s->rss,
			                 MAP_READ | MAP_WRITE, name);
	}
	return err;
}

static int libraries_add(struct busy *b)
{
	static const unsigned prots[] = {MAP_READ, MAP_READ | MAP_EXEC, MAP_READ,
	                                 MAP_READ | MAP_WRITE};
	int err = 0;

	for (unsigned i = 0; i < LIBRARIES * 4 && !err; i++) {
		char name[64];

		snprintf(name, sizeof(name), "/usr/lib/libpart%u.so.1", i / 4);
		err = record_add(b, LIBRARIES_AT + i * MB, MB, 64 * PAGE, prots[i % 4], name);
	}
	return err;
}

static struct region_table *busy_regions(struct source *source)
{
	struct busy *b = (struct busy *)source;
	struct region_table *t = NULL;
	int err;

	if (!b->pass_due)
		return NULL;
	b->pass_due = false;
	slots_turn(b);
	tracker_begin(b->tracker);
	err = record_add(b, PROGRAM_AT, MB, MB / 2, MAP_READ | MAP_EXEC, "/usr/bin/busy");
	if (!err)
		err = record_add(b, PROGRAM_AT + 2 * MB, 60 * MB, 50 * MB, MAP_READ | MAP_WRITE,
		                 "[heap]");
	if (!err)
		err = slots_add(b);
	if (!err)
		err = libraries_add(b);
	if (!err)
		err = record_add(b, STACK_AT, MB, 8 * PAGE, MAP_READ | MAP_WRITE, "[stack]");
	if (!err)
		err = tracker_end(b->tracker, b->time, false, false, false, &t);
	return err ? NULL : t;
}

/* --- what else it tells --------------------------------------------------------------------------- */

static void busy_describe(struct source *source, struct moment *m)
{
	struct busy *b = (struct busy *)source;

	m->target = target_ref(b->target);
	m->state_letter = 'S';
}

static bool busy_news(struct source *source, struct source_news *ret)
{
	struct busy *b = (struct busy *)source;

	if (b->told)
		return false;
	b->told = true;
	*ret = (struct source_news){.kind = EVENT_BLOCKED};
	snprintf(ret->text, sizeof(ret->text), "something happened at sample %u", b->taken);
	return true;
}

/* What grew in the heap that the facts are of says nothing of this process: theirs are the shapes, not the course. */
static struct heap_facts *busy_heap(struct source *source)
{
	struct busy *b = (struct busy *)source;
	struct heap_facts *f;

	if (!b->heap_due)
		return NULL;
	b->heap_due = false;
	f = b->taken / HEAP_EVERY % 2 ? support_heap() : support_heap_kept();
	f->time = b->time;
	f->took = NS_PER_S / 100;
	f->looks = 1 + b->taken / HEAP_EVERY;
	return f;
}

static struct sites_facts *busy_sites(struct source *source)
{
	struct busy *b = (struct busy *)source;
	struct sites_facts *f;

	if (!b->sites_due)
		return NULL;
	b->sites_due = false;
	f = b->taken / SITES_EVERY % 2 ? support_sites() : support_sites_growth();
	f->begin = b->time;
	f->time = b->time;
	f->ended = true;
	return f;
}

static void busy_free(struct source *source)
{
	struct busy *b = (struct busy *)source;

	tracker_free(b->tracker);
	target_unref(b->target);
}

static const struct source_ops busy_ops = {
        .sample = busy_sample,
        .regions = busy_regions,
        .describe = busy_describe,
        .free = busy_free,
        .news = busy_news,
        .heap = busy_heap,
        .sites = busy_sites,
};

int busy_init(struct busy *b, bool restarts)
{
	*b = (struct busy){.source = {&busy_ops}, .random = 88172645463325252ull, .told = true};
	b->restarts = restarts;
	b->tracker = tracker_new();
	b->target = target_new();
	if (!b->tracker || !b->target || restart(b)) {
		busy_free(&b->source);
		return -ENOMEM;
	}
	return 0;
}
