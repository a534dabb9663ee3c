/* SPDX-License-Identifier: MIT */
/*
 * A recording of any bytes: it is refused with one line, or shows moments that are safe to print and in order,
 * and brings its samples with rising times and whole tables.
 */

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/replay.h"

enum { SAMPLES_MOST = 2000 };

/* SQLite follows links, so that a file without a name cannot be given to it. */
static const char *const ends[] = {"", "-wal", "-shm", "-journal"};

static void file_of(const uint8_t *data, size_t size, char path[64])
{
	int fd;

	snprintf(path, 64, "%s/fuzz-replay-%d", access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm",
	         (int)getpid());
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert(fd >= 0);
	assert(write(fd, data, size) == (ssize_t)size);
	close(fd);
}

static void file_remove(const char *path)
{
	char beside[80];

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		snprintf(beside, sizeof(beside), "%s%s", path, ends[i]);
		unlink(beside);
	}
}

static void one_line(const struct fault *f)
{
	assert(f->status == STATUS_USAGE && f->text[0] && !strchr(f->text, '\n'));
}

static void safe(const char *text, size_t n)
{
	for (size_t i = 0; i < n && text[i]; i++)
		assert((unsigned char)text[i] >= ' ' && text[i] != 0x7f);
}

static void table_whole(const struct region_table *t)
{
	for (size_t i = 0; t && i < t->count; i++) {
		const struct region *g = t->rows[i];

		assert(g->id && g->start < g->end && (unsigned)g->kind < REGION_KIND_COUNT);
		assert(i == 0 || t->rows[i - 1]->start <= g->start);
		safe(g->name, g->name_len);
	}
}

static void verdict_whole(const struct verdict *v)
{
	assert(v->confidence >= -1 && v->confidence <= 100);
	assert((unsigned)v->kind < VERDICT_KIND_COUNT && v->evidence_count <= VERDICT_EVIDENCE_MAX);
	assert(v->links.count <= LINKS_MAX);
	safe(v->reason, sizeof(v->reason));
	for (unsigned i = 0; i < v->evidence_count; i++)
		safe(v->evidence[i].text, sizeof(v->evidence[i].text));
}

static void moment_whole(const struct moment *m)
{
	assert(!m->live && m->state == TARGET_REPLAYED && m->target && m->baseline);
	safe(m->target->comm, sizeof(m->target->comm));
	safe(m->target->command, sizeof(m->target->command));
	table_whole(m->regions);
	verdict_whole(&m->verdict);
	for (unsigned i = 0; i < m->event_count; i++) {
		assert((unsigned)m->events[i].kind < EVENT_KIND_COUNT);
		safe(m->events[i].text, sizeof(m->events[i].text));
	}
	for (unsigned k = 0; k < CHART_COUNT; k++)
		for (unsigned i = 1; i < m->charts[k].count; i++)
			assert(m->charts[k].points[i].time >= m->charts[k].points[i - 1].time);
}

static void show(struct replay *r, uint64_t time, uint64_t focus)
{
	struct moment *m = NULL;
	struct fault f = {0};

	if (replay_moment(r, time, focus, &m, &f)) {
		one_line(&f);
		return;
	}
	moment_whole(m);
	moment_unref(m);
}

static void read_all(struct replay *r)
{
	struct source *s;
	struct sample sample;
	struct moment *m;
	uint64_t last = 0;
	int err = 0;

	assert(replay_source(r, &s) == 0);
	for (unsigned n = 0; n < SAMPLES_MOST && !(err = s->ops->sample(s, 0, &sample)); n++) {
		struct region_table *t = s->ops->regions(s);

		assert(n == 0 || sample.time > last);
		assert(!t || t->time <= sample.time);
		table_whole(t);
		region_table_unref(t);
		last = sample.time;
	}
	m = moment_new();
	assert(m);
	s->ops->describe(s, m);
	moment_unref(m);
	if (err && err != -ENODATA) {
		struct fault f = {0};

		replay_source_fault(s, &f);
		one_line(&f);
	}
	s->ops->free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct replay *r = NULL;
	struct fault f = {0};
	char path[64];

	file_of(data, size, path);
	replay_recognise(path);
	if (replay_open(path, &r, &f) == 0) {
		uint64_t oldest = replay_oldest(r), newest = replay_newest(r);

		assert(known(oldest) && oldest <= newest);
		show(r, newest, 1);
		replay_event_before(r, newest);
		replay_event_after(r, oldest);
		replay_of_wall(r, 1795182240000000000ull);
		replay_rebase(r, oldest + (newest - oldest) / 3);
		show(r, oldest + (newest - oldest) / 2, 2);
		read_all(r);
		replay_refresh(r, &f);
		replay_free(r);
	} else {
		one_line(&f);
	}
	file_remove(path);
	return 0;
}
