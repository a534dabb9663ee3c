/* SPDX-License-Identifier: MIT */
/* Knows the page of the kernel that return probes lead to. Refuses to guess who called. */
#include "sites/trampoline.h"

#include "base/buf.h"
#include "proc/mapping.h"

enum { PAGE = 4096, MAPS_MAX = 64 << 20 };

static int page_find(const struct mapping *m, void *arg)
{
	uint64_t *at = arg;

	if (!mapping_is_pseudo(m, "[uprobes]"))
		return 0;
	*at = m->start;
	return 1;
}

/* The kernel maps it for the first probe, tells nobody, and lets it stay: so it is looked for when it is met. */
static uint64_t page_look(const struct procdir *dir)
{
	struct mapping_walk walk;
	struct buf b;
	uint64_t at = 0;

	buf_init(&b, MAPS_MAX);
	if (procdir_read(dir, "maps", &b) == 0)
		mapping_each(buf_str(&b), b.len, page_find, &at, &walk);
	buf_done(&b);
	return at;
}

bool trampoline_hides(struct trampoline *t, const struct procdir *dir,
                      const struct stack_unwound *u)
{
	if (u->whole || u->count < 2)
		return false;
	/* Frames that call are the byte before where they are returned to. */
	uint64_t back = u->at[u->count - 1] + 1;
	if (back % PAGE || back == t->refused)
		return false;
	if (back != t->at)
		t->at = page_look(dir);
	if (back == t->at)
		return true;
	t->refused = back;
	return false;
}
