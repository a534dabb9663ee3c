/* SPDX-License-Identifier: MIT */
#ifndef FAULTS_PAGE_H
#define FAULTS_PAGE_H

/*
 * What driver and shim share: a page in a file that outlives the program, however that ends. The driver orders one
 * fault there, the shim counts calls and tells which one it made fail.
 */

#include <stdatomic.h>
#include <stdint.h>

#define FAULT_ENV "FAULT_PAGE" /* names the file */

enum fault_family {
	FAULT_MALLOC,  /* malloc and all that is made from it */
	FAULT_OPEN,    /* files and directories */
	FAULT_FD,      /* descriptors that are no files */
	FAULT_READ,    /* also of directories, links, memory, sockets, and random bytes */
	FAULT_WRITE,   /* also to sockets */
	FAULT_SYNC,    /* fsync, and sizes set */
	FAULT_CLOSE,   /* closed indeed, then an error */
	FAULT_NAME,    /* rename, link, unlink, modes */
	FAULT_STAT,    /* what is there, and where in it */
	FAULT_MMAP,    /* mmap, mremap, mprotect */
	FAULT_SYSCALL, /* what libc has no name for: perf_event_open, bpf, pidfd_open */
	FAULT_IOCTL,   /* also modes of the terminal */
	FAULT_WAIT,    /* poll, sleep: interrupted */
	FAULT_SQLITE,  /* calls of SQLite */
	FAULT_THREAD,
	FAULT_FORK,
	FAULT_FAMILIES
};

/* In place of an errno: half of what was asked for is read or written. */
enum { FAULT_SHORT = 10000 };

enum { FAULT_FRAMES = 14, FAULT_FRAME = 112 };

struct fault_page {
	int32_t family;         /* enum fault_family; -1: none fails */
	int32_t error;          /* errno, SQLITE_... or FAULT_SHORT */
	int32_t stays;          /* all from the nth on fail, not that alone */
	uint64_t nth;           /* from 1 */
	_Atomic(int32_t) owner; /* process whose calls count; 0: nobody came */
	_Atomic(uint64_t) count[FAULT_FAMILIES];
	_Atomic(int32_t) hits;
	char call[32];                          /* the first that failed */
	char frames[FAULT_FRAMES][FAULT_FRAME]; /* who called it, "OBJECT+0xOFFSET"; "" ends */
	char crash[FAULT_FRAMES][FAULT_FRAME];  /* likewise, where a signal ended it */
};

#endif
