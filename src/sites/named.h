/* SPDX-License-Identifier: MIT */
#ifndef SITES_NAMED_H
#define SITES_NAMED_H

/*
 * Which level of a stack speaks for it: the first that is neither the allocator's nor the runtime's own, and no wrapper
 * that a program or a library has around malloc; where there is nothing else, such a wrapper. Pure.
 */

#include <stdbool.h>

/* `function` as symbols tell it, "" unknown; `module` the path of its object, "" none. */
bool named_is_runtime(const char *function, const char *module);

/* Code of a program that only allocates for others, by its name: zmalloc, g_malloc0, sqlite3Malloc. */
bool named_is_wrapper(const char *function);

#endif
