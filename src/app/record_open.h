/* SPDX-License-Identifier: MIT */
#ifndef APP_RECORD_OPEN_H
#define APP_RECORD_OPEN_H

/* Recordings as the command line and a key ask for them: how one begins, and how one ends with its watch. */

#include "app/options.h"
#include "app/recorder.h"

/* A recorder to `path` with what the options say; the file opens behind our back. 0 or -errno. */
int record_start(const struct options *o, const char *path, struct recorder **ret);

/*
 * --record: the one that o->recorder is already, else a new one, once its file is open. A screen is not kept waiting:
 * a file that takes its time may still fail, which recorder_news tells then. Nobody else waits on when `wake_fd` (-1:
 * none) is readable: -EINTR. 0 or -errno with a fault.
 */
int record_open(const struct options *o, bool screen, int wake_fd, struct recorder **ret,
                struct fault *fault);

/*
 * The end of a watch: lets it write what waits, for a second at the most. 0, or -EIO with a fault of one line
 * when something is missing in the file. NULL is fine.
 */
int record_end(struct recorder *r, struct fault *fault);

#endif
