/* SPDX-License-Identifier: MIT */
/*
 * An exported moment of any bytes: refused with one line, or loaded as tables that hold together and compare
 * with themselves without a change. As two files, too: the first half is A, the second B.
 */

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "model/diff.h"
#include "source/snapshot.h"

static struct moment *load(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct moment *m = NULL;
	struct fault f = {0};
	char path[32];

	assert(fd >= 0);
	assert(write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (snapshot_load(path, &m, &f))
		assert(!m && f.status == STATUS_USAGE && f.text[0] && !strchr(f.text, '\n'));
	close(fd);
	return m;
}

static void table_holds(const struct region_table *t)
{
	for (size_t i = 0; t && i < t->count; i++) {
		assert(t->rows[i]->kind < REGION_KIND_COUNT);
		assert(t->rows[i]->start <= t->rows[i]->end);
		assert(i == 0 || t->rows[i - 1]->start <= t->rows[i]->start);
	}
}

static void compare(const struct moment *a, const struct moment *b)
{
	struct diff *d = NULL;
	struct buf line;

	for (int one_watch = 0; one_watch < 2; one_watch++) {
		assert(diff_new(a, b, one_watch, &d) == 0);
		buf_init(&line, 1 << 12);
		assert(diff_headline(d, &line) == 0 && line.len);
		buf_done(&line);
		if (a == b)
			assert(d->group_count == 0 && d->regions[DIFF_GROWN].count == 0);
		diff_unref(d);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *cut = size ? memchr(data, '\f', size) : NULL;
	size_t first = cut ? (size_t)(cut - data) : size;
	struct moment *a = load(data, first), *b = cut ? load(cut + 1, size - first - 1) : NULL;

	if (a) {
		table_holds(a->regions);
		compare(a, a);
	}
	if (a && b) {
		table_holds(b->regions);
		compare(a, b);
	}
	moment_unref(a);
	moment_unref(b);
	return 0;
}
