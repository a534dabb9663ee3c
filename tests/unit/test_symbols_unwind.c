/* SPDX-License-Identifier: MIT */
/* Stacks of a living process whose chain of calls is known, without frame pointers, in the shapes programs have. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "support_symbols_target.h"
#include "symbols/talk.h"

#define CHAIN \
	"chain_end [inlined_inner] [inlined_outer] chain_middle chain_aligned chain_begin main "

static struct symbols *open_of(const struct chain *c)
{
	struct symbols *s = NULL;

	assert_int_equal(symbols_open("/proc", c->pid, &s), 0);
	return s;
}

static struct symbols_health health_of(const struct symbols *s)
{
	struct symbols_health h;

	symbols_health(s, &h);
	return h;
}

static void copy(const char *from, const char *to)
{
	char command[9000];

	snprintf(command, sizeof(command), "mkdir -p \"$(dirname '%s')\" && cp -L '%s' '%s'", to,
	         from, to);
	assert_int_equal(system(command), 0);
}

/* Starts it, unwinds it, and looks for the chain in its names; the stack must be whole. */
static void expect_names(const char *name, const char *mode, const char *wanted)
{
	struct chain c = chain_start(chain_path(name), mode);
	struct symbols *s = open_of(&c);
	struct stack_unwound u = chain_unwind(&c, s);
	const char *names = chain_names(s, &u);

	if (!strstr(names, wanted))
		fail_msg("no \"%s\" in \"%s\"", wanted, names);
	assert_true(u.whole);
	assert_int_equal(health_of(s).children_lost, 0);
	symbols_close(s);
	chain_end(&c);
}

static void unwind__names_the_chain_with_what_is_inlined(void **state)
{
	(void)state;
	expect_names("symbols-chain", NULL, CHAIN);
}

static void unwind__names_the_chain_of_a_program_at_a_fixed_address(void **state)
{
	(void)state;
	expect_names("symbols-chain.fixed", NULL, CHAIN);
}

static void unwind__names_functions_by_symbols_alone(void **state)
{
	(void)state;
	expect_names("symbols-chain.bare", NULL,
	             "rest_here chain_end chain_middle chain_aligned chain_begin main ");
}

/* Found by the link in the program; another file of that name is not taken for it. */
static void unwind__reads_a_debug_file_beside_the_program(void **state)
{
	char path[4300], debug[4400], aside[4400];

	(void)state;
	expect_names("symbols-chain.apart", NULL, CHAIN);
	snprintf(path, sizeof(path), "%s.d/apart.%d", chain_path("symbols-chain"), (int)getpid());
	copy(chain_path("symbols-chain.apart"), path);
	snprintf(debug, sizeof(debug), "%s.d/symbols-chain.apart.debug",
	         chain_path("symbols-chain"));
	copy(chain_path("symbols-chain.fixed"), debug);
	struct chain c = chain_start(path, NULL);
	struct symbols *s = open_of(&c);
	struct stack_unwound u = chain_unwind(&c, s);
	assert_true(u.whole);
	assert_null(strstr(chain_names(s, &u), "chain_"));
	symbols_close(s);
	/* The right one, in the directory where debuggers look next. */
	snprintf(aside, sizeof(aside), "%s.d/.debug/symbols-chain.apart.debug",
	         chain_path("symbols-chain"));
	copy(chain_path("symbols-chain.apart.debug"), aside);
	s = open_of(&c);
	assert_non_null(strstr(chain_names(s, &u), CHAIN));
	symbols_close(s);
	chain_end(&c);
	snprintf(path, sizeof(path), "rm -r '%s.d'", chain_path("symbols-chain"));
	assert_int_equal(system(path), 0);
}

static void unwind__passes_through_a_signal_handler(void **state)
{
	(void)state;
	expect_names("symbols-chain", "signal", "handler_end on_signal ");
	expect_names("symbols-chain", "signal", CHAIN);
}

static void unwind__reaches_the_first_function_of_a_thread(void **state)
{
	(void)state;
	expect_names("symbols-chain", "thread", "chain_aligned chain_begin thread_begin ");
}

