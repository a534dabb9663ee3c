/* SPDX-License-Identifier: MIT */
/*
 * Knows which instructions the kernel's uprobes emulate on x86-64 (arch/x86/kernel/uprobes.c: push_setup_xol_ops,
 * branch_setup_xol_ops), and what a call has done before it comes to one. Refuses to know code beyond the bytes
 * that it is given: a jump from there back to before the place would count a call twice.
 */
#include "sites/place.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <capstone/capstone.h>

#include "sites/place_pool.h"

enum { CODE_MAX = 64, LONG_NOP_MAX = 8 };

/* One instruction a byte at the most, in an array that is copied as it grows, and 64 KB for the engine itself. */
enum { POOL_SIZE = 2 * CODE_MAX * (sizeof(cs_insn) + sizeof(cs_detail)) + (1 << 16) };

/* One instruction, and what matters of it. */
struct step {
	const cs_insn *insn;
	bool emulated;
	bool ends;      /* what follows is not passed by every call, or not as it was called */
	bool stack;     /* it moves the stack pointer */
	bool arguments; /* it writes one of them */
};

/* As the kernel spells them; others with the same meaning it executes out of line. */
static bool is_kernels_nop(const uint8_t *b, size_t size)
{
	static const uint8_t nops[LONG_NOP_MAX][LONG_NOP_MAX] = {
	        {0x90},
	        {0x66, 0x90},
	        {0x0f, 0x1f, 0x00},
	        {0x0f, 0x1f, 0x40, 0x00},
	        {0x0f, 0x1f, 0x44, 0x00, 0x00},
	        {0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00},
	        {0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00},
	        {0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00},
	};

	return size >= 1 && size <= LONG_NOP_MAX && memcmp(b, nops[size - 1], size) == 0;
}

static bool is_push(const uint8_t *b, size_t size)
{
	return (size == 1 && (b[0] & 0xf8) == 0x50) ||
	       (size == 2 && b[0] == 0x41 && (b[1] & 0xf8) == 0x50);
}

static bool is_relative_branch(const uint8_t *b, size_t size)
{
	if (b[0] == 0xeb || b[0] == 0xe9 || b[0] == 0xe8 || (b[0] & 0xf0) == 0x70)
		return true;
	return size >= 2 && b[0] == 0x0f && (b[1] & 0xf0) == 0x80;
}

/* Which argument a register is a part of: 1 to 6; 0: none. */
static unsigned argument_of(uint16_t reg)
{
	switch (reg) {
	case X86_REG_RDI:
	case X86_REG_EDI:
	case X86_REG_DI:
	case X86_REG_DIL:
		return 1;
	case X86_REG_RSI:
	case X86_REG_ESI:
	case X86_REG_SI:
	case X86_REG_SIL:
		return 2;
	case X86_REG_RDX:
	case X86_REG_EDX:
	case X86_REG_DX:
	case X86_REG_DL:
	case X86_REG_DH:
		return 3;
	case X86_REG_RCX:
	case X86_REG_ECX:
	case X86_REG_CX:
	case X86_REG_CL:
	case X86_REG_CH:
		return 4;
	case X86_REG_R8:
	case X86_REG_R8D:
	case X86_REG_R8W:
	case X86_REG_R8B:
		return 5;
	case X86_REG_R9:
	case X86_REG_R9D:
	case X86_REG_R9W:
	case X86_REG_R9B:
		return 6;
	default:
		return 0;
	}
}

static bool is_stack_pointer(uint16_t reg)
{
	return reg == X86_REG_RSP || reg == X86_REG_ESP || reg == X86_REG_SP;
}

static bool leaves(csh engine, const cs_insn *i)
{
	return cs_insn_group(engine, i, CS_GRP_JUMP) || cs_insn_group(engine, i, CS_GRP_CALL) ||
	       cs_insn_group(engine, i, CS_GRP_RET) || cs_insn_group(engine, i, CS_GRP_IRET) ||
	       cs_insn_group(engine, i, CS_GRP_INT) || i->id == X86_INS_UD2 ||
	       i->id == X86_INS_HLT || i->id == X86_INS_SYSCALL || i->id == X86_INS_LOOP ||
	       i->id == X86_INS_LOOPE || i->id == X86_INS_LOOPNE;
}

