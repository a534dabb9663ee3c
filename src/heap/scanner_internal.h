/* SPDX-License-Identifier: MIT */
#ifndef HEAP_SCANNER_INTERNAL_H
#define HEAP_SCANNER_INTERNAL_H

/* What the files of the memory thread share: how often it looks, and one look after the other. */

#include "heap/growth.h"
#include "heap/lost.h"
#include "heap/scanner.h"

#define SCANNER_REST 5000000000ull /* ns at least from the begin of a look to that of the next */

enum {
	SCANNER_SHARE = 20,      /* a look takes at most one part in so many of the time */
	SCANNER_ARENA_ROWS = 64, /* arenas listed one by one */
};

/*
 * How much time was spent looking, zero at the begin. From the second piece of work on (a look, a given-up one, a
 * peek), looking takes at most one part in SCANNER_SHARE of all the time since the first began: what took longer than
 * was to be expected is waited for afterwards. The first is excepted, as nobody knows what it will take; but the second
 * comes no sooner than SCANNER_SHARE times what it took.
 */
struct pace {
	bool begun;
	uint64_t origin; /* when the first began */
	uint64_t spent;  /* ns, without the first */
};

/* Work was done from `begin` to `end`: when the next look is due, at least `least` ns after its begin. */
uint64_t pace_next(struct pace *p, uint64_t least, uint64_t begin, uint64_t end);

/* As scanner_new(), with another least rest: for tests, which have no time. */
struct scanner *scanner_new_with(const char *proc, int32_t pid, uint64_t start, uint64_t rest);

/* --- one look after the other, on the memory thread alone --------------------------------------------- */

struct looker {
	const char *proc;
	int32_t pid;
	uint64_t start;          /* CLOCK_MONOTONIC ns of the watch's time 0 */
	const atomic_bool *stop; /* give up the look on its way */
	struct heap_watcher watcher;
	/* Takes the reference. */
	void (*publish)(void *arg, struct heap_facts *facts);
	void *arg;
	/* its own, zero at the begin */
	struct memory *memory;
	struct walker *walker;
	struct growth *growth;
	struct lost *lost;
	struct heap_facts *last; /* published last, a reference */
	uint64_t born;           /* start time of the process, clock ticks; 0: not yet opened */
	uint64_t read;           /* bytes, of memories that were closed */
	bool other;              /* the last look found another program than the one before it */
};

/*
 * One look: census, published at once, then the scan for lost blocks and, unless `address` is 0, the peek at a
 * block, published again. 0; -ENOENT: no heap that can be walked, -ESTALE: another program was executed meanwhile
 * (either is published, with the reason); -ECANCELED; -ESRCH gone; -EPERM, -ENOTSUP, -ENOMEM or another -errno.
 */
int looker_look(struct looker *l, uint64_t address);

/* Only the peek, into a copy of the last facts; a whole look where there are none. Errors as above. */
int looker_peek(struct looker *l, uint64_t address);

/* Why a look failed, as one line for a person. */
void looker_explain(const struct looker *l, int error, char *out, size_t size);

uint64_t looker_bytes_read(const struct looker *l);
void looker_done(struct looker *l);

/* --- facts -------------------------------------------------------------------------------------------- */

/* A copy with one reference, or NULL. */
struct heap_facts *facts_copy(const struct heap_facts *f);

/* Arenas, sums and resident bytes of a walk. 0 or -ENOMEM. */
int facts_take_walk(struct heap_facts *f, const struct heap_walk *walk);

/* Which allocator the mappings of this look tell; and for one without a walker, `why` as a sentence. */
enum allocator facts_recognise(const struct memory *m);
void facts_refuse(struct heap_facts *f, enum allocator allocator, const char *why);

#endif
