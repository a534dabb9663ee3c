/* SPDX-License-Identifier: MIT */
/* Names of call sites where there is little room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/site_name.h"
#include "support_site_facts.h"

static void bare__drops__parameters_alone(void **state)
{
	static const struct {
		const char *function, *bare;
	} cases[] = {
	        {"parse_header", "parse_header"},
	        {"f(int)", "f"},
	        {"A::f(int) const", "A::f"},
	        {"A::f() const &", "A::f"},
	        {"g(void (*)(int, char))", "g"},
	        {"(anonymous namespace)::f(int)", "(anonymous namespace)::f"},
	        {"F::operator()(int) const", "F::operator()"},
	        {"F::operator()", "F::operator()"},
	        {"m(P&)::{lambda(int)#1}::operator()(int) const",
	         "m(P&)::{lambda(int)#1}::operator()"},
	        {"operator new(unsigned long)", "operator new"},
	        {"f(int) [clone .cold]", "f(int) [clone .cold]"},
	        {"a)", "a)"},
	        {"(a)", "(a)"},
	        {")", ")"},
	        {" const", " const"},
	        {"", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char out[128];
		snprintf(out, sizeof(out), "%.*s", (int)site_name_bare(cases[i].function),
		         cases[i].function);
		assert_string_equal(out, cases[i].bare);
	}
}

static const char *brief(const struct sites_facts *f, unsigned site, char *out, size_t size)
{
	site_name_brief(f, site_named(f, &f->sites[site]), out, size);
	assert_true(strlen(out) < size);
	return out;
}

static void brief__keeps__file_and_line(void **state)
{
	struct sites_facts *f = support_sites();
	char out[200];

	(void)state;
	assert_string_equal(brief(f, 0, out, sizeof(out)), "Session::create, session.cpp:88");
	assert_string_equal(brief(f, 1, out, sizeof(out)), "parse_header, net.c:214");
	assert_string_equal(brief(f, 3, out, sizeof(out)), "libbasket.so+0x12f0");
	assert_string_equal(brief(f, 4, out, sizeof(out)), "0x7f1015401234");
	assert_string_equal(brief(f, 0, out, 28), "Session:..., session.cpp:88");
	assert_null(strstr(brief(f, 2, out, 100), "::_M_insert_unique_node"));
	assert_non_null(strstr(out, "..., hashtable.h:2149"));
	f->sites[0].frame_count = 0;
	assert_string_equal(brief(f, 0, out, sizeof(out)), "no stack");
	sites_facts_unref(f);
}

/* Every size there is room for: whole characters, an end, and never beyond it. */
static void brief__never_splits__a_character(void **state)
{
	static const char name[] = "gr\xc3\xb6\xc3\x9f"
	                           "e_\xe2\x82\xac\xe2\x82\xac_\xf0\x9f\x98\x80_end";
	char text[64] = "", out[64];
	struct site_frame frame = {.function = 1};
	struct sites_facts f = {.text = text, .text_size = sizeof(text)};

	(void)state;
	memcpy(text + 1, name, sizeof(name));
	for (size_t size = 8; size < sizeof(out); size++) {
		site_name_brief(&f, &frame, out, size);
		size_t n = strlen(out);
		assert_true(n < size);
		if (n < strlen(name)) {
			assert_string_equal(out + n - 3, "...");
			n -= 3;
		}
		assert_memory_equal(out, name, n);
		assert_true(((unsigned char)name[n] & 0xc0) != 0x80);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(bare__drops__parameters_alone),
	        cmocka_unit_test(brief__keeps__file_and_line),
	        cmocka_unit_test(brief__never_splits__a_character),
	};
	return cmocka_run_group_tests_name("model site_name", tests, NULL, NULL);
}
