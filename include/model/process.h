/* SPDX-License-Identifier: MIT */
#ifndef MODEL_PROCESS_H
#define MODEL_PROCESS_H

/*
 * One pass over all processes, for view 7 and --top. Immutable once published, reference-counted.
 *
 * What was read when: statm of all in every pass; stat (state, parent) of a tenth in turn, of new ones and
 * of suspects; status (user, swap) of new ones and of suspects. A figure is as old as that, never older than
 * ten passes but for the user, and the swap of one that does not grow on a machine that does not swap.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/known.h"
#include "model/machine.h"
#include "model/verdict.h"
#include "proc/status.h"

enum {
	PROCESS_SPARK = 24,    /* points of a sparkline */
	PROCESS_TRACE = 64,    /* points of the short history */
	PROCESS_SUSPECTS = 32, /* processes that the engine judges at a time */
	PROCESS_LISTS =
	        4, /* lists alive at a time: made, handed over, kept by app, on the screen */
};

/* A figure of the short history in KiB, cut at 4 TiB; unknown before the process was seen. */
#define PROCESS_KIB_UNKNOWN UINT32_MAX

struct process {
	int32_t pid, ppid;    /* ppid 0: none, or unknown */
	char state;           /* as in stat; 0 unknown */
	bool kthread;         /* a kernel thread: it has no memory of its own */
	bool suspect;         /* among those the engine judges */
	int8_t confidence;    /* 0..100 that it leaks; -1: not judged */
	uint8_t verdict;      /* enum verdict_kind */
	uint8_t cause;        /* enum verdict_cause */
	uint8_t spark_count;  /* points in use */
	uint64_t start_ticks; /* with the pid: identity across passes */
	uint64_t age;         /* ns since it began; UNKNOWN */
	uint64_t uid;
	uint64_t rss, vsz; /* bytes */
	uint64_t anon,
	        swap; /* bytes; anonymous memory in memory (statm), and swapped out (status) */
	uint64_t shmem, hwm; /* bytes; status "RssShmem", "VmHWM": of suspects, else UNKNOWN */
	uint64_t first_rss;  /* bytes; RSS when it was seen first */
	uint64_t first_time; /* ns; when that was, on the clock of struct process_list.time */
	double growth;       /* bytes a minute of anonymous memory and swap; NAN until known */
	uint64_t suspicion;  /* what suspicion sorts by, most first; 0: none */
	uint32_t spark[PROCESS_SPARK]; /* KiB of anonymous memory and swap, oldest first */
	char comm[PROC_NAME_MAX];      /* raw bytes */
	/* raw bytes of the command line, cut; comm in [brackets] for kernel threads */
	char command[160];
	char user[24]; /* name of the owner, safe or raw bytes; "" unknown */
	char unit[40]; /* raw bytes; cgroup_label(), "" unknown or none */
};

/* Anonymous memory and swap: what only this process can give back. An unknown swap counts as none. */
uint64_t process_held(const struct process *p);

/* A process that the engine judges, with its short history on the times of the list. */
struct process_suspect {
	uint32_t row;                 /* of rows[] */
	uint32_t from;                /* its first point */
	uint32_t held[PROCESS_TRACE]; /* KiB of anonymous memory and swap */
	uint32_t rss[PROCESS_TRACE];  /* KiB */
	char reason[240];             /* of its verdict; "" before there is one */
};

struct process_list {
	atomic_uint refs;
	uint64_t time;     /* ns since the first pass */
	uint64_t interval; /* ns between passes as it was meant; 0: a single look */
	uint64_t step;     /* ns since the pass before; 0 in the first */
	uint64_t took;     /* ns the pass took */
	uint64_t span;     /* ns of which growth is known */
	bool growth_known; /* enough passes for a growth; false: all NAN */
	bool hides;        /* hidepid: others are not listed at all */
	size_t hidden;     /* listed, but not to be read */
	int error;         /* -errno that kept the pass from seeing all there are; 0: none */
	size_t nameless;   /* whose command line is still awaited */
	struct machine machine;
	unsigned time_count;
	uint64_t times[PROCESS_TRACE]; /* ns; of the points of the suspects' histories */
	unsigned suspect_count;
	struct process_suspect suspects[PROCESS_SUSPECTS];
	size_t count;
	struct process rows[]; /* by falling RSS */
};

/* The suspect that a row is, or NULL. */
const struct process_suspect *process_suspect_of(const struct process_list *l, size_t row);

/* One more reference, to be dropped with process_list_unref(). Returns l, which is not NULL. */
struct process_list *process_list_ref(struct process_list *l);
void process_list_unref(struct process_list *l); /* the last one frees; NULL is fine */

#endif
