/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_SITES_PUPPET_H
#define SUPPORT_SITES_PUPPET_H

/* A child that does one thing at a time when told, and functions of ours as places for probes. */

#include <stdbool.h>
#include <sys/types.h>

#include "sites/probes.h"

struct puppet {
	pid_t pid;
	int to, from;
};

/* It calls act(command) for each command; nothing of it allocates but what act does. */
void puppet_start(struct puppet *p, void (*act)(char command));
void puppet_do(struct puppet *p, char command); /* comes back when it is done */
void puppet_execute(
        struct puppet *
                p); /* it becomes another program, which does nothing; comes back when it is that */
void puppet_end(struct puppet *p);
bool puppet_lives(const struct puppet *p);

/* The place of a function of this program or of a library it has, which is the same in a child. */
struct probe_spot spot_of(const void *function, enum probe_role role);

/* Whether probes work here at all; else the reason is printed, once. `bpf`: those with BPF behind them. */
bool probes_work(bool bpf);

#endif
