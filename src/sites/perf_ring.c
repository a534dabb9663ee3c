/* SPDX-License-Identifier: MIT */
/*
 * Knows how the kernel writes records of perf events: samples with any of the fields IDENTIFIER, IP, TID, TIME, ADDR, ID,
 * STREAM_ID, CPU, PERIOD, REGS_USER and STACK_USER, lost ones, exec, code mapped, threads that begin and end. Refuses to know
 * where the ring comes from, and to believe a length.
 */
#include "sites/perf_ring.h"

#include <asm/perf_regs.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>

/* Where the kernel's order has each register of DWARF's: the kernel numbers rax, rbx, rcx, rdx. */
static const uint8_t kernel_number[STACK_REGISTERS] = {
        [STACK_RAX] = PERF_REG_X86_AX,  [STACK_RDX] = PERF_REG_X86_DX,
        [STACK_RCX] = PERF_REG_X86_CX,  [STACK_RBX] = PERF_REG_X86_BX,
        [STACK_RSI] = PERF_REG_X86_SI,  [STACK_RDI] = PERF_REG_X86_DI,
        [STACK_RBP] = PERF_REG_X86_BP,  [STACK_RSP] = PERF_REG_X86_SP,
        [STACK_R8] = PERF_REG_X86_R8,   [STACK_R9] = PERF_REG_X86_R9,
        [STACK_R10] = PERF_REG_X86_R10, [STACK_R11] = PERF_REG_X86_R11,
        [STACK_R12] = PERF_REG_X86_R12, [STACK_R13] = PERF_REG_X86_R13,
        [STACK_R14] = PERF_REG_X86_R14, [STACK_R15] = PERF_REG_X86_R15,
        [STACK_RIP] = PERF_REG_X86_IP,
};

uint64_t perf_ring_registers(void)
{
	uint64_t mask = 0;

	for (unsigned i = 0; i < STACK_REGISTERS; i++)
		mask |= 1ull << kernel_number[i];
	return mask;
}

/* What is left of one record. */
struct reader {
	const uint8_t *at;
	size_t left;
};

/* The next `size` bytes, or NULL where they are not there: then nothing is left. */
static const uint8_t *take(struct reader *r, uint64_t size)
{
	const uint8_t *at = r->at;

	if (size > r->left) {
		r->left = 0;
		return NULL;
	}
	r->at += size;
	r->left -= size;
	return at;
}

static bool take_u64(struct reader *r, uint64_t *ret)
{
	const uint8_t *at = take(r, sizeof(*ret));

	if (at)
		memcpy(ret, at, sizeof(*ret));
	return at != NULL;
}

static bool take_pair(struct reader *r, int32_t *ret_first, int32_t *ret_second)
{
	const uint8_t *at = take(r, 2 * sizeof(int32_t));

	if (!at)
		return false;
	memcpy(ret_first, at, sizeof(int32_t));
	memcpy(ret_second, at + sizeof(int32_t), sizeof(int32_t));
	return true;
}

/* They come by rising kernel number, only those asked for. */
static bool take_registers(struct reader *r, struct stack_taken *s)
{
	uint64_t abi, mask = perf_ring_registers(), values[64] = {0};

	if (!take_u64(r, &abi))
		return false;
	if (abi == PERF_SAMPLE_REGS_ABI_NONE)
		return true;
	for (unsigned i = 0; i < 64; i++)
		if (mask >> i & 1 && !take_u64(r, &values[i]))
			return false;
	if (abi != PERF_SAMPLE_REGS_ABI_64)
		return true;
	for (unsigned i = 0; i < STACK_REGISTERS; i++)
		s->registers[i] = values[kernel_number[i]];
	return true;
}

/* A slice has the size asked for; how much of it the kernel could copy is told behind it. */
static bool take_stack(struct reader *r, struct stack_taken *s)
{
	uint64_t size, copied;

	if (!take_u64(r, &size))
		return false;
	if (!size)
		return true;
	const uint8_t *bytes = take(r, size);
	if (!bytes || !take_u64(r, &copied) || copied > size)
		return false;
	s->bytes = bytes;
	s->size = copied;
	return true;
}

