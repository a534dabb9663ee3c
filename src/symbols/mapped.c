/* SPDX-License-Identifier: MIT */
#include "symbols/mapped.h"

/*
 * Knows which mappings belong to one file at one place. Refuses to open it, and to know its format.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "proc/mapping.h"
#include "symbols/protocol.h"

#define DELETED " (deleted)"

static void module_done(struct mapped_module *module)
{
	free(module->path);
}

void mapped_done(struct mapped *m)
{
	for (size_t i = 0; i < m->module_count; i++)
		module_done(&m->modules[i]);
	free(m->modules);
	free(m->ranges);
	*m = (struct mapped){.last_id = m->last_id};
}

static bool has_file(const struct mapping *m)
{
	return m->inode != 0 && m->name_len > 0 && m->name[0] == '/';
}

/* The next segment of the file before it; a lower offset is another copy of the file. */
static bool goes_on(const struct mapped_module *before, const struct mapping *m, size_t length)
{
	return before && before->inode == m->inode && before->major == m->major &&
	       before->minor == m->minor && before->last < m->offset &&
	       strlen(before->path) == length && !memcmp(before->path, m->name, length);
}

static int module_add(struct mapped *into, const struct mapping *m, size_t length, bool deleted)
{
	struct mapped_module module = {.start = m->start,
	                               .end = m->end,
	                               .last = m->offset,
	                               .inode = m->inode,
	                               .major = m->major,
	                               .minor = m->minor,
	                               .deleted = deleted};

	if (!array_room((void **)&into->modules, into->module_count, &into->module_room,
	                sizeof(module)))
		return -ENOMEM;
	module.path = strndup(m->name, length);
	if (!module.path)
		return -ENOMEM;
	/* Its place in this table, for now. */
	module.id = (uint32_t)into->module_count + 1;
	into->modules[into->module_count++] = module;
	return 0;
}

static int module_of(struct mapped *into, const struct mapping *m, uint32_t *ret)
{
	struct mapped_module *before =
	        into->module_count ? &into->modules[into->module_count - 1] : NULL;
	size_t length = m->name_len, tail = sizeof(DELETED) - 1;
	bool deleted = length > tail && !memcmp(m->name + length - tail, DELETED, tail);

	*ret = 0;
	if (!has_file(m) && !mapping_is_pseudo(m, "[vdso]"))
		return 0;
	if (deleted)
		length -= tail;
	if (goes_on(before, m, length)) {
		before->last = m->offset;
	} else {
		int r = module_add(into, m, length, deleted);
		if (r < 0)
			return r;
	}
	*ret = (uint32_t)into->module_count;
	return 0;
}

static int range_add(const struct mapping *m, void *arg)
{
	struct mapped *into = arg;
	struct mapped_range range = {.start = m->start, .end = m->end, .offset = m->offset};
	int r;

	if (!(m->prot & MAP_EXEC) || into->range_count == RANGES_MAX)
		return 0;
	/* What the kernel shows there belongs to nobody. */
	if (mapping_is_pseudo(m, "[vsyscall]"))
		return 0;
	if (!array_room((void **)&into->ranges, into->range_count, &into->range_room,
	                sizeof(range)))
		return -ENOMEM;
	r = module_of(into, m, &range.module);
	if (r < 0)
		return r;
	into->ranges[into->range_count++] = range;
	return 0;
}

static bool is_same(const struct mapped_module *a, const struct mapped_module *b)
{
	return a->start == b->start && a->inode == b->inode && a->major == b->major &&
	       a->minor == b->minor && !strcmp(a->path, b->path);
}

/* Both tables are by address. */
static void modules_match(const struct mapped *old, struct mapped *new)
{
	size_t at = 0;

	for (size_t i = 0; i < new->module_count; i++) {
		struct mapped_module *module = &new->modules[i];
		while (at < old->module_count && old->modules[at].start < module->start)
			at++;
		if (at < old->module_count && is_same(&old->modules[at], module)) {
			module->id = old->modules[at].id;
			module->given_up = old->modules[at].given_up;
			module->asked = old->modules[at].asked;
		} else {
			module->id = ++new->last_id;
		}
	}
	for (size_t i = 0; i < new->range_count; i++)
		if (new->ranges[i].module)
			new->ranges[i].module = new->modules[new->ranges[i].module - 1].id;
}

static bool ranges_differ(const struct mapped *a, const struct mapped *b)
{
	if (a->range_count != b->range_count)
		return true;
	for (size_t i = 0; i < a->range_count; i++)
		if (a->ranges[i].start != b->ranges[i].start ||
		    a->ranges[i].end != b->ranges[i].end ||
		    a->ranges[i].offset != b->ranges[i].offset ||
		    a->ranges[i].module != b->ranges[i].module)
			return true;
	return false;
}

int mapped_read(struct mapped *m, const char *text, size_t length, bool *ret_changed)
{
	struct mapped new = {.last_id = m->last_id};
	struct mapping_walk met;
	int r = mapping_each(text, length, range_add, &new, &met);

	/* Backwards is what is searched by halves no longer; the next reading is whole. */
	if (r == 0 && met.torn)
		r = -EAGAIN;
	if (r < 0) {
		mapped_done(&new);
		return r;
	}
	modules_match(m, &new);
	*ret_changed = ranges_differ(m, &new);
	mapped_done(m);
	*m = new;
	return 0;
}

struct mapped_module *mapped_module(const struct mapped *m, uint32_t id)
{
	for (size_t i = 0; id && i < m->module_count; i++)
		if (m->modules[i].id == id)
			return &m->modules[i];
	return NULL;
}

struct mapped_module *mapped_at(const struct mapped *m, uint64_t address)
{
	size_t low = 0, high = m->range_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (m->ranges[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == m->range_count || m->ranges[low].start > address)
		return NULL;
	return mapped_module(m, m->ranges[low].module);
}

const char *mapped_name(const struct mapped_module *module)
{
	const char *slash = strrchr(module->path, '/');

	return slash ? slash + 1 : module->path;
}
