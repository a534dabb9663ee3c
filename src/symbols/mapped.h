/* SPDX-License-Identifier: MIT */
#ifndef SYMBOLS_MAPPED_H
#define SYMBOLS_MAPPED_H

/*
 * What a process has mapped executable, and which files these are: the tool's side of the modules.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mapped_range {
	uint64_t start, end, offset; /* addresses; bytes into the file */
	uint32_t module;             /* 0: no file */
};

struct mapped_module {
	uint32_t id;         /* from 1, never used again */
	char *path;          /* raw, as maps tells it, without " (deleted)"; "[vdso]" */
	uint64_t start, end; /* of its first executable mapping */
	uint64_t last;       /* offset of its last one */
	uint64_t inode;
	uint32_t major, minor;
	bool deleted;      /* maps says so */
	unsigned given_up; /* WORK_... that readers died of */
	unsigned asked;    /* by this reader, for its files */
};

struct mapped {
	struct mapped_range *ranges; /* by address */
	size_t range_count, range_room;
	struct mapped_module *modules; /* by the address of the first range */
	size_t module_count, module_room;
	uint32_t last_id;
};

/*
 * Reads a whole maps text anew. Modules that are there as before keep their number and what was
 * noted of them. *ret_changed: something is not as before. 0 or -errno; then all stays as it was.
 */
int mapped_read(struct mapped *m, const char *text, size_t length, bool *ret_changed);
void mapped_done(struct mapped *m);

/*
 * The module with this number; that at this address; NULL: none. Borrowed until the next reading.
 */
struct mapped_module *mapped_module(const struct mapped *m, uint32_t id);
struct mapped_module *mapped_at(const struct mapped *m, uint64_t address);

/* The last part of its path. */
const char *mapped_name(const struct mapped_module *module);

#endif
