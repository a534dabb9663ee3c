/* SPDX-License-Identifier: MIT */
#ifndef SYMBOLS_LOOKUP_H
#define SYMBOLS_LOOKUP_H

/*
 * Tables by address of a module's symbols and of the units of its debug information, made once.
 * libdwfl goes through all symbols for each address, and through all units where no table of
 * addresses was written.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <elfutils/libdwfl.h>

struct lookup_range {
	uint64_t start, end; /* addresses; a symbol without a size ends where it starts */
	uint64_t what;       /* index of the symbol, offset of the unit */
	unsigned rank;       /* of several at one address the lowest is kept */
};

struct lookup {
	struct lookup_range *ranges; /* by start, one each */
	size_t count, room;
	bool made;
};

void lookup_done(struct lookup *l);

/*
 * The symbol around this address: its name, borrowed, and *ret_start; NULL: none. Makes the table
 * when it is new.
 */
const char *lookup_symbol(struct lookup *l, Dwfl_Module *module, uint64_t address,
                          uint64_t *ret_start);

/* The unit around this address. False: none. *ret_bias is what the unit's addresses lack. */
bool lookup_unit(struct lookup *l, Dwfl_Module *module, uint64_t address, Dwarf_Die *ret,
                 Dwarf_Addr *ret_bias);

#endif
