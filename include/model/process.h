/* SPDX-License-Identifier: MIT */
#ifndef MODEL_PROCESS_H
#define MODEL_PROCESS_H

/* One pass over all processes, for the picker. Immutable once published, reference-counted. */

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/known.h"
#include "proc/status.h"

struct process {
	int32_t pid;
	char state;           /* as in stat; 0 unknown */
	uint64_t start_ticks; /* with the pid: identity across passes */
	uint64_t uid;
	uint64_t rss, vsz;        /* bytes */
	uint64_t first_rss;       /* bytes; RSS when it was seen first */
	uint64_t first_time;      /* ns; when that was, on the clock of struct process_list.time */
	char comm[PROC_NAME_MAX]; /* raw bytes */
	char command
	        [160]; /* raw bytes of the command line, cut; comm in [brackets] for kernel threads */
};

struct process_list {
	atomic_uint refs;
	uint64_t time; /* ns since the picker began */
	uint64_t took; /* ns the pass took */
	size_t count;
	struct process rows[]; /* by falling RSS */
};
/* One more reference, to be dropped with process_list_unref(). Returns l, which is not NULL. */
struct process_list *process_list_ref(struct process_list *l);
void process_list_unref(struct process_list *l); /* the last one frees; NULL is fine */

#endif
