/* SPDX-License-Identifier: MIT */
/* What is mapped executable, out of maps: which mappings are one file, and which are as they were. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "symbols/mapped.h"

#define PROGRAM                                             \
	"400000-401000 r--p 00000000 fe:01 11 /bin/shopd\n" \
	"401000-402000 r-xp 00001000 fe:01 11 /bin/shopd\n" \
	"402000-403000 rw-p 00002000 fe:01 11 /bin/shopd\n" \
	"600000-700000 rw-p 00000000 00:00 0 [heap]\n"
#define LIBRARY                                                           \
	"7f0000001000-7f0000002000 r-xp 00001000 fe:01 12 /lib/libx.so\n" \
	"7f0000002000-7f0000003000 rwxp 00002000 fe:01 12 /lib/libx.so\n"
#define AGAIN "7f0000011000-7f0000012000 r-xp 00001000 fe:01 12 /lib/libx.so\n"
#define MADE  "7f1000000000-7f1000010000 rwxp 00000000 00:00 0 \n"
#define END                                                        \
	"7ffd00000000-7ffd00002000 r-xp 00000000 00:00 0 [vdso]\n" \
	"ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]\n"

static bool reads(struct mapped *m, const char *text)
{
	bool changed = false;

	assert_int_equal(mapped_read(m, text, strlen(text), &changed), 0);
	return changed;
}

static const char *name_at(const struct mapped *m, uint64_t address)
{
	const struct mapped_module *module = mapped_at(m, address);

	return module ? mapped_name(module) : "";
}

static void mapped__knows_the_file_at_an_address(void **state)
{
	struct mapped m = {0};

	(void)state;
	assert_true(reads(&m, PROGRAM LIBRARY MADE END));
	assert_int_equal(m.range_count, 5);
	assert_int_equal(m.module_count, 3);
	assert_string_equal(name_at(&m, 0x401000), "shopd");
	assert_string_equal(name_at(&m, 0x401fff), "shopd");
	assert_string_equal(name_at(&m, 0x7f0000002500), "libx.so");
	assert_string_equal(name_at(&m, 0x7ffd00000000), "[vdso]");
	/* Nothing, data, and code of no file. */
	assert_string_equal(name_at(&m, 0x400fff), "");
	assert_string_equal(name_at(&m, 0x402000), "");
	assert_string_equal(name_at(&m, 0x7f1000000000), "");
	assert_string_equal(name_at(&m, UINT64_MAX), "");
	mapped_done(&m);
}

static void mapped__keeps_segments_of_one_file_together_and_copies_apart(void **state)
{
	struct mapped m = {0};

	(void)state;
	reads(&m, LIBRARY AGAIN);
	assert_int_equal(m.module_count, 2);
	assert_ptr_equal(mapped_at(&m, 0x7f0000001000), mapped_at(&m, 0x7f0000002000));
	assert_ptr_not_equal(mapped_at(&m, 0x7f0000001000), mapped_at(&m, 0x7f0000011000));
	mapped_done(&m);
}

static void mapped__keeps_the_numbers_of_what_stays(void **state)
{
	struct mapped m = {0};

	(void)state;
	reads(&m, PROGRAM AGAIN END);
	uint32_t program = mapped_at(&m, 0x401000)->id, again = mapped_at(&m, 0x7f0000011000)->id;
	mapped_module(&m, again)->given_up = 4;
	assert_false(reads(&m, PROGRAM AGAIN END));
	assert_true(reads(&m, PROGRAM LIBRARY AGAIN END));
	uint32_t library = mapped_at(&m, 0x7f0000001000)->id;
	assert_int_equal(mapped_at(&m, 0x401000)->id, program);
	assert_int_equal(mapped_at(&m, 0x7f0000011000)->id, again);
	assert_int_equal(mapped_at(&m, 0x7f0000011000)->given_up, 4);
	assert_int_equal(mapped_at(&m, 0x7f0000001000)->given_up, 0);
	/* A number is never another one's. */
	assert_true(reads(&m, PROGRAM AGAIN END));
	assert_null(mapped_module(&m, library));
	assert_true(reads(&m, PROGRAM LIBRARY AGAIN END));
	assert_int_not_equal(mapped_at(&m, 0x7f0000001000)->id, library);
	mapped_done(&m);
}

/* The same path at the same place, but another file: an update. */
static void mapped__takes_a_replaced_file_for_a_new_one(void **state)
{
	struct mapped m = {0};

	(void)state;
	reads(&m, "401000-402000 r-xp 00001000 fe:01 11 /bin/shopd\n");
	uint32_t before = mapped_at(&m, 0x401000)->id;
	reads(&m, "401000-402000 r-xp 00001000 fe:01 99 /bin/shopd\n");
	assert_int_not_equal(mapped_at(&m, 0x401000)->id, before);
	mapped_done(&m);
}

static void mapped__strips_what_the_kernel_adds_to_a_removed_file(void **state)
{
	struct mapped m = {0};

	(void)state;
	reads(&m, "401000-402000 r-xp 00001000 fe:01 11 /opt/a b (deleted)\n");
	assert_string_equal(mapped_at(&m, 0x401000)->path, "/opt/a b");
	mapped_done(&m);
}

/* Read while it changed: what was known stays. */
static void mapped__refuses_addresses_that_go_backwards(void **state)
{
	static const char text[] = MADE LIBRARY;
	struct mapped m = {0};
	bool changed = false;

	(void)state;
	reads(&m, PROGRAM);
	assert_int_equal(mapped_read(&m, text, strlen(text), &changed), -EAGAIN);
	assert_string_equal(name_at(&m, 0x401000), "shopd");
	mapped_done(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(mapped__knows_the_file_at_an_address),
	        cmocka_unit_test(mapped__keeps_segments_of_one_file_together_and_copies_apart),
	        cmocka_unit_test(mapped__keeps_the_numbers_of_what_stays),
	        cmocka_unit_test(mapped__takes_a_replaced_file_for_a_new_one),
	        cmocka_unit_test(mapped__strips_what_the_kernel_adds_to_a_removed_file),
	        cmocka_unit_test(mapped__refuses_addresses_that_go_backwards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
