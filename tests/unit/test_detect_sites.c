/* SPDX-License-Identifier: MIT */
/* What traced call sites say about a verdict, and that they never change one. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "support_shapes.h"

#define KIB (1ull << 10)
#define MIB (1ull << 20)

enum { LEVEL = 50 << 20, END = 60, BEGIN = 25 };

/* What tracing found: one site that grows, beside one that churns. */
struct found {
	enum sites_kind kind;
	unsigned begin, time; /* seconds of the watch */
	double growth;        /* bytes a second of the site; of all by `share` */
	double share;
	uint64_t samples, lost, live;
	bool steady;
};
static const struct found leaker = {SITES_ALLOCATIONS, BEGIN, END, (double)MIB * 0.82, 0.82, 400, 0,
                                    20 * MIB,          true};
static const struct found churner = {SITES_ALLOCATIONS, BEGIN, END, 0, 0, 4000, 0, 64 * KIB, false};

/* Both sites have names of their own. */
static struct sites_facts *facts_of(const struct found *w)
{
	static const char text[] = "\0parse_header\0src/net.c\0log_format";
	struct sites_facts *f = sites_facts_new();

	assert_non_null(f);
	f->kind = w->kind;
	f->begin = w->begin * NS_PER_S;
	f->time = w->time * NS_PER_S;
	f->traced = f->time - f->begin;
	f->samples = w->samples;
	f->lost = w->lost;
	f->live_bytes = w->live;
	f->growth_bytes = w->share > 0 ? w->growth / w->share : w->growth;
	f->text = malloc(sizeof(text));
	f->frames = calloc(2, sizeof(*f->frames));
	f->sites = calloc(2, sizeof(*f->sites));
	assert_true(f->text && f->frames && f->sites);
	memcpy(f->text, text, sizeof(text));
	f->text_size = sizeof(text);
	f->frame_count = f->site_count = 2;
	f->frames[0] = (struct site_frame){.function = 1, .file = 14, .line = 214};
	f->frames[1] = (struct site_frame){.function = 24};
	f->sites[0] = (struct site){.frame_count = 1,
	                            .samples = w->samples,
	                            .live_bytes = w->live,
	                            .growth_bytes = w->growth,
	                            .share = w->share,
	                            .steady = w->steady};
	f->sites[1] = (struct site){.frame = 1, .frame_count = 1, .samples = w->samples};
	return f;
}

static void tell(struct detect *d, const struct found *w)
{
	struct sites_facts *f = facts_of(w);

	detect_sites(d, f);
	sites_facts_unref(f);
}

/* Seconds [0, END] of memory that grows by so many bytes in each. */
static void watch(struct detect *d, double a_second)
{
	for (unsigned i = 0; i <= END; i++) {
		struct sample s = sample_at(i * NS_PER_S, LEVEL + a_second * i);
		s.v[FIGURE_RSS] = s.v[FIGURE_ANON] + 4 * MIB;
		s.v[FIGURE_DATA] = s.v[FIGURE_ANON] + 8 * MIB;
		sample_judge(d, &s);
	}
}

static struct verdict verdict_of(double a_second, const struct found *w)
{
	struct detect *d = engine_new();

	watch(d, a_second);
	if (w)
		tell(d, w);
	struct verdict v = *detect_verdict(d);
	detect_free(d);
	return v;
}

/* The evidence that says so, or NULL. */
static const struct evidence *says(const struct verdict *v, const char *text)
{
	for (unsigned i = 0; i < v->evidence_count; i++)
		if (strstr(v->evidence[i].text, text))
			return &v->evidence[i];
	return NULL;
}

static bool names_any(const struct verdict *v)
{
	return says(v, "parse_header") || says(v, "log_format") || says(v, "traced");
}

/* --- who grows ------------------------------------------------------------------------------------ */

static void evidence__names__the_site_that_carries_the_growth(void **state)
{
	struct verdict v = verdict_of(MIB, &leaker);
	const struct evidence *e = says(&v, "parse_header");

	(void)state;
	assert_int_equal(v.kind, VERDICT_LEAK);
	assert_non_null(e);
	assert_string_equal(e->text,
	                    "82 % of all growth of the process comes from parse_header, net.c:214");
	assert_true(e->is_for);
	assert_true(e->weight > 0.2 && e->weight < 0.4);
	assert_null(says(&v, "log_format"));
}

static void evidence__of_page_faults__speaks_of_resident_memory(void **state)
{
	struct found w = leaker;

	(void)state;
	w.kind = SITES_GROWTH;
	struct verdict v = verdict_of(MIB, &w), traced = verdict_of(MIB, &leaker);
	const struct evidence *e = says(&v, "parse_header");
	assert_non_null(e);
	assert_string_equal(e->text, "82 % of the growth of resident memory was touched first by "
	                             "parse_header, net.c:214");
	assert_true(e->weight < says(&traced, "parse_header")->weight);
}

