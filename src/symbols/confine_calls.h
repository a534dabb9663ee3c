/* SPDX-License-Identifier: MIT */
#ifndef SYMBOLS_CONFINE_CALLS_H
#define SYMBOLS_CONFINE_CALLS_H

/*
 * From now on this process can make only the system calls that reading files it was handed takes:
 * memory, reading, messages over sockets it has. Each other one fails with EPERM, so that a library
 * that tries more goes on without. A kernel that cannot do this leaves all as it is; the other
 * limits stand.
 */
void confine_calls(void);

#endif
