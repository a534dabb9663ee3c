/* SPDX-License-Identifier: MIT */
/* Expressions as compilers, linkers and C libraries write them into call frame information, and what nobody writes. */
#include <dwarf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "symbols/expression.h"

enum { BASE = 0x7000 };
static const uint64_t words[4] = {0x11, 0x22, 0x33, 0x44};

static struct frame a_frame(void)
{
	struct frame f = {.known = (1u << STACK_REGISTERS) - 1,
	                  .base = BASE,
	                  .bytes = (const uint8_t *)words,
	                  .size = sizeof(words)};

	for (unsigned i = 0; i < STACK_REGISTERS; i++)
		f.registers[i] = 0x100 * i;
	f.registers[STACK_RSP] = BASE;
	return f;
}

#define RUN(ops, f, value, is_value) \
	expression_run(ops, sizeof(ops) / sizeof((ops)[0]), f, BASE + 16, value, is_value)

static void expect(const Dwarf_Op *ops, size_t count, uint64_t wanted)
{
	struct frame f = a_frame();
	uint64_t v = 0;
	bool is_value;

	assert_true(expression_run(ops, count, &f, BASE + 16, &v, &is_value));
	assert_int_equal(v, wanted);
}

#define EXPECT(ops, wanted) expect(ops, sizeof(ops) / sizeof((ops)[0]), wanted)

static void refuse(const Dwarf_Op *ops, size_t count, struct frame f)
{
	uint64_t v = 0;
	bool is_value;

	assert_false(expression_run(ops, count, &f, BASE + 16, &v, &is_value));
}

#define REFUSE(ops) refuse(ops, sizeof(ops) / sizeof((ops)[0]), a_frame())

/* An entry of the PLT is 16 bytes; from its 11th on one word more lies on the stack. */
static void expression__tells_where_a_frame_in_the_plt_begins(void **state)
{
	static const Dwarf_Op ops[] = {
	        {DW_OP_breg7, 8, 0, 0}, {DW_OP_breg16, 0, 0, 2}, {DW_OP_lit15, 0, 0, 4},
	        {DW_OP_and, 0, 0, 5},   {DW_OP_lit11, 0, 0, 6},  {DW_OP_ge, 0, 0, 7},
	        {DW_OP_lit3, 0, 0, 8},  {DW_OP_shl, 0, 0, 9},    {DW_OP_plus, 0, 0, 10},
	};
	struct frame f = a_frame();
	uint64_t v;
	bool is_value;

	(void)state;
	f.registers[STACK_RIP] = 0x401020;
	assert_true(RUN(ops, &f, &v, &is_value));
	assert_int_equal(v, BASE + 8);
	f.registers[STACK_RIP] = 0x40102a;
	assert_true(RUN(ops, &f, &v, &is_value));
	assert_int_equal(v, BASE + 8);
	f.registers[STACK_RIP] = 0x40102b;
	assert_true(RUN(ops, &f, &v, &is_value));
	assert_int_equal(v, BASE + 16);
}

static void expression__reads_the_slice_and_nothing_else(void **state)
{
	static const Dwarf_Op inside[] = {{DW_OP_breg7, 24, 0, 0}, {DW_OP_deref, 0, 0, 2}};
	static const Dwarf_Op part[] = {{DW_OP_breg7, 8, 0, 0}, {DW_OP_deref_size, 1, 0, 2}};
	static const Dwarf_Op across[] = {{DW_OP_breg7, 25, 0, 0}, {DW_OP_deref, 0, 0, 2}};
	static const Dwarf_Op below[] = {{DW_OP_breg7, (Dwarf_Word)-8, 0, 0},
	                                 {DW_OP_deref, 0, 0, 2}};
	static const Dwarf_Op wide[] = {{DW_OP_breg7, 0, 0, 0}, {DW_OP_deref_size, 200, 0, 2}};
	static const Dwarf_Op end[] = {{DW_OP_const8u, UINT64_MAX, 0, 0}, {DW_OP_deref, 0, 0, 9}};
	struct frame none = a_frame();

	(void)state;
	EXPECT(inside, 0x44);
	EXPECT(part, 0x22);
	REFUSE(across);
	REFUSE(below);
	REFUSE(wide);
	REFUSE(end);
	none.size = 7;
	none.base = BASE + 24;
	refuse(inside, 2, none);
}

