/* SPDX-License-Identifier: MIT */
#ifndef MODEL_TRACKER_INTERNAL_H
#define MODEL_TRACKER_INTERNAL_H

/*
 * What the files of the tracker share: the parts of the pass that is under way.
 *
 * A part is one mapping of the kernel, later one region. Its record in memory is either the very
 * record of the table before (nothing changed: `old` says which row, and it must not be written to)
 * or a fresh one that nobody else sees yet.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/tracker.h"
#include "proc/mapping.h"

#define ARENA_SLOT (64ull << 20) /* HEAP_MAX_SIZE of glibc on 64-bit machines */
#define GUARD_MAX  (1ull << 20)  /* no guard of a thread stack is larger */
#define PART_NEW   UINT32_MAX

struct part {
	struct region *region; /* a reference of the part's own */
	uint64_t start, end;   /* as in the region, kept here because context is looked up often */
	uint64_t size, rss, swap; /* likewise */
	uint64_t largest; /* size of the largest mapping joined in it: gives the protection */
	uint32_t seq;     /* which record of the pass: in a torn one the later wins */
	uint32_t old;     /* row of the table before whose record it shares; PART_NEW: fresh */
	uint8_t kind;     /* enum region_kind, as known so far */
	uint8_t was;      /* kind in the record it shares */
	uint8_t prot;     /* MAP_... bits */
	bool anonymous;   /* private, no file behind it, no special mapping of the kernel */
	bool joins;       /* belongs to the region of the part before it */
};

struct tracker {
	struct region_table *before; /* what the coming pass is matched with; NULL at first */
	uint64_t next_id;
	uint64_t flag_hugetlb, flag_noreserve; /* bits of VmFlags "ht", "nr" */
	uint64_t *stacks;                      /* stack pointers, rising */
	size_t stack_count;
	bool stacks_new;   /* not what `before` was made with */
	bool before_whole; /* `before` is a published table: nothing missed was added */
	/* the pass under way */
	struct part *parts;
	size_t count, room;
	size_t cursor; /* row of `before` that the next record is looked for at */
	size_t same;   /* parts that share a record of `before` */
	bool unsorted; /* records overlapped or went backwards */
	uint64_t totals[SMAPS_KEY_COUNT];
};

/* a + b where an unknown part is left out; UNKNOWN only when both are. */
static inline uint64_t figure_sum(uint64_t a, uint64_t b)
{
	if (!known(a))
		return b;
	return known(b) ? known_add(a, b) : a;
}

/* Adds the figures of a mapping or region; page sizes do not add up, the largest counts. */
void figures_add(uint64_t into[SMAPS_KEY_COUNT], const uint64_t from[SMAPS_KEY_COUNT]);

/* The larger; unknown counts as nothing. */
static inline uint64_t figure_max(uint64_t a, uint64_t b)
{
	if (!known(a))
		return b;
	return known(b) && b > a ? b : a;
}

/* True when both lie in the same object: the same file, else the same name. */
bool region_same_object(const struct region *a, const struct region *b);
bool region_same_name(const struct region *a, const struct region *b);

/* A copy that nobody else sees: one reference, same figures and name. NULL: no memory. */
struct region *region_copy(const struct region *r);

/* What a record tells by itself. */
enum region_kind kind_of_record(const struct tracker *t, const struct smaps_record *record);
/* True for private memory without a file, where context decides further. */
bool record_is_anonymous(const struct smaps_record *record);

/* Frees the parts' references; the pass is empty. */
void parts_drop(struct tracker *t);
/* After a torn pass: sorts, and where two overlap drops the one read earlier. */
void parts_settle(struct tracker *t);
/* Refines the kinds by what lies around each part, and marks which parts join. */
void parts_classify(struct tracker *t);
/* Joins; afterwards every part is one region. 0 or -ENOMEM. */
int parts_join(struct tracker *t);
/* Gives every region its id, birth and peak. 0 or -ENOMEM. */
int parts_match(struct tracker *t, uint64_t time);
/* True when the table before holds the very same records and nothing else has changed. */
bool parts_quiet(const struct tracker *t);
/* Likewise a table of the parts, the same as the one before. */
struct region_table *parts_table_again(struct tracker *t);
/* A table of the parts, which it takes over. NULL: no memory, the parts are untouched. */
struct region_table *parts_table(struct tracker *t);
/*
 * What the pass after a torn or partial one is matched with: `now`, and the rows of the table
 * before that it may merely have missed. One reference; NULL: no memory.
 */
struct region_table *table_with_missed(const struct region_table *now,
                                       const struct region_table *before, bool torn);

#endif
