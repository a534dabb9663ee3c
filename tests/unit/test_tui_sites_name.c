/* SPDX-License-Identifier: MIT */
/* Names of functions cut to the room there is, so that the function's own name stays. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/safe_text.h"
#include "support_golden.h"
#include "tui/sites_internal.h"

static const char *cut(const char *name, int width, bool ascii)
{
	static char out[SITES_NAME];
	char text[4096] = "";
	struct sites_facts f = {.text = text, .text_size = sizeof(text)};
	const struct site_frame frame = {.function = 1, .address = 0x12f0};

	strncpy(text + 1, name, sizeof(text) - 2);
	return sites_function(&f, &frame, ascii, width, out, sizeof(out));
}

static void name__loses__parameters_first(void **state)
{
	(void)state;
	assert_string_equal(cut("Session::create(std::string, int)", 60, false), "Session::create");
	assert_string_equal(cut("a::b(int)::c(long) const", 60, false), "a::b(int)::c");
	assert_string_equal(cut("f(void (*)(int), char) [clone .cold]", 60, false), "f");
	assert_string_equal(cut("plain_c_name", 60, false), "plain_c_name");
}

static void name__folds__what_stands_in_brackets_next(void **state)
{
	const char *map =
	        "std::map<std::string, std::vector<int> >::operator[](std::string const&)";

	(void)state;
	assert_string_equal(cut(map, 80, false),
	                    "std::map<std::string, std::vector<int> >::operator[]");
	assert_string_equal(cut(map, 40, false), "std::map<\u2026>::operator[]");
	assert_string_equal(cut(map, 40, true), "std::map<..>::operator[]");
	assert_string_equal(cut("run(Pool&)::{lambda(Job const&)#1}::operator()(Job const&) const",
	                        42, false),
	                    "run(\u2026)::{lambda(\u2026)#1}::operator()");
}

static void name__keeps__operators_and_unnamed_namespaces(void **state)
{
	(void)state;
	assert_string_equal(cut("operator new(unsigned long)", 40, false), "operator new");
	assert_string_equal(cut("Big<int>::operator<<(std::ostream&)", 19, false),
	                    "Big<\u2026>::operator<<");
	assert_string_equal(cut("Big<int>::operator->() const", 40, false), "Big<int>::operator->");
	assert_string_equal(cut("Functor::operator()(int)", 40, false), "Functor::operator()");
	assert_string_equal(cut("(anonymous namespace)::parse(int)", 40, false),
	                    "(anonymous namespace)::parse");
}

static void name__loses__its_beginning_last(void **state)
{
	(void)state;
	assert_string_equal(cut("boost::asio::detail::scheduler::do_run_one(int)", 16, false),
	                    "\u2026::do_run_one");
	assert_string_equal(cut("a_c_function_with_a_very_long_name", 12, false),
	                    "\u2026y_long_name");
}

static void name__is__an_address_where_there_is_none(void **state)
{
	(void)state;
	assert_string_equal(cut("", 20, false), "0x12f0");
}

/* Brackets that do not match, names that end anywhere, every width: never wider, never raw. */
static void name__fits__whatever_it_is(void **state)
{
	static const char *const names[] = {
	        "a<b<c<d",
	        ">>>><<<<",
	        "(((",
	        ")))",
	        "operator",
	        "operator<",
	        "::",
	        "a::",
	        "<>()[]{}",
	        "f(\xe6\x97\xa5\xe6\x9c\xac<\xe8\xaa\x9e>::\xe5\x90\x8d)",
	        "\033[31m\xff\n(",
	        "std::_Rb_tree<std::pair<int const, std::function<void (int)> > "
	        ">::_M_emplace<int&>(int&)",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (int width = 1; width < 90; width++) {
			const char *got = cut(names[i], width, false);
			assert_true(text_width(got) <= width);
			for (const char *c = got; *c; c++)
				assert_true((unsigned char)*c >= ' ');
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(name__loses__parameters_first),
	        cmocka_unit_test(name__folds__what_stands_in_brackets_next),
	        cmocka_unit_test(name__keeps__operators_and_unnamed_namespaces),
	        cmocka_unit_test(name__loses__its_beginning_last),
	        cmocka_unit_test(name__is__an_address_where_there_is_none),
	        cmocka_unit_test(name__fits__whatever_it_is),
	};
	golden_locale();
	return cmocka_run_group_tests_name("tui sites name", tests, NULL, NULL);
}
