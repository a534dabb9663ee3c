/* SPDX-License-Identifier: MIT */
#ifndef SITES_SITE_NAMES_H
#define SITES_SITE_NAMES_H

/* What is at addresses of code: asked once for each, and kept. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbols/symbols.h"

/* One level: several share an address where functions were inlined. Texts are numbers for site_names_text(). */
struct site_name {
	uint32_t function, file, module;
	unsigned line;
	bool inlined, runtime, wrapper;
	uint64_t offset; /* as symbol_frame has it */
};

struct site_names;
struct site_names *site_names_new(void); /* NULL: no memory */
void site_names_free(struct site_names *n);

/* Asks for those that are not known yet. `symbols` may be NULL: then nothing becomes known. */
void site_names_ask(struct site_names *n, struct symbols *symbols, const uint64_t *addresses,
                    size_t count);

/* The levels at an address, innermost first; *ret_count 0 and NULL: not known. */
const struct site_name *site_names_get(const struct site_names *n, uint64_t address,
                                       size_t *ret_count);

/* Code was mapped since: what had no object is asked for again. */
void site_names_doubt(struct site_names *n);

/* Texts have numbers from 0 (which is "") to site_names_texts(). */
const char *site_names_text(const struct site_names *n, uint32_t text);
uint32_t site_names_texts(const struct site_names *n);

#endif
