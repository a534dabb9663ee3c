/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_SYMBOLS_BUILT_H
#define SUPPORT_SYMBOLS_BUILT_H

/*
 * The target symbols-chain in shapes that a test builds for itself, with the tools of whoever
 * builds programs, in a directory that lives as long as the group of tests. What a tool lacks skips
 * the test; what else fails ends it.
 */

#include "support_symbols_target.h"

/* What stands on its stack, with all that debug information tells, and with symbols alone. */
#define BUILT_CHAIN \
	"chain_end [inlined_inner] [inlined_outer] chain_middle chain_aligned chain_begin main "
#define BUILT_BARE "chain_end chain_middle chain_aligned chain_begin main "

/* Set-up and tear-down of the group: make the directory, remove it. */
int built_begin(void **state);
int built_end(void **state);

/* A path in that directory; static storage, good for the four latest. */
const char *built_path(const char *name);

/*
 * Skips where there is no such command; where that file was not made, which not every compiler can.
 */
void built_needs(const char *command);
void built_needs_made(const char *name);
/* Skips where this is not root. */
void built_needs_root(void);

/*
 * Runs this in that directory by a shell: $B is where the targets lie, $S the source of
 * symbols-chain, `cc` what compiles it as they are. built_tries: false where it fails.
 */
void built_run(const char *script);
bool built_tries(const char *script);

/*
 * Runs this test program once more with an argument, for what one process cannot take back. Its
 * exit status.
 */
int built_again(const char *argument);

/* What a target at rest is found to be. */
struct built_seen {
	char names[2048]; /* of the program's own frames from rest_here on */
	unsigned lines;   /* how many of them are somewhere in symbols-chain.c */
	bool whole;
};
/* Of one that runs; of one that is started from that directory for it, and ended. */
struct built_seen built_see(const struct chain *c);
struct built_seen built_start(const char *name, const char *mode);

/* That the stack is whole, that these names are in it, and whether lines are known. */
void built_expect(const struct built_seen *seen, const char *names, bool has_lines);

#endif
