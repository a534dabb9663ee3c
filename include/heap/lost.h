/* SPDX-License-Identifier: MIT */
#ifndef HEAP_LOST_H
#define HEAP_LOST_H

/*
 * Blocks that nobody points to, found without a pause. One scan of a process that runs is wrong about blocks
 * whose pointers moved meanwhile; but what is truly lost stays lost and unchanged. So a block must be found
 * unreachable in scan after scan, with the same size and content, before it is called lost; blocks that were not
 * there 5 s before are not judged.
 *
 * Roots are all writable memory outside the heap (data of every object, TLS, anonymous memory, shared memory) and the stacks,
 * from the stack pointer up where the thread waits in the kernel, else whole. Any aligned word that is an
 * address of a live block, or within one, is a pointer to it. Pointers that are only in a register of a
 * thread, or in swapped-out memory, cannot be seen.
 */

#include "heap/walk.h"

enum {
	LOST_SCANS_PROBABLE = 2, /* scans in a row that make a suspect probable */
	/* And certain, if it also is old enough. Up to 7 while one in 100 suspects of so many scans comes back. */
	LOST_SCANS_LOST = 3,
};
#define LOST_AGE \
	5000000000ull /* ns between the first scan that saw the block and the one that judges it */

struct lost;
struct lost *lost_new(void); /* NULL: no memory */
void lost_free(struct lost *l);

/*
 * One scan, over a walk made in the same look; `time` ns of the watch. Fills *into, the caller's. 0, -ESRCH, -EPERM, -ENOMEM,
 * -ECANCELED (then nothing of this scan counts).
 */
int lost_scan(struct lost *l, struct memory *m, const struct heap_walk *walk, uint64_t time,
              const struct heap_watcher *watcher, struct heap_lost *into);

/* Who points to the block of `address`, in the same look. 0, -ESRCH, -EPERM, -ENOMEM, -ECANCELED. */
int lost_peek(struct memory *m, const struct heap_walk *walk, uint64_t address,
              struct heap_peek *into);

/* The target executed another program: begin anew. */
void lost_reset(struct lost *l);

#endif
