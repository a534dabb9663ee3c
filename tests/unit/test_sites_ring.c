/* SPDX-License-Identifier: MIT */
/* Records of perf events, byte for byte as the kernel writes them, and as it never would. */
#include "sites/perf_ring.h"

#include <asm/perf_regs.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { RING = 1024, SLICE = 64 };
#define TYPE                                                                                       \
	(PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ADDR | PERF_SAMPLE_ID | \
	 PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER)

static uint8_t bytes[RING], scratch[PERF_RECORD_ROOM];

/* One record being written. */
static struct {
	uint8_t at[4096];
	size_t len;
} rec;

static void put64(uint64_t v)
{
	memcpy(rec.at + rec.len, &v, sizeof(v));
	rec.len += sizeof(v);
}

static void put32(int32_t a, int32_t b)
{
	put64((uint64_t)(uint32_t)b << 32 | (uint32_t)a);
}

static void begin(void)
{
	rec.len = sizeof(struct perf_event_header);
}

/* Into the ring, behind what is there. */
static void end(struct perf_ring *r, unsigned type, unsigned misc)
{
	struct perf_event_header h = {type, (uint16_t)misc, (uint16_t)rec.len};

	memcpy(rec.at, &h, sizeof(h));
	for (size_t i = 0; i < rec.len; i++)
		bytes[(r->head + i) % RING] = rec.at[i];
	r->head += rec.len;
}

static struct perf_ring ring_at(uint64_t at)
{
	memset(bytes, 0xee, sizeof(bytes));
	return (struct perf_ring){
	        .data = bytes, .size = RING, .head = at, .tail = at, .type = TYPE};
}

/* Each register holds 1000 and its number in the kernel's order. */
static void sample_put(struct perf_ring *r, uint64_t address, uint64_t slice, uint64_t copied)
{
	uint64_t mask = perf_ring_registers();

	begin();
	put64(0x401000);
	put32(100, 101);
	put64(777);
	put64(address);
	put64(42);
	put64(PERF_SAMPLE_REGS_ABI_64);
	for (unsigned i = 0; i < 64; i++)
		if (mask >> i & 1)
			put64(1000 + i);
	put64(slice);
	for (uint64_t i = 0; i < slice / 8; i++)
		put64(i);
	if (slice)
		put64(copied);
	end(r, PERF_RECORD_SAMPLE, 2);
}

static void sample_check(const struct perf_record *rec_got, uint64_t address)
{
	const struct site_sample *s = &rec_got->sample;

	assert_int_equal(rec_got->kind, RECORD_SAMPLE);
	assert_int_equal(rec_got->pid, 100);
	assert_int_equal(rec_got->id, 42);
	assert_int_equal(s->tid, 101);
	assert_int_equal(s->time, 777);
	assert_int_equal(s->address, address);
}

static void ring__tells_a_sample_with_registers_in_dwarfs_order(void **state)
{
	(void)state;
	struct perf_ring r = ring_at(0);
	struct perf_record got;

	sample_put(&r, 0x7000, SLICE, 40);
	assert_int_equal(perf_ring_next(&r, scratch, &got), 1);
	sample_check(&got, 0x7000);
	const uint64_t *reg = got.sample.stack.registers;
	assert_int_equal(reg[0], 1000 + PERF_REG_X86_AX);
	assert_int_equal(reg[1], 1000 + PERF_REG_X86_DX);
	assert_int_equal(reg[2], 1000 + PERF_REG_X86_CX);
	assert_int_equal(reg[3], 1000 + PERF_REG_X86_BX);
	assert_int_equal(reg[4], 1000 + PERF_REG_X86_SI);
	assert_int_equal(reg[5], 1000 + PERF_REG_X86_DI);
	assert_int_equal(reg[6], 1000 + PERF_REG_X86_BP);
	assert_int_equal(reg[7], 1000 + PERF_REG_X86_SP);
	assert_int_equal(reg[8], 1000 + PERF_REG_X86_R8);
	assert_int_equal(reg[15], 1000 + PERF_REG_X86_R15);
	assert_int_equal(reg[16], 1000 + PERF_REG_X86_IP);
	assert_int_equal(got.sample.stack.size, 40);
	assert_int_equal(got.sample.stack.bytes[8], 1);
	assert_int_equal(perf_ring_next(&r, scratch, &got), 0);
}

static void ring__puts_a_record_together__that_goes_over_its_end(void **state)
{
	(void)state;
	/* Every place where a record may be cut, the header included. */
	for (uint64_t at = RING - 400; at < RING + 8; at += 8) {
		struct perf_ring r = ring_at(at);
		struct perf_record got;
		sample_put(&r, at, SLICE, SLICE);
		sample_put(&r, at + 1, 0, 0);
		assert_int_equal(perf_ring_next(&r, scratch, &got), 1);
		sample_check(&got, at);
		assert_int_equal(got.sample.stack.size, SLICE);
		for (unsigned i = 0; i < SLICE / 8; i++)
			assert_int_equal(got.sample.stack.bytes[8 * i], i);
		assert_int_equal(perf_ring_next(&r, scratch, &got), 1);
		sample_check(&got, at + 1);
		assert_int_equal(got.sample.stack.size, 0);
		assert_int_equal(perf_ring_next(&r, scratch, &got), 0);
	}
}

