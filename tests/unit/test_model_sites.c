/* SPDX-License-Identifier: MIT */
/* Facts of call sites: how they are held, who grew a region, and a frame in words. */
#include "model/sites.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --- facts --------------------------------------------------------------------------------------------- */

static void facts__know_nothing__at_first(void **state)
{
	struct sites_facts *f = sites_facts_new();
	(void)state;

	assert_int_equal(f->kind, SITES_NONE);
	assert_true(isnan(f->expected) && isnan(f->slowdown) && isnan(f->hits_per_s));
	assert_true(isnan(f->hit_ns) && isnan(f->growth_bytes));
	assert_false(known(f->period) || known(f->unmatched_frees));
	assert_string_equal(sites_text(f, 0), "");
	assert_string_equal(sites_text(f, 7), "");
	assert_int_equal(sites_facts_bytes(f), sizeof(*f));
	sites_facts_unref(f);
	sites_facts_unref(NULL);
}

static void facts__live__until_the_last_reference_goes(void **state)
{
	struct sites_facts *f = sites_facts_new();
	(void)state;

	assert_ptr_equal(sites_facts_ref(f), f);
	sites_facts_unref(f);
	f->site_count = 1;
	f->sites = calloc(1, sizeof(*f->sites));
	f->text = strdup("");
	f->text_size = 1;
	assert_int_equal(sites_facts_bytes(f), sizeof(*f) + sizeof(struct site) + 1);
	sites_facts_unref(f);
}

static void progress__is_off__at_first(void **state)
{
	struct sites_progress p;
	(void)state;

	sites_progress_init(&p);
	assert_int_equal(p.phase, SITES_OFF);
	assert_false(known(p.end));
	assert_true(isnan(p.expected) && isnan(p.slowdown) && isnan(p.hits_per_s));
	assert_string_equal(p.why, "");
	for (unsigned i = 0; i < SITES_PHASE_COUNT; i++)
		assert_true(sites_phase_words[i] && sites_phase_words[i][0]);
	for (unsigned i = 0; i < SITES_KIND_COUNT; i++)
		assert_true(sites_kind_words[i][0] && sites_kind_titles[i][0]);
}

/* --- words --------------------------------------------------------------------------------------------- */

static char text[] = "\0parse_header\0/home/me/src/net.c\0/usr/lib/libfoo.so";
enum { FUNCTION = 1, FILE_NAME = 14, MODULE = 33 };

static char *words(struct site_frame frame, char *out, size_t size)
{
	struct sites_facts f = {.text = text, .text_size = sizeof(text)};

	return site_frame_words(&f, &frame, out, size);
}

static void words__say__the_best_that_is_known(void **state)
{
	char out[64];
	struct site_frame all = {0x7f12f0, FUNCTION, FILE_NAME, MODULE, 214, false, 0x12f0};
	struct site_frame no_line = all, no_file = all, alone = {.function = FUNCTION};
	struct site_frame nameless = {.address = 0x7f12f0, .module = MODULE, .offset = 0x12f0};
	struct site_frame nowhere = {.address = 0x12f0, .module = MODULE};
	struct site_frame nothing = {.address = 0x12f0};
	(void)state;

	no_line.line = 0;
	no_file.file = 0;
	assert_string_equal(words(all, out, sizeof(out)), "parse_header, net.c:214");
	assert_string_equal(words(no_line, out, sizeof(out)), "parse_header in libfoo.so");
	assert_string_equal(words(no_file, out, sizeof(out)), "parse_header in libfoo.so");
	assert_string_equal(words(alone, out, sizeof(out)), "parse_header");
	assert_string_equal(words(nameless, out, sizeof(out)), "libfoo.so+0x12f0");
	assert_string_equal(words(nowhere, out, sizeof(out)), "0x12f0 in libfoo.so");
	assert_string_equal(words(nothing, out, sizeof(out)), "0x12f0");
}

