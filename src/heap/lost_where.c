/* SPDX-License-Identifier: MIT */
/* Names of places by the mappings they are in. Symbols are another room's. Names are raw, as the target chose them. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lost_internal.h"

static const char *name_of(const struct memory *m, const struct memory_range *r, int *ret_len)
{
	*ret_len = (int)r->name_len;
	return m->names + r->name;
}

/* The last part of a path. */
static const char *base_of(const struct memory *m, const struct memory_range *r, int *ret_len)
{
	const char *name = name_of(m, r, ret_len);
	const char *slash = memrchr(name, '/', (size_t)*ret_len);

	if (slash && slash + 1 < name + *ret_len) {
		*ret_len -= (int)(slash + 1 - name);
		return slash + 1;
	}
	return name;
}

/* The object whose zeroed data this is: they lie right behind the rest of its data. */
static const struct memory_range *data_before(const struct memory *m, const struct memory_range *r)
{
	if (r == m->ranges || r[-1].end != r->start || r[-1].kind != MEMORY_FILE ||
	    !(r[-1].prot & MAP_WRITE))
		return NULL;
	return &r[-1];
}

static bool has_sp(const struct memory *m, const struct memory_range *r, int32_t *ret_tid)
{
	for (size_t i = 0; i < m->thread_count; i++) {
		uint64_t sp = m->threads[i].sp;
		if (known(sp) && sp >= r->start && sp < r->end) {
			*ret_tid = m->threads[i].tid;
			return true;
		}
	}
	return false;
}

void where_name(const struct memory *m, uint64_t address, char *out, size_t size)
{
	const struct memory_range *r = memory_find(m, address), *data;
	const char *name;
	int len;
	int32_t tid;

	if (!r) {
		snprintf(out, size, "unmapped memory");
	} else if (r->kind == MEMORY_ANON && (data = data_before(m, r))) {
		name = base_of(m, data, &len);
		snprintf(out, size, "%.*s data", len, name);
	} else if (r->kind == MEMORY_ANON && has_sp(m, r, &tid)) {
		snprintf(out, size, "stack of thread %d", (int)tid);
	} else if (r->kind == MEMORY_FILE) {
		name = base_of(m, r, &len);
		snprintf(out, size, "%.*s data", len, name);
	} else if (r->name_len) {
		name = r->kind == MEMORY_SHARED ? base_of(m, r, &len) : name_of(m, r, &len);
		snprintf(out, size, "%.*s", len, name);
	} else {
		snprintf(out, size,
		         r->kind == MEMORY_SHARED ? "shared memory" : "anonymous memory");
	}
}

/* Where the object begins: its first mapping, so that the rest is an address in its file's own terms. */
static uint64_t object_begin(const struct memory *m, const struct memory_range *r)
{
	uint64_t begin = r->start;

	for (const struct memory_range *at = r; at >= m->ranges; at--)
		if (at->kind == MEMORY_FILE && at->inode == r->inode &&
		    at->name_len == r->name_len &&
		    memcmp(m->names + at->name, m->names + r->name, r->name_len) == 0)
			begin = at->start;
		else if (at->kind == MEMORY_FILE)
			break;
	return begin;
}

void where_type(const struct memory *m, uint64_t word, char *out, size_t size)
{
	const struct memory_range *r = memory_find(m, word);
	int len;

	out[0] = '\0';
	if (!r || r->kind != MEMORY_FILE || (r->prot & MAP_WRITE) || !r->name_len)
		return;
	const char *name = base_of(m, r, &len), *what = "read-only data";
	if (r->prot & MAP_EXEC)
		what = "code";
	/* The name gives way: without the address the rest is worth nothing. */
	int room = (int)size - 50;
	if (room < 1)
		return;
	snprintf(out, size, "points into %.*s %s +0x%" PRIx64, len < room ? len : room, name, what,
	         word - object_begin(m, r));
}
