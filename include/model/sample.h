/* SPDX-License-Identifier: MIT */
#ifndef MODEL_SAMPLE_H
#define MODEL_SAMPLE_H

/*
 * A sample: every figure of the process as a whole at one time. Rooms above know figures only by
 * their `enum figure`, so that batch columns, CSV, JSON, charts and the verdict share one table.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/known.h"
#include "proc/status.h"

enum figure {
	FIGURE_RSS,           /* bytes; status "VmRSS" */
	FIGURE_VSZ,           /* bytes; status "VmSize" */
	FIGURE_HEAP,          /* bytes; size of all [heap] mappings, as pmap -X shows them */
	FIGURE_ANON,          /* bytes; status "RssAnon" */
	FIGURE_SWAP,          /* bytes; status "VmSwap" */
	FIGURE_SHMEM,         /* bytes; status "RssShmem" */
	FIGURE_FILE,          /* bytes; status "RssFile" */
	FIGURE_PSS,           /* bytes; smaps, held from pass to pass */
	FIGURE_PRIVATE,       /* bytes; smaps Private_Clean + Private_Dirty + Private_Hugetlb */
	FIGURE_PRIVATE_DIRTY, /* bytes; smaps */
	FIGURE_SHARED,        /* bytes; smaps Shared_Clean + Shared_Dirty + Shared_Hugetlb */
	FIGURE_LAZYFREE,      /* bytes; smaps, held from pass to pass */
	FIGURE_DATA,          /* bytes; status "VmData" */
	FIGURE_HWM,           /* bytes; status "VmHWM" */
	FIGURE_THREADS,       /* count; status "Threads" */
	FIGURE_FDS,           /* count; entries of fd/ */
	FIGURE_CPU,           /* ns of CPU used since birth; stat */
	FIGURE_AGE,           /* ns since birth; stat "starttime" */
	/* the CSV ends here; the rest is for the dashboard and the verdict */
	FIGURE_PTE,       /* bytes; status "VmPTE" */
	FIGURE_HUGETLB,   /* bytes; status "HugetlbPages" */
	FIGURE_ANON_HUGE, /* bytes; smaps AnonHugePages */
	FIGURE_MAPS,      /* count; mappings seen by the last pass */
	FIGURE_MINFLT,    /* count since birth; stat */
	FIGURE_MAJFLT,    /* count since birth; stat */
	FIGURE_STACK,     /* bytes; status "VmStk" */
	/* history ends here; the rest is what growth may go along with, compared as it comes */
	FIGURE_CTX_VOLUNTARY, /* count since birth; status, of its first thread alone */
	FIGURE_CTX_PREEMPTED, /* count since birth; status, likewise */
	/* from here on read now and then, and held in between */
	FIGURE_FD_FILE,       /* count; entries of fd/, by the text of their links */
	FIGURE_FD_SOCKET,     /* count; likewise */
	FIGURE_FD_PIPE,       /* count; likewise */
	FIGURE_FD_EVENT,      /* count; eventfd, epoll, timerfd, signalfd, inotify */
	FIGURE_FD_MEMFD,      /* count */
	FIGURE_FD_OTHER,      /* count; other anonymous inodes: io_uring, bpf, ... */
	FIGURE_CONNECTIONS,   /* count; TCP sockets of this process that do not listen */
	FIGURE_CLOSE_WAIT,    /* count; those of them whose peer has closed */
	FIGURE_UDP,           /* count; UDP sockets of this process */
	FIGURE_UNIX,          /* count; unix sockets of this process */
	FIGURE_SOCKETS_SEEN,  /* count of sockets ever met in fd/: at least so many were opened */
	FIGURE_THREADS_SEEN,  /* count of threads ever met in task/: at least so many started */
	FIGURE_IO_READ,       /* bytes since birth; io "rchar": read(2) of anything, not recv(2) */
	FIGURE_IO_WRITE,      /* bytes since birth; io "wchar", not send(2) */
	FIGURE_COUNTED,       /* ns; CLOCK_MONOTONIC when these were counted */
	FIGURE_ANON_THEN,     /* bytes; RssAnon + VmSwap at the time these were counted */
	FIGURE_CGROUP_ANON,   /* bytes; memory.stat of its cgroup: all processes in it */
	FIGURE_CGROUP_FILE,   /* bytes; likewise */
	FIGURE_CGROUP_KERNEL, /* bytes; likewise: "kernel", before 5.18 "slab" */
	FIGURE_CGROUP_SOCK,   /* bytes; likewise: buffers of sockets */
	FIGURE_COUNT,
	FIGURE_KEPT = FIGURE_CTX_VOLUNTARY, /* history keeps the figures before it */
	FIGURE_SLOW = FIGURE_FD_FILE        /* the first of those held in between */
};

