/* SPDX-License-Identifier: MIT */
#ifndef SYMBOLS_ANSWERS_H
#define SYMBOLS_ANSWERS_H

/*
 * What the reader answered, out of its bytes, one thing after the other. Pure. Each is 0, or
 * -EPROTO where the bytes are not what was agreed; then *ret holds anything.
 */

#include "symbols/protocol.h"
#include "symbols/symbols.h"
#include "symbols/wire.h"

/* The frames of one address. */
struct named {
	unsigned count;  /* at least 1 */
	uint64_t offset; /* the address as the file has it; 0 unknown */
	struct {
		unsigned line;
		bool inlined;
		char function[FUNCTION_MAX], file[FILE_MAX];
	} frames[NAME_FRAMES_MAX];
};

int answer_stack(struct wire_in *w, struct stack_unwound *ret);
int answer_named(struct wire_in *w, struct named *ret);
/* All but the path and the module, of which *ret_module is the number. `names` were asked for. */
int answer_place(struct wire_in *w, uint32_t names, struct symbol_place *ret, uint64_t *ret_module);

#endif
