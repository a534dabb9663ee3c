/* SPDX-License-Identifier: MIT */
/* The member "heap" of the JSON report, read back as a consumer reads it. Built where jansson was found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/data.h"
#include "support_heap.h"
#include "support_json.h"
#include "support_moment.h"

/* The report of a moment with these facts, which are given back. */
static json_t *report_of(struct heap_facts *f)
{
	struct moment *m = support_moment();

	support_heap_put(m, f, HEAP_RESTING);
	return json_of(m, false);
}

static void heap__is_null__where_nobody_looked(void **state)
{
	json_t *o = report_of(NULL);

	(void)state;
	is_null(o, "heap");
	json_decref(o);
}

static void heap__has__what_schema_1_promises(void **state)
{
	static const char *const counts[] = {"arenas",     "live_blocks",     "live_bytes",
	                                     "free_bytes", "trimmable_bytes", "torn"};
	static const char *const lost_counts[] = {"scans",
	                                          "definitely_blocks",
	                                          "definitely_bytes",
	                                          "indirectly_blocks",
	                                          "indirectly_bytes",
	                                          "possibly_blocks",
	                                          "possibly_bytes",
	                                          "suspect_blocks"};
	json_t *o = report_of(support_heap()), *heap = json_object_get(o, "heap");

	(void)state;
	assert_string_equal(json_string_value(json_object_get(heap, "allocator")), "glibc");
	assert_true(json_real_value(json_object_get(heap, "layout_confidence")) == 0.98);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		whole(heap, counts[i]);
	assert_int_equal(whole(heap, "arenas"), 3);
	assert_int_equal(whole(heap, "live_blocks"), 182186);
	const json_t *classes = json_object_get(heap, "size_classes");
	assert_int_equal(json_array_size(classes), SUPPORT_HEAP_CLASSES);
	const json_t *first = json_array_get(classes, 0);
	assert_int_equal(whole(first, "bytes"), 528);
	assert_int_equal(whole(first, "blocks"), 121904);
	assert_true(json_real_value(json_object_get(first, "growth_blocks_per_s")) == 193.9);
	const json_t *lost = json_object_get(heap, "lost");
	for (size_t i = 0; i < sizeof(lost_counts) / sizeof(lost_counts[0]); i++)
		whole(lost, lost_counts[i]);
	const json_t *heads = json_object_get(lost, "heads");
	assert_int_equal(json_array_size(heads), SUPPORT_HEAP_HEADS);
	const json_t *text = json_object_get(json_array_get(heads, 1), "first_text");
	assert_non_null(strstr(json_string_value(text), "GET /basket?id=20431 HTTP/1.1\\x0D"));
	json_decref(o);
}

/* What is free adds up: a consumer may compare with mallinfo2. */
static void heap__sums_up__to_its_arenas(void **state)
{
	json_t *o = report_of(support_heap()), *heap = json_object_get(o, "heap");
	json_int_t live = 0, kept = 0;
	size_t i;
	json_t *a;

	(void)state;
	json_array_foreach(json_object_get(heap, "arena_list"), i, a)
	{
		live += whole(a, "live_bytes");
		kept += whole(a, "cached_bytes") + whole(a, "fastbin_bytes") +
		        whole(a, "bin_bytes") + whole(a, "top_bytes");
	}
	assert_int_equal(live, whole(heap, "live_bytes"));
	assert_int_equal(kept, whole(heap, "free_bytes"));
	json_decref(o);
}

static void lost__is_null__before_it_can_be_sure(void **state)
{
	json_t *o = report_of(support_heap_first());
	const json_t *lost = json_object_get(json_object_get(o, "heap"), "lost");

	(void)state;
	is_null(lost, "definitely_blocks");
	is_null(lost, "indirectly_bytes");
	is_null(lost, "possibly_blocks");
	assert_int_equal(whole(lost, "suspect_blocks"), 43192);
	const json_t *classes = json_object_get(json_object_get(o, "heap"), "size_classes");
	is_null(json_array_get(classes, 0), "growth_blocks_per_s");
	json_decref(o);
	struct heap_facts *f = support_heap();
	free(f->lost);
	f->lost = NULL;
	o = report_of(f);
	is_null(json_object_get(o, "heap"), "lost");
	json_decref(o);
}

static void heap__has__no_figures_of_what_was_not_walked(void **state)
{
	json_t *o = report_of(support_heap_jemalloc()), *heap = json_object_get(o, "heap");

	(void)state;
	assert_string_equal(json_string_value(json_object_get(heap, "allocator")), "jemalloc");
	is_null(heap, "live_blocks");
	is_null(heap, "arenas");
	is_null(heap, "free_bytes");
	is_null(heap, "torn");
	is_null(heap, "layout_confidence");
	json_decref(o);
}

static void heap__is__sound_json_whatever_blocks_hold(void **state)
{
	json_t *o = report_of(support_heap_hostile());
	const json_t *lost = json_object_get(json_object_get(o, "heap"), "lost");
	const json_t *head = json_array_get(json_object_get(lost, "heads"), 0);

	(void)state;
	assert_non_null(
	        strstr(json_string_value(json_object_get(head, "type")), "vtable for \\x1B[31m"));
	json_decref(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(heap__is_null__where_nobody_looked),
	        cmocka_unit_test(heap__has__what_schema_1_promises),
	        cmocka_unit_test(heap__sums_up__to_its_arenas),
	        cmocka_unit_test(lost__is_null__before_it_can_be_sure),
	        cmocka_unit_test(heap__has__no_figures_of_what_was_not_walked),
	        cmocka_unit_test(heap__is__sound_json_whatever_blocks_hold),
	};
	return cmocka_run_group_tests_name("json heap", tests, NULL, NULL);
}
