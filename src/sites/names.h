/* SPDX-License-Identifier: MIT */
#ifndef SITES_NAMES_H
#define SITES_NAMES_H

/* What is at addresses of code: asked once for each, and kept. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbols/symbols.h"

/* One level: several share an address where functions were inlined. Texts are numbers for names_text(). */
struct name {
	uint32_t function, file, module;
	unsigned line;
	bool inlined, runtime;
};

struct names;
struct names *names_new(void); /* NULL: no memory */
void names_free(struct names *n);

/* Asks for those that are not known yet. `symbols` may be NULL: then nothing becomes known. */
void names_ask(struct names *n, struct symbols *symbols, const uint64_t *addresses, size_t count);

/* The levels at an address, innermost first; *ret_count 0 and NULL: not known. */
const struct name *names_get(const struct names *n, uint64_t address, size_t *ret_count);

/* Code was mapped since: what had no object is asked for again. */
void names_doubt(struct names *n);

/* Texts have numbers from 0 (which is "") to names_texts(). */
const char *names_text(const struct names *n, uint32_t text);
uint32_t names_texts(const struct names *n);

#endif
