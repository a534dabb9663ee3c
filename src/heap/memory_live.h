/* SPDX-License-Identifier: MIT */
#ifndef HEAP_MEMORY_LIVE_H
#define HEAP_MEMORY_LIVE_H

/* Private to the room: the inside of a living process's memory, shared by memory_live.c and memory_look.c. */

#include "heap/memory_gather.h"
#include "heap/memory_lists.h"
#include "proc/pages.h"
#include "proc/procdir.h"

/* Page runs that one system call tells. */
enum { RUNS_AT_ONCE = 512 };

struct live {
	struct memory memory;
	struct procdir dir;
	int32_t task; /* whose memory is asked for: the process, or a thread that outlived its leader */
	int pagemap;
	enum pages_way way;
	struct buf text; /* of a file of proc */
	struct memory_lists lists;
	struct memory_gather gather;
	unsigned unchecked;           /* reads since the last check */
	uint64_t refused, refused_to; /* bytes left out at a hole, up to which address */
	bool gone;                    /* found by a check; no read comes after it */
};

/* An error of a file of proc or of a read, as our callers know them: -EPERM, -ESRCH, or as it is. */
int memory_live_error(int error);

/* May it be read at all? 0, -EPERM, -ESRCH. */
int memory_live_permitted(const struct live *l);

/* Mappings, stack pointers, and which pages are in memory, into empty l->lists. 0, or -errno as memory_begin(). */
int memory_live_look(struct live *l);

#endif
