/* SPDX-License-Identifier: MIT */
/* Which level of a stack speaks for it. */
#include "sites/named.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define PROGRAM "/usr/bin/redis-server"

static void all(const char *const *names, const char *module, bool runtime)
{
	for (; *names; names++) {
		if (named_is_runtime(*names, module) != runtime)
			fail_msg("%s in %s", *names, module);
	}
}

static void named__skips__what_belongs_to_allocators_and_runtimes(void **state)
{
	(void)state;
	static const char *const names[] = {
	        "malloc",
	        "calloc",
	        "__libc_malloc",
	        "_int_malloc",
	        "_int_malloc.constprop.0",
	        "sysmalloc_mmap.isra.0",
	        "malloc@plt",
	        "je_malloc",
	        "je_arena_malloc_hard",
	        "_rjem_malloc",
	        "mi_malloc",
	        "__memset_avx2_unaligned_erms",
	        "memcpy",
	        "strdup",
	        "operator new(unsigned long)",
	        "operator new[](unsigned long)",
	        "std::string::_M_append(char const*, unsigned long)",
	        "void std::vector<int, std::allocator<int> >::_M_realloc_insert<int>(int&&)",
	        "std::enable_if<true, int>::type std::foo<int>(int)",
	        "alloc::raw_vec::RawVec<T,A>::grow_one",
	        "__rust_alloc",
	        "PyObject_Malloc",
	        NULL,
	};
	all(names, PROGRAM, true);
}

static void named__keeps__a_programs_own_code_even_around_malloc(void **state)
{
	(void)state;
	static const char *const names[] = {
	        "",
	        "zmalloc",
	        "ztrymalloc_usable_internal",
	        "_sdsnewlen",
	        "xmalloc",
	        "malloc_wrapper",
	        "my_calloc",
	        "g_malloc",
	        "parse_header",
	        "mallocs",
	        "freeClient",
	        "memcpy_from_client",
	        "stringify",
	        "mi_write",
	        "tc_connect",
	        "net::Parser::add(std::string const&)",
	        "void net::keep<std::vector<int> >(std::vector<int>&)",
	        "(anonymous namespace)::keep(int)",
	        "my::operator_new",
	        "mine::(anonymous namespace)::keep(int)",
	        NULL,
	};
	all(names, PROGRAM, false);
}

static void named__passes_over_what_only_allocates_for_others(void **state)
{
	(void)state;
	static const char *const wrappers[] = {
	        "zmalloc",
	        "zmalloc_usable",
	        "ztrymalloc_usable_internal",
	        "zcalloc",
	        "xmalloc",
	        "xrealloc.part.0",
	        "g_malloc",
	        "g_malloc0_n",
	        "g_slice_alloc",
	        "sqlite3Malloc",
	        "sqlite3DbMallocRawNN",
	        "CRYPTO_zalloc",
	        "ngx_palloc",
	        "ngx_alloc",
	        "MemoryContextAlloc",
	        "my_calloc",
	        "xstrdup",
	};
	static const char *const others[] = {
	        "",          "_sdsnewlen",        "createObject",        "malloc_stats_print",
	        "mallocate", "reallocarray_grow", "parse_header",        "net::Arena::malloc",
	        "main",      "strdup_all",        "malloc_wrapper_test",
	};

	for (size_t i = 0; i < sizeof(wrappers) / sizeof(wrappers[0]); i++)
		if (!named_is_wrapper(wrappers[i]))
			fail_msg("%s", wrappers[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (named_is_wrapper(others[i]))
			fail_msg("%s", others[i]);
}

static void named__goes_by_the_object__where_a_function_has_no_name(void **state)
{
	(void)state;
	static const char *const runtime[] = {
	        "/usr/lib/x86_64-linux-gnu/libc.so.6",
	        "/lib/x86_64-linux-gnu/libc-2.31.so",
	        "/lib/ld-musl-x86_64.so.1",
	        "/usr/lib64/libjemalloc.so.2",
	        "/usr/lib/libstdc++.so.6.0.30",
	        "libtcmalloc_minimal.so.4",
	};
	static const char *const own[] = {"", PROGRAM, "/opt/libc.so.d/app",
	                                  "/usr/lib/libcurl.so.4", "/usr/lib/libcap.so.2"};

	for (size_t i = 0; i < sizeof(runtime) / sizeof(runtime[0]); i++)
		assert_true(named_is_runtime("", runtime[i]));
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		assert_false(named_is_runtime("", own[i]));
	assert_true(named_is_runtime("getaddrinfo", runtime[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(named__skips__what_belongs_to_allocators_and_runtimes),
	        cmocka_unit_test(named__keeps__a_programs_own_code_even_around_malloc),
	        cmocka_unit_test(named__passes_over_what_only_allocates_for_others),
	        cmocka_unit_test(named__goes_by_the_object__where_a_function_has_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
