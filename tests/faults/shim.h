/* SPDX-License-Identifier: MIT */
#ifndef FAULTS_SHIM_H
#define FAULTS_SHIM_H

/*
 * What the files of the shim share, unseen by the program that it is preloaded into. Each of them stands in for some calls
 * of the program: due to fail or not, and if not, on to the real one.
 */

#include <stdbool.h>

#include "page.h"

#pragma GCC visibility push(hidden)

extern struct fault_page *shim_page; /* NULL: nobody ordered anything */

/* The function of this name behind ours, into a pointer to function. */
void shim_find(void *ret_function, const char *name);

/* True: this call has to fail; errno says how. Called by what stands in for it, directly. */
bool shim_due(enum fault_family family, const char *call);

#pragma GCC visibility pop

#define FAULTY(family, type, bad, name, params, args) \
	type name params                              \
	{                                             \
		static type(*real) params;            \
		if (shim_due(family, #name))          \
			return bad;                   \
		if (!real)                            \
			shim_find(&real, #name);      \
		return real args;                     \
	}

#endif
