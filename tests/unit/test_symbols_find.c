/* SPDX-License-Identifier: MIT */
/* Functions by name, with the place in the file that a probe is set by. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cmocka.h>

#include "support_symbols_target.h"

enum { ROOM = 32 };

struct find {
	struct chain c;
	struct symbols *s;
	struct symbol_place places[ROOM];
	size_t count;
};

static struct find *find_in(const char *name, const char *mode)
{
	struct find *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->c = chain_start(chain_path(name), mode);
	assert_int_equal(symbols_open("/proc", f->c.pid, &f->s), 0);
	return f;
}

static void find_names(struct find *f, const char *const *names, size_t count)
{
	assert_int_equal(symbols_find(f->s, names, count, f->places, ROOM, &f->count), 0);
	assert_true(f->count <= ROOM);
}

static void find_free(struct find *f)
{
	symbols_close(f->s);
	chain_end(&f->c);
	free(f);
}

/* What lies in memory at the address, in the file at the offset, and in the answer is the same. */
static void expect_same_code(const struct find *f, const struct symbol_place *p)
{
	uint8_t memory[64], file[64];
	struct iovec to = {memory, p->code_count}, from = {(void *)p->address, p->code_count};
	int fd = open(p->path, O_RDONLY);

	assert_true(p->code_count >= 16 && p->code_count <= 64);
	assert_int_equal(process_vm_readv(f->c.pid, &to, 1, &from, 1, 0), p->code_count);
	if (fd < 0)
		fail_msg("%s does not open", p->path);
	assert_int_equal(pread(fd, file, p->code_count, (off_t)p->offset), p->code_count);
	close(fd);
	/* Somebody may trace a function of the C library in all processes just now: that is an int3. */
	for (unsigned i = 0; i < p->code_count; i++)
		assert_true(p->code[i] == memory[i] || memory[i] == 0xcc);
	assert_memory_equal(p->code, file, p->code_count);
}

static void find__tells_where_in_the_file_a_function_lies(void **state)
{
	static const char *const names[] = {"chain_end", "nowhere_at_all", "main", "malloc"};
	static const char *const programs[] = {"symbols-chain", "symbols-chain.fixed",
	                                       "symbols-chain.bare"};
	unsigned seen[4];

	(void)state;
	for (size_t p = 0; p < 3; p++) {
		struct find *f = find_in(programs[p], NULL);
		memset(seen, 0, sizeof(seen));
		find_names(f, names, 4);
		for (size_t i = 0; i < f->count; i++) {
			assert_true(f->places[i].name < 4);
			seen[f->places[i].name]++;
			assert_true(f->places[i].size > 0);
			expect_same_code(f, &f->places[i]);
			if (f->places[i].name == 0)
				assert_string_equal(f->places[i].module, programs[p]);
		}
		assert_int_equal(seen[0], 1);
		assert_int_equal(seen[1], 0);
		assert_int_equal(seen[2], 1);
		assert_true(seen[3] >= 1);
		find_free(f);
	}
}

/* Names of one function are one place, under the name that was asked for first. */
static void find__tells_an_address_once(void **state)
{
	static const char *const names[] = {"__libc_malloc", "malloc", "malloc"};
	struct find *f = find_in("symbols-chain", NULL);

	(void)state;
	find_names(f, names, 3);
	for (size_t i = 0; i < f->count; i++)
		for (size_t k = 0; k < i; k++)
			assert_true(f->places[i].address != f->places[k].address);
	bool has_alias = false;
	for (size_t i = 0; i < f->count; i++)
		has_alias |= f->places[i].name == 0;
	for (size_t i = 0; i < f->count && has_alias; i++)
		if (strstr(f->places[i].module, "libc.so"))
			assert_int_equal(f->places[i].name, 0);
	find_free(f);
}

/* strlen of glibc is a function that chooses one, which runs only once. */
static void find__leaves_out_functions_that_only_choose(void **state)
{
	static const char *const names[] = {"strlen", "pause"};
	struct find *f = find_in("symbols-chain", NULL);
	unsigned chosen = 0;

	(void)state;
	find_names(f, names, 2);
	for (size_t i = 0; i < f->count; i++)
		if (strstr(f->places[i].module, "libc.so"))
			chosen += f->places[i].name;
	assert_int_equal(chosen, 1);
	find_free(f);
}

static void find__looks_into_what_was_loaded_since_the_refresh(void **state)
{
	static const char *const names[] = {"object_outer", "_ZN4demo5innerEi"};
	struct find *f = find_in("symbols-chain", "object");

	(void)state;
	find_names(f, names, 2);
	assert_int_equal(f->count, 0);
	assert_int_equal(kill(f->c.pid, SIGUSR1), 0);
	chain_await(&f->c, "loaded");
	assert_int_equal(symbols_refresh(f->s), 0);
	find_names(f, names, 2);
	assert_int_equal(f->count, 2);
	for (size_t i = 0; i < f->count; i++) {
		assert_string_equal(f->places[i].module, "symbols-chain.so");
		expect_same_code(f, &f->places[i]);
	}
	find_free(f);
}

static void find__says_how_many_there_are_when_the_room_is_small(void **state)
{
	static const char *const names[] = {"malloc", "free", "chain_end", "main"};
	struct find *f = find_in("symbols-chain", NULL);
	struct symbol_place one[2];
	size_t count = 0;

	(void)state;
	find_names(f, names, 4);
	memset(one, 0x5a, sizeof(one));
	assert_int_equal(symbols_find(f->s, names, 4, one, 1, &count), 0);
	assert_int_equal(count, f->count);
	assert_memory_equal(&one[0], &f->places[0], sizeof(one[0]));
	assert_int_equal(one[1].name, 0x5a5a5a5a);
	assert_int_equal(symbols_find(f->s, names, 0, one, 1, &count), 0);
	assert_int_equal(count, 0);
	find_free(f);
}

static void find__finds_nothing_of_a_stripped_program_but_its_libraries(void **state)
{
	static const char *const names[] = {"chain_end", "malloc"};
	struct find *f = find_in("symbols-chain.stripped", NULL);

	(void)state;
	find_names(f, names, 2);
	assert_true(f->count >= 1);
	for (size_t i = 0; i < f->count; i++)
		assert_int_equal(f->places[i].name, 1);
	find_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(find__tells_where_in_the_file_a_function_lies),
	        cmocka_unit_test(find__tells_an_address_once),
	        cmocka_unit_test(find__leaves_out_functions_that_only_choose),
	        cmocka_unit_test(find__looks_into_what_was_loaded_since_the_refresh),
	        cmocka_unit_test(find__says_how_many_there_are_when_the_room_is_small),
	        cmocka_unit_test(find__finds_nothing_of_a_stripped_program_but_its_libraries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
