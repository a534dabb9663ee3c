/* SPDX-License-Identifier: MIT */
#ifndef SITES_PROBES_PERF_H
#define SITES_PROBES_PERF_H

/* Probes by perf events alone, where there is no BPF: they count hits. Errors and `why` as in probes.h. */

#include "sites/probes.h"

struct probes_perf;

int probes_perf_open(int32_t pid, const struct probe_spot *spots, size_t count,
                     struct probes_perf **ret, char *why, size_t size);
void probes_perf_close(struct probes_perf *p);
int probes_perf_set(struct probes_perf *p, bool on);

/* All hits up to now. Also looks for threads born meanwhile: call it every now and then. */
uint64_t probes_perf_hits(struct probes_perf *p);

#endif
