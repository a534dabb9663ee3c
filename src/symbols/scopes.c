/* SPDX-License-Identifier: MIT */
#include "symbols/scopes.h"

/*
 * Knows how functions nest in debug information. Walks the tree itself: what libdw offers for it
 * either follows an inlined function to where it was written, or searches the unit a second time.
 */

#include <dwarf.h>
#include <limits.h>
#include <stdbool.h>

enum { NESTING_MAX = 64 };

struct search {
	Dwarf_Addr address;
	Dwarf_Die *ret;
	size_t room, count;
};

/* Things that have no addresses but may hold functions that have. */
static bool is_holder(int tag)
{
	return tag == DW_TAG_namespace || tag == DW_TAG_module || tag == DW_TAG_class_type ||
	       tag == DW_TAG_structure_type || tag == DW_TAG_union_type;
}

static bool is_code(int tag)
{
	return tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine ||
	       tag == DW_TAG_lexical_block || tag == DW_TAG_try_block || tag == DW_TAG_catch_block;
}

static bool is_function(int tag)
{
	return tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine;
}

/* True: the address was found below, and need not be looked for beside it. */
static bool search_in(struct search *s, Dwarf_Die *parent, unsigned depth)
{
	Dwarf_Die die;

	if (depth > NESTING_MAX || dwarf_child(parent, &die) != 0)
		return false;
	do {
		int tag = dwarf_tag(&die);
		if (is_holder(tag) && search_in(s, &die, depth + 1))
			return true;
		if (!is_code(tag) || dwarf_haspc(&die, s->address) != 1)
			continue;
		if (is_function(tag) && s->count < s->room)
			s->ret[s->count++] = die;
		search_in(s, &die, depth + 1);
		return true;
	} while (dwarf_siblingof(&die, &die) == 0);
	return false;
}

void scopes_find(Dwarf_Die *unit, Dwarf_Addr address, Dwarf_Die *ret, size_t room,
                 size_t *ret_count)
{
	struct search s = {.address = address, .ret = ret, .room = room};

	search_in(&s, unit, 0);
	*ret_count = s.count;
}

const char *scope_name(Dwarf_Die *function)
{
	static const unsigned linked[] = {DW_AT_linkage_name, DW_AT_MIPS_linkage_name};
	Dwarf_Attribute a;

	for (size_t i = 0; i < sizeof(linked) / sizeof(linked[0]); i++) {
		const char *name = dwarf_formstring(dwarf_attr_integrate(function, linked[i], &a));
		if (name)
			return name;
	}
	return dwarf_formstring(dwarf_attr_integrate(function, DW_AT_name, &a));
}

void scope_called(Dwarf_Die *function, Dwarf_Die *unit, const char **ret_file, unsigned *ret_line)
{
	Dwarf_Attribute a;
	Dwarf_Word file = 0, line = 0;
	Dwarf_Files *files;
	size_t count;

	*ret_file = NULL;
	*ret_line = 0;
	if (dwarf_formudata(dwarf_attr(function, DW_AT_call_line, &a), &line) == 0 &&
	    line <= UINT_MAX)
		*ret_line = (unsigned)line;
	if (dwarf_formudata(dwarf_attr(function, DW_AT_call_file, &a), &file) == 0 &&
	    dwarf_getsrcfiles(unit, &files, &count) == 0 && file < count)
		*ret_file = dwarf_filesrc(files, file, NULL, NULL);
}
