/* SPDX-License-Identifier: MIT */
/*
 * Heaps of living processes: quiet ones to the byte, moving ones without losing the way. HEAP_CENSUS in the
 * environment starts another heap-census, one with another C library; the argument chooses tests.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "support_live.h"
#include "support_walk.h"

static char program[4096]; /* the words of a shell that start the target */

struct census {
	pid_t pid;
	int in;
	FILE *out;
	char book[1024];
};

static _Noreturn void target_run(int in, int out, const char *tunables, const char *arguments)
{
	char command[8192];

	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	if (tunables)
		setenv("GLIBC_TUNABLES", tunables, 1);
	snprintf(command, sizeof(command), "exec %s %s", program, arguments);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

/* Until it is at rest: the book, then "ready". */
static struct census target_start(const char *arguments, const char *tunables)
{
	struct census t = {0};
	char line[1024];
	int in[2], out[2];

	assert_int_equal(pipe2(in, O_CLOEXEC) | pipe2(out, O_CLOEXEC), 0);
	t.pid = fork();
	assert_true(t.pid >= 0);
	if (t.pid == 0)
		target_run(in[0], out[1], tunables, arguments);
	close(in[0]);
	close(out[1]);
	t.in = in[1];
	t.out = fdopen(out[0], "r");
	assert_non_null(fgets(t.book, sizeof(t.book), t.out));
	assert_non_null(fgets(line, sizeof(line), t.out));
	assert_memory_equal(line, "ready", 5);
	return t;
}

static void target_end(struct census *t)
{
	kill(t->pid, SIGKILL);
	waitpid(t->pid, NULL, 0);
	close(t->in);
	fclose(t->out);
}

static struct memory *memory_of(pid_t pid)
{
	struct memory *m;

	assert_int_equal(memory_open_live("/proc", pid, &m), 0);
	assert_int_equal(memory_begin(m), 0);
	return m;
}

/* Its heap is to the byte what it says, and returns by malloc_trim(0) what the walk promised. */
static void heap_is_exact(const char *arguments, const char *tunables)
{
	struct census t = target_start(arguments, tunables);
	struct memory *m = memory_of(t.pid);
	struct walker *w = heap_walker(m);
	struct heap_walk *walk = heap_walked(w, m);
	char line[1024];
	double confidence;

	heap_walk_is_book(walk, t.book, (unsigned)heap_book(t.book, "threads") - 1);
	heap_walk_is_sound(walk);
	walker_layout(w, &confidence);
	assert_true(confidence == 1);
	assert_int_equal(write(t.in, "\n", 1), 1);
	assert_non_null(fgets(line, sizeof(line), t.out));
	/* Where huge pages are asked for, the top chunk is returned in such only. */
	if (!tunables || !strstr(tunables, "hugetlb"))
		assert_int_equal(heap_total(walk, true).trimmable,
		                 heap_book(line, "rss_before") - heap_book(line, "rss_after"));
	heap_walk_free(walk);
	walker_free(w);
	memory_free(m);
	target_end(&t);
}

static void walk__is_exact__for_one_thread_and_many(void **state)
{
	(void)state;
	heap_is_exact("1 20000", NULL);
	heap_is_exact("2 5000", NULL);
	heap_is_exact("16 2000", NULL);
}

static void walk__is_exact__for_all_ways_to_ask_for_memory(void **state)
{
	(void)state;
	heap_is_exact("2 4000 1", NULL);
}

static void walk__is_exact__where_somebody_else_uses_the_brk_area(void **state)
{
	(void)state;
	heap_is_exact("1 5000 2", NULL);
}

static void walk__is_exact__where_the_brk_area_cannot_grow(void **state)
{
	(void)state;
	heap_is_exact("1 5000 4", NULL);
	heap_is_exact("2 5000 5", NULL);
}

static void walk__is_exact__for_mapped_blocks_also_aligned_ones(void **state)
{
	(void)state;
	heap_is_exact("2 2000 9", NULL);
}

static void walk__is_exact__where_threads_share_arenas(void **state)
{
	(void)state;
	heap_is_exact("8 1000 0 6000 2", NULL);
}

/* More than 64 MiB in one arena. */
static void walk__is_exact__for_arenas_of_several_heaps(void **state)
{
	(void)state;
	heap_is_exact("2 9000 0 100000", NULL);
}

static void walk__is_exact__with_tunables(void **state)
{
	(void)state;
	heap_is_exact("2 5000 1", "glibc.malloc.hugetlb=1");
	heap_is_exact("2 5000 1", "glibc.malloc.hugetlb=2");
	heap_is_exact("2 5000 1", "glibc.malloc.tcache_count=100:glibc.malloc.mxfast=0");
	heap_is_exact("2 5000 1", "glibc.malloc.tcache_count=0");
}

/* Sets the flag at the read that is counted down to. */
static struct {
	const struct memory_ops *ops;
	atomic_bool stop;
	uint64_t left;
} hook;

static ssize_t hooked_read(struct memory *m, uint64_t address, void *out, size_t len)
{
	if (hook.left && --hook.left == 0)
		atomic_store(&hook.stop, true);
	return hook.ops->read(m, address, out, len);
}

/* The lists of a thread cache are followed at once (64 of 7 blocks): so much more is read at most. */
enum { READS_MORE = 500 };

static void walk__ends_soon__wherever_it_is_told_to(void **state)
{
	(void)state;
	struct census t = target_start("16 2000 9", NULL);
	struct memory *m = memory_of(t.pid);
	struct walker *w = heap_walker(m);
	struct memory_ops ops = *m->ops;
	uint64_t before = m->calls;

	heap_walk_free(heap_walked(w, m));
	uint64_t all = m->calls - before;
	assert_true(all > 4 * READS_MORE);
	hook.ops = m->ops;
	ops.read = hooked_read;
	m->ops = &ops;
	m->stop = &hook.stop;
	for (uint64_t n = 1; n + READS_MORE < all; n += 1 + all / 100) {
		struct heap_walk *walk = NULL;
		hook.left = n;
		atomic_store(&hook.stop, false);
		before = m->calls;
		assert_int_equal(walker_walk(w, m, NULL, &walk), -ECANCELED);
		assert_null(walk);
		assert_true(m->calls - before <= n + READS_MORE);
	}
	m->stop = NULL;
	m->ops = hook.ops;
	walker_free(w);
	memory_free(m);
	target_end(&t);
}

/* A child under a sanitizer has its malloc, not that of glibc. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static const bool sanitized = true;
#else
static const bool sanitized = false;
#endif

/*
 * --- processes that go on
 * -----------------------------------------------------------------------------
 */

enum { MOVERS = 2, SLOTS = 20000, WALKS = 20 };
static void *slots[MOVERS][SLOTS];
static atomic_uint *moves; /* shared with the child */

static void *mover(void *arg)
{
	void **mine = arg;
	unsigned seed = 7;

	for (;;) {
		seed ^= seed << 13;
		seed ^= seed >> 17;
		seed ^= seed << 5;
		unsigned n = seed % SLOTS;
		free(mine[n]);
		mine[n] = malloc(16 + seed / SLOTS % 1000);
		atomic_fetch_add(moves, 1);
	}
	return NULL;
}

/* Turn 0: all slots are taken. Turn 1: they begin to change for ever. */
static void moving(int turn)
{
	for (int t = 0; turn == 0 && t < MOVERS; t++)
		for (int n = 0; n < SLOTS; n++)
			slots[t][n] = malloc(16 + (size_t)n % 1000);
	for (int t = 0; turn == 1 && t < MOVERS; t++) {
		pthread_t thread;
		pthread_create(&thread, NULL, mover, slots[t]);
	}
}

static uint64_t live_of(struct walker *w, struct memory *m, struct heap_arena *ret)
{
	assert_int_equal(memory_begin(m), 0);
	struct heap_walk *walk = heap_walked(w, m);
	*ret = heap_total(walk, true);
	heap_walk_free(walk);
	return ret->live_blocks;
}

static void walk__keeps_its_way__while_all_blocks_move(void **state)
{
	(void)state;
	if (sanitized)
		skip();
	moves = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct child c = child_start(moving);
	struct memory *m = memory_of(c.pid);
	struct walker *w = heap_walker(m);
	struct heap_arena a;
	uint64_t quiet = live_of(w, m, &a);
	unsigned astray = 0;

	assert_true(quiet >= MOVERS * SLOTS);
	assert_int_equal(a.torn, 0);
	child_turn(&c);
	for (unsigned n = 0, seen = 0; n < WALKS; n++) {
		/* It must have moved since, or this tests nothing; at first its heap only grows. */
		while (atomic_load(moves) - seen < (n ? 1000 : 500000))
			usleep(100);
		seen = atomic_load(moves);
		uint64_t live = live_of(w, m, &a);
		astray += live < quiet - quiet / 10 || live > quiet + quiet / 10 ||
		          a.unread > a.size / 10;
	}
	/* While others have the CPU amid a walk, much more has moved than in its own time. */
	assert_in_range(astray, 0, WALKS / 5);
	walker_free(w);
	memory_free(m);
	child_end(&c);
	munmap(moves, 4096);
}

/* Takes and frees all, again and again, in front of whoever reads. */
static void *breather(void *arg)
{
	void **mine = arg;

	for (;;) {
		for (int n = 0; n < SLOTS; n++)
			mine[n] = malloc(16 + (size_t)n % 3000);
		atomic_fetch_add(moves, 1);
		for (int n = 0; n < SLOTS; n++)
			free(mine[n]);
	}
	return NULL;
}

static void breathing(int turn)
{
	pthread_t thread;

	if (turn == 0)
		moving(0);
	else if (turn == 1)
		pthread_create(&thread, NULL, breather,
		               mmap(NULL, sizeof(slots[0]), PROT_READ | PROT_WRITE,
		                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

static void walk__survives__a_heap_that_comes_and_goes(void **state)
{
	(void)state;
	if (sanitized)
		skip();
	moves = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct child c = child_start(breathing);
	struct memory *m = memory_of(c.pid);
	struct walker *w = heap_walker(m);
	struct heap_arena a;

	child_turn(&c);
	for (unsigned n = 0; n < 30; n++) {
		uint64_t live = live_of(w, m, &a);
		/* The main arena is quiet. */
		assert_true(live >= MOVERS * SLOTS && live < (MOVERS + 2) * SLOTS);
	}
	while (atomic_load(moves) < 3)
		usleep(1000);
	walker_free(w);
	memory_free(m);
	child_end(&c);
	munmap(moves, 4096);
}

static void walk__says_so__when_the_process_is_gone(void **state)
{
	(void)state;
	if (sanitized)
		skip();
	struct child c = child_start(moving);
	struct memory *m = memory_of(c.pid);
	struct walker *w = heap_walker(m);
	struct heap_walk *walk = NULL;

	child_end(&c);
	assert_int_equal(walker_walk(w, m, NULL, &walk), -ESRCH);
	assert_null(walk);
	walker_free(w);
	memory_free(m);
}

static void forking(int turn)
{
	if (turn == 0) {
		moving(0);
		return;
	}
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	atomic_store(moves, (unsigned)pid);
}

static void walk__finds_the_same__in_a_fork(void **state)
{
	(void)state;
	if (sanitized)
		skip();
	moves = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct child c = child_start(forking);
	child_turn(&c);
	struct memory *parent = memory_of(c.pid), *fork = memory_of((pid_t)atomic_load(moves));
	struct walker *w = heap_walker(parent), *v = heap_walker(fork);
	struct heap_walk *one = heap_walked(w, parent), *other = heap_walked(v, fork);

	assert_true(one->count > MOVERS * SLOTS);
	assert_int_equal(one->count, other->count);
	assert_memory_equal(one->blocks, other->blocks, one->count * sizeof(*one->blocks));
	heap_walk_free(one);
	heap_walk_free(other);
	walker_free(w);
	walker_free(v);
	memory_free(parent);
	memory_free(fork);
	child_end(&c);
	munmap(moves, 4096);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(walk__is_exact__for_one_thread_and_many),
	        cmocka_unit_test(walk__is_exact__for_all_ways_to_ask_for_memory),
	        cmocka_unit_test(walk__is_exact__where_somebody_else_uses_the_brk_area),
	        cmocka_unit_test(walk__is_exact__where_the_brk_area_cannot_grow),
	        cmocka_unit_test(walk__is_exact__for_mapped_blocks_also_aligned_ones),
	        cmocka_unit_test(walk__is_exact__where_threads_share_arenas),
	        cmocka_unit_test(walk__is_exact__for_arenas_of_several_heaps),
	        cmocka_unit_test(walk__is_exact__with_tunables),
	        cmocka_unit_test(walk__ends_soon__wherever_it_is_told_to),
	        cmocka_unit_test(walk__keeps_its_way__while_all_blocks_move),
	        cmocka_unit_test(walk__survives__a_heap_that_comes_and_goes),
	        cmocka_unit_test(walk__says_so__when_the_process_is_gone),
	        cmocka_unit_test(walk__finds_the_same__in_a_fork),
	};

	const char *slash = strrchr(argv[0], '/'), *other = getenv("HEAP_CENSUS");
	if (other)
		snprintf(program, sizeof(program), "%s", other);
	else
		snprintf(program, sizeof(program), "'%.*s/../targets/heap-census'",
		         slash ? (int)(slash - argv[0]) : 1, slash ? argv[0] : ".");
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