/* What is special about a sample; the verdict must know: none may enter it silently. */
enum sample_flag {
	SAMPLE_EPOCH = 1,    /* first of a new image: exec, or another process followed */
	SAMPLE_GAP = 2,      /* time passed unobserved before it: suspend, or sampling was late */
	SAMPLE_STOPPED = 4,  /* the target was stopped or traced: no growth is no proof */
	SAMPLE_TORN = 8,     /* the smaps figures in it come from a torn or partial pass */
	SAMPLE_FRESH = 16,   /* the smaps figures were read for this sample, not held */
	SAMPLE_REDUCED = 32, /* smaps is not readable: figures from status only */
	SAMPLE_RESTART = 64, /* with SAMPLE_EPOCH: of another process, which has the same name */
	/* Replayed: another watch of the same image, with ids and sums of its own, begins. */
	SAMPLE_APPENDED = 128,
};

struct sample {
	uint64_t time; /* ns since the watch began; CLOCK_MONOTONIC, strictly rising */
	uint64_t wall; /* ns; CLOCK_REALTIME when taken, UNKNOWN in a CSV without dates */
	uint64_t v[FIGURE_COUNT]; /* units as above; UNKNOWN where not read */
	unsigned flags;           /* SAMPLE_... */
};

/*
 * The figures of a sample that are lines of status, one row each; ends with FIGURE_COUNT. Read both ways:
 * from status into a sample, and, of a past moment, from the sample kept.
 */
struct status_figure {
	enum figure figure;
	enum status_key key;
};
extern const struct status_figure status_figures[];

/* A sample with every figure UNKNOWN. */
void sample_init(struct sample *s);

/*
 * The base series of the verdict: anonymous memory that is neither lazily freed nor hidden in swap
 * (RssAnon - LazyFree + VmSwap + private huge pages). With LazyFree unknown it is an upper bound
 * and *ret_upper is set. Falls back to nothing: UNKNOWN when RssAnon is unknown. ret_upper may be
 * NULL.
 */
uint64_t sample_base(const struct sample *s, bool *ret_upper);

/* How a figure is written. */
enum figure_unit { UNIT_BYTES, UNIT_COUNT, UNIT_SECONDS };

/* One row of the column table: the batch table, CSV, JSON and the README read it. */
struct column {
	const char *name;   /* in --columns; NULL: not a batch column */
	const char *csv;    /* in CSV headers ("rss_kb"); NULL: not in the CSV */
	const char *json;   /* in JSON samples ("rss"); NULL: not there */
	const char *header; /* in the batch table ("RSS(MB)") */
	int width;          /* columns of the batch table, at least */
	int figure;         /* enum figure, or -1 for a computed one */
	enum figure_unit unit;
	const char *help; /* one sentence */
};

/* All columns in the order of the CSV, then the computed ones. Ends with a NULL header. */
extern const struct column columns[];

/* Columns that are no figure of one sample; struct column.figure is -1 and the name decides. */
#define COLUMN_TIME       "time"
#define COLUMN_DATE       "date"
#define COLUMN_DELTA      "delta"
#define COLUMN_RATE       "rate"
#define COLUMN_CONFIDENCE "confidence"

/* Looks a --columns name up; NULL when there is none. */
const struct column *column_find(const char *name, size_t len);

#endif
