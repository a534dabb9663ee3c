/* SPDX-License-Identifier: MIT */
/* Which allocator is in use, out of what symbols are there. They are doubles. */
#include "sites/spots.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { FOUND_MAX = 64 };

/* What symbols_find() would have found. */
struct world {
	struct symbol_place found[FOUND_MAX];
	size_t count;
};

static const char body[] = "\x55\x53";                              /* push; push */
static const char forwarder[] = "\x48\x89\xfe\xe9\x00\x01\x00\x00"; /* mov; jmp */

/* --- doubles: malloc is there when maps were read so many times ------------------------------------------ */

struct symbols {
	unsigned late, refreshed;
};

int symbols_refresh(struct symbols *s)
{
	s->refreshed++;
	return 0;
}

int symbols_find(struct symbols *s, const char *const *names, size_t count,
                 struct symbol_place *ret, size_t room, size_t *ret_count)
{
	assert_true(count > 0 && room > 0);
	assert_string_equal(names[0], "malloc");
	*ret_count = s->refreshed >= s->late;
	if (*ret_count)
		*ret = (struct symbol_place){.path = "/lib/libc.so.6", .module = "libc.so.6"};
	return 0;
}

/* --------------------------------------------------------------------------------------------------------- */

static unsigned number_of(const char *name)
{
	size_t n;
	const char *const *names = spots_names(&n);

	for (unsigned i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	fail_msg("%s is not asked for", name);
	return 0;
}

static void define(struct world *w, const char *module, const char *name, uint64_t address,
                   const char *code)
{
	assert_true(w->count < FOUND_MAX);
	struct symbol_place *p = &w->found[w->count++];
	*p = (struct symbol_place){.name = number_of(name), .address = address, .size = 64};
	snprintf(p->path, sizeof(p->path), "/lib/%s", module);
	snprintf(p->module, sizeof(p->module), "%s", module);
	p->code_count = (unsigned)strlen(code) + (code == forwarder ? 3 : 0);
	memcpy(p->code, code, p->code_count);
}

/* malloc, calloc, realloc and free of one file, from an address on. */
static void define_all(struct world *w, const char *module, const char *prefix, uint64_t address)
{
	static const char *const four[] = {"malloc", "calloc", "realloc", "free"};
	char name[32];

	for (int i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "%s%s", prefix, four[i]);
		define(w, module, name, address + 256 * (unsigned)i, body);
	}
}

static struct spots chosen(const struct world *w, bool with_mmap)
{
	struct spots s = {0};

	assert_int_equal(spots_choose(w->found, w->count, with_mmap, &s), 0);
	return s;
}

static bool has(const struct spots *s, uint64_t address)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->spot[i].place.address == address)
			return true;
	return false;
}

static void spots__take_the_c_library_where_nothing_else_allocates(void **state)
{
	struct world w = {0};

	(void)state;
	define_all(&w, "libc.so.6", "", 0x1000);
	define(&w, "libc.so.6", "aligned_alloc", 0x2000, body);
	define(&w, "libc.so.6", "memalign", 0x2000, body); /* an alias */
	define(&w, "ld-linux-x86-64.so.2", "malloc", 0x9000, body);
	define(&w, "libcalendar.so.1", "free", 0xa000, body); /* of something else */
	struct spots s = chosen(&w, false);
	assert_int_equal(s.count, 5);
	assert_false(has(&s, 0x9000) || has(&s, 0xa000));
	assert_string_equal(s.source, "malloc of libc.so.6 and 4 more functions");
	assert_int_equal(s.spot[0].role, ROLE_MALLOC);
	assert_int_equal(s.spot[3].role, ROLE_FREE);
	assert_int_equal(s.spot[4].role, ROLE_ALIGNED);
}

static void spots__leave_the_c_library_alone_where_its_malloc_is_replaced(void **state)
{
	struct world w = {0};

	(void)state;
	define_all(&w, "libc.so.6", "", 0x1000);
	define_all(&w, "libjemalloc.so.2", "", 0x5000);
	define(&w, "libjemalloc.so.2", "mallocx", 0x6000, body);
	define(&w, "libjemalloc.so.2", "_Znwm", 0x6100, body);
	define(&w, "libjemalloc.so.2", "_ZdlPv", 0x6200, forwarder);
	define(&w, "libstdc++.so.6", "_Znwm", 0x8000, body);
	struct spots s = chosen(&w, false);
	assert_int_equal(s.count, 6);
	assert_false(has(&s, 0x1000));
	assert_true(has(&s, 0x5000) && has(&s, 0x6000) && has(&s, 0x6100));
	assert_false(has(&s, 0x6200)); /* its body is free() */
	assert_false(has(&s, 0x8000)); /* its body is malloc() */
	assert_string_equal(s.source, "malloc of libjemalloc.so and 5 more functions");
	assert_true(spot_reach(&s.spot[0].place) > spot_reach(&w.found[0]));
}

