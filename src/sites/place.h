/* SPDX-License-Identifier: MIT */
#ifndef SITES_PLACE_H
#define SITES_PLACE_H

/*
 * Where in a function a probe is cheap. The kernel emulates some instructions (push, nop, a call, a jump) and a hit there
 * costs about 1 us; any other it executes out of line with a second trap, for about 10 us. Pure: bytes in, an offset out.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct place_choice {
	unsigned moved; /* bytes from the begin of the function; 0: its first instruction */
	bool emulated;  /* cheap */
	bool returns; /* the return address is still on top of the stack: a return can be seen from there */
	char words[48]; /* "push rbp at +9", for a person */
};

/*
 * The first emulated instruction that every call passes, with the first `arguments` registers (rdi, rsi, rdx, ..) as they
 * came in, within `size` bytes of code at `address`; else the begin, also where there is no memory to look.
 */
void place_choose(const uint8_t *code, size_t size, uint64_t address, unsigned arguments,
                  struct place_choice *ret);

/* Whether instructions can be decoded; else only the plainest first ones are known. */
bool place_built(void);

#endif