/* As many frames as with symbols, though none of the program's has a name. */
static void unwind__is_whole_in_a_stripped_program(void **state)
{
	struct chain bare = chain_start(chain_path("symbols-chain.bare"), NULL);
	struct chain stripped = chain_start(chain_path("symbols-chain.stripped"), NULL);
	struct symbols *b = open_of(&bare), *s = open_of(&stripped);
	struct stack_unwound with = chain_unwind(&bare, b), without = chain_unwind(&stripped, s);

	(void)state;
	assert_true(without.whole);
	assert_int_equal(with.count, without.count);
	assert_non_null(strstr(chain_names(s, &without), "? ? ? ? ? "));
	symbols_close(b);
	symbols_close(s);
	chain_end(&bare);
	chain_end(&stripped);
}

static void unwind__goes_by_the_frame_pointer_where_code_tells_nothing(void **state)
{
	struct chain c = chain_start(chain_path("symbols-chain"), "made");
	struct symbols *s = open_of(&c);
	struct stack_unwound u = chain_unwind(&c, s);
	const char *names = chain_names(s, &u);

	(void)state;
	assert_true(u.whole);
	assert_int_equal(health_of(s).by_frame_pointer, 1);
	assert_non_null(strstr(names, "chain_aligned ? "));
	assert_non_null(strstr(names, "chain_begin main "));
	symbols_close(s);
	chain_end(&c);
}

static void unwind__knows_an_object_loaded_later_after_a_refresh(void **state)
{
	struct chain c = chain_start(chain_path("symbols-chain"), "object");
	struct symbols *s = open_of(&c);
	struct stack_unwound before, after;

	(void)state;
	assert_true(chain_unwind(&c, s).whole);
	assert_int_equal(kill(c.pid, SIGUSR1), 0);
	chain_await(&c, "loaded");
	before = chain_unwind(&c, s);
	assert_false(before.whole);
	assert_int_equal(symbols_refresh(s), 0);
	after = chain_unwind(&c, s);
	assert_true(after.whole);
	assert_true(after.count > before.count);
	const char *names = chain_names(s, &after);
	assert_non_null(strstr(names, "object_outer "));
	assert_non_null(strstr(names, "demo::inner(int) "));
	symbols_close(s);
	chain_end(&c);
}

static void unwind__reads_a_program_whose_file_is_gone(void **state)
{
	char path[4300];

	(void)state;
	snprintf(path, sizeof(path), "%s.gone.%d", chain_path("symbols-chain"), (int)getpid());
	copy(chain_path("symbols-chain"), path);
	struct chain c = chain_start(path, "hidden");
	assert_int_equal(access(path, F_OK), -1);
	struct symbols *s = open_of(&c);
	struct stack_unwound u = chain_unwind(&c, s);
	assert_true(u.whole);
	assert_non_null(strstr(chain_names(s, &u), CHAIN));
	symbols_close(s);
	chain_end(&c);
}

/* Another file at the same path is not the one that is mapped: its names would be lies. */
static void unwind__does_not_take_another_file_for_the_one_mapped(void **state)
{
	char path[4300];

	(void)state;
	snprintf(path, sizeof(path), "%s.other.%d", chain_path("symbols-chain"), (int)getpid());
	copy(chain_path("symbols-chain"), path);
	struct chain c = chain_start(path, NULL);
	assert_int_equal(unlink(path), 0);
	copy(chain_path("symbols-chain.stripped"), path);
	struct symbols *s = open_of(&c);
	struct stack_unwound u = chain_unwind(&c, s);
	assert_non_null(strstr(chain_names(s, &u), CHAIN));
	assert_int_equal(unlink(path), 0);
	symbols_close(s);
	chain_end(&c);
}

