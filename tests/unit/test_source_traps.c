/* SPDX-License-Identifier: MIT */
/*
 * Figures that look like something else: what fork, lazily freed pages, shared memory and page tables do to the
 * figures of a real process, and which of them counts as memory that it holds.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/known.h"
#include "support_live.h"

enum { BIG = 16 << 20, SMALL = 1 << 20, PAGE = 4096 /* the least there is */ };

/* By the kernel alone: a sanitizer would want to know what each of these bytes is. NULL: not to be had. */
static char *map(size_t size, int prot, int flags)
{
	long p = syscall(SYS_mmap, NULL, size, prot, flags | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == -1 ? NULL : (char *)p;
}

/* Private memory whose pages stay as small as they are touched. */
static char *private_memory(size_t size)
{
	char *p = map(size, PROT_READ | PROT_WRITE, MAP_PRIVATE);

	if (p)
		madvise(p, size, MADV_NOHUGEPAGE);
	return p;
}

/* Writes a byte of every `step`, behind the back of a sanitizer, which would touch as many pages of its own. */
__attribute__((no_sanitize("address"))) static void touch(char *p, size_t size, size_t step)
{
	for (size_t i = 0; p && i < size; i += step)
		((volatile char *)p)[i] = 1;
}

/* What is known after a pass over its mappings made now. */
static struct sample look_at(const struct child *c)
{
	struct source *s = live_start("/proc", c->pid);
	struct region_table *t = live_table(s);
	struct sample sample;

	assert_non_null(t);
	region_table_unref(t);
	assert_int_equal(s->ops->sample(s, 0, &sample), 0);
	s->ops->free(s);
	return sample;
}

static uint64_t held(const struct sample *s)
{
	bool upper;

	return sample_base(s, &upper);
}

/* Samples before and after a turn of the child. */
static void around(void (*act)(int turn), struct sample *before, struct sample *after)
{
	struct child c = child_start(act);

	*before = look_at(&c);
	child_turn(&c);
	*after = look_at(&c);
	child_end(&c);
}

static void assert_near(uint64_t a, uint64_t b)
{
	assert_true(known(a) && known(b));
	if ((a > b ? a - b : b - a) > SMALL)
		fail_msg("%llu is not about %llu", (unsigned long long)a, (unsigned long long)b);
}

/* The one that is forked ends with its parent, also where that is gone before it says so. */
static void forks(int turn)
{
	pid_t parent = getpid();

	if (turn == 0) {
		touch(private_memory(BIG), BIG, PAGE);
	} else if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (getppid() == parent)
			pause();
		_exit(0);
	}
}

static void fork__makes_private_pages_shared__and_what_is_held_stays(void **state)
{
	struct sample before, after;

	(void)state;
	around(forks, &before, &after);
	assert_true(before.v[FIGURE_PRIVATE] >= BIG);
	assert_true(after.v[FIGURE_PRIVATE] < BIG / 2);
	assert_true(after.v[FIGURE_PSS] < before.v[FIGURE_PSS] - BIG / 4);
	assert_near(after.v[FIGURE_ANON], before.v[FIGURE_ANON]);
	assert_near(held(&after), held(&before));
}

static void frees_lazily(int turn)
{
	static char *p;

	if (turn == 0)
		touch(p = private_memory(BIG), BIG, PAGE);
	else
		madvise(p, BIG, MADV_FREE);
}

/* Whether the kernel has taken the pages by then or not. */
static void lazily_freed_pages__are_in_rss__and_not_held(void **state)
{
	struct sample before, after;

	(void)state;
	around(frees_lazily, &before, &after);
	assert_near(after.v[FIGURE_ANON] - after.v[FIGURE_LAZYFREE], before.v[FIGURE_ANON] - BIG);
	assert_near(held(&after), held(&before) - BIG);
}

static void shares(int turn)
{
	if (turn)
		touch(map(BIG, PROT_READ | PROT_WRITE, MAP_SHARED), BIG, PAGE);
}

static void shared_memory__is_a_figure_of_its_own(void **state)
{
	struct sample before, after;

	(void)state;
	around(shares, &before, &after);
	assert_near(after.v[FIGURE_SHMEM], before.v[FIGURE_SHMEM] + BIG);
	assert_near(after.v[FIGURE_ANON], before.v[FIGURE_ANON]);
	assert_near(held(&after), held(&before));
}

/* One page in each 2 MiB: a page table for each. */
static void touches_few(int turn)
{
	const size_t gib = (size_t)1 << 30;

	if (turn)
		touch(private_memory(gib), gib, 2 << 20);
}

static void page_tables__are_told_beside_what_they_map(void **state)
{
	struct sample before, after;

	(void)state;
	if (sysconf(_SC_PAGESIZE) != 4096)
		skip();
	around(touches_few, &before, &after);
	assert_near(after.v[FIGURE_PTE], before.v[FIGURE_PTE] + (512 << 12));
	assert_near(after.v[FIGURE_ANON], before.v[FIGURE_ANON] + (512 << 12));
}

/* 20 TiB that nobody touched, as a sanitizer or a runtime with a cage has them. */
static void reserves_much(int turn)
{
	if (turn)
		mmap(NULL, (size_t)20 << 40, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		     -1, 0);
}

static void address_space__of_20_tib__is_not_held(void **state)
{
	struct sample before, after;

	(void)state;
	around(reserves_much, &before, &after);
	if (after.v[FIGURE_VSZ] < (uint64_t)20 << 40)
		skip(); /* as much address space is not to be had here */
	assert_near(after.v[FIGURE_RSS], before.v[FIGURE_RSS]);
	assert_near(held(&after), held(&before));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(fork__makes_private_pages_shared__and_what_is_held_stays),
	        cmocka_unit_test(lazily_freed_pages__are_in_rss__and_not_held),
	        cmocka_unit_test(shared_memory__is_a_figure_of_its_own),
	        cmocka_unit_test(page_tables__are_told_beside_what_they_map),
	        cmocka_unit_test(address_space__of_20_tib__is_not_held),
	};

	return cmocka_run_group_tests_name("source_traps", tests, NULL, NULL);
}