/* The census saw blocks of 48 bytes grow: the fault is whoever's touches the next page. */
static void evidence__of_page_faults__names_nobody_where_blocks_are_small(void **state)
{
	struct detect *d = engine_new();
	struct heap_facts *h = heap_facts_new();
	struct found w = leaker;

	(void)state;
	w.kind = SITES_GROWTH;
	assert_non_null(h);
	h->walked = true;
	h->layout_confidence = 0.98;
	h->time = END * NS_PER_S;
	h->looks = 5;
	h->total.size = LEVEL;
	h->classes = calloc(1, sizeof(*h->classes));
	assert_non_null(h->classes);
	h->class_count = 1;
	h->classes[0] = (struct heap_class){.low = 48, .high = 48, .steady = true, .bytes = MIB};
	h->classes[0].growth_bytes = (double)MIB;
	h->classes[0].growth_blocks = (double)MIB / 48;
	watch(d, MIB);
	detect_heap(d, h);
	tell(d, &w);
	assert_null(says(detect_verdict(d), "parse_header"));
	/* Blocks that fill pages of their own are another matter, and so is tracing allocations. */
	w.time++;
	h->classes[0].growth_blocks = (double)MIB / 8192;
	h->looks++;
	detect_heap(d, h);
	assert_non_null(says(detect_verdict(d), "parse_header"));
	h->classes[0].growth_blocks = (double)MIB / 48;
	h->looks++;
	detect_heap(d, h);
	assert_null(says(detect_verdict(d), "parse_header"));
	w.kind = SITES_ALLOCATIONS;
	tell(d, &w);
	assert_non_null(says(detect_verdict(d), "parse_header"));
	heap_facts_unref(h);
	detect_free(d);
}

static void evidence__counts__against_all_growth_and_not_only_what_was_traced(void **state)
{
	struct found w = leaker;

	(void)state;
	w.share = 1;
	w.growth = 300.0 * KIB;
	struct verdict v = verdict_of(MIB, &w);
	assert_non_null(says(&v, "29 % of all growth of the process comes from parse_header"));
	w.growth = 10.0 * KIB;
	v = verdict_of(MIB, &w);
	assert_false(names_any(&v));
}

static void evidence__names_nobody__before_it_is_steady_and_sampled(void **state)
{
	struct found few = leaker, bursty = leaker, unknown = leaker;

	(void)state;
	few.samples = 9;
	bursty.steady = false;
	unknown.growth = unknown.share = (double)NAN;
	struct verdict v = verdict_of(MIB, &few);
	assert_false(names_any(&v));
	v = verdict_of(MIB, &bursty);
	assert_false(names_any(&v));
	v = verdict_of(MIB, &unknown);
	assert_false(names_any(&v));
}

/* An address alone sends nobody anywhere. */
static void evidence__names_nobody__who_has_no_name(void **state)
{
	struct detect *d = engine_new();
	struct sites_facts *f = facts_of(&leaker);

	(void)state;
	f->frames[0] = (struct site_frame){.address = 0x7fffffffdfff};
	watch(d, MIB);
	detect_sites(d, f);
	assert_null(says(detect_verdict(d), "comes from"));
	f->frames[0].module = 1;
	f->time++;
	detect_sites(d, f);
	assert_non_null(says(detect_verdict(d), "comes from 0x7fffffffdfff in parse_header"));
	sites_facts_unref(f);
	detect_free(d);
}

static void evidence__of_calls__is_none(void **state)
{
	struct found w = leaker;

	(void)state;
	w.kind = SITES_HITS;
	struct verdict v = verdict_of(MIB, &w);
	assert_false(names_any(&v));
	w = churner;
	w.kind = SITES_HITS;
	v = verdict_of(MIB, &w);
	assert_false(names_any(&v));
}

static void evidence__where_memory_does_not_grow__is_light_and_no_share(void **state)
{
	struct verdict v = verdict_of(0, &leaker);
	const struct evidence *e = says(&v, "parse_header");

	(void)state;
	assert_int_equal(v.kind, VERDICT_NO_LEAK);
	assert_non_null(e);
	assert_string_equal(e->text, "not all is freed that parse_header, net.c:214 allocates: "
	                             "+839.7 kB/s, 20.0 MB");
	assert_true(e->weight < 0.1);
}

/* --- who does not --------------------------------------------------------------------------------- */

static void evidence__speaks_against__where_nothing_stayed_of_what_was_allocated(void **state)
{
	struct verdict v = verdict_of(MIB, &churner);
	const struct evidence *e = says(&v, "traced");

	(void)state;
	assert_non_null(e);
	assert_false(e->is_for);
	assert_string_equal(e->text, "memory grew by 35.0 MB while allocations were traced for "
	                             "35 s, and none of them stayed");
	v = verdict_of(0, &churner);
	e = says(&v, "traced");
	assert_non_null(e);
	assert_false(e->is_for);
	assert_non_null(strstr(e->text, "nothing stayed"));
}

