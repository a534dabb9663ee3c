/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "making.h"

/* Knows the list of families: leaks, bounded, adversarial. */

enum { FAMILIES_MAX = 96 };

static const struct family *list[FAMILIES_MAX];

const struct family *const *family_list(void)
{
	static const struct family *const groups[] = {leak_families, bounded_families,
	                                              cycle_families, adversarial_families};
	unsigned n = 0;

	if (list[0])
		return list;
	for (unsigned g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
		for (const struct family *f = groups[g]; f->name && n + 1 < FAMILIES_MAX; f++)
			list[n++] = f;
	}
	return list;
}

const struct family *family_find(const char *name)
{
	for (const struct family *const *f = family_list(); *f; f++) {
		if (!strcmp((*f)->name, name))
			return *f;
	}
	return NULL;
}
