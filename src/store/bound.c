/* SPDX-License-Identifier: MIT */
/* Knows whether all was bound. Refuses to know to which statement: they are bound one after the other. */
#include "store/bound.h"

static _Thread_local int failed = SQLITE_OK;

void bound(int index, int code)
{
	if (index == 1 || failed == SQLITE_OK)
		failed = code;
}

int bound_step(sqlite3_stmt *s)
{
	int code = sqlite3_bind_parameter_count(s) ? failed : SQLITE_OK;

	failed = SQLITE_OK;
	return code == SQLITE_OK ? sqlite3_step(s) : code;
}
