/* SPDX-License-Identifier: MIT */
#ifndef MODEL_REGION_H
#define MODEL_REGION_H

/*
 * A logical region: what a person means by "the heap", "that arena", "this file". It may join
 * several mappings of the kernel. Its id stays the same from pass to pass, through growth, split
 * and merge.
 *
 * Records and tables are immutable once published and reference-counted (atomically): a record that
 * did not change between two passes is shared by both tables. Any thread may hold and drop them.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/known.h"
#include "proc/smaps.h"

enum region_kind {
	REGION_HEAP,       /* [heap], all its mappings */
	REGION_ARENA,      /* a glibc arena: one 64 MiB slot, used part and reserve */
	REGION_ANON,       /* private anonymous memory */
	REGION_STACK,      /* stack of a thread */
	REGION_MAIN_STACK, /* [stack] */
	REGION_TEXT,       /* executable pages of a file */
	REGION_RODATA,     /* a file's read-only pages, private */
	REGION_DATA,       /* a file's writable private pages */
	REGION_BSS,        /* anonymous memory right behind a file's data */
	REGION_FILE,       /* any other mapped file */
	REGION_SHM,        /* shared memory: memfd, SysV, /dev/zero, /dev/shm, [anon_shmem:] */
	REGION_HUGE,       /* hugetlbfs pages */
	REGION_VDSO,       /* [vdso] [vvar] [vsyscall] and their kin */
	REGION_JIT,        /* anonymous memory that is executable */
	REGION_RESERVED,   /* address space without memory: PROT_NONE, noreserve, never touched */
	REGION_OTHER,
	REGION_KIND_COUNT
};

/* Short name ("heap", at most 8 columns), JSON name, and one sentence of meaning, per kind. */
struct region_kind_info {
	const char *name, *json, *meaning;
};
extern const struct region_kind_info region_kinds[REGION_KIND_COUNT];

struct region {
	atomic_uint refs;
	uint32_t mappings; /* kernel mappings joined in it */
	uint64_t id;       /* never 0, never used again for another region */
	enum region_kind kind;
	unsigned prot;                   /* MAP_... bits of its largest part that is not closed */
	uint64_t start, end;             /* addresses: first start, last end */
	uint64_t size;                   /* bytes: sum of its mappings, holes left out */
	uint64_t offset, inode;          /* of the first mapping */
	uint32_t major, minor;           /* likewise */
	uint64_t bytes[SMAPS_KEY_COUNT]; /* sums; page sizes: the largest; UNKNOWN as in smaps */
	uint64_t flags;                  /* VmFlags of all parts together */
	uint64_t born; /* ns of the pass that saw it first, or what it was a part of */
	uint64_t peak; /* largest RSS seen, bytes */
	uint32_t name_len;
	char name[]; /* raw bytes from maps, not terminated by a NUL inside name_len */
};

/*
 * All regions at one time, by rising start address; disjoint, but [heap] may enclose other
 * mappings.
 */
struct region_table {
	atomic_uint refs;
	size_t count;
	uint64_t time;      /* ns of the watch when the pass ended */
	bool torn, partial; /* see smaps_stats; such a table never feeds a trend */
	bool estimated;     /* figures from page maps: PSS and dirty pages are unknown */
	uint64_t mappings;  /* kernel mappings in all */
	uint64_t totals[SMAPS_KEY_COUNT]; /* sums over all regions */
	uint64_t size;                    /* sum of sizes, bytes */
	struct {
		uint64_t size, rss, swap;
		uint32_t count;
	} by_kind[REGION_KIND_COUNT];
	struct region *rows[];
};

/*
 * One more reference, to be dropped with its unref; returns its argument, which is not NULL. The last
 * unref frees; a table drops its rows.
 */
struct region *region_ref(struct region *r);
void region_unref(struct region *r); /* NULL is fine */
struct region_table *region_table_ref(struct region_table *t);
void region_table_unref(struct region_table *t); /* NULL is fine */

/* The row with this id, or NULL. Linear; views that need many look-ups sort once. */
const struct region *region_table_find(const struct region_table *t, uint64_t id);

/*
 * Bytes a leak in this region would show in: Anonymous - LazyFree + Swap; RSS (+ Swap) for shared
 * memory and files.
 */
uint64_t region_weight(const struct region *r);

/*
 * The label shown for it: its name, or a description such as "anonymous", "malloc arena", "stack of
 * a thread". Raw bytes.
 */
void region_label(const struct region *r, char *out, size_t size);

/* "rw-p" for MAP_... bits. Returns out. */
char *region_perms(unsigned prot, char out[5]);

#endif
