/* SPDX-License-Identifier: MIT */
#ifndef APP_OPENING_H
#define APP_OPENING_H

/* Where the samples of a watch come from. */

#include "app/options.h"
#include "model/source.h"

/* The process `pid`, or with pid 0 whoever has the name of --follow. 0, or -errno with a fault. */
int opening_live(const struct options *o, int32_t pid, struct source **ret, struct fault *fault);

#endif
