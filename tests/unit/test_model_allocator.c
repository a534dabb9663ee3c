/* SPDX-License-Identifier: MIT */
/* Which malloc it is, by names as real processes have them. */
#include "model/allocator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static enum allocator seen_in(const char *const *names, size_t count)
{
	enum allocator seen = ALLOCATOR_UNKNOWN;

	for (size_t i = 0; i < count && names[i]; i++)
		allocator_see(&seen, names[i], strlen(names[i]), names[i][0] == '[');
	return seen;
}

static void allocator_see__knows__each_by_its_library(void **state)
{
	static const struct {
		const char *name;
		enum allocator means;
	} known[] = {
	        {"/usr/lib/x86_64-linux-gnu/libc.so.6", ALLOCATOR_GLIBC},
	        {"/lib/x86_64-linux-gnu/libc-2.31.so", ALLOCATOR_GLIBC},
	        {"/usr/lib64/libc-2.28.so (deleted)", ALLOCATOR_GLIBC},
	        {"/lib/ld-musl-x86_64.so.1", ALLOCATOR_MUSL},
	        {"/lib/libc.musl-aarch64.so.1", ALLOCATOR_MUSL},
	        {"/usr/lib/x86_64-linux-musl/libc.so", ALLOCATOR_MUSL},
	        {"/opt/other/libc.so", ALLOCATOR_UNKNOWN},
	        {"/usr/lib/x86_64-linux-gnu/libjemalloc.so.2", ALLOCATOR_JEMALLOC},
	        {"/opt/wheel.libs/libjemalloc-5c2a.so.2", ALLOCATOR_JEMALLOC},
	        {"/usr/lib/x86_64-linux-gnu/libtcmalloc.so.4.5.9", ALLOCATOR_TCMALLOC},
	        {"/usr/lib/libtcmalloc_minimal.so.4", ALLOCATOR_TCMALLOC},
	        {"/usr/lib/x86_64-linux-gnu/libmimalloc.so.2.0", ALLOCATOR_MIMALLOC},
	        {"/usr/lib/libmimalloc-secure.so.1", ALLOCATOR_MIMALLOC},
	        {"/usr/lib/llvm-14/lib/clang/14.0.6/lib/linux/"
	         "libclang_rt.scudo_standalone-x86_64.so",
	         ALLOCATOR_SCUDO},
	        {"[anon: Go: heap]", ALLOCATOR_GO},
	        {"[anon: Go: heap reservation]", ALLOCATOR_GO},
	        {"[anon:scudo:primary]", ALLOCATOR_SCUDO},
	        {"[anon:mimalloc]", ALLOCATOR_MIMALLOC},
	        {"[anon:jemalloc_pg]", ALLOCATOR_JEMALLOC},
	        {"[anon:tcmalloc_region_NORMAL]", ALLOCATOR_TCMALLOC},
	        {"[anon: glibc: malloc arena]", ALLOCATOR_GLIBC},
	};
	(void)state;

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (seen_in(&known[i].name, 1) != known[i].means)
			fail_msg("%s", known[i].name);
}

static void allocator_see__is_not_misled__by_others(void **state)
{
	static const char *const others[] = {
	        "",
	        "[heap]",
	        "[stack]",
	        "/usr/bin/redis-server",
	        "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
	        "/usr/lib/x86_64-linux-gnu/libc_malloc_debug.so.0",
	        "/usr/lib/x86_64-linux-gnu/libcap.so.2",
	        "/usr/lib/libjemallocators.so",
	        "/home/libjemalloc.so.2/notes.txt",
	        "/tmp/[anon: Go: heap]",
	        "libjemallo",
	};
	(void)state;

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (seen_in(&others[i], 1) != ALLOCATOR_UNKNOWN)
			fail_msg("%s", others[i]);
}

static void allocator_see__prefers__the_library_that_stands_before_the_c_library(void **state)
{
	static const char *const redis[] = {"/usr/bin/redis-check-rdb", "[heap]",
	                                    "/usr/lib/x86_64-linux-gnu/libc.so.6",
	                                    "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2"};
	static const char *const reversed[] = {"/usr/lib/x86_64-linux-gnu/libjemalloc.so.2",
	                                       "/usr/lib/x86_64-linux-gnu/libc.so.6", "[stack]"};
	(void)state;

	assert_int_equal(seen_in(redis, 4), ALLOCATOR_JEMALLOC);
	assert_int_equal(seen_in(reversed, 3), ALLOCATOR_JEMALLOC);
}

static void allocator_see_start__knows__the_arena_of_go(void **state)
{
	enum allocator seen = ALLOCATOR_GLIBC;
	(void)state;

	allocator_see_start(&seen, 0xc000000000 + 0x400000);
	assert_int_equal(seen, ALLOCATOR_GLIBC);
	allocator_see_start(&seen, 0xc000000000);
	assert_int_equal(seen, ALLOCATOR_GO);
}

static void allocator_names__names__all_but_the_unknown(void **state)
{
	(void)state;
	assert_null(allocator_names[ALLOCATOR_UNKNOWN]);
	for (int i = ALLOCATOR_UNKNOWN + 1; i < ALLOCATOR_COUNT; i++)
		assert_non_null(allocator_names[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(allocator_see__knows__each_by_its_library),
	        cmocka_unit_test(allocator_see__is_not_misled__by_others),
	        cmocka_unit_test(
	                allocator_see__prefers__the_library_that_stands_before_the_c_library),
	        cmocka_unit_test(allocator_see_start__knows__the_arena_of_go),
	        cmocka_unit_test(allocator_names__names__all_but_the_unknown),
	};
	return cmocka_run_group_tests_name("model_allocator", tests, NULL, NULL);
}
