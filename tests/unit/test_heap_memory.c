/* SPDX-License-Identifier: MIT */
/* The memory of a living process: what is read, what is left alone, and who may. */
#include "heap/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/rights.h"
#include "support_live.h"

enum { PAGES = 64, UNTOUCHED = 256 << 20 };

/* Mapped before a child is forked, so that both know where it is; each page belongs to whom writes it. */
static char *ground;
static size_t page;

static void ground_write(int turn)
{
	(void)turn;
	/* Pages 7, 8, 9 and 20; what lies around them was never touched. */
	for (size_t i = 7; i < 10; i++)
		memset(ground + i * page, (int)i, page);
	memset(ground + 20 * page, 20, page);
}

static int ground_setup(void **state)
{
	(void)state;
	page = (size_t)sysconf(_SC_PAGESIZE);
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

static uint64_t at(size_t pages)
{
	return (uintptr_t)ground + pages * page;
}

static struct memory *memory_of(pid_t pid)
{
	struct memory *m = NULL;
	assert_int_equal(memory_open_live("/proc", pid, &m), 0);
	assert_int_equal(memory_begin(m), 0);
	return m;
}

static void memory_read__stops__before_the_first_page_that_is_not_there(void **state)
{
	struct child c = child_start(ground_write);
	struct memory *m = memory_of(c.pid);
	char *got = malloc(PAGES * page);
	(void)state;

	assert_int_equal(memory_read(m, at(7), got, PAGES * page), 3 * page);
	assert_int_equal(got[0], 7);
	assert_int_equal(got[3 * page - 1], 9);
	assert_int_equal(memory_read(m, at(9) + 100, got, 8), 8);
	assert_int_equal(got[0], 9);
	assert_int_equal(memory_read(m, at(10), got, page), 0);
	assert_false(memory_read_all(m, at(10) - 4, got, 8));
	assert_true(memory_read_all(m, at(10) - 4, got, 4));
	free(got);
	memory_free(m);
	child_end(&c);
}

static void memory_next__finds__the_pages_that_are_there(void **state)
{
	struct child c = child_start(ground_write);
	struct memory *m = memory_of(c.pid);
	(void)state;

	assert_int_equal(memory_next(m, at(0), at(PAGES)), at(7));
	assert_int_equal(memory_next(m, at(7) + 3, at(PAGES)), at(7) + 3);
	assert_int_equal(memory_next(m, at(10), at(PAGES)), at(20));
	assert_int_equal(memory_next(m, at(10), at(20)), at(20));
	assert_int_equal(memory_next(m, at(21), at(PAGES)), at(PAGES));
	memory_free(m);
	child_end(&c);
}

static void memory_find__knows__kind_and_name(void **state)
{
	struct child c = child_start(ground_write);
	struct memory *m = memory_of(c.pid);
	const struct memory_range *r = memory_find(m, at(7));
	unsigned seen[MEMORY_OTHER + 1] = {0};
	(void)state;

	assert_non_null(r);
	assert_int_equal(r->kind, MEMORY_ANON);
	assert_null(memory_find(m, 0));
	for (size_t i = 0; i < m->range_count; i++) {
		assert_true(i == 0 || m->ranges[i - 1].end <= m->ranges[i].start);
		assert_ptr_equal(memory_find(m, m->ranges[i].start), &m->ranges[i]);
		assert_ptr_equal(memory_find(m, m->ranges[i].end - 1), &m->ranges[i]);
		seen[m->ranges[i].kind]++;
	}
	assert_int_equal(seen[MEMORY_STACK], 1);
	assert_true(seen[MEMORY_FILE] > 4 && seen[MEMORY_OTHER] >= 1);
	const struct memory_range *text = memory_find(m, (uintptr_t)memory_of);
	assert_non_null(memmem(m->names + text->name, text->name_len, "test_heap_memory", 16));
	memory_free(m);
	child_end(&c);
}

static void memory_begin__tells__the_stack_pointer_of_a_thread_that_waits(void **state)
{
	struct child c = child_start(ground_write);
	struct memory *m = memory_of(c.pid);
	(void)state;

	assert_int_equal(m->thread_count, 1);
	assert_int_equal(m->threads[0].tid, c.pid);
	/* It has answered and is about to read, or reads: soon it waits. */
	for (int i = 0; i < 1000 && !known(m->threads[0].sp); i++) {
		usleep(1000);
		assert_int_equal(memory_begin(m), 0);
	}
	const struct memory_range *r = memory_find(m, m->threads[0].sp);
	assert_non_null(r);
	assert_int_equal(r->kind, MEMORY_STACK);
	memory_free(m);
	child_end(&c);
}

/* --- holes -------------------------------------------------------------------------------------------- */

enum { HOLES = 600 }; /* more runs than are read at once */

static void ground_write_every_other(int turn)
{
	if (turn == 0)
		for (size_t i = 0; i < HOLES; i++)
			memset(ground + 2 * i * page, (int)(i % 251) + 1, page);
	if (turn == 1)
		for (size_t i = 0; i < HOLES; i++)
			memset(ground + 2 * i * page, 255, page);
	if (turn == 2)
		munmap(ground + 100 * page, 100 * page);
}

/* All pages in order; how many there were. `same`: they hold what was written first. */
static size_t holes_read(struct memory *m, bool same)
{
	char *got = malloc(page);
	size_t count = 0;

	for (uint64_t a = memory_next(m, at(0), at(2 * HOLES)); a < at(2 * HOLES);
	     a = memory_next(m, a + page, at(2 * HOLES))) {
		size_t i = (size_t)(a - at(0)) / page / 2;
		ssize_t half = memory_read(m, a, got, page / 2);
		if (!half)
			continue;
		assert_int_equal(half, page / 2);
		assert_int_equal(memory_read(m, a + page / 2, got + page / 2, 2 * page), page / 2);
		for (size_t b = 0; b < page; b++)
			assert_int_equal((unsigned char)got[b], same ? i % 251 + 1 : 255);
		count++;
	}
	free(got);
	return count;
}

static void memory_read__reads__every_page_between_holes(void **state)
{
	struct child c = child_start(ground_write_every_other);
	struct memory *m = memory_of(c.pid);
	unsigned char byte;
	(void)state;

	assert_int_equal(holes_read(m, true), HOLES);
	assert_int_equal(holes_read(m, true), HOLES);
	/* What is read again is read anew, wherever the last read was. */
	assert_int_equal(memory_read(m, at(2), &byte, 1), 1);
	assert_int_equal(memory_read(m, at(4), &byte, 1), 1);
	assert_int_equal(byte, 3);
	child_turn(&c);
	assert_int_equal(memory_read(m, at(4), &byte, 1), 1);
	assert_int_equal(byte, 255);
	assert_int_equal(memory_read(m, at(2), &byte, 1), 1);
	assert_int_equal(byte, 255);
	assert_int_equal(holes_read(m, false), HOLES);
	/* 50 of them are unmapped: the others are still found. */
	child_turn(&c);
	assert_int_equal(holes_read(m, false), HOLES - 50);
	assert_int_equal(memory_begin(m), 0);
	assert_int_equal(holes_read(m, false), HOLES - 50);
	memory_free(m);
	child_end(&c);
}

/* --- the end of the target ---------------------------------------------------------------------------- */

static void memory_read__says_gone__after_the_target_ended(void **state)
{
	struct child c = child_start(ground_write);
	struct memory *m = memory_of(c.pid);
	char byte;
	(void)state;

	assert_int_equal(memory_check(m), 0);
	child_end(&c);
	assert_int_equal(memory_read(m, at(7), &byte, 1), -ESRCH);
	assert_int_equal(memory_check(m), -ESRCH);
	assert_int_equal(memory_begin(m), -ESRCH);
	assert_int_equal(m->range_count, 0);
	memory_free(m);
	struct memory *again = NULL;
	assert_int_equal(memory_open_live("/proc", c.pid, &again), -ESRCH);
	assert_null(again);
}

static void ground_write_then_execute(int turn)
{
	if (turn == 0)
		ground_write(turn);
	else
		execl("/bin/cat", "cat", (char *)NULL);
}

static void memory_begin__says_gone__after_another_program_was_executed(void **state)
{
	struct child c = child_start(ground_write_then_execute);
	struct memory *m = memory_of(c.pid);
	char got[64];
	(void)state;

	child_tell(&c);
	/* The program that comes echoes. */
	assert_int_equal(write(c.order, "x", 1), 1);
	assert_true(child_answers(&c));
	assert_int_equal(memory_check(m), -ESRCH);
	ssize_t n = 1;
	for (int i = 0; i < 64 && n >= 0; i++)
		n = memory_read(m, at(7), got, sizeof(got));
	assert_int_equal(n, -ESRCH);
	assert_int_equal(memory_begin(m), -ESRCH);
	memory_free(m);
	struct memory *again = memory_of(c.pid);
	assert_null(memory_find(again, at(7)));
	memory_free(again);
	child_end(&c);
}

static void ground_write_then_unmap(int turn)
{
	if (turn == 0)
		ground_write(turn);
	else if (turn == 1)
		munmap(ground + 8 * page, page);
	else
		mprotect(ground + 9 * page, (PAGES - 9) * page, PROT_NONE);
}

static void memory_read__passes_on__what_was_unmapped_or_forbidden_meanwhile(void **state)
{
	struct child c = child_start(ground_write_then_unmap);
	struct memory *m = memory_of(c.pid);
	char *got = malloc(PAGES * page);
	(void)state;

	child_turn(&c);
	assert_int_equal(memory_read(m, at(7), got, PAGES * page), page);
	/* Not offered again, so that nobody turns in circles; what lies behind is. */
	assert_int_equal(memory_next(m, at(8), at(30)), at(9));
	assert_int_equal(memory_read(m, at(8), got, page), 0);
	assert_int_equal(memory_read(m, at(9), got, page), page);
	assert_int_equal(got[0], 9);
	/* Pages are still there, but nobody may read them. */
	child_turn(&c);
	for (size_t i = 8; i < PAGES; i++)
		assert_int_equal(memory_read(m, at(i), got, page), 0);
	assert_int_equal(memory_next(m, at(8), at(PAGES)), at(PAGES));
	free(got);
	memory_free(m);
	child_end(&c);
}

/* --- who may ------------------------------------------------------------------------------------------ */

static void memory_open_live__refuses__a_foreign_procfs(void **state)
{
	struct tree t = tree_new();
	struct memory *m = NULL;
	(void)state;

	tree_status(&t, 'S', 1000);
	assert_int_equal(memory_open_live(t.path, TREE_PID, &m), -ENOTSUP);
	assert_null(m);
	tree_free(&t);
}

/* In a child that gave up root: what opening the memory of `pid` says; with 0 the remedy must name root. */
static int stranger_tries(pid_t pid)
{
	char remedy[200];
	struct memory *m = NULL;
	int status;
	pid_t stranger = fork();

	if (stranger == 0) {
		if (setgid(65534) || setuid(65534))
			_exit(99);
		int e = memory_open_live("/proc", pid, &m);
		memory_remedy("/proc", pid, remedy, sizeof(remedy));
		bool helps = strstr(remedy, "another user") && strstr(remedy, "run this as root");
		_exit(e == -EPERM && !m ? helps ? 0 : 2 : 1);
	}
	assert_int_equal(waitpid(stranger, &status, 0), stranger);
	return WEXITSTATUS(status);
}

static void memory_open_live__is_not_permitted__to_another_user(void **state)
{
	(void)state;
	if (getuid() != 0) {
		print_message("skipped: only root can become another user\n");
		skip();
	}
	struct child c = child_start(ground_write);
	assert_int_equal(stranger_tries(c.pid), 0);
	child_end(&c);
}

/* In a child that gave all rights up and is root still: whether the remedy is what rights_remedy() says. */
static int bare_root_tries(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};
	char remedy[RIGHTS_REMEDY], rights[RIGHTS_REMEDY];
	pid_t parent = getpid(), bare = fork();
	int status;

	if (bare == 0) {
		if (syscall(SYS_capset, &head, none))
			_exit(99);
		memory_remedy("/proc", parent, remedy, sizeof(remedy));
		_exit(strcmp(remedy,
		             rights_remedy(RIGHT(RIGHT_SYS_PTRACE), rights, sizeof(rights))) != 0);
	}
	assert_int_equal(waitpid(bare, &status, 0), bare);
	return WEXITSTATUS(status);
}

