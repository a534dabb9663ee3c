/* SPDX-License-Identifier: MIT */
#include "symbols/lookup.h"

/*
 * Knows which of several symbols at one address others call it by. Refuses to name what lies behind
 * the end of a symbol that tells its size.
 */

#include <stdlib.h>

#include "base/array.h"

/*
 * Tables stay below 128 MiB; how many ranges before an address are looked at for one that reaches
 * it.
 */
enum { RANGES_MOST = 4 << 20, BACK_MOST = 64 };

void lookup_done(struct lookup *l)
{
	free(l->ranges);
	*l = (struct lookup){0};
}

static void range_add(struct lookup *l, struct lookup_range range)
{
	if (l->count < RANGES_MOST &&
	    array_room((void **)&l->ranges, l->count, &l->room, sizeof(range)))
		l->ranges[l->count++] = range;
}

static int by_start(const void *a, const void *b)
{
	const struct lookup_range *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return (x->what > y->what) - (x->what < y->what);
}

static void lookup_sort(struct lookup *l)
{
	size_t kept = 0;

	if (l->count)
		qsort(l->ranges, l->count, sizeof(*l->ranges), by_start);
	for (size_t i = 0; i < l->count; i++)
		if (kept == 0 || l->ranges[kept - 1].start != l->ranges[i].start)
			l->ranges[kept++] = l->ranges[i];
	l->count = kept;
	l->made = true;
}

/* The nearest one before the address that reaches it, else the nearest if it tells no end. */
static const struct lookup_range *lookup_find(const struct lookup *l, uint64_t address)
{
	size_t low = 0, high = l->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (l->ranges[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	for (size_t i = low; i > 0 && low - i < BACK_MOST; i--)
		if (address < l->ranges[i - 1].end)
			return &l->ranges[i - 1];
	return low > 0 && l->ranges[low - 1].end == l->ranges[low - 1].start ? &l->ranges[low - 1]
	                                                                     : NULL;
}

/* Code, with a size, known to others: what has more of it comes first. */
static unsigned symbol_rank(const GElf_Sym *symbol)
{
	unsigned bind = GELF_ST_BIND(symbol->st_info);

	return (symbol->st_size ? 0u : 8u) +
	       (GELF_ST_TYPE(symbol->st_info) == STT_NOTYPE ? 4u : 0u) +
	       (bind == STB_GLOBAL ? 0u
	        : bind == STB_WEAK ? 1u
	                           : 2u);
}

static bool is_code(const GElf_Sym *symbol, GElf_Word section)
{
	unsigned type = GELF_ST_TYPE(symbol->st_info);

	return section != SHN_UNDEF && section != SHN_ABS &&
	       (type == STT_FUNC || type == STT_GNU_IFUNC || type == STT_NOTYPE);
}

static void symbols_make(struct lookup *l, Dwfl_Module *module)
{
	int count = dwfl_module_getsymtab(module);

	for (int i = 1; i < count; i++) {
		GElf_Sym symbol;
		GElf_Addr at;
		GElf_Word section;
		const char *name =
		        dwfl_module_getsym_info(module, i, &symbol, &at, &section, NULL, NULL);
		if (!name || !*name || !is_code(&symbol, section))
			continue;
		uint64_t end = at + symbol.st_size;
		range_add(l, (struct lookup_range){at, end < at ? UINT64_MAX : end, (uint64_t)i,
		                                   symbol_rank(&symbol)});
	}
	lookup_sort(l);
}

const char *lookup_symbol(struct lookup *l, Dwfl_Module *module, uint64_t address,
                          uint64_t *ret_start)
{
	GElf_Sym symbol;
	GElf_Addr at;

	if (!l->made)
		symbols_make(l, module);
	const struct lookup_range *range = lookup_find(l, address);
	if (!range)
		return NULL;
	*ret_start = range->start;
	return dwfl_module_getsym_info(module, (int)range->what, &symbol, &at, NULL, NULL, NULL);
}

static void unit_add(struct lookup *l, Dwarf_Die *unit, Dwarf_Addr bias)
{
	Dwarf_Addr base, start, end;
	ptrdiff_t at = 0;

	/* Each must lead further, or the file would keep us here. */
	for (ptrdiff_t next; (next = dwarf_ranges(unit, at, &base, &start, &end)) > at; at = next)
		if (start < end)
			range_add(l, (struct lookup_range){start + bias, end + bias,
			                                   dwarf_dieoffset(unit), 0});
}

bool lookup_unit(struct lookup *l, Dwfl_Module *module, uint64_t address, Dwarf_Die *ret,
                 Dwarf_Addr *ret_bias)
{
	Dwarf *debug = dwfl_module_getdwarf(module, ret_bias);
	Dwarf_Die *unit = NULL;
	Dwarf_Addr bias;

	if (debug && !l->made) {
		while ((unit = dwfl_module_nextcu(module, unit, &bias)))
			unit_add(l, unit, bias);
		lookup_sort(l);
	}
	const struct lookup_range *range = debug ? lookup_find(l, address) : NULL;
	return range && dwarf_offdie(debug, range->what, ret) != NULL;
}
