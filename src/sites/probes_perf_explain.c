/* SPDX-License-Identifier: MIT */
/* Knows why probes by perf events are refused and what helps against it. Refuses to try. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sites/descriptors.h"
#include "sites/probes_perf.h"

int probes_perf_explain(int error, int32_t pid, size_t files, char *why, size_t size)
{
	const char *what = strerror(-error);

	if (error == -EACCES || error == -EPERM) {
		probes_denied_explain(why, size);
		return error;
	}
	if (error == -ENOTSUP || error == -ENOENT)
		what = "this kernel has no uprobes for perf events; growth stacks need none";
	else if (error == -ENOBUFS)
		what = "no memory may be locked for rings; raise kernel.perf_event_mlock_kb";
	if (error == -EMFILE)
		descriptors_explain("probes", pid, files, why, size);
	else
		snprintf(why, size, "probes: process %d: %s", pid, what);
	return error;
}