static void memory_remedy__of_a_root_without_rights__is_as_everywhere(void **state)
{
	(void)state;
	if (getuid() != 0) {
		print_message("skipped: only root can give rights up\n");
		skip();
	}
	assert_int_equal(bare_root_tries(), 0);
}

/* --- programs that are not ours to understand --------------------------------------------------------- */

/* The smallest program of 32 bits: it sleeps. */
static const unsigned char narrow[] = {0x7f, 'E', 'L', 'F', 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2,
                                       0, 3, 0, 1, 0, 0, 0, 0x54, 0x80, 4, 8, 0x34, 0, 0, 0, 0, 0,
                                       0, 0, 0, 0, 0, 0, 0x34, 0, 0x20, 0, 1, 0, 0, 0, 0, 0, 0, 0,
                                       /* one segment, all of the file */
                                       1, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 4, 8, 0, 0x80, 4, 8, 0x5d,
                                       0, 0, 0, 0x5d, 0, 0, 0, 5, 0, 0, 0, 0, 0x10, 0, 0,
                                       /* pause, again and again */
                                       0xb8, 29, 0, 0, 0, 0xcd, 0x80, 0xeb, 0xf7};
static char narrow_path[64];

static void execute_narrow(int turn)
{
	if (turn)
		execl(narrow_path, narrow_path, (char *)NULL);
}

