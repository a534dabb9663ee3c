/* SPDX-License-Identifier: MIT */
/* Knows why perf events are refused and what helps against it. Refuses to try. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/rights.h"
#include "proc/system.h"
#include "sites/descriptors.h"
#include "sites/faults.h"

enum { FILE_ROOM = 4096 };

int64_t faults_paranoid(const struct procdir *dir)
{
	struct buf b;
	int64_t value;

	buf_init(&b, FILE_ROOM);
	int e = procdir_read_global(dir, "sys/kernel/perf_event_paranoid", &b);
	if (e == 0)
		e = kernel_number_parse(buf_str(&b), b.len, &value);
	buf_done(&b);
	return e < 0 ? INT64_MIN : value;
}

/* Own processes may be traced up to 2; some distributions know 3 and 4: nobody may anything. */
static void denied_explain(int64_t paranoid, char *out, size_t size)
{
	char remedy[RIGHTS_REMEDY];

	if (paranoid > 2)
		snprintf(out, size,
		         "kernel.perf_event_paranoid is %lld, which forbids it: %s, or `sysctl "
		         "kernel.perf_event_paranoid=2`",
		         (long long)paranoid,
		         rights_remedy(RIGHT(RIGHT_PERFMON), remedy, sizeof(remedy)));
	else
		snprintf(out, size,
		         "it belongs to another user, changed its user or has more rights: %s",
		         rights_remedy(RIGHT(RIGHT_PERFMON) | RIGHT(RIGHT_SYS_PTRACE), remedy,
		                       sizeof(remedy)));
}

char *faults_explain(int error, int32_t pid, unsigned needed, int64_t paranoid, char *out,
                     size_t size)
{
	char why[240];

	switch (error) {
	case -EACCES:
		denied_explain(paranoid, why, sizeof(why));
		break;
	case -EPERM:
		snprintf(why, sizeof(why),
		         "perf events are forbidden here (a container's seccomp filter, or "
		         "lockdown): run this outside of it, or with CAP_PERFMON");
		break;
	case -EMFILE:
		if (needed <= descriptors_limit() / 2)
			return descriptors_explain("page faults", pid, needed, out, size);
		snprintf(why, sizeof(why),
		         "%u descriptors (threads x CPUs) are more than half of the %" PRIu64
		         " that may be open: `ulimit -n %u`",
		         needed, descriptors_limit(), 2 * needed);
		break;
	case -ENOSYS:
	case -ENOTSUP:
	case -ENOENT:
		snprintf(why, sizeof(why),
		         "this kernel has no perf events for page faults (CONFIG_PERF_EVENTS)");
		break;
	case -ENOBUFS:
		snprintf(why, sizeof(why),
		         "no locked memory is left for its buffers: raise `ulimit -l`, or "
		         "kernel.perf_event_mlock_kb");
		break;
	case -ESRCH:
		snprintf(why, sizeof(why), "it is gone");
		break;
	default:
		snprintf(why, sizeof(why), "%s", fault_reason(error));
		break;
	}
	snprintf(out, size, "cannot trace page faults of process %d: %s", pid, why);
	return out;
}
