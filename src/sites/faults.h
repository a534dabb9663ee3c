/* SPDX-License-Identifier: MIT */
#ifndef SITES_FAULTS_H
#define SITES_FAULTS_H

/*
 * Minor page faults of all threads of one process, as samples with address, registers and a slice of the
 * stack: perf events, one descriptor for each thread and CPU, one ring for each CPU, new threads inherited.
 */

#include "proc/procdir.h"
#include "sites/sample.h"

struct faults;

/*
 * `period`: every so many-th fault is a sample, and stands for that many. `slice`: bytes of stack with each, one of those
 * below: most stacks fit the first. 0; -EACCES or -EPERM not permitted; -EMFILE:
 * `needed` descriptors are more than half of what this process may open; -ENOSYS or -ENOTSUP: no perf events here; -ESRCH;
 * another -errno. *ret_needed always: 0 where it was not found out. `dir` is needed during the call only.
 */
enum { FAULTS_SLICE = 4 << 10, FAULTS_SLICE_DEEP = 16 << 10 };
int faults_open(const struct procdir *dir, uint64_t period, uint32_t slice, struct faults **ret,
                unsigned *ret_needed);
void faults_close(struct faults *f); /* NULL is fine */

/* Readable when a good part of a ring is used; one for all rings. Short of that, drain from time to time. */
int faults_fd(const struct faults *f);

/*
 * All samples that wait, oldest first within a CPU: SAMPLE_FAULT, SAMPLE_MAP, SAMPLE_EXEC. Their stacks are borrowed
 * until tell returns.
 */
void faults_drain(struct faults *f, sample_tell *tell, void *arg);

uint64_t faults_lost(const struct faults *f); /* samples that found no room */

/* Pages that the kernel touched for the program (read into a buffer) are seen too. */
bool faults_of_kernel(const struct faults *f);

/*
 * One line why faults_open() failed with `error` and what to do, for process `pid` of `proc`. `paranoid` is the value of
 * kernel.perf_event_paranoid; INT64_MIN unknown. Pure.
 */
char *faults_explain(int error, int32_t pid, unsigned needed, int64_t paranoid, char *out,
                     size_t size);

/* kernel.perf_event_paranoid, or INT64_MIN. */
int64_t faults_paranoid(const struct procdir *dir);

#endif
