/* SPDX-License-Identifier: MIT */
#ifndef SYMBOLS_READER_H
#define SYMBOLS_READER_H

/* The child process that reads ELF and DWARF. */

#include "symbols/protocol.h"

/*
 * In the child, right after fork: confines itself, answers requests from the socket until that is
 * closed, exits.
 */
_Noreturn void reader_run(int socket, struct shared *shared);

#endif
