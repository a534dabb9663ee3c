/* SPDX-License-Identifier: MIT */
/*
 * A million samples through the whole tracer: records as the kernel writes them, read, unwound, booked, thinned and
 * told, in memory that does not grow with their number. Faults, symbols and the page map are doubles.
 */
#include "sites/tracer.h"

#include <asm/perf_regs.h>
#include <linux/perf_event.h>
#include <malloc.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "proc/pages.h"
#include "sites/faults.h"
#include "sites/perf_ring.h"
#include "sites/tracer_internal.h"
#include "symbols/symbols.h"

enum {
	PAGE = 4096,
	PATIENCE_S = 240,
	STACKS = 200000, /* whose levels of their own are more than the trie has room for */
	OWN_LEVELS = 6,
	LEAVES = 50,
	SLICE = 64,
	RING = 1 << 16,
	AT_ONCE = 20000, /* samples in one drain */
};
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SAMPLES 300000u
#else
#define SAMPLES 1000000u
#endif
#define SAMPLE                                                                    \
	(PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ADDR | \
	 PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER)

/* --- symbols: stacks by the address where they begin ------------------------------------------------------ */

struct symbols {
	int nothing;
};

int symbols_open(const char *proc, int32_t pid, struct symbols **ret)
{
	(void)proc, (void)pid;
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -1;
}

void symbols_close(struct symbols *s)
{
	free(s);
}

int symbols_refresh(struct symbols *s)
{
	(void)s;
	return 0;
}

/* The stack's number is in its bytes. */
int symbols_unwind(struct symbols *s, const struct stack_taken *stacks, size_t count,
                   struct stack_unwound *ret)
{
	(void)s;
	for (size_t i = 0; i < count; i++) {
		uint64_t number = 0;
		unsigned n = 0;
		if (stacks[i].size >= sizeof(number))
			memcpy(&number, stacks[i].bytes, sizeof(number));
		ret[i].whole = true;
		ret[i].at[n++] = stacks[i].registers[STACK_RIP];
		while (n <= OWN_LEVELS)
			ret[i].at[n] = 0x10000000 + 64 * number + n, n++;
		ret[i].at[n++] = 0x1000;
		ret[i].count = n;
	}
	return 0;
}

int symbols_name(struct symbols *s, const uint64_t *addresses, size_t count, symbol_frames *tell,
                 void *arg)
{
	struct symbol_frame f = {.file = "", .module = "/bin/target"};
	char name[32];

	(void)s;
	for (size_t i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "f%llx", (unsigned long long)addresses[i]);
		f.function = name;
		tell(arg, i, &f, 1);
	}
	return 0;
}

void symbols_health(const struct symbols *s, struct symbols_health *ret)
{
	(void)s;
	*ret = (struct symbols_health){0};
}

/* --- the page map: every page stayed ---------------------------------------------------------------------- */

enum pages_way pages_probe(int pagemap_fd, uint64_t page)
{
	(void)pagemap_fd, (void)page;
	return PAGES_SCAN;
}

int pages_count(int pagemap_fd, enum pages_way way, uint64_t page, uint64_t start, uint64_t end,
                struct page_counts *counts)
{
	(void)pagemap_fd, (void)way;
	counts->present += (end - start) / page;
	return 0;
}

int pages_runs(int pagemap_fd, enum pages_way way, uint64_t page, uint64_t start, uint64_t end,
               struct page_run *runs, size_t room, size_t *ret_count, uint64_t *ret_walked)
{
	(void)pagemap_fd, (void)way, (void)page, (void)room;
	runs[0] = (struct page_run){.start = start, .end = end};
	*ret_count = 1;
	*ret_walked = end;
	return 0;
}

/* --- faults: each period-th of a row of pages ------------------------------------------------------------- */

/* How much was taken then. */
static struct {
	atomic_uint samples;
	atomic_ullong faults;
	size_t early, late; /* bytes: after a third, after all */
} flood;

struct faults {
	uint64_t period;
	int fd; /* always readable */
	uint8_t ring[RING], scratch[PERF_RECORD_ROOM];
	uint64_t head, tail;
};

int faults_open(const struct procdir *dir, uint64_t period, uint32_t slice, struct faults **ret,
                unsigned *ret_needed)
{
	struct faults *f = calloc(1, sizeof(*f));

	(void)dir, (void)slice;
	assert_non_null(f);
	f->period = period;
	f->fd = eventfd(1, EFD_CLOEXEC);
	*ret_needed = 1;
	*ret = f;
	return 0;
}

void faults_close(struct faults *f)
{
	if (f)
		close(f->fd);
	free(f);
}

int faults_fd(const struct faults *f)
{
	return f->fd;
}

uint64_t faults_lost(const struct faults *f)
{
	(void)f;
	return 0;
}

