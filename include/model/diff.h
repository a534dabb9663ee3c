/* SPDX-License-Identifier: MIT */
#ifndef MODEL_DIFF_H
#define MODEL_DIFF_H

/*
 * Two moments compared: A and, later, B. A pure function of them; what is not known in one of them is
 * unknown in the comparison.
 *
 * Which region of B was which of A: within one watch the ids tell. Elsewhere (and where an exec or a restart
 * lies between them, so that no id is shared) [heap] and the main stack are what they are; where addresses
 * mean the same in both (the main stack ends at the same address: one image of one process) regions that
 * overlap, are of one kind and of one name, are one; then a named region is the one of the same kind, name,
 * protection and offset. Where addresses mean nothing, unnamed ones are paired by kind, protection and size,
 * and at last what is alone of its kind, name and protection in both. The rest was born, or is gone.
 *
 * O(n log n) in regions, and about 80 bytes for each besides the tables, which are shared.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "model/moment.h"

enum { DIFF_A, DIFF_B, DIFF_SIDES };

/* What became of a region. */
enum diff_fate {
	DIFF_BORN,
	DIFF_GROWN,
	DIFF_SHRUNK,
	DIFF_GONE,
	DIFF_FATE_COUNT,
	DIFF_SAME = DIFF_FATE_COUNT
};
extern const char *const diff_fate_words[DIFF_FATE_COUNT]; /* "born", ...; also in JSON */

/* A figure on both sides and its change. */
struct diff_value {
	uint64_t v[DIFF_SIDES]; /* UNKNOWN where not known */
	int64_t change;         /* B - A; 0 while `known` is false */
	bool known;
};

/* "Held" is what memory holds of it: RSS, with swap where both sides know it; of hugetlbfs its pages. */
struct diff_region {
	const struct region
	        *r[DIFF_SIDES];       /* NULL: not there then. Rows of the tables of the sides */
	struct diff_value held, size; /* bytes; what is not there is 0 */
};

struct diff_regions {
	size_t count;
	const struct diff_region *rows; /* those that changed most first */
	int64_t held, size;             /* sums of the changes known, bytes */
	bool told; /* false: born or gone cannot be told, for one table is not whole */
};

/* Mappings of one kind, size and protection: a pool, thread stacks, a leak in blocks of one size. */
struct diff_group {
	enum region_kind kind;
	unsigned prot;           /* MAP_... bits */
	uint64_t size;           /* bytes of each */
	struct diff_value count; /* mappings */
	struct diff_value held;  /* bytes of all of them */
	double rate;             /* mappings a minute; NAN unknown */
};

/* Live blocks of one size inside the heap. */
struct diff_class {
	uint64_t low, high;              /* chunk bytes, as struct heap_class has them */
	struct diff_value blocks, bytes; /* what is not there is 0 */
};

/* Regions of one kind, or of one name, together. */
struct diff_sum {
	const struct region *one; /* one of them, for its kind or its name */
	struct diff_value count, held, size;
};

struct diff_figure {
	enum figure figure;
	struct diff_value value;
	uint64_t span; /* ns its change took: what smaps tells is as old as its pass; UNKNOWN */
	double rate;   /* change a second (of bytes, counts, ns); NAN unknown */
};

struct diff_side {
	struct target *target; /* NULL: nobody knows */
	uint64_t time;         /* ns of its watch */
	uint64_t wall;         /* ns, CLOCK_REALTIME; UNKNOWN */
	struct sample sample;
	struct region_table *regions; /* NULL: none were known */
};

/* How regions of A were found again in B. */
enum diff_match { DIFF_NOT_MATCHED, DIFF_BY_ID, DIFF_BY_ADDRESS, DIFF_BY_OBJECT };

/* Immutable, reference-counted. */
struct diff {
	atomic_uint refs;
	struct diff_side side[DIFF_SIDES]; /* A is the earlier one */
	bool swapped;                      /* they were given the other way round */
	bool one_process;     /* the same process: what it counts since birth compares */
	uint64_t span;        /* ns between the samples; UNKNOWN */
	uint64_t pass_span;   /* ns between the tables; UNKNOWN */
	bool apart;           /* these differ so much that changes of the two do not compare */
	char apart_note[160]; /* says so; "" where they do not */
	bool same_pass;       /* both stand on one table: regions tell nothing */
	enum diff_match match;
	struct diff_regions regions[DIFF_FATE_COUNT];
	size_t same; /* regions that did not change */
	/* The following are empty unless both tables are whole, and no table twice. */
	size_t group_count, kind_count, name_count;
	const struct diff_group *groups; /* whose number changed and that are two at least; by bytes
	                                      grown: held, else address space */
	const struct diff_sum *kinds,
	        *names; /* all kinds there are; names that changed; by bytes grown */
	/* Inside the heap; unless both sides have a look at its blocks, all is empty. */
	bool heap;                    /* both have */
	bool same_look;               /* the same one: sizes tell nothing */
	struct diff_value live, kept; /* bytes handed out; freed and kept by the allocator */
	uint64_t heap_span;           /* ns between the looks; UNKNOWN */
	size_t class_count;
	/* Whose number changed, by bytes grown; left out are those that one look has, and the other did not keep. */
	const struct diff_class *classes;
	unsigned figure_count;
	struct diff_figure figures[FIGURE_COUNT]; /* those known in one of them */
};

/*
 * Compares; `one_watch`: both are of one watch or recording, so that their times and ids mean the same.
 * 0 with one reference, or -ENOMEM.
 */
int diff_new(const struct moment *x, const struct moment *y, bool one_watch, struct diff **ret);
struct diff *diff_ref(struct diff *d); /* returns d, which is not NULL */
void diff_unref(struct diff *d);       /* NULL is fine */

/*
 * True when both moments must come from one watch: the same process, and a first sample that agrees in
 * all that is known of it.
 */
bool diff_one_watch(const struct moment *x, const struct moment *y);

/* The figure in the list, or NULL where neither side knows it. */
const struct diff_figure *diff_find(const struct diff *d, enum figure figure);

/*
 * One sentence without full stop: by how much memory grew or fell and what carried most of it. Names are
 * safe in UTF-8. 0 or -errno of the buffer.
 */
int diff_headline(const struct diff *d, struct buf *out);

/* Reservations one must know to read it ("the regions are those of one pass ..."); NULL past the last. */
const char *diff_note(const struct diff *d, unsigned index);

#endif