static bool is_executed(pid_t pid)
{
	char link[64], to[64] = "";
	snprintf(link, sizeof(link), "/proc/%d/exe", pid);
	return readlink(link, to, sizeof(to) - 1) > 0 && !strcmp(to, narrow_path);
}

static void memory_open_live__does_not_support__programs_of_32_bits(void **state)
{
	struct memory *m = NULL;
	(void)state;

	snprintf(narrow_path, sizeof(narrow_path), "/tmp/test-narrow-%d", getpid());
	int fd = open(narrow_path, O_CREAT | O_WRONLY | O_CLOEXEC, 0700);
	assert_int_equal(write(fd, narrow, sizeof(narrow)), sizeof(narrow));
	close(fd);
	struct child c = child_start(execute_narrow);
	child_tell(&c);
	/* A kernel that does not run it lets the child answer. */
	for (int i = 0; i < 2000 && !is_executed(c.pid); i++)
		usleep(1000);
	bool executed = is_executed(c.pid);
	int e = memory_open_live("/proc", c.pid, &m);
	unlink(narrow_path);
	child_end(&c);
	if (!executed) {
		memory_free(m);
		print_message("skipped: this kernel runs no programs of 32 bits\n");
		skip();
	}
	assert_int_equal(e, -ENOTSUP);
	assert_null(m);
}

