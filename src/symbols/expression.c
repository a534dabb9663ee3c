/* SPDX-License-Identifier: MIT */
#include "symbols/expression.h"

/*
 * Knows the operations that compilers and C libraries write into call frame information. Refuses
 * the others, and every address outside of the slice.
 */

#include <dwarf.h>
#include <string.h>

enum { DEPTH = 32, STEPS_MAX = 512 };

struct machine {
	const Dwarf_Op *ops;
	size_t count, at;
	const struct frame *frame;
	uint64_t cfa;
	uint64_t stack[DEPTH];
	size_t depth;
	bool value, bad;
};

bool frame_read(const struct frame *f, uint64_t address, uint64_t *ret)
{
	if (address < f->base || f->size < sizeof(*ret) ||
	    address - f->base > f->size - sizeof(*ret))
		return false;
	memcpy(ret, f->bytes + (address - f->base), sizeof(*ret));
	return true;
}

static void push(struct machine *m, uint64_t v)
{
	if (m->depth < DEPTH)
		m->stack[m->depth++] = v;
	else
		m->bad = true;
}

/* The nth from the top, 0 the top itself. */
static uint64_t peek(struct machine *m, uint64_t n)
{
	if (n < m->depth)
		return m->stack[m->depth - 1 - n];
	m->bad = true;
	return 0;
}

static uint64_t pop(struct machine *m)
{
	uint64_t v = peek(m, 0);

	if (m->depth)
		m->depth--;
	return v;
}

static uint64_t register_of(struct machine *m, uint64_t n)
{
	if (n < STACK_REGISTERS && m->frame->known >> n & 1)
		return m->frame->registers[n];
	m->bad = true;
	return 0;
}

static void dereference(struct machine *m, uint64_t size)
{
	uint64_t v = 0;

	if (size < 1 || size > 8 || !frame_read(m->frame, pop(m), &v)) {
		m->bad = true;
		return;
	}
	push(m, size == 8 ? v : v & ((1ull << 8 * size) - 1));
}

/* Offsets of jumps are bytes, counted from behind the operand; each operation knows its own. */
static void jump(struct machine *m, const Dwarf_Op *op)
{
	uint64_t to = op->offset + 3 + op->number;

	for (size_t i = 0; i < m->count; i++)
		if (m->ops[i].offset == to) {
			m->at = i;
			return;
		}
	m->bad = true;
}

static uint64_t shifted(uint64_t v, uint64_t by, bool left)
{
	return by > 63 ? 0 : left ? v << by : v >> by;
}

/* Two operands, the upper one second. */
static bool binary(struct machine *m, unsigned atom)
{
	uint64_t b = peek(m, 0), a = peek(m, 1), v;
	int64_t x = (int64_t)a, y = (int64_t)b;

	switch (atom) {
	case DW_OP_plus:
		v = a + b;
		break;
	case DW_OP_minus:
		v = a - b;
		break;
	case DW_OP_mul:
		v = a * b;
		break;
	case DW_OP_and:
		v = a & b;
		break;
	case DW_OP_or:
		v = a | b;
		break;
	case DW_OP_xor:
		v = a ^ b;
		break;
	case DW_OP_shl:
		v = shifted(a, b, true);
		break;
	case DW_OP_shr:
		v = shifted(a, b, false);
		break;
	case DW_OP_shra:
		v = (uint64_t)(x >> (b > 63 ? 63 : b));
		break;
	case DW_OP_eq:
		v = x == y;
		break;
	case DW_OP_ne:
		v = x != y;
		break;
	case DW_OP_lt:
		v = x < y;
		break;
	case DW_OP_le:
		v = x <= y;
		break;
	case DW_OP_gt:
		v = x > y;
		break;
	case DW_OP_ge:
		v = x >= y;
		break;
	default:
		return false;
	}
	pop(m);
	pop(m);
	push(m, v);
	return true;
}

static bool shuffle(struct machine *m, const Dwarf_Op *op)
{
	uint64_t a, b, c;

	switch (op->atom) {
	case DW_OP_dup:
		push(m, peek(m, 0));
		break;
	case DW_OP_drop:
		pop(m);
		break;
	case DW_OP_over:
		push(m, peek(m, 1));
		break;
	case DW_OP_pick:
		push(m, peek(m, op->number));
		break;
	case DW_OP_swap:
		a = pop(m), b = pop(m);
		push(m, a), push(m, b);
		break;
	case DW_OP_rot:
		a = pop(m), b = pop(m), c = pop(m);
		push(m, a), push(m, c), push(m, b);
		break;
	default:
		return false;
	}
	return true;
}

/* Operations that have only their own operands, or one from the stack. */
static bool unary(struct machine *m, const Dwarf_Op *op)
{
	switch (op->atom) {
	case DW_OP_nop:
		break;
	case DW_OP_neg:
		push(m, 0 - pop(m));
		break;
	case DW_OP_not:
		push(m, ~pop(m));
		break;
	case DW_OP_plus_uconst:
		push(m, pop(m) + op->number);
		break;
	case DW_OP_deref:
		dereference(m, 8);
		break;
	case DW_OP_deref_size:
		dereference(m, op->number);
		break;
	case DW_OP_call_frame_cfa:
		push(m, m->cfa);
		break;
	case DW_OP_stack_value:
		m->value = true;
		break;
	case DW_OP_skip:
		jump(m, op);
		break;
	case DW_OP_bra:
		if (pop(m))
			jump(m, op);
		break;
	default:
		return false;
	}
	return true;
}

static bool constant(struct machine *m, const Dwarf_Op *op)
{
	unsigned atom = op->atom;

	if (atom >= DW_OP_lit0 && atom <= DW_OP_lit31)
		push(m, atom - DW_OP_lit0);
	else if (atom >= DW_OP_const1u && atom <= DW_OP_consts)
		push(m, op->number);
	else if (atom >= DW_OP_breg0 && atom <= DW_OP_breg31)
		push(m, register_of(m, atom - DW_OP_breg0) + op->number);
	else if (atom == DW_OP_bregx)
		push(m, register_of(m, op->number) + op->number2);
	else if (atom >= DW_OP_reg0 && atom <= DW_OP_reg31)
		push(m, register_of(m, atom - DW_OP_reg0)), m->value = true;
	else if (atom == DW_OP_regx)
		push(m, register_of(m, op->number)), m->value = true;
	else
		return false;
	return true;
}

bool expression_run(const Dwarf_Op *ops, size_t count, const struct frame *f, uint64_t cfa,
                    uint64_t *ret, bool *ret_value)
{
	struct machine m = {.ops = ops, .count = count, .frame = f, .cfa = cfa};
	unsigned steps = 0;

	while (m.at < count && !m.bad && ++steps <= STEPS_MAX) {
		const Dwarf_Op *op = &ops[m.at++];
		if (!constant(&m, op) && !unary(&m, op) && !binary(&m, op->atom) &&
		    !shuffle(&m, op))
			return false;
	}
	if (m.bad || steps > STEPS_MAX || !m.depth)
		return false;
	*ret = pop(&m);
	*ret_value = m.value;
	return true;
}
