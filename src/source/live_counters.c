/* SPDX-License-Identifier: MIT */
/*
 * Knows what the target has open and does beside using memory: descriptors by kind, sockets by state,
 * threads and sockets ever met, bytes read and written, memory.stat. Refuses to know what memory has to do
 * with it. Sizes depend on the target and on the machine, so each has a limit, and what runs past it is
 * unknown; how often it runs is up to the budget.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "source/live_internal.h"

enum { FDS_LIMIT = 65536, THREADS_LIMIT = 32768, TABLE_MAX = 1 << 20, SMALL_MAX = 64 << 10 };

/* --- ids ever met ------------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* How many of the rising ids now were not there before. */
static uint64_t newcomers(const struct live_seen *s, const uint64_t *now, size_t count)
{
	uint64_t fresh = 0;
	size_t i = 0;

	for (size_t j = 0; j < count; j++) {
		while (i < s->count && s->id[i] < now[j])
			i++;
		fresh += i == s->count || s->id[i] != now[j];
	}
	return fresh;
}

/* Takes the ids (which become its own) of this look; returns how many were ever met. */
static uint64_t seen_take(struct live_seen *s, uint64_t *now, size_t count)
{
	if (count)
		qsort(now, count, sizeof(*now), by_value);
	s->ever += newcomers(s, now, count);
	free(s->id);
	s->id = now;
	s->count = count;
	return s->ever;
}

static void seen_forget(struct live_seen *s)
{
	free(s->id);
	memset(s, 0, sizeof(*s));
}

void live_counters_forget(struct live_reader *r)
{
	seen_forget(&r->sockets);
	seen_forget(&r->threads);
}

void live_counters_done(struct live_reader *r)
{
	live_counters_forget(r);
	free(r->refs);
}

/* --- sockets -------------------------------------------------------------------------------------------- */

/* What one table says of the sockets; false when it cannot be read or is larger than it may be. */
static bool table_read(struct live_reader *r, enum socket_table table, size_t count)
{
	struct buf b;

	buf_init(&b, TABLE_MAX);
	uint64_t t = live_busy(r, socket_tables[table]);
	int e = procdir_read(&r->dir, socket_tables[table], &b);
	live_idle(r, t);
	if (e == 0)
		sockets_parse(buf_str(&b), b.len, table, r->refs, count);
	buf_done(&b);
	/* A kernel without IPv6 has no table of it, and no such sockets. */
	return e == 0 || (e == -ENOENT && (table == SOCKETS_TCP6 || table == SOCKETS_UDP6));
}

static void unknown_from(uint64_t counts[SOCKET_KIND_COUNT], unsigned first, unsigned last)
{
	for (unsigned i = first; i <= last; i++)
		counts[i] = UNKNOWN;
}

/* Each table is read only as long as there are sockets that none before it named. */
static void sockets_count(struct live_reader *r, size_t count, uint64_t ret[SOCKET_KIND_COUNT])
{
	bool read[SOCKET_TABLES];

	memset(ret, 0, SOCKET_KIND_COUNT * sizeof(*ret));
	sockets_sort(r->refs, count);
	for (unsigned i = 0; i < SOCKET_TABLES; i++)
		read[i] = !count || live_between(r) || table_read(r, (enum socket_table)i, count);
	for (size_t i = 0; i < count; i++)
		ret[r->refs[i].kind]++;
	if (!read[SOCKETS_TCP] || !read[SOCKETS_TCP6])
		unknown_from(ret, SOCKET_ESTABLISHED, SOCKET_TCP_LAST);
	if (!read[SOCKETS_UDP] || !read[SOCKETS_UDP6])
		ret[SOCKET_UDP] = UNKNOWN;
	if (!read[SOCKETS_UNIX])
		ret[SOCKET_UNIX] = UNKNOWN;
	for (unsigned i = 0; i < SOCKET_TABLES; i++)
		ret[SOCKET_REST] = read[i] ? ret[SOCKET_REST] : UNKNOWN;
}