static void ring__tells_what_else_happens(void **state)
{
	(void)state;
	struct perf_ring r = ring_at(0);
	struct perf_record got;

	begin(), put64(42), put64(17), end(&r, PERF_RECORD_LOST, 0);
	begin(), put64(18), end(&r, PERF_RECORD_LOST_SAMPLES, 0);
	begin(), put32(5, 6), put64(0), end(&r, PERF_RECORD_COMM, PERF_RECORD_MISC_COMM_EXEC);
	begin(), put32(5, 6), put64(0), end(&r, PERF_RECORD_COMM, 0);
	begin(), put32(5, 6), put64(0), end(&r, PERF_RECORD_MMAP, 0);
	begin(), put32(5, 6), put64(0), end(&r, PERF_RECORD_MMAP2, PERF_RECORD_MISC_MMAP_DATA);
	begin(), put32(7, 1), put32(8, 2), put64(0), end(&r, PERF_RECORD_EXIT, 0);
	begin(), put32(7, 1), put32(9, 2), put64(0), end(&r, PERF_RECORD_FORK, 0);
	begin(), put64(0), end(&r, 99, 0);
	static const enum perf_record_kind kinds[] = {RECORD_LOST,  RECORD_LOST,  RECORD_EXEC,
	                                              RECORD_OTHER, RECORD_MAP,   RECORD_OTHER,
	                                              RECORD_EXIT,  RECORD_BIRTH, RECORD_OTHER};
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		assert_int_equal(perf_ring_next(&r, scratch, &got), 1);
		assert_int_equal(got.kind, kinds[i]);
		if (i < 2)
			assert_int_equal(got.lost, 17 + i);
		if (i == 2)
			assert_int_equal(got.tid, 6);
		if (i == 6 || i == 7) {
			assert_int_equal(got.pid, 7);
			assert_int_equal(got.tid, 2 + i);
		}
	}
	assert_int_equal(perf_ring_next(&r, scratch, &got), 0);
}

/* The rest is given up; nothing of what it claims is read. */
static void refuse(struct perf_ring *r)
{
	struct perf_record got;

	assert_int_equal(perf_ring_next(r, scratch, &got), -EBADMSG);
	assert_int_equal(r->tail, r->head);
	assert_int_equal(perf_ring_next(r, scratch, &got), 0);
}

static void ring__gives_up__where_a_size_cannot_be(void **state)
{
	(void)state;
	struct perf_ring r = ring_at(0);

	begin(), put64(0), end(&r, PERF_RECORD_LOST, 0);
	refuse(&r); /* shorter than its kind */
	r = ring_at(0);
	begin(), put64(0), put64(0), end(&r, PERF_RECORD_LOST, 0);
	r.head -= 8;
	refuse(&r); /* longer than what is there */
	r = ring_at(RING - 4);
	r.head += 4;
	refuse(&r); /* not even a header */
	r = ring_at(0);
	rec.len = 0, end(&r, PERF_RECORD_LOST, 0);
	r.head += 8;
	refuse(&r); /* no size */
	r = ring_at(0);
	r.head = RING + 8;
	refuse(&r); /* more than the ring holds */
	r = ring_at(0);
	sample_put(&r, 1, SLICE, SLICE + 1);
	refuse(&r); /* more stack copied than asked for */
	r = ring_at(0);
	sample_put(&r, 1, SLICE, SLICE);
	memset(bytes + r.head - SLICE - 16, 0xff, 8);
	refuse(&r); /* a stack without end */
}

static void ring__has_no_registers__where_the_thread_had_none_of_64_bits(void **state)
{
	(void)state;
	for (unsigned abi = PERF_SAMPLE_REGS_ABI_NONE; abi <= PERF_SAMPLE_REGS_ABI_32; abi++) {
		struct perf_ring r = ring_at(0);
		struct perf_record got;
		begin();
		put64(0), put32(100, 101), put64(777), put64(9), put64(42), put64(abi);
		for (unsigned i = 0; abi && i < STACK_REGISTERS; i++)
			put64(1000);
		put64(0);
		end(&r, PERF_RECORD_SAMPLE, 0);
		assert_int_equal(perf_ring_next(&r, scratch, &got), 1);
		sample_check(&got, 9);
		assert_int_equal(got.sample.stack.registers[STACK_RIP], 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(ring__tells_a_sample_with_registers_in_dwarfs_order),
	        cmocka_unit_test(ring__puts_a_record_together__that_goes_over_its_end),
	        cmocka_unit_test(ring__tells_what_else_happens),
	        cmocka_unit_test(ring__gives_up__where_a_size_cannot_be),
	        cmocka_unit_test(ring__has_no_registers__where_the_thread_had_none_of_64_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
