/* SPDX-License-Identifier: MIT */
#include "symbols/row_read.h"

/*
 * Knows the shapes in which libdw tells the rules of a frame. What is more than an offset it leaves
 * to the rules themselves.
 */

#include <dwarf.h>
#include <stdlib.h>

enum { RBX = STACK_RBX, RBP = STACK_RBP };
const uint8_t row_registers[ROW_SAVED] = {RBX, RBP, STACK_R12, STACK_R13, STACK_R14, STACK_R15};

/* register + offset */
static bool cfa_read(Dwarf_Frame *rules, struct row *row)
{
	Dwarf_Op *ops;
	size_t count;
	Dwarf_Word number, offset;

	if (dwarf_frame_cfa(rules, &ops, &count) != 0 || count != 1)
		return false;
	if (ops[0].atom == DW_OP_bregx)
		number = ops[0].number, offset = ops[0].number2;
	else if (ops[0].atom >= DW_OP_breg0 && ops[0].atom <= DW_OP_breg31)
		number = (Dwarf_Word)(ops[0].atom - DW_OP_breg0), offset = ops[0].number;
	else
		return false;
	row->cfa_register = (uint8_t)number;
	row->cfa_offset = (int32_t)offset;
	return number < STACK_REGISTERS && (Dwarf_Sword)offset == row->cfa_offset;
}

/*
 * Where the caller's register lies: an offset from the canonical frame address, ROW_SAME, ROW_LOST.
 */
static bool saved_read(Dwarf_Frame *rules, int number, int16_t *ret)
{
	Dwarf_Op mem[3], *ops;
	size_t count;
	Dwarf_Sword offset = 0;

	if (dwarf_frame_register(rules, number, mem, &ops, &count) != 0)
		return false;
	if (count == 0) {
		*ret = ops ? ROW_LOST : ROW_SAME;
		return true;
	}
	if (ops[0].atom != DW_OP_call_frame_cfa || count > 2 ||
	    (count == 2 && ops[1].atom != DW_OP_plus_uconst))
		return false;
	if (count == 2)
		offset = (Dwarf_Sword)ops[1].number;
	*ret = (int16_t)offset;
	return *ret == offset && offset > ROW_LOST;
}

static bool offsets_read(Dwarf_Frame *rules, struct row *row)
{
	if (!cfa_read(rules, row) || !saved_read(rules, STACK_RIP, &row->at_return))
		return false;
	for (size_t i = 0; i < ROW_SAVED; i++)
		if (!saved_read(rules, row_registers[i], &row->at[i]))
			return false;
	return true;
}

/* The rules at this address: those beside the code, else those of debugging. NULL: none. */
static Dwarf_Frame *rules_find(struct module *module, uint64_t address)
{
	Dwarf_Frame *rules;
	Dwarf_Addr bias;
	Dwarf_CFI *cfi = dwfl_module_eh_cfi(module->dwfl_module, &bias);

	if (cfi && dwarf_cfi_addrframe(cfi, address - bias, &rules) == 0)
		return rules;
	if (!module_begin(module, WORK_DEBUG))
		return NULL;
	cfi = dwfl_module_dwarf_cfi(module->dwfl_module, &bias);
	return cfi && dwarf_cfi_addrframe(cfi, address - bias, &rules) == 0 ? rules : NULL;
}

/* False: the rules must be kept. */
static bool rules_fit(Dwarf_Frame *rules, struct row *row)
{
	Dwarf_Addr start, end;
	bool is_signal = false;

	if (dwarf_frame_info(rules, &start, &end, &is_signal) < 0) {
		row->kind = ROW_NONE;
		return true;
	}
	row->kind = is_signal ? ROW_SIGNAL : ROW_RULES;
	if (is_signal || !offsets_read(rules, row))
		return false;
	/*
	 * No rule at all for the return address is how libdw tells "same value" of one that has
	 * none.
	 */
	row->kind = row->at_return == ROW_LOST   ? ROW_FIRST
	            : row->at_return == ROW_SAME ? ROW_NONE
	                                         : ROW_OFFSETS;
	return true;
}

void row_read(struct modules *m, uint64_t address, struct row *ret, Dwarf_Frame **ret_rules)
{
	const struct range *range = modules_range(m, address);
	struct row row = {.address = address, .kind = range ? ROW_NONE : ROW_NOWHERE};
	Dwarf_Frame *rules = NULL;

	if (range && range->module) {
		row.module = range->module->id;
		if (module_begin(range->module, WORK_UNWIND))
			rules = rules_find(range->module, address);
		if (rules && rules_fit(rules, &row)) {
			free(rules);
			rules = NULL;
		}
		work_rest(m);
	}
	*ret = row;
	*ret_rules = rules;
}
