/* SPDX-License-Identifier: MIT */
#ifndef PROC_STATUS_H
#define PROC_STATUS_H

/* The cheap files of a process: status, stat, statm. Pure parsers; they never touch mmap_lock. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/known.h"

/* Figures of status and stat, one row each in status_keys[]; units as said there. */
enum status_key {
	STATUS_VM_PEAK, /* bytes */
	STATUS_VM_SIZE,
	STATUS_VM_LOCKED,
	STATUS_VM_PINNED,
	STATUS_VM_HWM,
	STATUS_VM_RSS,
	STATUS_RSS_ANON,
	STATUS_RSS_FILE,
	STATUS_RSS_SHMEM,
	STATUS_VM_DATA,
	STATUS_VM_STACK,
	STATUS_VM_EXE,
	STATUS_VM_LIB,
	STATUS_VM_PTE,
	STATUS_VM_SWAP,
	STATUS_HUGETLB,
	STATUS_THREADS, /* plain counts from here on */
	STATUS_FDSIZE,
	STATUS_CTX_VOLUNTARY,
	STATUS_CTX_INVOLUNTARY,
	STATUS_KEY_COUNT
};

struct status_key_info {
	const char *name;    /* as in the file: "VmRSS" */
	const char *meaning; /* one sentence for a person */
	bool bytes;          /* false: a plain count */
};
extern const struct status_key_info status_keys[STATUS_KEY_COUNT];

enum { PROC_NAME_MAX = 64, PROC_NSPID_MAX = 8 };

struct proc_status {
	uint64_t v[STATUS_KEY_COUNT]; /* UNKNOWN where the line is missing */
	char name[PROC_NAME_MAX];     /* "Name:", raw bytes, escapes undone, NUL-terminated */
	char state;                   /* 'R' 'S' 'D' 'T' 't' 'Z' 'X' 'I'; 0 unknown */
	uint64_t pid, tgid, ppid;     /* UNKNOWN when missing */
	uint64_t tracer;              /* 0: nobody traces it */
	uint64_t uid, euid;           /* real and effective */
	uint64_t kthread; /* 1: a kernel thread ("Kthread:", since 6.8); UNKNOWN before */
	uint64_t nspid[PROC_NSPID_MAX]; /* its pid in each pid namespace, outermost first */
	unsigned nspids;                /* entries of nspid; 0 unknown */
};

/* Parses a whole status file; 0, or -EINVAL when nothing in it is known. */
int status_parse(const char *text, size_t len, struct proc_status *ret);

struct proc_stat {
	char comm[PROC_NAME_MAX]; /* raw bytes between the first '(' and the last ')' */
	char state;
	uint64_t ppid;
	uint64_t flags;          /* PF_... ; bit 0x00200000 is PF_KTHREAD */
	uint64_t minflt, majflt; /* counts since birth */
	uint64_t utime, stime;   /* clock ticks */
	uint64_t threads;
	uint64_t starttime; /* clock ticks after boot */
	uint64_t vsize;     /* bytes */
	uint64_t rss_pages;
	uint64_t start_code;  /* 0 or 1 when not permitted: UNKNOWN */
	uint64_t start_stack; /* likewise */
	uint64_t start_brk;   /* likewise; where [heap] begins */
};

/* Parses a whole stat file (which may hold newlines inside comm). 0 or -EINVAL. */
int stat_parse(const char *text, size_t len, struct proc_stat *ret);

struct proc_statm {
	uint64_t size, resident, shared, text, data; /* pages */
};
int statm_parse(const char *text, size_t len, struct proc_statm *ret);

/*
 * The stack pointer out of task/TID/syscall, of a thread that waits in the kernel. 0, or -EINVAL: it is running, or
 * the kernel does not tell.
 */
int syscall_parse(const char *text, size_t len, uint64_t *ret_sp);

#endif
