/* SPDX-License-Identifier: MIT */
#ifndef SYMBOLS_CONFINE_H
#define SYMBOLS_CONFINE_H

/* Takes from a process what a reader of other people's bytes does not need. */

/* Closes all descriptors but `keep`, which becomes *ret_kept. Never fails. */
void confine_descriptors(int keep, int *ret_kept);

/*
 * No capabilities, no other user's rights where we are root, no new ones, no files made or written,
 * memory bounded above what is mapped now, no core; only system calls that reading handed
 * descriptors takes, where the kernel can see to that; ends with the thread that forked it. 0 or
 * -errno: then the process is not confined.
 */
int confine(void);

/* Processor time until the kernel ends this process, from now on. */
void confine_time(unsigned seconds);

#endif
