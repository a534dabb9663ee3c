/* SPDX-License-Identifier: MIT */
#ifndef SYMBOLS_FIND_H
#define SYMBOLS_FIND_H

/* Functions by their exact names in everything that is mapped, inside the reader. */

#include "symbols/modules.h"
#include "symbols/wire.h"

/*
 * The names lie in shared.in as `message` tells. Writes a place for each definition that is mapped:
 * name, module, offset in the file, address, size, how many bytes of code, the code. *ret_count of
 * them, at most FIND_PLACES_MAX. 0 or -errno.
 */
int find_all(struct modules *m, const struct message *message, struct wire_out *out,
             uint32_t *ret_count);

#endif
