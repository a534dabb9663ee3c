/* SPDX-License-Identifier: MIT */
#ifndef SYMBOLS_NAMES_H
#define SYMBOLS_NAMES_H

/* Names, files and lines of addresses, inside the reader. */

#include "symbols/modules.h"
#include "symbols/wire.h"

struct names {
	struct modules *modules;
	char *(*demangle)(const char *mangled, char *out, size_t *size,
	                  int *status); /* NULL: none */
};

/* Looks for a demangler; before files can no longer be opened. */
void names_init(struct names *n, struct modules *modules);

/*
 * Writes the frames of one address: their count, then line, whether inlined, function, file of
 * each.
 */
void name_tell(struct names *n, uint64_t address, struct wire_out *out);

#endif