static void expression__begins_rules_of_registers_with_the_frame_address(void **state)
{
	static const Dwarf_Op at[] = {{DW_OP_call_frame_cfa, 0, 0, 0},
	                              {DW_OP_plus_uconst, (Dwarf_Word)-16, 0, 0}};
	static const Dwarf_Op value[] = {{DW_OP_call_frame_cfa, 0, 0, 0},
	                                 {DW_OP_stack_value, 0, 0, 0}};
	struct frame f = a_frame();
	uint64_t v;
	bool is_value;

	(void)state;
	assert_true(RUN(at, &f, &v, &is_value));
	assert_int_equal(v, BASE);
	assert_false(is_value);
	assert_true(RUN(value, &f, &v, &is_value));
	assert_int_equal(v, BASE + 16);
	assert_true(is_value);
}

static void expression__shuffles_and_counts(void **state)
{
	static const Dwarf_Op rot[] = {{DW_OP_lit1, 0, 0, 0},
	                               {DW_OP_lit2, 0, 0, 1},
	                               {DW_OP_lit3, 0, 0, 2},
	                               {DW_OP_rot, 0, 0, 3},
	                               {DW_OP_minus, 0, 0, 4}};
	static const Dwarf_Op pick[] = {{DW_OP_lit7, 0, 0, 0},
	                                {DW_OP_lit2, 0, 0, 1},
	                                {DW_OP_pick, 1, 0, 2},
	                                {DW_OP_mul, 0, 0, 4}};
	static const Dwarf_Op shift[] = {{DW_OP_lit1, 0, 0, 0},
	                                 {DW_OP_const1u, 200, 0, 1},
	                                 {DW_OP_shl, 0, 0, 3}};
	static const Dwarf_Op sign[] = {{DW_OP_const1s, (Dwarf_Word)-16, 0, 0},
	                                {DW_OP_lit2, 0, 0, 2},
	                                {DW_OP_shra, 0, 0, 3}};

	(void)state;
	EXPECT(rot, UINT64_MAX); /* 3 1 2 */
	EXPECT(pick, 14);
	EXPECT(shift, 0);
	EXPECT(sign, (uint64_t)-4);
}

static void expression__jumps_only_to_operations_and_ends(void **state)
{
	static const Dwarf_Op over[] = {{DW_OP_lit5, 0, 0, 0}, {DW_OP_lit1, 0, 0, 1},
	                                {DW_OP_bra, 1, 0, 2},  {DW_OP_lit9, 0, 0, 5},
	                                {DW_OP_lit4, 0, 0, 6}, {DW_OP_plus, 0, 0, 7}};
	static const Dwarf_Op between[] = {{DW_OP_lit5, 0, 0, 0}, {DW_OP_skip, 100, 0, 1}};
	static const Dwarf_Op forever[] = {{DW_OP_lit5, 0, 0, 0},
	                                   {DW_OP_skip, (Dwarf_Word)-3, 0, 1}};

	(void)state;
	EXPECT(over, 9);
	REFUSE(between);
	REFUSE(forever);
}

static void expression__refuses_what_it_cannot_know(void **state)
{
	static const Dwarf_Op empty[] = {{DW_OP_nop, 0, 0, 0}};
	static const Dwarf_Op alone[] = {{DW_OP_lit1, 0, 0, 0}, {DW_OP_plus, 0, 0, 1}};
	static const Dwarf_Op vector[] = {{DW_OP_breg17, 0, 0, 0}};
	static const Dwarf_Op strange[] = {{DW_OP_fbreg, 0, 0, 0}};
	static const Dwarf_Op lost[] = {{DW_OP_breg10, 0, 0, 0}};
	Dwarf_Op deep[64];
	struct frame f = a_frame();

	(void)state;
	REFUSE(empty);
	REFUSE(alone);
	REFUSE(vector);
	REFUSE(strange);
	for (unsigned i = 0; i < 64; i++)
		deep[i] = (Dwarf_Op){DW_OP_lit1, 0, 0, i};
	REFUSE(deep);
	f.known &= ~(1u << STACK_R10);
	refuse(lost, 1, f);
	EXPECT(lost, 0x100 * STACK_R10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(expression__tells_where_a_frame_in_the_plt_begins),
	        cmocka_unit_test(expression__reads_the_slice_and_nothing_else),
	        cmocka_unit_test(expression__begins_rules_of_registers_with_the_frame_address),
	        cmocka_unit_test(expression__shuffles_and_counts),
	        cmocka_unit_test(expression__jumps_only_to_operations_and_ends),
	        cmocka_unit_test(expression__refuses_what_it_cannot_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
