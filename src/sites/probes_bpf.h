/* SPDX-License-Identifier: MIT */
#ifndef SITES_PROBES_BPF_H
#define SITES_PROBES_BPF_H

/* The probes of probes.h with BPF behind them; errors and `why` as there. -ENOTSUP: not built in, or not on this kernel. */

#include "sites/probes.h"

struct probes_bpf;

/* `period` 0: only counts hits, and takes hardly any memory. The probes are set. */
int probes_bpf_open(int32_t pid, const struct probe_spot *spots, size_t count, uint64_t period,
                    struct probes_bpf **ret, char *why, size_t size);
void probes_bpf_close(struct probes_bpf *p);
int probes_bpf_set(struct probes_bpf *p, bool on);
void probes_bpf_period(struct probes_bpf *p, uint64_t period);
int probes_bpf_fd(const struct probes_bpf *p);
void probes_bpf_drain(struct probes_bpf *p, sample_tell *tell, void *arg);
void probes_bpf_tally(struct probes_bpf *p, struct probes_tally *ret);

/*
 * The two ways that probes_bpf_open() tries: with `session` (Linux 6.13) one probe sees entry and return, at the price of an
 * entry for calls that are not chosen; without it each return is a probe of its own.
 */
int probes_bpf_open_as(bool session, int32_t pid, const struct probe_spot *spots, size_t count,
                       uint64_t period, struct probes_bpf **ret, char *why, size_t size);

/* Whether it was built in. */
bool probes_bpf_built(void);

#endif