static void evidence__is_silent__where_too_little_was_seen_to_speak_against(void **state)
{
	struct found brief = churner, few = churner, lost = churner, some = churner,
	             faults = churner, unknown = churner;

	(void)state;
	brief.begin = END - 10;
	few.samples = 50;
	lost.lost = 400;
	some.growth = 200.0 * KIB;
	some.share = 1;
	faults.kind = SITES_GROWTH;
	unknown.growth = (double)NAN;
	const struct found *const all[] = {&brief, &few, &lost, &some, &faults, &unknown};
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct verdict v = verdict_of(MIB, all[i]);
		if (names_any(&v))
			fail_msg("case %zu", i);
	}
}

/* --- and the verdict ------------------------------------------------------------------------------ */

static void sites__change__no_verdict_and_no_confidence(void **state)
{
	static const double rates[] = {0, 1 << 10, 24 << 10, 1 << 20, -(1 << 18)};
	static const enum sites_kind kinds[] = {SITES_GROWTH, SITES_ALLOCATIONS, SITES_HITS};

	(void)state;
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		struct verdict without = verdict_of(rates[i], NULL);
		for (size_t k = 0; k < 2 * sizeof(kinds) / sizeof(kinds[0]); k++) {
			struct found w = k % 2 ? leaker : churner;
			w.kind = kinds[k / 2];
			struct verdict v = verdict_of(rates[i], &w);
			assert_int_equal(v.kind, without.kind);
			assert_int_equal(v.cause, without.cause);
			assert_int_equal(v.pattern, without.pattern);
			assert_int_equal(v.where, without.where);
			assert_int_equal(v.confidence, without.confidence);
			assert_string_equal(v.reason, without.reason);
			assert_string_equal(v.condition, without.condition);
		}
	}
}

static void facts_that_come_late__change_nothing(void **state)
{
	struct detect *d = engine_new();
	struct found late = churner;

	(void)state;
	late.time = END - 1;
	watch(d, MIB);
	tell(d, &leaker);
	tell(d, &late);
	assert_non_null(says(detect_verdict(d), "parse_header"));
	assert_null(says(detect_verdict(d), "traced"));
	detect_free(d);
}

static void facts_of_another_image__change_nothing(void **state)
{
	struct detect *d = engine_new();

	(void)state;
	watch(d, MIB);
	tell(d, &leaker);
	for (unsigned i = END + 1; i < END + 40; i++) {
		struct sample s = sample_at(i * NS_PER_S, LEVEL + (double)MIB * i);
		s.flags |= i == END + 1 ? SAMPLE_EPOCH : 0;
		sample_judge(d, &s);
	}
	assert_null(says(detect_verdict(d), "parse_header"));
	tell(d, &leaker);
	assert_null(says(detect_verdict(d), "parse_header"));
	struct found w = leaker;
	w.begin = END + 10;
	w.time = END + 39;
	tell(d, &w);
	assert_non_null(says(detect_verdict(d), "parse_header"));
	detect_free(d);
}

static void facts_that_are_withdrawn__are_forgotten(void **state)
{
	struct detect *d = engine_new();

	(void)state;
	tell(d, &leaker);
	assert_int_equal(detect_verdict(d)->kind, VERDICT_UNKNOWN);
	watch(d, MIB);
	assert_null(says(detect_verdict(d), "parse_header"));
	tell(d, &leaker);
	assert_non_null(says(detect_verdict(d), "parse_header"));
	detect_sites(d, NULL);
	assert_null(says(detect_verdict(d), "parse_header"));
	detect_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(evidence__names__the_site_that_carries_the_growth),
	        cmocka_unit_test(evidence__of_page_faults__speaks_of_resident_memory),
	        cmocka_unit_test(evidence__of_page_faults__names_nobody_where_blocks_are_small),
	        cmocka_unit_test(evidence__counts__against_all_growth_and_not_only_what_was_traced),
	        cmocka_unit_test(evidence__names_nobody__before_it_is_steady_and_sampled),
	        cmocka_unit_test(evidence__names_nobody__who_has_no_name),
	        cmocka_unit_test(evidence__of_calls__is_none),
	        cmocka_unit_test(evidence__where_memory_does_not_grow__is_light_and_no_share),
	        cmocka_unit_test(
	                evidence__speaks_against__where_nothing_stayed_of_what_was_allocated),
	        cmocka_unit_test(evidence__is_silent__where_too_little_was_seen_to_speak_against),
	        cmocka_unit_test(sites__change__no_verdict_and_no_confidence),
	        cmocka_unit_test(facts_that_come_late__change_nothing),
	        cmocka_unit_test(facts_of_another_image__change_nothing),
	        cmocka_unit_test(facts_that_are_withdrawn__are_forgotten),
	};
	return cmocka_run_group_tests_name("detect, sites", tests, NULL, NULL);
}