int main(void)
{
#define ON_GROUND(test) cmocka_unit_test_setup_teardown(test, ground_setup, ground_teardown)
	const struct CMUnitTest tests[] = {
	        ON_GROUND(memory_read__stops__before_the_first_page_that_is_not_there),
	        ON_GROUND(memory_next__finds__the_pages_that_are_there),
	        ON_GROUND(memory_find__knows__kind_and_name),
	        ON_GROUND(memory_begin__tells__the_stack_pointer_of_a_thread_that_waits),
	        ON_GROUND(memory_read__reads__every_page_between_holes),
	        ON_GROUND(memory_read__says_gone__after_the_target_ended),
	        ON_GROUND(memory_begin__says_gone__after_another_program_was_executed),
	        ON_GROUND(memory_read__passes_on__what_was_unmapped_or_forbidden_meanwhile),
	        ON_GROUND(memory_open_live__refuses__a_foreign_procfs),
	        ON_GROUND(memory_open_live__is_not_permitted__to_another_user),
	        cmocka_unit_test(memory_remedy__of_a_root_without_rights__is_as_everywhere),
	        ON_GROUND(memory_open_live__does_not_support__programs_of_32_bits),
	};
	return cmocka_run_group_tests_name("heap_memory", tests, NULL, NULL);
}
