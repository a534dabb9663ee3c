/* SPDX-License-Identifier: MIT */
#ifndef SITES_FAULTS_H
#define SITES_FAULTS_H

/*
 * Minor page faults of all threads of one process, as samples with address, registers and a slice of the
 * stack: perf events, one descriptor for each thread and CPU, one ring for each CPU, new threads inherited.
 */

#include "sites/sample.h"

struct faults;

/*
 * `period`: every so many-th fault is a sample. 0; -EACCES not permitted; -EMFILE: `needed` descriptors are more than half
 * of what this process may open; -ENOTSUP: no perf events here; -ESRCH; another -errno. *ret_needed always.
 */
int faults_open(int32_t pid, uint64_t period, struct faults **ret, unsigned *ret_needed);
void faults_close(struct faults *f);

/* Readable when there is something; one for all rings. */
int faults_fd(const struct faults *f);

/* All samples that wait, oldest first within a CPU. Their stacks are borrowed until tell returns. */
void faults_drain(struct faults *f, sample_tell *tell, void *arg);

uint64_t faults_lost(const struct faults *f);

#endif
