/* SPDX-License-Identifier: MIT */
#ifndef STORE_BOUND_H
#define STORE_BOUND_H

/*
 * What is bound is kept from one run of a statement to the next: where a value could not be bound, the one of the row before
 * stands there, and would be written over that row, or asked for. Such a statement is not run.
 */

#include <sqlite3.h>

/* With what sqlite3_bind_... returned for the parameter of this index; the first of a row has 1. */
void bound(int index, int code);

/* sqlite3_step; the code of the first that could not be bound, by this thread since the last step, in place of it. */
int bound_step(sqlite3_stmt *s);

#endif
