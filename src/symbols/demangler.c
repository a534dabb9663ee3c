/* SPDX-License-Identifier: MIT */
#include "symbols/demangler.h"

/* Knows where a demangler lies that was not linked: few programs that are traced need it, and no build should. */

#include <dlfcn.h>

demangler *demangler_find(void)
{
	void *cxx = dlopen("libstdc++.so.6", RTLD_NOW | RTLD_LOCAL);
	demangler *found = NULL;

	if (cxx)
		*(void **)&found = dlsym(cxx, "__cxa_demangle");
	return found;
}
