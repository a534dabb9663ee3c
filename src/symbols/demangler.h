/* SPDX-License-Identifier: MIT */
#ifndef SYMBOLS_DEMANGLER_H
#define SYMBOLS_DEMANGLER_H

/* What makes names of C++ readable: __cxa_demangle of the C++ library, where this machine has one. */

#include <stddef.h>

typedef char *demangler(const char *mangled, char *out, size_t *size, int *status);

/* Opens files. NULL: there is none. */
demangler *demangler_find(void);

#endif
