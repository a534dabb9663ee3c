/* SPDX-License-Identifier: MIT */
#include "symbols/reader.h"

/*
 * Knows which request is for whom. Whatever it is told to read, it is expected to die of it some
 * day: it holds nothing that is not in the files too.
 */

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "symbols/channel.h"
#include "symbols/confine.h"
#include "symbols/find.h"
#include "symbols/names.h"
#include "symbols/walk.h"

enum { TIME_MAX = 30, GOING_MAX = 8 };
/*
 * KiB above what it began with: then another one shall go on. What libraries keep is not given
 * back.
 */
enum { MEMORY_KEPT = 512 << 10 };

struct reader {
	struct modules modules;
	struct rows rows;
	struct names names;
};

struct going {
	struct rows *rows;
	unsigned count;
};

/* When a process executes another program all go: then not one by one. */
static void rows_gone(void *arg, uint32_t module)
{
	struct going *g = arg;

	if (++g->count <= GOING_MAX)
		rows_forget_module(g->rows, module);
	else if (g->rows->used)
		rows_forget(g->rows);
}

static int answer_ranges(struct reader *r, const struct message *m)
{
	struct going g = {.rows = &r->rows};
	int e = modules_take(&r->modules, m, rows_gone, &g);

	rows_forget_nowhere(&r->rows);
	return e;
}

/* One stack out of the request; its bytes stay there. */
static bool stack_take(struct wire_in *in, struct frame *f)
{
	for (int i = 0; i < STACK_REGISTERS; i++)
		f->registers[i] = wire_get(in);
	f->base = f->registers[STACK_RSP];
	f->size = (size_t)wire_get_most(in, STACK_BYTES_MAX);
	f->bytes = wire_get_bytes(in, f->size);
	return !in->bad;
}

static int answer_unwind(struct reader *r, const struct message *m, struct wire_in *in,
                         struct wire_out *out, struct message *done)
{
	struct stack_unwound u;
	struct frame f;

	for (; done->count < m->count && stack_take(in, &f); done->count++) {
		walk(&r->rows, &f, &u, &done->by_frame_pointer);
		wire_put(out, u.count);
		wire_put(out, u.whole);
		wire_put_bytes(out, u.at, u.count * sizeof(u.at[0]));
		if (out->full)
			return -ENOBUFS;
	}
	return in->bad ? -EPROTO : 0;
}

static int answer_name(struct reader *r, const struct message *m, struct wire_in *in,
                       struct wire_out *out, struct message *done)
{
	for (; done->count < m->count; done->count++)
		name_tell(&r->names, wire_get(in), out);
	return in->bad ? -EPROTO : out->full ? -ENOBUFS : 0;
}

static void answer(struct reader *r, const struct message *m, struct message *done)
{
	struct wire_in in = {.from = r->modules.shared->in, .left = m->size};
	struct wire_out out = {.to = r->modules.shared->out, .room = OUT_ROOM};

	switch (m->kind) {
	case MESSAGE_RANGES:
		done->error = answer_ranges(r, m);
		break;
	case MESSAGE_UNWIND:
		done->error = answer_unwind(r, m, &in, &out, done);
		break;
	case MESSAGE_NAME:
		done->error = answer_name(r, m, &in, &out, done);
		break;
	case MESSAGE_FIND:
		done->error = find_all(&r->modules, m, &out, &done->count);
		break;
	default:
		done->error = -EPROTO;
	}
	done->size = out.used;
}

/* KiB, at its highest. */
static long memory_most(void)
{
	struct rusage used;

	return getrusage(RUSAGE_SELF, &used) == 0 ? used.ru_maxrss : 0;
}

void reader_run(int socket, struct shared *shared)
{
	struct reader r = {.modules = {.shared = shared}};
	struct message m;
	long began = memory_most();
	int fd;

	confine_descriptors(socket, &r.modules.socket);
	names_init(&r.names, &r.modules);
	elf_version(EV_CURRENT);
	if (rows_init(&r.rows, &r.modules) < 0 || confine() < 0)
		_exit(2);
	while (channel_receive(r.modules.socket, false, &m, &fd) == 0) {
		struct message done = {.kind = MESSAGE_DONE};
		confine_time(TIME_MAX);
		answer(&r, &m, &done);
		done.retires = memory_most() > began + MEMORY_KEPT;
		if (channel_send(r.modules.socket, &done, -1) < 0)
			break;
	}
	_exit(0);
}
