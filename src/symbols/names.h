/* SPDX-License-Identifier: MIT */
#ifndef SYMBOLS_NAMES_H
#define SYMBOLS_NAMES_H

/* Names, files and lines of addresses, inside the reader. */

#include "symbols/demangler.h"
#include "symbols/modules.h"
#include "symbols/wire.h"

struct names {
	struct modules *modules;
	demangler *demangle; /* NULL: none */
};

/* Looks for a demangler; before files can no longer be opened. */
void names_init(struct names *n, struct modules *modules);

/*
 * Writes the frames of one address: their count, then line, whether inlined, function, file of
 * each.
 */
void name_tell(struct names *n, uint64_t address, struct wire_out *out);

#endif
