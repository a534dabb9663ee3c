/* SPDX-License-Identifier: MIT */
/* The members "sites" and "sites_trace" of the JSON report, read back as a consumer reads them. Built where jansson was found. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/data.h"
#include "support_json.h"
#include "support_moment.h"
#include "support_site_facts.h"

/* The report of a moment with these facts, which are given back. */
static json_t *report_of(struct sites_facts *f)
{
	struct moment *m = support_moment();

	support_sites_put(m, f, f ? f->kind : SITES_NONE, SITES_ENDED);
	return json_of(m, false);
}

static void sites__are_null__where_nothing_was_traced(void **state)
{
	json_t *o = report_of(NULL);

	(void)state;
	is_null(o, "sites");
	is_null(o, "sites_trace");
	json_decref(o);
}

static void sites__have__what_schema_1_promises(void **state)
{
	json_t *o = report_of(support_sites());
	const json_t *sites = json_object_get(o, "sites"), *s = json_array_get(sites, 1);

	(void)state;
	assert_int_equal(json_array_size(sites), SUPPORT_SITES);
	assert_string_equal(word(s, "function"), "parse_header");
	assert_string_equal(word(s, "file"), "src/net.c");
	assert_int_equal(whole(s, "line"), 214);
	assert_string_equal(word(s, "module"), "/usr/sbin/shopd");
	assert_int_equal(whole(s, "live_bytes"), 552960);
	assert_int_equal(whole(s, "live_blocks"), 5760);
	assert_int_equal(whole(s, "allocated_bytes"), 4423680);
	assert_int_equal(whole(s, "freed_bytes"), 4423680 - 552960);
	assert_true(number(s, "growth_bytes_per_s") == 18432);
	assert_true(number(s, "share") > 0.1 && number(s, "share") < 0.2);
	assert_true(json_is_true(json_object_get(s, "steady")));
	assert_true(whole(s, "samples") > 0);
	const json_t *stack = json_object_get(s, "stack");
	assert_string_equal(json_string_value(json_array_get(stack, 0)), "malloc in libc.so.6");
	assert_string_equal(json_string_value(json_array_get(stack, 1)), "parse_header, net.c:214");
	json_decref(o);
}

static void site__without_symbols__has_a_module_and_no_name(void **state)
{
	json_t *o = report_of(support_sites());
	const json_t *s = json_array_get(json_object_get(o, "sites"), 3);

	(void)state;
	is_null(s, "function");
	is_null(s, "file");
	is_null(s, "line");
	assert_string_equal(word(s, "module"), "/opt/shop/lib/libbasket.so");
	assert_string_equal(word(s, "address"), "0x7f10192012f0");
	assert_string_equal(word(s, "offset"), "0x12f0");
	assert_string_equal(json_string_value(json_array_get(json_object_get(s, "stack"), 1)),
	                    "libbasket.so+0x12f0");
	is_null(json_array_get(json_object_get(o, "sites"), 6), "growth_bytes_per_s");
	is_null(json_array_get(json_object_get(o, "sites"), 6), "share");
	json_decref(o);
}

static void trace__has__its_price_and_what_is_missing(void **state)
{
	json_t *o = report_of(support_sites()), *t = json_object_get(o, "sites_trace");

	(void)state;
	assert_string_equal(word(t, "kind"), "allocations");
	assert_string_equal(word(t, "source"), "malloc of libc.so.6 and 7 more functions");
	assert_true(number(t, "duration_s") == 30);
	assert_true(number(t, "traced_s") == 9.4);
	assert_true(number(t, "expected_percent") == 6.2);
	assert_true(number(t, "slowdown_percent") == 3.1);
	assert_int_equal(whole(t, "period_bytes"), 65536);
	assert_true(whole(t, "samples") > 0);
	assert_int_equal(whole(t, "lost"), 0);
	assert_int_equal(whole(t, "full"), 0);
	assert_int_equal(whole(t, "unmatched_frees"), 1204);
	assert_int_equal(whole(t, "broken"), 3);
	is_null(t, "note");
	is_null(t, "next");
	json_decref(o);
	o = report_of(support_sites_growth());
	t = json_object_get(o, "sites_trace");
	assert_string_equal(word(t, "kind"), "growth");
	is_null(t, "expected_percent");
	is_null(t, "unmatched_frees");
	assert_non_null(strstr(word(t, "note"), "smaller than a page"));
	word(t, "next");
	json_decref(o);
}

static void hits__know__neither_bytes_nor_growth(void **state)
{
	static const char *const unknown[] = {"live_bytes",      "live_blocks",
	                                      "allocated_bytes", "freed_bytes",
	                                      "freed_blocks",    "growth_bytes_per_s",
	                                      "mean_lifetime_s", "steady"};
	json_t *o = report_of(support_sites_hits());
	const json_t *s = json_array_get(json_object_get(o, "sites"), 0);
	const json_t *t = json_object_get(o, "sites_trace");

	(void)state;
	assert_true(whole(s, "samples") >=
	            whole(json_array_get(json_object_get(o, "sites"), 1), "samples"));
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		is_null(s, unknown[i]);
	double share = (double)whole(s, "samples") / (double)whole(t, "samples");
	assert_true(fabs(number(s, "share") - share) < 1e-9);
	is_null(t, "period_bytes");
	is_null(t, "live_bytes");
	is_null(t, "growth_bytes_per_s");
	json_decref(o);
}

static void sites__are_empty__not_null__where_nothing_was_found(void **state)
{
	json_t *o = report_of(support_sites_none(SITES_GROWTH));

	(void)state;
	assert_true(json_is_array(json_object_get(o, "sites")));
	assert_int_equal(json_array_size(json_object_get(o, "sites")), 0);
	assert_int_equal(whole(json_object_get(o, "sites_trace"), "samples"), 0);
	is_null(json_object_get(o, "sites_trace"), "growth_bytes_per_s");
	json_decref(o);
}

static void sites__are__sound_json_whatever_functions_are_called(void **state)
{
	json_t *o = report_of(support_sites_hostile());
	const json_t *s = json_array_get(json_object_get(o, "sites"), 0);

	(void)state;
	assert_non_null(
	        strstr(word(s, "function"), "\\x1B[31m<b>&\"'\\x0A\\x9B\\xFF\\xE2\\x80\\xAE"));
	assert_non_null(strstr(word(json_object_get(o, "sites_trace"), "note"), "\\x9B\\xFF"));
	json_decref(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(sites__are_null__where_nothing_was_traced),
	        cmocka_unit_test(sites__have__what_schema_1_promises),
	        cmocka_unit_test(site__without_symbols__has_a_module_and_no_name),
	        cmocka_unit_test(trace__has__its_price_and_what_is_missing),
	        cmocka_unit_test(hits__know__neither_bytes_nor_growth),
	        cmocka_unit_test(sites__are_empty__not_null__where_nothing_was_found),
	        cmocka_unit_test(sites__are__sound_json_whatever_functions_are_called),
	};
	return cmocka_run_group_tests_name("json sites", tests, NULL, NULL);
}