/* The libraries lie below the new root under the names that the program asks for. */
static void unwind__reads_the_files_of_a_process_in_a_root_of_its_own(void **state)
{
	char root[] = "/tmp/symbols-root.XXXXXX", path[256], command[512];

	(void)state;
	if (geteuid() != 0) {
		print_message("skipped: only root changes the root of a process\n");
		skip();
	}
	assert_non_null(mkdtemp(root));
	snprintf(path, sizeof(path), "%s/bin/chain", root);
	copy(chain_path("symbols-chain"), path);
	snprintf(command, sizeof(command),
	         "ldd '%s' | grep -o '/[^ ]*' | while read -r f; do mkdir -p '%s'\"${f%%/*}\" && "
	         "cp -L \"$f\" '%s'\"$f\"; done",
	         path, root, root);
	assert_int_equal(system(command), 0);
	struct chain c = chain_start_below(root, "/bin/chain");
	struct symbols *s = open_of(&c);
	struct stack_unwound u = chain_unwind(&c, s);
	assert_true(u.whole);
	assert_non_null(strstr(chain_names(s, &u), CHAIN));
	symbols_close(s);
	chain_end(&c);
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	assert_int_equal(system(command), 0);
}

/* However little was taken: what lies beyond is not read, and the stack is not called whole. */
static void unwind__stops_where_the_slice_ends(void **state)
{
	struct chain c = chain_start(chain_path("symbols-chain"), NULL);
	struct symbols *s = open_of(&c);
	struct stack_taken t = chain_stack(&c, STACK_BYTES_MAX);
	struct stack_unwound all, some;
	unsigned before = 1;

	(void)state;
	assert_int_equal(symbols_unwind(s, &t, 1, &all), 0);
	size_t size = t.size;
	for (t.size = 0; t.size < 1024; t.size += 4) {
		assert_int_equal(symbols_unwind(s, &t, 1, &some), 0);
		assert_true(some.count >= before && some.count <= all.count);
		assert_int_equal(some.whole, some.count == all.count);
		assert_memory_equal(some.at, all.at, some.count * sizeof(some.at[0]));
		before = some.count;
	}
	assert_true(size > 1024);
	free((void *)(uintptr_t)t.bytes);
	symbols_close(s);
	chain_end(&c);
}

static void unwind__gives_each_of_many_stacks_its_own_frames(void **state)
{
	enum { COUNT = 3000 };
	struct chain c = chain_start(chain_path("symbols-chain"), NULL);
	struct symbols *s = open_of(&c);
	struct stack_taken t = chain_stack(&c, STACK_BYTES_MAX);
	struct stack_taken *many = calloc(COUNT, sizeof(*many));
	struct stack_unwound *u = calloc(COUNT, sizeof(*u));

	(void)state;
	assert_non_null(many);
	assert_non_null(u);
	for (size_t i = 0; i < COUNT; i++) {
		many[i] = t;
		many[i].size = i % 7 ? t.size : 0;
	}
	assert_int_equal(symbols_unwind(s, many, COUNT, u), 0);
	for (size_t i = 0; i < COUNT; i++) {
		assert_int_equal(u[i].whole, i % 7 != 0);
		assert_int_equal(u[i].count, i % 7 ? u[1].count : 1);
		assert_int_equal(u[i].at[0], t.registers[STACK_RIP]);
	}
	free(many);
	free(u);
	free((void *)(uintptr_t)t.bytes);
	symbols_close(s);
	chain_end(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(unwind__names_the_chain_with_what_is_inlined),
	        cmocka_unit_test(unwind__names_the_chain_of_a_program_at_a_fixed_address),
	        cmocka_unit_test(unwind__names_functions_by_symbols_alone),
	        cmocka_unit_test(unwind__reads_a_debug_file_beside_the_program),
	        cmocka_unit_test(unwind__passes_through_a_signal_handler),
	        cmocka_unit_test(unwind__reaches_the_first_function_of_a_thread),
	        cmocka_unit_test(unwind__is_whole_in_a_stripped_program),
	        cmocka_unit_test(unwind__goes_by_the_frame_pointer_where_code_tells_nothing),
	        cmocka_unit_test(unwind__knows_an_object_loaded_later_after_a_refresh),
	        cmocka_unit_test(unwind__reads_a_program_whose_file_is_gone),
	        cmocka_unit_test(unwind__does_not_take_another_file_for_the_one_mapped),
	        cmocka_unit_test(unwind__reads_the_files_of_a_process_in_a_root_of_its_own),
	        cmocka_unit_test(unwind__stops_where_the_slice_ends),
	        cmocka_unit_test(unwind__gives_each_of_many_stacks_its_own_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