static uint64_t connections_of(const uint64_t sockets[SOCKET_KIND_COUNT])
{
	uint64_t sum = 0;

	for (unsigned i = SOCKET_ESTABLISHED; i <= SOCKET_TCP_LAST; i++)
		sum = i == SOCKET_LISTEN ? sum : known_add(sum, sockets[i]);
	return sum;
}

/* --- threads -------------------------------------------------------------------------------------------- */

struct tids {
	uint64_t *id;
	size_t count, room;
};

static int tid_add(int32_t tid, void *arg)
{
	struct tids *t = arg;

	if (t->count == THREADS_LIMIT)
		return -EFBIG;
	if (t->count == t->room) {
		size_t room = t->room ? 2 * t->room : 64;
		uint64_t *id = realloc(t->id, room * sizeof(*id));
		if (!id)
			return -ENOMEM;
		t->id = id;
		t->room = room;
	}
	t->id[t->count++] = (uint64_t)tid;
	return 0;
}

static uint64_t threads_seen(struct live_reader *r)
{
	struct tids t = {0};
	uint64_t since = live_busy(r, "task");
	int e = procdir_each_task(&r->dir, tid_add, &t);
	live_idle(r, since);
	if (e == 0)
		return seen_take(&r->threads, t.id, t.count);
	free(t.id);
	/* The sum has a hole from here on: it is none until the next image. */
	return UNKNOWN;
}

/* --- the whole ------------------------------------------------------------------------------------------ */

struct counted {
	int error;
	size_t sockets; /* in fd/ */
	bool cut;
	uint64_t fds[FD_KIND_COUNT], by_kind[SOCKET_KIND_COUNT];
	uint64_t slow[FIGURE_COUNT - FIGURE_SLOW];
};

static uint64_t *slow_of(struct counted *c, enum figure f)
{
	return &c->slow[f - FIGURE_SLOW];
}

static uint64_t sockets_seen(struct live_reader *r, size_t count)
{
	uint64_t *id = malloc((count + 1) * sizeof(*id));

	for (size_t i = 0; id && i < count; i++)
		id[i] = r->refs[i].inode;
	return id ? seen_take(&r->sockets, id, count) : UNKNOWN;
}

static void fds_fill(struct live_reader *r, struct counted *c)
{
	static const struct {
		enum figure figure;
		enum fd_kind kind;
	} kinds[] = {{FIGURE_FD_FILE, FD_FILE},   {FIGURE_FD_SOCKET, FD_SOCKET},
	             {FIGURE_FD_PIPE, FD_PIPE},   {FIGURE_FD_EVENT, FD_EVENT},
	             {FIGURE_FD_MEMFD, FD_MEMFD}, {FIGURE_FD_OTHER, FD_OTHER}};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		*slow_of(c, kinds[i].figure) = c->fds[kinds[i].kind];
	/* A part of the sockets says nothing about how many are in which state. */
	if (c->cut || !r->refs)
		return;
	sockets_count(r, c->sockets, c->by_kind);
	*slow_of(c, FIGURE_CONNECTIONS) = connections_of(c->by_kind);
	*slow_of(c, FIGURE_CLOSE_WAIT) = c->by_kind[SOCKET_CLOSE_WAIT];
	*slow_of(c, FIGURE_UDP) = c->by_kind[SOCKET_UDP];
	*slow_of(c, FIGURE_UNIX) = c->by_kind[SOCKET_UNIX];
	*slow_of(c, FIGURE_SOCKETS_SEEN) = sockets_seen(r, c->sockets);
}

