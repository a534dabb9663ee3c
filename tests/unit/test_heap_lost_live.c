/* SPDX-License-Identifier: MIT */
/* Lost blocks of living processes: one that rests and knows what it lost, and one that never rests. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "heap/lost.h"
#include "heap/lost_internal.h"
#include "support_walk.h"

#define HIDE 0xa5a5a5a5a5a5a5a5ull /* as in tests/targets/heap-mutate.c */

enum { SLACK = 24 }; /* bytes a chunk may be larger than what was asked for, each */

static char directory[4096]; /* of the targets */

struct target {
	pid_t pid;
	FILE *out;
	char book[1024]; /* the line before "ready" */
	struct memory *m;
	struct walker *w;
	struct lost *l;
	uint64_t time;
	struct heap_lost lost;
};

static _Noreturn void target_run(int out, const char *name, const char *const *arguments)
{
	char path[8192];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	dup2(out, STDOUT_FILENO);
	execl(path, name, arguments[0], arguments[0] ? arguments[1] : NULL, (char *)NULL);
	_exit(127);
}

static struct target *target_start(const char *name, const char *const *arguments)
{
	static struct target t;
	char line[1024];
	int out[2];

	t = (struct target){0};
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	t.pid = fork();
	assert_true(t.pid >= 0);
	if (t.pid == 0)
		target_run(out[1], name, arguments);
	close(out[1]);
	t.out = fdopen(out[0], "r");
	while (fgets(line, sizeof(line), t.out) && memcmp(line, "ready", 5) != 0)
		memcpy(t.book, line, sizeof(line));
	assert_memory_equal(line, "ready", 5);
	assert_int_equal(memory_open_live("/proc", t.pid, &t.m), 0);
	assert_int_equal(memory_begin(t.m), 0);
	t.w = heap_walker(t.m);
	t.l = lost_new();
	assert_non_null(t.l);
	return &t;
}

static void target_end(struct target *t)
{
	kill(t->pid, SIGKILL);
	waitpid(t->pid, NULL, 0);
	fclose(t->out);
	lost_free(t->l);
	walker_free(t->w);
	memory_free(t->m);
}

/* Time is what we say it is: nobody waits 5 s for the next scan. */
static void target_scan(struct target *t, unsigned scans)
{
	while (scans--) {
		assert_int_equal(memory_begin(t->m), 0);
		struct heap_walk *walk = heap_walked(t->w, t->m);
		assert_int_equal(lost_scan(t->l, t->m, walk, t->time, NULL, &t->lost), 0);
		t->time += LOST_AGE;
		heap_walk_free(walk);
	}
}

static void lost_scan__finds_exactly_what_a_resting_process_lost(void **state)
{
	struct target *t = target_start("heap-lost", (const char *const[]){NULL});

	(void)state;
	target_scan(t, 3);
	uint64_t lost = heap_book(t->book, "definite") + heap_book(t->book, "indirect");
	uint64_t bytes = t->lost.definitely_bytes + t->lost.indirectly_bytes;
	assert_int_equal(t->lost.definitely_blocks, heap_book(t->book, "definite"));
	assert_int_equal(t->lost.indirectly_blocks, heap_book(t->book, "indirect"));
	assert_in_range(bytes, heap_book(t->book, "bytes"),
	                heap_book(t->book, "bytes") + lost * SLACK);
	/* And one that the C library keeps by an inner pointer: the table of a thread's own memory. */
	assert_int_equal(t->lost.possibly_blocks, heap_book(t->book, "possible") + 1);
	assert_int_equal(t->lost.suspect_blocks, 0);
	assert_int_equal(t->lost.whole_stacks, 0);
	target_scan(t, 1);
	assert_true(t->lost.growth_blocks == 0);
	target_end(t);
}

static void lost_peek__finds_who_keeps_a_block(void **state)
{
	struct target *t = target_start("heap-lost", (const char *const[]){NULL});
	struct heap_peek p;
	unsigned thread = 0, data = 0;

	(void)state;
	struct heap_walk *walk = heap_walked(t->w, t->m);
	for (size_t i = 0; i < walk->count; i++) {
		if (walk->blocks[i].size != 64 || walk->blocks[i].state != BLOCK_LIVE)
			continue;
		assert_int_equal(lost_peek(t->m, walk, walk->blocks[i].address, &p), 0);
		for (unsigned n = 0; n < p.pointer_count; n++) {
			thread += strncmp(p.pointers[n].where, "stack of thread ", 16) == 0;
			data += strcmp(p.pointers[n].where, "anonymous memory") == 0;
		}
	}
	/* 20 on the stack of the other thread, 20 in a mapping of its own. */
	assert_in_range(thread, 20, 40);
	assert_in_range(data, 20, 60);
	heap_walk_free(walk);
	target_end(t);
}