static void spots__take_a_prefixed_allocator_beside_the_c_library(void **state)
{
	struct world w = {0};

	(void)state;
	define_all(&w, "libc.so.6", "", 0x1000);
	define_all(&w, "redis-server", "je_", 0x5000);
	struct spots s = chosen(&w, false);
	assert_int_equal(s.count, 8);
	assert_true(has(&s, 0x1000) && has(&s, 0x5000));
}

static void spots__take_a_static_executable_without_its_operators(void **state)
{
	struct world w = {0};

	(void)state;
	define_all(&w, "server", "", 0x401000);
	define(&w, "server", "_Znwm", 0x402000, body);
	define(&w, "server", "mmap", 0x403000, body);
	assert_int_equal(chosen(&w, false).count, 4);
	struct spots s = chosen(&w, true);
	assert_int_equal(s.count, 5);
	assert_int_equal(s.spot[4].role, ROLE_MMAP);
}

static void spots__take_a_jump_only_of_those_four_that_have_no_other_name(void **state)
{
	struct world w = {0};

	(void)state;
	define(&w, "ld-musl-x86_64.so.1", "malloc", 0x1000, forwarder);
	define(&w, "ld-musl-x86_64.so.1", "free", 0x1100, forwarder);
	define(&w, "ld-musl-x86_64.so.1", "aligned_alloc", 0x1200, body);
	define(&w, "ld-musl-x86_64.so.1", "memalign", 0x1300, forwarder); /* to aligned_alloc */
	struct spots s = chosen(&w, false);
	assert_int_equal(s.count, 3);
	assert_false(has(&s, 0x1300));
}

static void spots__probe_where_it_is_cheap_and_a_return_can_be_seen(void **state)
{
	struct world w = {0};

	(void)state;
	define(&w, "libc.so.6", "malloc", 0x1000,
	       "\x48\x83\xec\x18\x48\x85\xff\x74\x05"); /* sub rsp */
	define(&w, "libc.so.6", "free", 0x1100, "\x48\x83\xec\x18\x48\x85\xff\x74\x05");
	struct spots s = chosen(&w, false);
	assert_int_equal(s.spot[0].moved, 0);
	assert_false(s.emulated[0]);
	/* free() has no return to be seen: it goes where place.h says, the jump or (without capstone) the begin. */
	assert_int_equal(s.spot[1].moved, s.emulated[1] ? 7 : 0);
}

static void spots__say_less_where_a_name_is_long(void **state)
{
	struct world w = {0};

	(void)state;
	define_all(&w, "libtcmalloc_minimal.so.4.5.10", "", 0x1000);
	assert_string_equal(chosen(&w, false).source,
	                    "malloc of libtcmalloc_minimal.so and 3 more");
}

static void spots__say_when_there_is_none(void **state)
{
	struct world w = {0};
	struct spots s;

	(void)state;
	assert_int_equal(spots_choose(w.found, 0, true, &s), -ENOENT);
	define(&w, "libc.so.6", "free", 0x1000, body); /* frees alone say nothing */
	assert_int_equal(spots_choose(w.found, w.count, true, &s), -ENOENT);
}

static void spots__are_looked_for_again__where_a_program_just_begins(void **state)
{
	struct symbols begins = {.late = 2}, has_none = {.late = UINT32_MAX};
	char why[240] = "";
	struct spots s;

	(void)state;
	assert_int_equal(spots_find(&begins, true, &s, why, sizeof(why)), 0);
	assert_int_equal(begins.refreshed, 2);
	assert_int_equal(s.count, 1);
	assert_string_equal(why, "");
	assert_int_equal(spots_find(&has_none, true, &s, why, sizeof(why)), -ENOENT);
	assert_in_range(has_none.refreshed, 3, 100);
	assert_non_null(strstr(why, "no malloc is found"));
}

static void spots__ask_for_no_name_twice(void **state)
{
	size_t n;
	const char *const *names = spots_names(&n);

	(void)state;
	for (size_t i = 0; i < n; i++)
		assert_int_equal(number_of(names[i]), i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(spots__take_the_c_library_where_nothing_else_allocates),
	        cmocka_unit_test(spots__leave_the_c_library_alone_where_its_malloc_is_replaced),
	        cmocka_unit_test(spots__take_a_prefixed_allocator_beside_the_c_library),
	        cmocka_unit_test(spots__take_a_static_executable_without_its_operators),
	        cmocka_unit_test(spots__take_a_jump_only_of_those_four_that_have_no_other_name),
	        cmocka_unit_test(spots__probe_where_it_is_cheap_and_a_return_can_be_seen),
	        cmocka_unit_test(spots__say_less_where_a_name_is_long),
	        cmocka_unit_test(spots__say_when_there_is_none),
	        cmocka_unit_test(spots__are_looked_for_again__where_a_program_just_begins),
	        cmocka_unit_test(spots__ask_for_no_name_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