static struct step step_of(csh engine, const cs_insn *i, unsigned arguments)
{
	struct step s = {.insn = i, .ends = leaves(engine, i)};
	cs_regs read, written;
	uint8_t read_count = 0, written_count = 0;

	s.emulated = is_kernels_nop(i->bytes, i->size) || is_push(i->bytes, i->size) ||
	             is_relative_branch(i->bytes, i->size);
	if (cs_regs_access(engine, i, read, &read_count, written, &written_count) != CS_ERR_OK)
		s.ends = true;
	for (uint8_t k = 0; k < written_count; k++) {
		unsigned a = argument_of(written[k]);
		s.arguments |= a && a <= arguments;
		s.stack |= is_stack_pointer(written[k]);
	}
	return s;
}

/* The first emulated instruction that is reached with all as it came; NULL: none. */
static const cs_insn *first_emulated(csh engine, const cs_insn *insns, size_t count,
                                     unsigned arguments, bool *ret_returns)
{
	bool moved = false;

	for (size_t i = 0; i < count; i++) {
		struct step s = step_of(engine, &insns[i], arguments);
		if (s.emulated) {
			*ret_returns = !moved;
			return &insns[i];
		}
		if (s.ends || s.arguments)
			return NULL;
		moved |= s.stack;
	}
	return NULL;
}

/* Whether some jump lands behind the begin and not behind the place: then it is passed more often than the function is called. */
static bool is_in_loop(csh engine, const cs_insn *insns, size_t count, uint64_t begin,
                       uint64_t place)
{
	for (size_t i = 0; i < count; i++) {
		const cs_x86 *x = &insns[i].detail->x86;
		if (!cs_insn_group(engine, &insns[i], CS_GRP_JUMP) || x->op_count != 1 ||
		    x->operands[0].type != X86_OP_IMM)
			continue;
		uint64_t to = (uint64_t)x->operands[0].imm;
		if (to > begin && to <= place)
			return true;
	}
	return false;
}

static void say(struct place_choice *c, const cs_insn *i)
{
	int n = snprintf(c->words, sizeof(c->words), "%.9s%s%.20s at +%u%s", i->mnemonic,
	                 i->op_str[0] ? " " : "", i->op_str, c->moved, c->emulated ? "" : ", slow");

	(void)n;
}

static void choose(csh engine, const cs_insn *insns, size_t count, unsigned arguments,
                   struct place_choice *ret)
{
	bool returns = true;
	const cs_insn *i = first_emulated(engine, insns, count, arguments, &returns);

	if (i && !is_in_loop(engine, insns, count, insns[0].address, i->address)) {
		ret->moved = (unsigned)(i->address - insns[0].address);
		ret->emulated = true;
		ret->returns = returns;
		say(ret, i);
		return;
	}
	say(ret, &insns[0]);
}

/* Capstone does not ask whether it got what it decodes into: it gets it from a pool that has enough. */
static void use_pool(void)
{
	cs_opt_mem memory = {place_pool_malloc, place_pool_calloc, place_pool_realloc,
	                     place_pool_free, vsnprintf};

	cs_option(0, CS_OPT_MEM, (size_t)&memory);
}

static void decode(const uint8_t *code, size_t size, uint64_t address, unsigned arguments,
                   struct place_choice *ret)
{
	csh engine;
	cs_insn *insns = NULL;

	if (cs_open(CS_ARCH_X86, CS_MODE_64, &engine) != CS_ERR_OK)
		return;
	cs_option(engine, CS_OPT_DETAIL, CS_OPT_ON);
	size_t n = cs_disasm(engine, code, size < CODE_MAX ? size : CODE_MAX, address, 0, &insns);
	if (n) {
		choose(engine, insns, n, arguments, ret);
		cs_free(insns, n);
	}
	cs_close(&engine);
}

void place_choose(const uint8_t *code, size_t size, uint64_t address, unsigned arguments,
                  struct place_choice *ret)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	*ret = (struct place_choice){.returns = true, .words = "its begin"};
	pthread_once(&once, use_pool);
	if (!place_pool_begin(POOL_SIZE))
		return;
	decode(code, size, address, arguments, ret);
	place_pool_end();
}

bool place_built(void)
{
	return true;
}
