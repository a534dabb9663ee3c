/* SPDX-License-Identifier: MIT */
#ifndef SITES_NAMED_H
#define SITES_NAMED_H

/*
 * Which level of a stack speaks for it: the first that is neither the allocator's nor the runtime's own. Wrappers that a
 * program has around malloc are its own code. Pure.
 */

#include <stdbool.h>

/* `function` as symbols tell it, "" unknown; `module` the path of its object, "" none. */
bool named_is_runtime(const char *function, const char *module);

#endif
