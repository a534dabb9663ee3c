/* SPDX-License-Identifier: MIT */
/*
 * Knows that reading symbols may take seconds, and when nobody pays for them: before there is an event, not while rings fill
 * or the target pays for each moment. Refuses to know what is in them.
 */
#include "base/buf.h"
#include "proc/mapping.h"
#include "sites/tracer_internal.h"

enum { MAPS_MAX = 64 << 20 };

static void name_ignore(void *arg, size_t address, const struct symbol_frame *frames, size_t count)
{
	(void)arg, (void)address, (void)frames, (void)count;
}

/* One object with code: what is to be read of it is read. */
static int object_warm(const struct mapping *m, void *arg)
{
	struct tracing *c = arg;
	uint64_t address = m->start + (m->end - m->start) / 2;
	struct stack_taken stack = {.registers = {[STACK_RIP] = address}};
	struct stack_unwound unwound;

	if (!(m->prot & MAP_EXEC) || !m->inode)
		return 0;
	symbols_unwind(c->symbols, &stack, 1, &unwound);
	symbols_name(c->symbols, &address, 1, name_ignore, NULL);
	return tracer_stopped(c->t);
}

void tracing_warm(struct tracing *c)
{
	struct mapping_walk walk;
	struct buf b;

	buf_init(&b, MAPS_MAX);
	if (c->symbols && procdir_read(&c->dir, "maps", &b) == 0)
		mapping_each(buf_str(&b), b.len, object_warm, c, &walk);
	buf_done(&b);
}
