/* SPDX-License-Identifier: MIT */
#ifndef PROC_SMAPS_H
#define PROC_SMAPS_H

/*
 * smaps as a stream: feed the text in any pieces, get one record a mapping.
 *
 * All records of one kernel look alike, so the parser learns the layout (offset of each figure
 * behind the head line) from a record and checks it, instead of searching, in the next ones; a
 * record that differs goes through the general path and is learnt anew. Unknown keys are skipped,
 * keys that are missing are UNKNOWN.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/known.h"
#include "proc/mapping.h"

/* The figures of a record: one row each in smaps_keys[]. All in bytes. */
enum smaps_key {
	SMAPS_RSS,
	SMAPS_PSS,
	SMAPS_PSS_DIRTY,
	SMAPS_SHARED_CLEAN,
	SMAPS_SHARED_DIRTY,
	SMAPS_PRIVATE_CLEAN,
	SMAPS_PRIVATE_DIRTY,
	SMAPS_REFERENCED,
	SMAPS_ANONYMOUS,
	SMAPS_KSM,
	SMAPS_LAZYFREE,
	SMAPS_ANON_HUGE,
	SMAPS_SHMEM_PMD,
	SMAPS_FILE_PMD,
	SMAPS_SHARED_HUGETLB,
	SMAPS_PRIVATE_HUGETLB,
	SMAPS_SWAP,
	SMAPS_SWAP_PSS,
	SMAPS_LOCKED,
	SMAPS_KERNEL_PAGE,
	SMAPS_MMU_PAGE,
	SMAPS_KEY_COUNT
};

/* The kernel's name ("Shared_Clean") and what it means, in one sentence, for each figure. */
struct smaps_key_info {
	const char *name;
	const char *meaning;
};
extern const struct smaps_key_info smaps_keys[SMAPS_KEY_COUNT];

struct smaps_record {
	struct mapping map;              /* map.name is borrowed for the length of the call */
	uint64_t bytes[SMAPS_KEY_COUNT]; /* bytes; UNKNOWN where the kernel did not say */
	uint64_t flags; /* bit i: smaps_flags[i]; 0 where VmFlags is missing or empty */
	bool has_flags; /* a VmFlags line was there */
};

/* One VmFlags code: "rd" and "readable". The table ends with a NULL meaning; at most 63 rows. */
struct smaps_flag_info {
	char code[3];
	const char *meaning;
};
extern const struct smaps_flag_info smaps_flags[];

/* The bit of a two-letter code in smaps_record.flags; 0 for a code that is not in the table. */
uint64_t smaps_flag_bit(const char code[2]);

/* Called for every complete record. Non-zero stops the parse and is returned by smaps_feed. */
typedef int smaps_fn(const struct smaps_record *record, void *arg);

/* Counts of one pass. */
struct smaps_stats {
	uint64_t bytes;   /* text seen */
	uint64_t records; /* handed on */
	/* lines without a meaning, head lines that are none, lines beyond 64 KiB */
	uint64_t damaged;
	uint64_t slow; /* records that took the general path */
	bool torn;     /* overlap or step backwards between records */
	bool partial;  /* ended inside a record, which was dropped */
};

struct smaps_parser; /* about 200 KiB: one is kept and reused */

struct smaps_parser *smaps_parser_new(void); /* NULL: no memory */
void smaps_parser_free(struct smaps_parser *p);

/* Starts a new text. What was learnt of the layout is kept. */
void smaps_begin(struct smaps_parser *p, smaps_fn *fn, void *arg);

/* Feeds n bytes. 0, or what `fn` returned; then only smaps_end and smaps_begin make sense. */
int smaps_feed(struct smaps_parser *p, const char *bytes, size_t n);

/* End of text: hands on the last record. `whole` false (read error): drops it, marks partial. */
int smaps_end(struct smaps_parser *p, bool whole, struct smaps_stats *ret);

/* Where the parser wants the next bytes: read(2) into *ret_room (at least 32 KiB), smaps_fed. */
char *smaps_room(struct smaps_parser *p, size_t *ret_room);
int smaps_fed(struct smaps_parser *p, size_t n);

#endif
