/* SPDX-License-Identifier: MIT */
/*
 * Knows which means there are for probes: BPF, else perf events alone. Refuses to know how either is set.
 */
#include "sites/probes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/rights.h"
#include "sites/probes_bpf.h"
#include "sites/probes_perf.h"

/* One of the two. */
struct probes {
	struct probes_bpf *bpf;
	struct probes_perf *perf;
};

void probes_denied_explain(char *why, size_t size)
{
	char remedy[RIGHTS_REMEDY];

	snprintf(why, size, "probes are not permitted to this user: %s",
	         rights_remedy(RIGHT(RIGHT_SYS_ADMIN), remedy, sizeof(remedy)));
}

/* Counting by BPF takes one descriptor a file, and costs what tracing will; perf events take one a thread. */
static int open_counting(struct probes *p, int32_t pid, const struct probe_spot *spots,
                         size_t count, char *why, size_t size)
{
	if (probes_bpf_open(pid, spots, count, 0, &p->bpf, why, size) == 0)
		return 0;
	return probes_perf_open(pid, spots, count, 0, &p->perf, why, size);
}

int probes_open(int32_t pid, enum probes_mode mode, const struct probe_spot *spots, size_t count,
                uint64_t period, struct probes **ret, char *why, size_t size)
{
	struct probes *p = calloc(1, sizeof(*p));
	int r;

	snprintf(why, size, "probes: process %d: no memory", pid);
	if (!p)
		return -ENOMEM;
	if (mode == PROBES_COUNT)
		r = open_counting(p, pid, spots, count, why, size);
	else if (mode == PROBES_BPF)
		r = probes_bpf_open(pid, spots, count, period ? period : 1, &p->bpf, why, size);
	else
		r = probes_perf_open(pid, spots, count, period ? period : 1, &p->perf, why, size);
	if (r) {
		free(p);
		return r;
	}
	*ret = p;
	return 0;
}

void probes_close(struct probes *p)
{
	if (!p)
		return;
	probes_bpf_close(p->bpf);
	probes_perf_close(p->perf);
	free(p);
}

int probes_set(struct probes *p, bool on)
{
	return p->bpf ? probes_bpf_set(p->bpf, on) : probes_perf_set(p->perf, on);
}

void probes_period(struct probes *p, uint64_t period)
{
	if (p->bpf)
		probes_bpf_period(p->bpf, period);
	else if (period)
		probes_perf_period(p->perf, period);
}

int probes_fd(const struct probes *p)
{
	return p->bpf ? probes_bpf_fd(p->bpf) : probes_perf_fd(p->perf);
}

void probes_drain(struct probes *p, sample_tell *tell, void *arg)
{
	if (p->bpf)
		probes_bpf_drain(p->bpf, tell, arg);
	else
		probes_perf_drain(p->perf, tell, arg);
}

void probes_tally(struct probes *p, struct probes_tally *ret)
{
	if (p->bpf)
		probes_bpf_tally(p->bpf, ret);
	else
		probes_perf_tally(p->perf, ret);
}
