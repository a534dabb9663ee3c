/* SPDX-License-Identifier: MIT */
#ifndef SOURCE_FOLLOW_H
#define SOURCE_FOLLOW_H

/*
 * Whatever process has a name, one after the other, as one source. The name is that of a process (comm, or base
 * name of its executable, exactly) or of a unit of systemd ("nginx.service": its main process, told by
 * cgroup and parents). Of several the oldest is taken, and that is a warning.
 *
 * It never comes to an end: while nobody has the name, sample gives -EAGAIN and the moment says who is waited
 * for; with the successor comes a sample flagged SAMPLE_EPOCH, news of kind EVENT_RESTART, and regions with ids
 * that none before had. A process that executes another program stays followed whatever its name is then.
 */

#include "source/live.h"

/*
 * Looks at nobody yet: the first prepare() reads of all processes, which takes as long as there are many, and may
 * block; from then on a thread of its own does while somebody is waited for. `options` as for live_open, pid left
 * out. 0, or -errno with *fault: the proc directory cannot be read, or no memory; that nobody has the name is no
 * error.
 */
int follow_open(const struct live_options *options, const char *name, struct source **ret,
                struct fault *fault);

#endif