static bool take_sample(struct reader *r, uint64_t type, struct perf_record *ret)
{
	struct site_sample *s = &ret->sample;
	uint64_t skipped;

	return (!(type & PERF_SAMPLE_IDENTIFIER) || take_u64(r, &ret->id)) &&
	       (!(type & PERF_SAMPLE_IP) || take_u64(r, &skipped)) &&
	       (!(type & PERF_SAMPLE_TID) || take_pair(r, &ret->pid, &ret->tid)) &&
	       (!(type & PERF_SAMPLE_TIME) || take_u64(r, &s->time)) &&
	       (!(type & PERF_SAMPLE_ADDR) || take_u64(r, &s->address)) &&
	       (!(type & PERF_SAMPLE_ID) || take_u64(r, &ret->id)) &&
	       (!(type & PERF_SAMPLE_STREAM_ID) || take_u64(r, &skipped)) &&
	       (!(type & PERF_SAMPLE_CPU) || take_u64(r, &skipped)) &&
	       (!(type & PERF_SAMPLE_PERIOD) || take_u64(r, &skipped)) &&
	       (!(type & PERF_SAMPLE_REGS_USER) || take_registers(r, &s->stack)) &&
	       (!(type & PERF_SAMPLE_STACK_USER) || take_stack(r, &s->stack));
}

static bool take_lost(struct reader *r, bool with_id, uint64_t *ret)
{
	uint64_t id;

	return (!with_id || take_u64(r, &id)) && take_u64(r, ret);
}

/* pid, ppid, tid, ptid */
static bool take_life(struct reader *r, struct perf_record *ret)
{
	int32_t parent;

	return take_pair(r, &ret->pid, &parent) && take_pair(r, &ret->tid, &parent);
}

/* False: it is shorter than what it claims to be. */
static bool record_read(const struct perf_event_header *h, struct reader *r, uint64_t type,
                        struct perf_record *ret)
{
	*ret = (struct perf_record){.kind = RECORD_OTHER};
	switch (h->type) {
	case PERF_RECORD_SAMPLE:
		ret->kind = RECORD_SAMPLE;
		bool sound = take_sample(r, type, ret);
		ret->sample.tid = ret->tid;
		return sound;
	case PERF_RECORD_LOST:
	case PERF_RECORD_LOST_SAMPLES:
		ret->kind = RECORD_LOST;
		return take_lost(r, h->type == PERF_RECORD_LOST, &ret->lost);
	case PERF_RECORD_COMM:
		ret->kind = h->misc & PERF_RECORD_MISC_COMM_EXEC ? RECORD_EXEC : RECORD_OTHER;
		return take_pair(r, &ret->pid, &ret->tid);
	case PERF_RECORD_MMAP:
	case PERF_RECORD_MMAP2:
		ret->kind = h->misc & PERF_RECORD_MISC_MMAP_DATA ? RECORD_OTHER : RECORD_MAP;
		return take_pair(r, &ret->pid, &ret->tid);
	case PERF_RECORD_EXIT:
		ret->kind = RECORD_EXIT;
		return take_life(r, ret);
	case PERF_RECORD_FORK:
		ret->kind = RECORD_BIRTH;
		return take_life(r, ret);
	default:
		return true;
	}
}

/* `len` bytes from `at` on, wherever the ring's end lies, into out. */
static void ring_copy(const struct perf_ring *r, uint64_t at, void *out, uint64_t len)
{
	uint64_t from = at & (r->size - 1), first = r->size - from < len ? r->size - from : len;

	memcpy(out, r->data + from, first);
	memcpy((uint8_t *)out + first, r->data, len - first);
}

int perf_ring_next(struct perf_ring *r, uint8_t scratch[PERF_RECORD_ROOM], struct perf_record *ret)
{
	struct perf_event_header h;
	uint64_t there = r->head - r->tail, from = r->tail & (r->size - 1);

	if (!there)
		return 0;
	/* More than the ring holds can only be when it was overwritten. */
	if (there > r->size || there < sizeof(h))
		goto damaged;
	ring_copy(r, r->tail, &h, sizeof(h));
	if (h.size < sizeof(h) || h.size > there)
		goto damaged;
	const uint8_t *bytes = r->data + from;
	if (h.size > r->size - from) {
		ring_copy(r, r->tail, scratch, h.size);
		bytes = scratch;
	}
	struct reader reader = {bytes + sizeof(h), h.size - sizeof(h)};
	if (!record_read(&h, &reader, r->type, ret))
		goto damaged;
	r->tail += h.size;
	return 1;
damaged:
	r->tail = r->head;
	return -EBADMSG;
}
