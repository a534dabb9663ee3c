/* SPDX-License-Identifier: MIT */
/* Stands in where libbpf, clang or bpftool was missing at build time. */
#include "sites/probes_bpf.h"

#include <errno.h>
#include <stdio.h>

int probes_bpf_open(int32_t pid, const struct probe_spot *spots, size_t count, uint64_t period,
                    struct probes_bpf **ret, char *why, size_t size)
{
	(void)pid, (void)spots, (void)count, (void)period, (void)ret;
	snprintf(why, size,
	         "probes: built without BPF; build with libbpf, clang and bpftool to see bytes");
	return -ENOTSUP;
}

void probes_bpf_close(struct probes_bpf *p)
{
	(void)p;
}

int probes_bpf_set(struct probes_bpf *p, bool on)
{
	(void)p, (void)on;
	return -ENOTSUP;
}

void probes_bpf_period(struct probes_bpf *p, uint64_t period)
{
	(void)p, (void)period;
}

int probes_bpf_fd(const struct probes_bpf *p)
{
	(void)p;
	return -1;
}

void probes_bpf_drain(struct probes_bpf *p, sample_tell *tell, void *arg)
{
	(void)p, (void)tell, (void)arg;
}

void probes_bpf_tally(struct probes_bpf *p, struct probes_tally *ret)
{
	(void)p;
	*ret = (struct probes_tally){0};
}

int probes_bpf_open_as(bool session, int32_t pid, const struct probe_spot *spots, size_t count,
                       uint64_t period, struct probes_bpf **ret, char *why, size_t size)
{
	(void)session;
	return probes_bpf_open(pid, spots, count, period, ret, why, size);
}

bool probes_bpf_built(void)
{
	return false;
}