struct ledger {
	volatile uint64_t count, moves;
	uint64_t entries[1 << 20];
};

static bool ledger_has(const struct ledger *l, uint64_t from, uint64_t to, uint64_t address)
{
	for (uint64_t i = from; i < to; i++)
		if ((l->entries[i] ^ HIDE) == address)
			return true;
	return false;
}

static void lost_scan__is_right_about_a_process_that_never_rests(void **state)
{
	char path[] = "/tmp/memleak-ledger.XXXXXX";
	int fd = mkstemp(path);
	struct target *t = target_start("heap-mutate", (const char *const[]){path, "30000"});
	const struct ledger *book = mmap(NULL, sizeof(*book), PROT_READ, MAP_SHARED, fd, 0);
	uint64_t early = book->count, found = 0, wrong = 0, reported = 0;

	(void)state;
	assert_true(fd >= 0 && book != MAP_FAILED);
	uint64_t moves = book->moves;
	target_scan(t, 8);
	assert_true(book->moves > moves);
	const struct lost_ages *ages = lost_ages_of(t->l);
	for (size_t i = 0; i < ages->count; i++) {
		const struct lost_age *a = &ages->items[i];
		if (a->possibly || age_certainty(ages, a, t->time) != LOST_LOST)
			continue;
		reported++;
		if (ledger_has(book, 0, early, a->address))
			found++;
		else if (!ledger_has(book, early, book->count, a->address))
			wrong++;
	}
	assert_true(early >= 500);
	assert_true(found * 100 >= early * 97);
	assert_true(wrong * 100 <= reported);
	target_end(t);
	munmap((void *)(uintptr_t)book, sizeof(*book));
	close(fd);
	unlink(path);
}

/* Blocks of that chunk size that are certainly lost, in all rows. */
static uint64_t lost_of_size(const struct target *t, uint64_t size)
{
	uint64_t blocks = 0;

	for (unsigned i = 0; i < t->lost.head_count; i++)
		if (t->lost.heads[i].size == size && t->lost.heads[i].certainty == LOST_LOST &&
		    t->lost.heads[i].kind == LOST_DEFINITELY)
			blocks += t->lost.heads[i].twins;
	return blocks;
}

/* One pointer may be left where a register was saved. */
static void lost_scan__misses_what_the_data_of_an_unloaded_object_kept(void **state)
{
	struct target *t = target_start("heap-object", (const char *const[]){NULL});
	uint64_t held = heap_book(t->book, "held");
	char line[64];

	(void)state;
	target_scan(t, 3);
	assert_int_equal(lost_of_size(t, 112), 0);
	kill(t->pid, SIGUSR1);
	assert_non_null(fgets(line, sizeof(line), t->out));
	assert_string_equal(line, "unloaded\n");
	target_scan(t, 3);
	assert_in_range(lost_of_size(t, 112), held - 1, held);
	target_end(t);
}

static void lost_scan__finds_what_new_made_and_delete_did_not_take(void **state)
{
	struct target *t = target_start("heap-object", (const char *const[]){NULL});
	uint64_t made = heap_book(t->book, "new");

	(void)state;
	target_scan(t, 3);
	uint64_t lost = lost_of_size(t, 208);
	target_end(t);
	if (!made)
		skip();
	assert_in_range(lost, made - 1, made);
}

static void lost_scan__ends_when_the_process_does(void **state)
{
	struct target *t = target_start("heap-lost", (const char *const[]){NULL});

	(void)state;
	target_scan(t, 1);
	struct heap_walk *walk = heap_walked(t->w, t->m);
	kill(t->pid, SIGKILL);
	waitpid(t->pid, NULL, 0);
	assert_int_equal(lost_scan(t->l, t->m, walk, t->time, NULL, &t->lost), -ESRCH);
	heap_walk_free(walk);
	target_end(t);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(lost_scan__finds_exactly_what_a_resting_process_lost),
	        cmocka_unit_test(lost_peek__finds_who_keeps_a_block),
	        cmocka_unit_test(lost_scan__is_right_about_a_process_that_never_rests),
	        cmocka_unit_test(lost_scan__misses_what_the_data_of_an_unloaded_object_kept),
	        cmocka_unit_test(lost_scan__finds_what_new_made_and_delete_did_not_take),
	        cmocka_unit_test(lost_scan__ends_when_the_process_does),
	};
	const char *slash = strrchr(argv[0], '/');

	(void)argc;
	snprintf(directory, sizeof(directory), "%.*s/../targets",
	         slash ? (int)(slash - argv[0]) : 1, slash ? argv[0] : ".");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
