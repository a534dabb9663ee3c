/* SPDX-License-Identifier: MIT */
/*
 * save_heap PID: the heap of a process as a memory image on stdout: the brk area, the arenas of
 * threads, blocks with mappings of their own and the data of the C library. tests/fixtures/heap/make.sh makes the fixtures of the walker
 * with it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heap/image.h"

static bool begins_with_block(struct memory *m, const struct memory_range *r)
{
	uint64_t header[2];

	return r->kind == MEMORY_ANON && memory_read_all(m, r->start, header, sizeof(header)) &&
	       !header[0] && (header[1] & 7) == 2;
}

static bool keep(const struct memory_range *r, void *arg)
{
	struct memory *m = arg;

	if (begins_with_block(m, r))
		return true;
	if (r->kind == MEMORY_HEAP || (r->kind == MEMORY_ANON && r->start % (64 << 20) == 0))
		return true;
	return r->kind == MEMORY_FILE && r->prot & MAP_WRITE &&
	       memmem(m->names + r->name, r->name_len, "libc", 4) &&
	       !memmem(m->names + r->name, r->name_len, "heap-census", 11);
}

int main(int argc, char **argv)
{
	struct memory *m = NULL;
	struct buf out;
	int error = argc > 1 ? memory_open_live("/proc", atoi(argv[1]), &m) : -1;

	buf_init(&out, 64 << 20);
	if (!error)
		error = memory_begin(m);
	if (!error)
		error = image_write(m, keep, m, &out);
	if (!error && fwrite(out.data, 1, out.len, stdout) != out.len)
		error = -1;
	if (error)
		fprintf(stderr, "save_heap: %d\n", error);
	buf_done(&out);
	memory_free(m);
	return error != 0;
}
