/* SPDX-License-Identifier: MIT */
#ifndef SITES_PROBES_PERF_H
#define SITES_PROBES_PERF_H

/* Probes by perf events alone, where there is no BPF: they count hits, and take stacks of some. Errors and `why` as in probes.h. */

#include "sites/probes.h"

struct probes_perf;

/* `period` 0: only counts; else each so many-th hit of a function that allocates is a sample, and frees get no probe. */
int probes_perf_open(int32_t pid, const struct probe_spot *spots, size_t count, uint64_t period,
                     struct probes_perf **ret, char *why, size_t size);
void probes_perf_close(struct probes_perf *p);
int probes_perf_set(struct probes_perf *p, bool on);
int probes_perf_period(struct probes_perf *p, uint64_t period); /* not 0; 0 or -errno */

/* Both look for threads born meanwhile, too: call one of them every now and then. */
void probes_perf_tally(struct probes_perf *p, struct probes_tally *ret);
void probes_perf_drain(struct probes_perf *p, sample_tell *tell, void *arg);

int probes_perf_fd(const struct probes_perf *p); /* -1: only counts */

/* One line why it failed with `error`, and what to do; `files`: descriptors that it takes, 0 unknown. Returns error. */
int probes_perf_explain(int error, int32_t pid, size_t files, char *why, size_t size);

#endif