static void io_fill(struct live_reader *r, struct counted *c)
{
	uint64_t io[IO_KEY_COUNT];
	uint64_t t = live_busy(r, "io");
	int e = procdir_read(&r->dir, "io", &r->text);

	live_idle(r, t);
	if (e < 0 || io_parse(buf_str(&r->text), r->text.len, io) < 0)
		return;
	*slow_of(c, FIGURE_IO_READ) = io[IO_RCHAR];
	*slow_of(c, FIGURE_IO_WRITE) = io[IO_WCHAR];
}

/* A counter that was read a little earlier is compared with the memory of that time. */
static void anon_fill(struct live_reader *r, struct counted *c)
{
	struct proc_status status;

	*slow_of(c, FIGURE_COUNTED) = clock_mono();
	if (procdir_read(&r->dir, "status", &r->text) < 0 ||
	    status_parse(buf_str(&r->text), r->text.len, &status) < 0)
		return;
	*slow_of(c, FIGURE_ANON_THEN) =
	        known_add(status.v[STATUS_RSS_ANON], known_or(status.v[STATUS_VM_SWAP], 0));
}

static void counted_publish(struct live_reader *r, const struct counted *c)
{
	struct live_shared *sh = r->sh;
	uint64_t sum = 0;

	for (int i = 0; i < FD_KIND_COUNT; i++)
		sum += c->error ? 0 : c->fds[i];
	live_lock(sh);
	if (sh->epoch != r->epoch)
		goto out;
	sh->abilities.fds = c->error == 0;
	memcpy(sh->fds, c->fds, sizeof(sh->fds));
	memcpy(sh->sockets, c->by_kind, sizeof(sh->sockets));
	sh->fd_count = c->error == 0 ? sum : UNKNOWN;
	/* Those of the cgroup are read elsewhere, and more rarely. */
	memcpy(sh->slow, c->slow, (FIGURE_CGROUP_ANON - FIGURE_SLOW) * sizeof(sh->slow[0]));
out:
	live_unlock(sh);
}

void live_count_fds(struct live_reader *r)
{
	struct counted c;
	struct live_meter meter = live_meter_start();

	memset(&c, 0xff, sizeof(c));
	c.cut = false;
	if (!r->refs)
		r->refs = malloc(FDS_LIMIT * sizeof(*r->refs));
	uint64_t t = live_busy(r, "fd");
	c.error = procdir_list_fds(&r->dir, FDS_LIMIT, c.fds, &c.cut, r->refs,
	                           r->refs ? FDS_LIMIT : 0, &c.sockets);
	live_idle(r, t);
	anon_fill(r, &c);
	if (c.error == 0)
		fds_fill(r, &c);
	io_fill(r, &c);
	*slow_of(&c, FIGURE_THREADS_SEEN) = threads_seen(r);
	budget_ran(&r->fds, meter.started, live_meter_cost(&meter));
	/* The last picture keeps what was there; a zombie has an empty directory, and no error. */
	if (!live_is_over(r))
		counted_publish(r, &c);
}

void live_memory_stat(struct live_reader *r)
{
	static const struct {
		enum figure figure;
		enum memstat_key key;
	} keys[] = {{FIGURE_CGROUP_ANON, MEMSTAT_ANON},
	            {FIGURE_CGROUP_FILE, MEMSTAT_FILE},
	            {FIGURE_CGROUP_KERNEL, MEMSTAT_KERNEL},
	            {FIGURE_CGROUP_SOCK, MEMSTAT_SOCK}};
	struct live_shared *sh = r->sh;
	uint64_t stat[MEMSTAT_KEY_COUNT];
	struct buf b;

	memset(stat, 0xff, sizeof(stat));
	buf_init(&b, SMALL_MAX);
	uint64_t t = live_busy(r, "memory.stat");
	int e = procdir_memory_stat(&r->dir, &b, stat);
	live_idle(r, t);
	buf_done(&b);
	if (e < 0 && live_is_over(r))
		return;
	live_lock(sh);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		sh->slow[keys[i].figure - FIGURE_SLOW] = stat[keys[i].key];
	live_unlock(sh);
}
