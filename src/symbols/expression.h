/* SPDX-License-Identifier: MIT */
#ifndef SYMBOLS_EXPRESSION_H
#define SYMBOLS_EXPRESSION_H

/*
 * DWARF expressions as call frame information has them (the PLT's, signal frames', realigned
 * stacks'), over the registers of a frame and the slice of the stack that was taken. Bounded in
 * steps; reads nothing else.
 */

#include <elfutils/libdw.h>

#include "symbols/symbols.h"

/* A frame of a thread: what is known of its registers, and of its stack. */
struct frame {
	uint64_t registers[STACK_REGISTERS];
	uint32_t known;       /* bit n: register n */
	uint64_t base;        /* address of bytes[0] */
	const uint8_t *bytes; /* borrowed */
	size_t size;
};

/* The 8 bytes at this address of the stack. False: they were not taken. */
bool frame_read(const struct frame *f, uint64_t address, uint64_t *ret);

/*
 * `cfa` is what DW_OP_call_frame_cfa gives (libdw begins rules of registers with it). *ret_value
 * tells that the result is the value itself, else it is where the value lies. False: it cannot be
 * told.
 */
bool expression_run(const Dwarf_Op *ops, size_t count, const struct frame *f, uint64_t cfa,
                    uint64_t *ret, bool *ret_value);

#endif
