/* SPDX-License-Identifier: MIT */
#ifndef SYMBOLS_SCOPES_H
#define SYMBOLS_SCOPES_H

/*
 * Which function holds an address, and which functions were inlined around it, out of the debug
 * information.
 */

#include <stddef.h>

#include <elfutils/libdw.h>

/*
 * Functions around `address` (as this unit counts them), outermost first: a subprogram, then
 * inlined ones. *ret_count is how many were stored into ret[0..room); further inner ones are left
 * out.
 */
void scopes_find(Dwarf_Die *unit, Dwarf_Addr address, Dwarf_Die *ret, size_t room,
                 size_t *ret_count);

/* The name a linker knows it by, else that of the source; NULL: none. */
const char *scope_name(Dwarf_Die *function);

/* Where an inlined function was called: *ret_file (NULL: unknown) and *ret_line (0: unknown). */
void scope_called(Dwarf_Die *function, Dwarf_Die *unit, const char **ret_file, unsigned *ret_line);

#endif
