/* SPDX-License-Identifier: MIT */
#ifndef MODEL_TARGET_H
#define MODEL_TARGET_H

/* Who is watched, in which state it is, and what we are permitted to see. */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/known.h"
#include "proc/status.h"
#include "proc/system.h"

enum target_state {
	TARGET_RUNNING,     /* R S D I: as usual */
	TARGET_STOPPED,     /* T: by a signal */
	TARGET_TRACED,      /* t: by a debugger */
	TARGET_LEADER_GONE, /* its first thread ended, others live: read through them */
	TARGET_ZOMBIE,
	TARGET_EXITED,
	TARGET_REPLAYED, /* figures come from a file */
	TARGET_AWAITED,  /* nobody of that name was there yet */
	TARGET_STATE_COUNT
};
extern const char *const target_state_words[TARGET_STATE_COUNT];

/* The same, but of a process that runs what the kernel says of it: "sleeping"; `letter` may be 0. */
const char *target_words(enum target_state state, char letter);

/* Identity and facts that hold for one image of the process. Immutable, reference-counted. */
struct target {
	atomic_uint refs;
	int32_t pid;              /* 0: a file is analysed */
	uint64_t inner_pid;       /* pid inside its own pid namespace; UNKNOWN when the same */
	uint64_t uid;             /* real uid; UNKNOWN */
	uint64_t start_ticks;     /* stat starttime: identity with the pid */
	uint64_t page;            /* page size, bytes */
	char comm[PROC_NAME_MAX]; /* raw bytes */
	/* Command line, arguments joined by blanks, raw bytes; comm when empty. */
	char command[512];
	char exe[512]; /* text of the exe link, raw bytes; "" when not permitted */
	char user[64]; /* name of uid, or its number; raw bytes */
};
struct target *target_new(void); /* one reference, all unknown; NULL no memory */
struct target *target_ref(struct target *t);
void target_unref(struct target *t);

/* What this kernel and these rights let us read; found by trying, never by version. */
struct abilities {
	bool smaps, fds, pagemap, pagemap_scan, vma_query, cgroup, exe;
	char lacking[240]; /* "reduced mode: ...; remedy" in one sentence; "" when all is well */
};

/*
 * Makes up that sentence: what is missing, in which no "; " may occur, and what helps (NULL: nothing
 * does). Both are joined nowhere else.
 */
void lacking_make(char *out, size_t size, const char *remedy, const char *what, ...)
        __attribute__((format(printf, 4, 5)));
/*
 * The same for who reads of it later: what was missing then, without the remedy, which was for who
 * recorded it. Any text is taken; "" remains "".
 */
void lacking_recorded(char *out, size_t size, const char *text);

/* Where memory ends beyond the process's own limits, and its rank when it does. */
struct bounds {
	uint64_t cgroup_cache; /* bytes of the cgroup's usage that are given back first; UNKNOWN */
	bool cgroup_throttles; /* that limit is memory.high: it holds up, it does not kill */
	unsigned cgroup_ancestor; /* levels above its own group that set the limit; 0: its own */
	/* bytes that a 32-bit process can address; UNKNOWN: 64-bit, or not told */
	uint64_t address;
	uint64_t oom_score; /* /proc/PID/oom_score, 0 to 2000; UNKNOWN */
	int32_t oom_adjust; /* /proc/PID/oom_score_adj, -1000 to 1000; BOUNDS_NO_ADJUST: unknown */
};
#define BOUNDS_NO_ADJUST INT32_MIN
struct bounds bounds_unknown(void);

/* What sampling costs and what it left out; shown in the footer. */
struct costs {
	uint64_t pass_ns;         /* last pass over smaps, wall time; UNKNOWN before the first */
	uint64_t longest_call_ns; /* longest single read of that pass */
	uint64_t worst_call_ns;   /* the longest ever */
	uint64_t period_ns;       /* passes are at least this far apart */
	bool sliced;           /* page maps in slices instead of smaps: one mapping is too large */
	double cpu_percent;    /* of one CPU, since the watch began; this tool as a whole */
	uint64_t blocked_ns;   /* a read of the target hangs since; 0: none does */
	char blocked_what[16]; /* "smaps" */
};

#endif
