/* SPDX-License-Identifier: MIT */
#ifndef SOURCE_PROCESSES_INTERNAL_H
#define SOURCE_PROCESSES_INTERNAL_H

/* What the scanning of all processes and the reading of their command lines share. */

#include "base/buf.h"
#include "proc/procdir.h"
#include "source/processes.h"

enum { COMMAND_READ = 512 };

/* The command line of one process, as it was called then. */
struct process_command {
	int32_t pid;
	uint64_t start_ticks;
	char comm[PROC_NAME_MAX];
	char text[sizeof(((struct process *)0)->command)]; /* comm where there is none */
};

/* Reads it, for as long as the process likes. `b` is room of COMMAND_READ bytes. */
void process_command_read(const struct procdir *root, const struct process *p, struct buf *b,
                          struct process_command *ret);

/* As processes_scan(); `commands` are sorted in place and put into the rows they belong to. */
struct process_list *processes_scan_with(const char *proc, const struct process_list *before,
                                         struct process_command *commands, size_t count,
                                         uint64_t now);

#endif