bool faults_of_kernel(const struct faults *f)
{
	(void)f;
	return true;
}

/* As in kernel/events/core.c: perf_output_sample. */
struct record {
	struct perf_event_header header;
	uint64_t ip;
	int32_t pid, tid;
	uint64_t time, address, abi, registers[STACK_REGISTERS], slice;
	uint64_t stack[SLICE / sizeof(uint64_t)], copied;
};

static void sample_put(struct faults *f, uint64_t n)
{
	struct record r = {
	        .header = {.type = PERF_RECORD_SAMPLE, .size = sizeof(r)},
	        .pid = 7,
	        .tid = 7,
	        .time = clock_mono(),
	        .address = 0x100000000000 + atomic_load(&flood.faults) * PAGE,
	        .abi = PERF_SAMPLE_REGS_ABI_64,
	        .slice = SLICE,
	        .stack = {n * 2654435761u % STACKS},
	        .copied = SLICE,
	};
	uint64_t at = f->head % RING, first = RING - at < sizeof(r) ? RING - at : sizeof(r);

	/* They come by rising number of the kernel, and that of this one has so many below it. */
	r.registers[__builtin_popcountll(perf_ring_registers() & ((1ull << PERF_REG_X86_IP) - 1))] =
	        0x2000 + n % LEAVES;
	memcpy(f->ring + at, &r, first);
	memcpy(f->ring, (const uint8_t *)&r + first, sizeof(r) - first);
	f->head += sizeof(r);
}

static void memory_note(unsigned samples)
{
	if (samples != SAMPLES / 3 && samples != SAMPLES)
		return;
	struct mallinfo2 m = mallinfo2();
	*(samples == SAMPLES ? &flood.late : &flood.early) = m.uordblks + m.hblkhd;
}

void faults_drain(struct faults *f, sample_tell *tell, void *arg)
{
	struct perf_record record;

	for (unsigned i = 0; i < AT_ONCE && flood.samples < SAMPLES; i++) {
		atomic_fetch_add(&flood.faults, f->period);
		sample_put(f, atomic_fetch_add(&flood.samples, 1));
		struct perf_ring r = {f->ring, RING, f->head, f->tail, SAMPLE};
		assert_int_equal(perf_ring_next(&r, f->scratch, &record), 1);
		f->tail = r.tail;
		record.sample.kind = SAMPLE_FAULT;
		record.sample.weight = (double)f->period;
		tell(arg, &record.sample);
		memory_note(flood.samples);
	}
}

/* --- the test --------------------------------------------------------------------------------------------- */

/* The last facts, or NULL. */
static struct sites_facts *last_facts(struct tracer *t)
{
	uint64_t limit = clock_mono() + PATIENCE_S * NS_PER_S;
	struct pollfd p = {.fd = tracer_fd(t), .events = POLLIN};
	struct sites_facts *f = NULL;
	bool stopped = false;

	while (clock_mono() < limit && !(f && f->ended)) {
		poll(&p, 1, 10);
		struct sites_facts *next = tracer_take(t);
		if (next) {
			sites_facts_unref(f);
			f = next;
		}
		if (flood.samples == SAMPLES && !stopped) {
			tracer_run(t, SITES_NONE, 0);
			stopped = true;
		}
	}
	return f;
}

static void tracer__takes_no_more_memory__for_a_million_samples(void **state)
{
	struct tracer *t = tracer_new("/proc", getpid(), clock_mono(), 5);

	(void)state;
	assert_non_null(t);
	tracer_run(t, SITES_GROWTH, UNKNOWN);
	struct sites_facts *f = last_facts(t);
	assert_non_null(f);
	assert_true(f->ended);
	assert_int_equal(f->samples, SAMPLES);
	assert_int_equal(f->lost, 0);
	/*
	 * All that was touched stayed, and is what those that are still followed stand for: roughly, for at the longest
	 * period each thinning leaves fewer and heavier ones of the old.
	 */
	double live = (double)f->live_bytes / (double)flood.faults / PAGE;
	if (live < 0.4 || live > 1.6)
		print_message("live %.2f of it, full %llu\n", live, (unsigned long long)f->full);
	assert_true(live > 0.4 && live < 1.6);
	assert_int_equal(f->full, 0);
	assert_int_equal(f->site_count, SITES_MAX);
	print_message("%zu MiB after a third, %zu after all\n", flood.early >> 20,
	              flood.late >> 20);
	/* Under a sanitizer malloc counts nothing. */
	if (flood.early) {
		assert_in_range(flood.late, 1, flood.early + flood.early / 8);
		assert_in_range(flood.late, 1, 128u << 20);
	}
	sites_facts_unref(f);
	tracer_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(tracer__takes_no_more_memory__for_a_million_samples),
	};

	/* All of it in one arena, which is the one that is looked at. */
	mallopt(M_ARENA_MAX, 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
