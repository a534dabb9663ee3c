/* SPDX-License-Identifier: MIT */
#include "symbols/names.h"

/*
 * Knows where names come from: debug information, inlined functions first, else symbol tables.
 * Refuses to make one up: what nothing tells is "".
 */

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "symbols/scopes.h"

enum { MANGLED_MAX = 4096 };

struct place {
	const char *function, *file;
	unsigned line;
	bool inlined;
};

void names_init(struct names *n, struct modules *modules)
{
	*n = (struct names){.modules = modules, .demangle = demangler_find()};
}

static void function_put(const struct names *n, const char *name, struct wire_out *out)
{
	char *clear = NULL;
	int status;

	if (name && n->demangle && !strncmp(name, "_Z", 2) &&
	    strnlen(name, MANGLED_MAX) < MANGLED_MAX)
		clear = n->demangle(name, NULL, NULL, &status);
	/* Versions of a symbol say nothing to a person: "nanosleep@@GLIBC_2.2.5". */
	size_t length = clear || !name ? FUNCTION_MAX : strcspn(name, "@");
	wire_put_string(out, clear ? clear : name,
	                length < FUNCTION_MAX ? length : FUNCTION_MAX - 1);
	free(clear);
}

static void places_put(const struct names *n, const struct place *places, size_t count,
                       struct wire_out *out)
{
	wire_put(out, count);
	for (size_t i = 0; i < count; i++) {
		wire_put(out, places[i].line);
		wire_put(out, places[i].inlined);
		function_put(n, places[i].function, out);
		wire_put_string(out, places[i].file, FILE_MAX - 1);
	}
}

/*
 * Innermost first. The line of an inlined call is that of the function around it; one without a
 * name (what dwz put into a file that is not there) would say nothing more.
 */
static size_t debug_places(struct module *module, uint64_t address, struct place *places,
                           Dwarf_Addr *ret_entry)
{
	Dwarf_Die scopes[NAME_FRAMES_MAX];
	Dwarf_Addr bias;
	Dwarf_Die unit;
	size_t count = 0, told = 0;
	int number = 0;

	if (!lookup_unit(&module->units, module->dwfl_module, address, &unit, &bias))
		return 0;
	Dwarf_Line *line = dwarf_getsrc_die(&unit, address - bias);
	scopes_find(&unit, address - bias, scopes, NAME_FRAMES_MAX, &count);
	struct place at = {.file = line ? dwarf_linesrc(line, NULL, NULL) : NULL};
	if (line && dwarf_lineno(line, &number) == 0 && number > 0)
		at.line = (unsigned)number;
	for (size_t i = 0; i < count; i++) {
		Dwarf_Die *scope = &scopes[count - 1 - i];
		at.function = scope_name(scope);
		at.inlined = dwarf_tag(scope) == DW_TAG_inlined_subroutine;
		if (at.function || !at.inlined)
			places[told++] = at;
		scope_called(scope, &unit, &at.file, &at.line);
	}
	if (!count)
		places[told++] = at;
	else if (dwarf_entrypc(&scopes[0], ret_entry) == 0)
		*ret_entry += bias;
	return told;
}

static size_t places_find(struct module *module, uint64_t address, struct place *places)
{
	Dwarf_Addr entry = 0;
	uint64_t start = 0;
	const char *symbol = NULL;
	size_t count = 0;

	if (module_begin(module, WORK_DEBUG))
		count = debug_places(module, address, places, &entry);
	if (module_begin(module, WORK_NAMES))
		symbol = lookup_symbol(&module->symbols, module->dwfl_module, address, &start);
	if (count == 0 && symbol)
		places[count++] = (struct place){0};
	/* Of a function's names that of the symbol is the one that others call it by. */
	if (count && symbol && (!places[count - 1].function || start == entry))
		places[count - 1].function = symbol;
	return count;
}

void name_tell(struct names *n, uint64_t address, struct wire_out *out)
{
	struct place places[NAME_FRAMES_MAX] = {{0}};
	const struct range *range = modules_range(n->modules, address);
	size_t count = range && range->module ? places_find(range->module, address, places) : 0;

	/* Strings are borrowed from the file: it is still being worked on. */
	places_put(n, places, count ? count : 1, out);
	wire_put(out, range && range->module ? module_offset(range->module, address) : 0);
	work_rest(n->modules);
}
