/* SPDX-License-Identifier: MIT */
#include "symbols/walk.h"

/*
 * Knows how one frame leads to the next: by a row, by rules, by the frame pointer. Refuses to
 * guess: where none of them leads on, the stack is not whole.
 */

#define KNOWN(n) (1u << (n))
enum { ALL_KNOWN = KNOWN(STACK_REGISTERS) - 1 };

/* Which registers a called function keeps or gives back. */
enum {
	KEPT = KNOWN(STACK_RBX) | KNOWN(STACK_RBP) | KNOWN(STACK_R12) | KNOWN(STACK_R13) |
	       KNOWN(STACK_R14) | KNOWN(STACK_R15) | KNOWN(STACK_RSP) | KNOWN(STACK_RIP)
};

static bool step_offsets(struct frame *f, const struct row *row)
{
	uint64_t cfa = f->registers[row->cfa_register] + (uint64_t)(int64_t)row->cfa_offset;
	uint64_t caller;

	if (!(f->known >> row->cfa_register & 1) ||
	    !frame_read(f, cfa + (uint64_t)row->at_return, &caller))
		return false;
	f->known &= KEPT;
	for (size_t i = 0; i < ROW_SAVED; i++) {
		uint8_t n = row_registers[i];
		if (row->at[i] == ROW_SAME)
			continue;
		if (row->at[i] == ROW_LOST ||
		    !frame_read(f, cfa + (uint64_t)row->at[i], &f->registers[n]))
			f->known &= ~KNOWN(n);
		else
			f->known |= KNOWN(n);
	}
	f->registers[STACK_RIP] = caller;
	f->registers[STACK_RSP] = cfa;
	return true;
}

/* Undefined is a statement: there is none. Unread is one that we cannot follow. */
enum rule { RULE_UNREAD, RULE_SAME, RULE_UNDEFINED, RULE_VALUE };

static enum rule rule_run(Dwarf_Frame *rules, const struct frame *f, int number, uint64_t cfa,
                          uint64_t *ret)
{
	Dwarf_Op mem[3], *ops;
	size_t count;
	bool value = false;

	if (dwarf_frame_register(rules, number, mem, &ops, &count) != 0)
		return RULE_UNREAD;
	if (count == 0)
		return ops ? RULE_UNDEFINED : RULE_SAME;
	if (!expression_run(ops, count, f, cfa, ret, &value))
		return RULE_UNREAD;
	return value || frame_read(f, *ret, ret) ? RULE_VALUE : RULE_UNREAD;
}

/* *ret_first: nobody called this one. */
static bool step_rules(struct frame *f, Dwarf_Frame *rules, bool is_signal, bool *ret_first)
{
	struct frame next = *f;
	Dwarf_Op *ops;
	size_t count;
	uint64_t cfa;
	bool value;
	enum rule r = RULE_UNREAD;

	*ret_first = false;
	if (!rules || dwarf_frame_cfa(rules, &ops, &count) != 0 ||
	    !expression_run(ops, count, f, 0, &cfa, &value))
		return false;
	/* An expression tells the address itself, a register alone is not where it lies. */
	next.known = is_signal ? f->known : f->known & KEPT;
	next.registers[STACK_RSP] = cfa;
	for (int i = 0; i < STACK_REGISTERS; i++) {
		uint64_t v;
		r = rule_run(rules, f, i, cfa, &v);
		if (r == RULE_VALUE) {
			next.registers[i] = v;
			next.known |= KNOWN(i);
		} else if (r != RULE_SAME) {
			next.known &= ~KNOWN(i);
		}
	}
	/* The last one was the return address. */
	*ret_first = r == RULE_UNDEFINED;
	*f = next;
	return r == RULE_VALUE;
}

/* Code that was made at run time, or written by hand, often keeps a chain of frames. */
static bool step_pointer(const struct rows *r, struct frame *f)
{
	uint64_t pointer = f->registers[STACK_RBP], caller, next;

	if (!(f->known & KNOWN(STACK_RBP)) || pointer % 8 || pointer < f->registers[STACK_RSP] ||
	    !frame_read(f, pointer, &next) || !frame_read(f, pointer + 8, &caller))
		return false;
	if (caller && !modules_range(r->modules, caller - 1))
		return false;
	f->registers[STACK_RSP] = pointer + 16;
	f->registers[STACK_RBP] = next;
	f->registers[STACK_RIP] = caller;
	f->known = KNOWN(STACK_RSP) | KNOWN(STACK_RBP) | KNOWN(STACK_RIP);
	return true;
}

/*
 * By the ABI the frame pointer of the first function is 0, where it says nothing else about itself.
 */
static bool is_first(const struct frame *f, const struct row *row)
{
	return row->kind == ROW_FIRST ||
	       (row->kind == ROW_NONE && f->known & KNOWN(STACK_RBP) && !f->registers[STACK_RBP]);
}

static bool step(struct rows *r, struct frame *f, const struct row *row, struct stack_unwound *ret,
                 uint64_t *by_frame_pointer)
{
	bool stepped = false;

	if (is_first(f, row)) {
		ret->whole = true;
	} else if (row->kind == ROW_OFFSETS) {
		stepped = step_offsets(f, row);
	} else if (row->kind == ROW_RULES || row->kind == ROW_SIGNAL) {
		stepped = step_rules(f, rows_rules(r, row), row->kind == ROW_SIGNAL, &ret->whole);
	} else if (row->kind == ROW_NONE) {
		stepped = step_pointer(r, f);
		*by_frame_pointer += stepped;
	}
	return stepped;
}

void walk(struct rows *r, struct frame *f, struct stack_unwound *ret, uint64_t *by_frame_pointer)
{
	uint64_t at = f->registers[STACK_RIP], stack = f->registers[STACK_RSP];

	ret->count = 0;
	ret->whole = at == 0;
	f->known = ALL_KNOWN;
	for (;;) {
		const struct row *row = rows_find(r, at);
		bool is_signal = row->kind == ROW_SIGNAL;
		/* What calls a signal handler is where it returns to, which is no call. */
		ret->at[ret->count] = at + (is_signal && ret->count);
		ret->count++;
		if (ret->count == STACK_FRAMES_MAX)
			ret->whole = true;
		if (ret->count == STACK_FRAMES_MAX || !step(r, f, row, ret, by_frame_pointer))
			return;
		at = f->registers[STACK_RIP];
		if (at == 0)
			ret->whole = true;
		/* A stack only grows less; a signal may have come on another one. */
		if (at == 0 || (f->registers[STACK_RSP] <= stack && !is_signal))
			return;
		stack = f->registers[STACK_RSP];
		at -= !is_signal;
	}
}
