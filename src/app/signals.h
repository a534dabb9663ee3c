/* SPDX-License-Identifier: MIT */
#ifndef APP_SIGNALS_H
#define APP_SIGNALS_H

/* Signals as something to poll for. */

#include <stddef.h>

/*
 * Blocks `count` signals in this thread and in those it starts, and ignores SIGPIPE: a closed pipe is an
 * error of write(2). The signalfd that tells of them, or -1.
 */
int signals_open(const int *wanted, size_t count);

/* Those that end a watch: INT, TERM, HUP, QUIT. */
int signals_open_end(void);

/*
 * Stops as a program that knows nothing of ^Z does, not by SIGSTOP: where no shell is there to continue us
 * (an orphaned process group) the kernel drops the signal, and we go on.
 */
void signals_stop_here(void);

#endif
