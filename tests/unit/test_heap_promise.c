/* SPDX-License-Identifier: MIT */
/*
 * What reading does to the target: nothing. No page is faulted in, no page table grows, it is never stopped, and
 * what it gave back or has swapped out stays so.
 */
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "heap/memory.h"
#include "proc/status.h"
#include "proc/system.h"
#include "support_live.h"

enum { UNTOUCHED = 256 << 20, BLOCKS = 100000, BLOCK = 1000, GIVEN = 8 << 20, WINDOW = 1 << 20 };

/* Mapped here, so that parent and child know where it is; touched by the child alone. */
static char *ground;

static int ground_setup(void **state)
{
	(void)state;
	ground = mmap(NULL, UNTOUCHED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise(ground, UNTOUCHED, MADV_NOHUGEPAGE);
	return ground == MAP_FAILED;
}

static int ground_teardown(void **state)
{
	(void)state;
	munmap(ground, UNTOUCHED);
	return 0;
}

/* --- what the child does ------------------------------------------------------------------------------ */

/* A heap of 100 MB, nine tenths of it given back in the middle; and the large mapping is left alone. */
static void heap_with_holes(int turn)
{
	static char *blocks[BLOCKS];

	if (turn)
		return;
	for (unsigned i = 0; i < BLOCKS; i++) {
		blocks[i] = malloc(BLOCK);
		memset(blocks[i], 1, BLOCK);
	}
	for (unsigned i = 0; i < BLOCKS; i++)
		if (i % 1000 < 900)
			free(blocks[i]);
	malloc_trim(0);
}

static void give_freely(int turn)
{
	if (turn == 0)
		memset(ground, 1, GIVEN);
	if (turn == 0)
		madvise(ground, GIVEN, MADV_FREE);
}

static void swap_out(int turn)
{
	if (turn == 0)
		memset(ground, 7, GIVEN);
#ifdef MADV_PAGEOUT
	if (turn == 0)
		madvise(ground, GIVEN / 2, MADV_PAGEOUT);
#endif
}

/* --- what is measured --------------------------------------------------------------------------------- */

static struct buf file_of(pid_t pid, const char *name)
{
	char path[64];
	struct buf b;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	buf_init(&b, 16 << 20);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(buf_reserve(&b, 4 << 20), 0);
	ssize_t n;
	while ((n = read(fd, b.data + b.len, (4 << 20) - b.len)) > 0)
		b.len += (size_t)n;
	b.data[b.len] = '\0';
	close(fd);
	return b;
}

static struct proc_status status_of(pid_t pid)
{
	struct proc_status s;
	struct buf b = file_of(pid, "status");

	assert_int_equal(status_parse(b.data, b.len, &s), 0);
	buf_done(&b);
	return s;
}

/* Sum of a field of smaps, kB. */
static uint64_t smaps_sum(pid_t pid, const char *field)
{
	struct buf b = file_of(pid, "smaps");
	uint64_t sum = 0;

	for (const char *s = b.data; (s = strstr(s, field)); s++)
		sum += strtoull(s + strlen(field), NULL, 10);
	buf_done(&b);
	return sum;
}

/* Reads all there is, twice; how many bytes once. */
static uint64_t read_everything(struct memory *m)
{
	char *window = malloc(WINDOW);
	uint64_t count = 0;

	for (int round = 0; round < 2; round++) {
		assert_int_equal(memory_begin(m), 0);
		count = 0;
		for (uint64_t at = memory_next(m, 0, UINT64_MAX); at < UINT64_MAX;) {
			ssize_t n = memory_read(m, at, window, WINDOW);
			assert_true(n >= 0);
			count += (uint64_t)n;
			at = memory_next(m, at + (n ? (uint64_t)n : m->page), UINT64_MAX);
		}
	}
	free(window);
	return count;
}

static void reading__costs__no_page_and_no_page_table(void **state)
{
	struct child c = child_start(heap_with_holes);
	struct memory *m = NULL;
	(void)state;

	assert_int_equal(memory_open_live("/proc", c.pid, &m), 0);
	struct proc_status before = status_of(c.pid);
	uint64_t count = read_everything(m);
	struct proc_status after = status_of(c.pid);
	assert_true(before.v[STATUS_VM_SIZE] > UNTOUCHED);
	assert_int_equal(after.v[STATUS_VM_PTE], before.v[STATUS_VM_PTE]);
	assert_int_equal(after.v[STATUS_VM_RSS], before.v[STATUS_VM_RSS]);
	/* And yet all there is was read. */
	uint64_t rss = before.v[STATUS_VM_RSS];
	assert_true(count <= rss + rss / 50 && count >= rss - rss / 50);
	memory_free(m);
	child_end(&c);
}

/* That the test above could fail: what it excludes is real on this kernel. */
static void reading__would_cost__page_tables_if_pages_were_not_chosen(void **state)
{
	struct child c = child_start(heap_with_holes);
	char *window = malloc(WINDOW);
	struct proc_status before = status_of(c.pid);
	(void)state;

	for (size_t at = 0; at < UNTOUCHED; at += WINDOW) {
		struct iovec into = {window, WINDOW}, from = {ground + at, WINDOW};
		assert_int_equal(process_vm_readv(c.pid, &into, 1, &from, 1, 0), WINDOW);
	}
	struct proc_status after = status_of(c.pid);
	assert_true(after.v[STATUS_VM_PTE] > before.v[STATUS_VM_PTE] + (256 << 10));
	free(window);
	child_end(&c);
}

static void reading__leaves__what_was_given_back_freely(void **state)
{
	struct child c = child_start(give_freely);
	struct memory *m = NULL;
	(void)state;

	uint64_t lazy = smaps_sum(c.pid, "LazyFree:");
	if (!lazy) {
		print_message("skipped: no MADV_FREE here\n");
		child_end(&c);
		skip();
	}
	assert_int_equal(memory_open_live("/proc", c.pid, &m), 0);
	read_everything(m);
	/* The last pages of a row reach this list late: more is fine, less would be taken back. */
	assert_true(smaps_sum(c.pid, "LazyFree:") >= lazy);
	memory_free(m);
	child_end(&c);
}

static bool has_swap(void)
{
	uint64_t v[MEMINFO_KEY_COUNT];
	struct buf b = file_of(getpid(), "../meminfo");
	bool has = meminfo_parse(b.data, b.len, v) == 0 && known(v[MEMINFO_SWAP_FREE]) &&
	           v[MEMINFO_SWAP_FREE] >= GIVEN;

	buf_done(&b);
	return has;
}

static void reading__never_fetches__what_is_swapped_out(void **state)
{
	struct memory *m = NULL;
	(void)state;

	if (!has_swap()) {
		print_message("skipped: this machine has no swap\n");
		skip();
	}
	struct child c = child_start(swap_out);
	uint64_t swapped = smaps_sum(c.pid, "\nSwap:") * 1024;
	if (swapped < GIVEN / 4) {
		print_message("skipped: this kernel swaps nothing out on request\n");
		child_end(&c);
		skip();
	}
	assert_int_equal(memory_open_live("/proc", c.pid, &m), 0);
	read_everything(m);
	assert_int_equal(smaps_sum(c.pid, "\nSwap:") * 1024, swapped);
	assert_int_equal(m->swapped, swapped);
	/* The other half was never out. */
	uint64_t half = (uintptr_t)ground + GIVEN / 2;
	assert_int_equal(memory_next(m, half, half + GIVEN / 2), half);
	memory_free(m);
	child_end(&c);
}

/* --- its state ---------------------------------------------------------------------------------------- */

struct observer {
	pid_t pid;
	atomic_bool done;
	unsigned looks, stopped;
};

static void *observe(void *arg)
{
	struct observer *o = arg;

	while (!atomic_load(&o->done)) {
		struct proc_status s = status_of(o->pid);
		o->looks++;
		o->stopped += s.state == 't' || s.state == 'T' || s.tracer != 0;
	}
	return NULL;
}

static void reading__never__stops_or_traces_the_target(void **state)
{
	struct child c = child_start(heap_with_holes);
	struct observer o = {.pid = c.pid};
	struct memory *m = NULL;
	pthread_t thread;
	(void)state;

	assert_int_equal(memory_open_live("/proc", c.pid, &m), 0);
	assert_int_equal(pthread_create(&thread, NULL, observe, &o), 0);
	for (unsigned i = 0; i < 6; i++)
		read_everything(m);
	atomic_store(&o.done, true);
	pthread_join(thread, NULL);
	assert_true(o.looks > 0);
	assert_int_equal(o.stopped, 0);
	memory_free(m);
	child_end(&c);
}

int main(void)
{
#define ON_GROUND(test) cmocka_unit_test_setup_teardown(test, ground_setup, ground_teardown)
	const struct CMUnitTest tests[] = {
	        ON_GROUND(reading__costs__no_page_and_no_page_table),
	        ON_GROUND(reading__would_cost__page_tables_if_pages_were_not_chosen),
	        ON_GROUND(reading__leaves__what_was_given_back_freely),
	        ON_GROUND(reading__never_fetches__what_is_swapped_out),
	        ON_GROUND(reading__never__stops_or_traces_the_target),
	};
	return cmocka_run_group_tests_name("heap_promise", tests, NULL, NULL);
}
