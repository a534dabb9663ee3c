/* SPDX-License-Identifier: MIT */
#ifndef SYMBOLS_ROW_READ_H
#define SYMBOLS_ROW_READ_H

/* One row, out of the call frame information of the file that lies at an address. */

#include "symbols/rows.h"

/*
 * Always fills *ret. *ret_rules stays NULL, or for ROW_RULES and ROW_SIGNAL is the caller's to
 * free(), before the module is closed.
 */
void row_read(struct modules *m, uint64_t address, struct row *ret, Dwarf_Frame **ret_rules);

#endif
