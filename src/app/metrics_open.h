/* SPDX-License-Identifier: MIT */
#ifndef APP_METRICS_OPEN_H
#define APP_METRICS_OPEN_H

/* --openmetrics as the command line asks for it: how it begins with a watch and is told of it. */

#include "app/metrics.h"
#include "app/options.h"
#include "app/watch.h"

/*
 * The one that o->metrics is already, else a new one once it is known that its file can be written; *ret NULL where
 * the option was not given. A screen is not kept waiting: what takes its time may still fail, which metrics_news tells
 * then. Nobody else waits on when `wake_fd` (-1: none) is readable: -EINTR. 0 or -errno with a fault.
 */
int metrics_open(const struct options *o, bool screen, int wake_fd, struct metrics **ret,
                 struct fault *fault);

/* Tells the moment, and the watch what goes wrong with that. NULL is fine for either. */
void metrics_follow(struct metrics *m, struct watch *w, struct moment *moment);

#endif