static void words__are_cut__at_the_room_there_is(void **state)
{
	char out[16] = "";
	struct site_frame all = {0x7f12f0, FUNCTION, FILE_NAME, MODULE, 214, false, 0x12f0};
	(void)state;

	memset(out, 'x', sizeof(out));
	assert_string_equal(words(all, out, 9), "parse_he");
	assert_int_equal(out[9], 'x');
}

static void named__is__the_frame_that_speaks(void **state)
{
	struct site_frame frames[3] = {{.address = 1}, {.address = 2}, {.address = 3}};
	struct sites_facts f = {.frames = frames, .frame_count = 3};
	struct site s = {.frame = 1, .frame_count = 2, .named = 1};
	(void)state;

	assert_ptr_equal(site_named(&f, &s), &frames[2]);
	s.named = 2; /* beyond the stack: its innermost */
	assert_ptr_equal(site_named(&f, &s), &frames[1]);
	s.frame_count = 3; /* beyond the frames */
	assert_null(site_named(&f, &s));
	s = (struct site){.frame = UINT32_MAX, .frame_count = 2};
	assert_null(site_named(&f, &s));
	s.frame_count = 0;
	assert_null(site_named(&f, &s));
}

/* --- regions ------------------------------------------------------------------------------------------- */

static void a_region__owes__what_lies_in_it_largest_first(void **state)
{
	struct site_span spans[] = {
	        {0x1000, 0x3000, 4, 0x2000}, /* half of it within */
	        {0x3000, 0x4000, 2, 0x800},  /* sampled: less than its pages */
	        {0x5000, 0x9000, 4, 0x4000}, {0x9000, 0xa000, 1, 0x1000},
	        {0xa000, 0xe000, 2, 0x8000}, /* a quarter within; weighs more than its pages */
	        {0xf000, 0xf800, 9, 0x800},  /* outside */
	};
	struct sites_facts f = {.spans = spans, .span_count = 6};
	struct site_part parts[8];
	(void)state;

	assert_int_equal(sites_of_range(&f, 0x2000, 0xb000, parts, 8), 3);
	assert_int_equal(parts[0].site, 4);
	assert_int_equal(parts[0].bytes, 0x5000);
	assert_int_equal(parts[1].site, 2);
	assert_int_equal(parts[1].bytes, 0x2800);
	assert_int_equal(parts[2].site, 1);
	assert_int_equal(parts[2].bytes, 0x1000);
	assert_int_equal(sites_of_range(&f, 0x2000, 0xb000, parts, 1), 1);
	assert_int_equal(parts[0].site, 4);
	assert_int_equal(sites_of_range(&f, 0x2000, 0xb000, parts, 0), 0);
}

static void a_region__owes_nothing__where_no_page_was_seen(void **state)
{
	struct site_span spans[] = {
	        {0x1000, 0x3000, 0, 0x2000},
	        {0x5000, 0x5000, 1, 0x1000},              /* empty: a broken recording */
	        {0x6000, 0x7000, SITES_MAX, 0x1000},      /* no such row */
	        {0x7000, 0x8000, UINT32_MAX, UINT64_MAX}, /* nor this one */
	};
	struct sites_facts f = {.spans = spans, .span_count = 4}, none = {0};
	struct site_part parts[8];
	(void)state;

	assert_int_equal(sites_of_range(&f, 0x3000, 0x9000, parts, 8), 0);
	assert_int_equal(sites_of_range(&f, 0x2000, 0x2000, parts, 8), 0);
	assert_int_equal(sites_of_range(&f, 0x3000, 0x1000, parts, 8), 0);
	assert_int_equal(sites_of_range(&none, 0, UINT64_MAX, parts, 8), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(facts__know_nothing__at_first),
	        cmocka_unit_test(facts__live__until_the_last_reference_goes),
	        cmocka_unit_test(progress__is_off__at_first),
	        cmocka_unit_test(words__say__the_best_that_is_known),
	        cmocka_unit_test(words__are_cut__at_the_room_there_is),
	        cmocka_unit_test(named__is__the_frame_that_speaks),
	        cmocka_unit_test(a_region__owes__what_lies_in_it_largest_first),
	        cmocka_unit_test(a_region__owes_nothing__where_no_page_was_seen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
