/* SPDX-License-Identifier: MIT */
#ifndef APP_SAME_FILE_H
#define APP_SAME_FILE_H

#include <stdbool.h>

/*
 * Two paths that lead to one file, however they are spelt: through links, too, and where neither is there yet to the
 * one that both would create. False also where nobody can tell: what is opened then says why.
 */
bool same_file(const char *a, const char *b);

#endif
