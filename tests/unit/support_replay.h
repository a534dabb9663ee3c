/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_REPLAY_H
#define SUPPORT_REPLAY_H

/* A recording that is read: whatever fails fails the test, and says why. */

#include "store/replay.h"

struct replay *replay_of(const char *path);

/* replay_moment(); the caller owns the reference. */
struct moment *moment_of(struct replay *r, uint64_t time, uint64_t focus);

#endif
