/* SPDX-License-Identifier: MIT */
#ifndef FAULTS_TARGET_H
#define FAULTS_TARGET_H

/* Processes to watch. */

#include <stdbool.h>
#include <sys/types.h>

/* Becomes one; says "ready" on stdout. */
_Noreturn void target_be(bool leaks);

/* Starts `self` with the argument `what`, and waits until it is one. Its pid, or -1. */
pid_t target_start(const char *self, const char *what);

#endif
