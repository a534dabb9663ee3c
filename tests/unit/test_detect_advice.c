/* SPDX-License-Identifier: MIT */
/* The line that stands for a verdict, the next step, and what a first look tells. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "detect/advice.h"
#include "support_heap.h"
#include "support_moment.h"
#include "support_site_facts.h"

static void line_is(const struct verdict *v, const char *want)
{
	struct buf b;

	buf_init(&b, 2048);
	assert_int_equal(advice_line(v, &b), 0);
	assert_string_equal(buf_str(&b), want);
	buf_done(&b);
}

static struct verdict verdict(enum verdict_kind kind)
{
	struct verdict v;

	verdict_init(&v);
	v.kind = kind;
	snprintf(v.reason, sizeof(v.reason), "REASON");
	return v;
}

static void a_leak__is_a_warning_of_pattern_and_place(void **state)
{
	struct verdict v = verdict(VERDICT_LEAK);

	(void)state;
	v.pattern = PATTERN_LINEAR;
	v.where = WHERE_HEAP;
	line_is(&v, "Warning: linear heap growth detected");
	v.where = WHERE_ANONYMOUS;
	line_is(&v, "Warning: linear heap growth detected");
	v.pattern = PATTERN_RISING_FLOOR;
	v.where = WHERE_ARENA;
	line_is(&v, "Warning: rising-floor heap growth detected");
	v.where = WHERE_STACK;
	line_is(&v, "Warning: rising-floor thread stack growth detected");
	v.where = WHERE_SHMEM;
	line_is(&v, "Warning: rising-floor shared memory growth detected");
	v.where = WHERE_FILE;
	line_is(&v, "Warning: rising-floor file-backed memory growth detected");
	v.where = WHERE_SWAP;
	line_is(&v, "Warning: rising-floor swap growth detected");
}

static void the_other_verdicts__give_their_reason(void **state)
{
	struct verdict v = verdict(VERDICT_SUSPICIOUS);

	(void)state;
	snprintf(v.condition, sizeof(v.condition), "it keeps growing beyond 812.0 MB");
	line_is(&v, "Suspicious: REASON; would be a leak if it keeps growing beyond 812.0 MB");
	v = verdict(VERDICT_NO_LEAK);
	line_is(&v, "No leak detected: REASON");
	v = verdict(VERDICT_UNKNOWN);
	line_is(&v, "Cannot tell yet: REASON");
	v.needs = 9 * NS_PER_S;
	line_is(&v, "Cannot tell yet: REASON; about 9 s more");
}

static const char *next(const struct moment *m, bool keys, char out[512])
{
	struct buf b;

	buf_init(&b, 2048);
	assert_int_equal(advice_next(m, keys, &b), 0);
	snprintf(out, 512, "%s", buf_str(&b));
	for (const char *p = out; *p; p++)
		assert_in_range((unsigned char)*p, 0x20, 0x7e);
	assert_true(out[0] != '\0');
	buf_done(&b);
	return out;
}

static void next__names_a_key_that_exists_or_a_command(void **state)
{
	struct moment *m = support_moment();
	char text[512];

	(void)state;
	m->verdict.eta = NAN;
	assert_string_equal(next(m, true, text), "5 which blocks; there x looks inside the heap");
	m->verdict.where = WHERE_ANONYMOUS;
	assert_string_equal(next(m, true, text),
	                    "2 which mapping; there Enter on the one that grows");
	assert_non_null(
	        strstr(next(m, false, text), "`valgrind --leak-check=full /usr/sbin/shopd"));
	m->verdict.eta = 600;
	assert_non_null(strstr(next(m, true, text), "restart it before "));
	for (unsigned kind = 0; kind < VERDICT_KIND_COUNT; kind++) {
		for (unsigned cause = 0; cause < CAUSE_COUNT; cause++) {
			m->verdict.kind = (enum verdict_kind)kind;
			m->verdict.cause = (enum verdict_cause)cause;
			next(m, true, text);
			assert_true(text[0] != '6' && text[0] != 'R');
			next(m, false, text);
		}
	}
	moment_unref(m);
}

static void next__sends_to_the_blocks_only_where_they_can_be_told(void **state)
{
	static const char mapping[] = "2 which mapping; there Enter on the one that grows";
	struct moment *m = support_moment_heap();
	char text[512];

	(void)state;
	m->verdict.eta = NAN;
	m->heap->classes[0].high = 8192;
	assert_string_equal(next(m, true, text),
	                    "5 which blocks; there Enter on the size that grows");
	support_heap_put(m, support_heap_jemalloc(), HEAP_RESTING);
	assert_string_equal(next(m, true, text), mapping);
	support_heap_put(m, NULL, HEAP_FAILED);
	assert_string_equal(next(m, true, text), mapping);
	support_heap_put(m, NULL, HEAP_OFF);
	m->state = TARGET_REPLAYED;
	assert_string_equal(next(m, true, text), mapping);
	m->state = TARGET_RUNNING;
	m->verdict.kind = VERDICT_NO_LEAK;
	m->verdict.cause = CAUSE_RETENTION;
	assert_non_null(strstr(next(m, true, text), "5 how much malloc keeps"));
	assert_non_null(strstr(next(m, false, text), "malloc_trim(3)"));
	moment_unref(m);
}

/* The census says which size; who allocates it only tracing says, and then it is known. */
static void next__goes_from_the_size_to_the_code_and_into_its_stack(void **state)
{
	static const char code[] = "6 which code allocates blocks of 528 bytes";
	static const char stack[] = "6 which code; there Enter opens its stack";
	struct moment *m = support_moment_heap();
	char text[512];

	(void)state;
	m->verdict.eta = NAN;
	assert_string_equal(next(m, true, text), code);
	m->verdict.kind = VERDICT_SUSPICIOUS;
	assert_string_equal(next(m, true, text), code);
	m->verdict.kind = VERDICT_LEAK;
	/* Page faults cannot name who allocates small blocks, calls not who keeps them. */
	support_sites_put(m, support_sites_growth(), SITES_GROWTH, SITES_ENDED);
	assert_string_equal(next(m, true, text), code);
	support_sites_put(m, support_sites_hits(), SITES_HITS, SITES_ENDED);
	assert_string_equal(next(m, true, text), code);
	support_sites_put(m, support_sites(), SITES_ALLOCATIONS, SITES_ENDED);
	assert_string_equal(next(m, true, text), stack);
	support_heap_put(m, NULL, HEAP_OFF);
	support_sites_put(m, support_sites_growth(), SITES_GROWTH, SITES_ENDED);
	assert_string_equal(next(m, true, text), stack);
	m->sites->sites[0].steady = false;
	assert_memory_equal(next(m, true, text), "5 which blocks", 14);
	support_sites_put(m, NULL, SITES_GROWTH, SITES_FAILED);
	assert_memory_equal(next(m, true, text), "5 which blocks", 14);
	support_heap_put(m, support_heap(), HEAP_RESTING);
	assert_memory_equal(next(m, true, text), "5 which blocks", 14);
	moment_unref(m);
}

static void next__without_keys__names_the_option_and_then_the_site(void **state)
{
	struct moment *m = support_moment();
	char text[512];

	(void)state;
	m->verdict.eta = NAN;
	assert_memory_equal(next(m, false, text),
	                    "`memleak-detective 4711 --sites 30s` names the code; on a test host: "
	                    "`valgrind ",
	                    78);
	support_sites_put(m, support_sites(), SITES_ALLOCATIONS, SITES_ENDED);
	assert_string_equal(next(m, false, text),
	                    "see why what is allocated there stays: Session::create, "
	                    "session.cpp:88");
	support_sites_put(m, support_sites_hostile(), SITES_ALLOCATIONS, SITES_ENDED);
	assert_non_null(strstr(next(m, false, text), "there stays: \\x1B[31m<b>"));
	/* An address alone sends nobody anywhere. */
	struct site_frame *named = &m->sites->frames[m->sites->sites[0].named];
	named->function = named->module = 0;
	assert_memory_equal(next(m, false, text), "on a test host: ", 16);
	support_sites_put(m, support_sites_hits(), SITES_HITS, SITES_ENDED);
	assert_memory_equal(next(m, false, text), "on a test host: ", 16);
	support_sites_put(m, NULL, SITES_ALLOCATIONS, SITES_FAILED);
	assert_memory_equal(next(m, false, text), "on a test host: ", 16);
	support_sites_put(m, NULL, SITES_NONE, SITES_OFF);
	m->ended = END_TARGET;
	assert_memory_equal(next(m, false, text), "on a test host: ", 16);
	m->ended = END_NOT_YET;
	m->verdict.where = WHERE_STACK;
	assert_null(strstr(next(m, false, text), "--sites"));
	moment_unref(m);
}

static void next__offers_no_valgrind_to_a_file_nor_to_a_runtime(void **state)
{
	struct moment *m = support_moment();
	char text[512];

	(void)state;
	m->verdict.eta = NAN;
	struct target *t = target_new();
	assert_non_null(t);
	snprintf(t->comm, sizeof(t->comm), "java");
	snprintf(t->command, sizeof(t->command), "java -jar shop.jar");
	t->pid = 1234;
	target_unref(m->target);
	m->target = t;
	assert_non_null(strstr(next(m, false, text), "GC.class_histogram"));
	t->pid = 0;
	m->state = TARGET_REPLAYED;
	snprintf(t->command, sizeof(t->command), "figures.csv");
	assert_null(strstr(next(m, false, text), "figures.csv"));
	m->verdict.kind = VERDICT_SUSPICIOUS;
	assert_string_equal(next(m, false, text), "record it for longer");
	moment_unref(m);
}

static void next__asks_for_no_more_of_a_process_that_ended(void **state)
{
	struct moment *m = support_moment();
	char text[512];

	(void)state;
	m->ended = END_TARGET;
	m->verdict.kind = VERDICT_UNKNOWN;
	m->verdict.needs = 7 * NS_PER_S;
	assert_string_equal(next(m, false, text), "watch it again while it runs");
	moment_unref(m);
}

static void next__does_not_name_mappings_that_cannot_be_read(void **state)
{
	struct moment *m = support_moment_reduced();
	char text[512];

	(void)state;
	m->verdict.eta = NAN;
	assert_string_equal(next(m, true, text), "w why");
	moment_unref(m);
}

static void next__is_safe__with_hostile_names(void **state)
{
	struct moment *m = support_moment_hostile();
	char text[512];

	(void)state;
	m->verdict.eta = NAN;
	next(m, true, text);
	next(m, false, text);
	moment_unref(m);
}

/* Nobody waits for two hours at a screen; where a recording goes on already he need not. */
static void next__records__what_takes_longer_than_anybody_looks(void **state)
{
	struct moment *m = support_moment();
	char text[512];

	(void)state;
	verdict_init(&m->verdict);
	m->verdict.needs = 7200 * NS_PER_S;
	assert_string_equal(next(m, true, text),
	                    "R record; or leave `nohup memleak-detective 4711 --record FILE &`, "
	                    "for about 2 h");
	assert_string_equal(next(m, false, text),
	                    "`nohup memleak-detective 4711 --record FILE &`, for about 2 h");
	m->recording_on = true;
	assert_string_equal(next(m, true, text), "wait about 2 h");
	m->recording_on = false;
	m->verdict.needs = 60 * NS_PER_S;
	assert_string_equal(next(m, true, text), "wait about 1 min");
	m->verdict.needs = UNKNOWN;
	assert_string_equal(next(m, true, text), "w why");
	moment_unref(m);
}

static void next__says_that_a_reservation_needs_nothing(void **state)
{
	struct moment *m = support_moment_idle();
	char text[512];

	(void)state;
	m->verdict.kind = VERDICT_NO_LEAK;
	m->verdict.cause = CAUSE_RESERVATION;
	assert_non_null(strstr(next(m, false, text), "nothing to do"));
	m->verdict.cause = CAUSE_RETENTION;
	assert_non_null(strstr(next(m, false, text), "malloc_trim"));
	assert_non_null(strstr(next(m, false, text), "MALLOC_ARENA_MAX"));
	moment_unref(m);
}

static bool one_has(char (*line)[ADVICE_LINE], unsigned n, const char *text)
{
	for (unsigned i = 0; i < n; i++) {
		if (strstr(line[i], text))
			return true;
	}
	return false;
}

static void first_look__tells_what_one_sample_can(void **state)
{
	struct moment *m = support_moment_first();
	char line[8][ADVICE_LINE];

	(void)state;
	m->verdict.kind = VERDICT_UNKNOWN;
	m->verdict.needs = 14 * NS_PER_S;
	unsigned n = advice_first_look(m, line, 8);
	assert_string_equal(line[0], "verdict in about 14 s");
	assert_true(one_has(line, n, "reserved"));
	assert_true(one_has(line, n, "since birth"));
	assert_true(one_has(line, n, "largest: [heap]"));
	assert_true(one_has(line, n, "cgroup"));
	assert_true(one_has(line, n, "RSS"));
	assert_int_equal(advice_first_look(m, line, 2), 2);
	assert_int_equal(advice_first_look(m, line, 0), 0);
	moment_unref(m);
}

static void first_look__is_silent_on_what_is_unknown(void **state)
{
	struct moment *m = moment_new();
	char line[8][ADVICE_LINE];

	(void)state;
	assert_non_null(m);
	assert_int_equal(advice_first_look(m, line, 8), 0);
	moment_unref(m);
}

static void next__of_a_calm_process__that_runs_out_of_mappings(void **state)
{
	struct moment *m = support_moment_idle();
	struct buf b;

	(void)state;
	buf_init(&b, 1024);
	m->verdict.limit = LIMIT_MAPS;
	m->verdict.limit_count = 65530;
	m->verdict.eta = 600;
	assert_int_equal(advice_next(m, true, &b), 0);
	assert_memory_equal(buf_str(&b), "2 which mappings", 16);
	buf_reset(&b);
	m->verdict.eta = (double)NAN;
	assert_int_equal(advice_next(m, true, &b), 0);
	assert_null(strstr(buf_str(&b), "mapping"));
	buf_done(&b);
	moment_unref(m);
}

static void time_left__fits__a_narrow_place(void **state)
{
	static const struct {
		double at, low, high;
		const char *text;
	} cases[] = {
	        {11400, 9600, 14400, "3.2 h (2.7-4.0)"},
	        {11400, 9600, NAN, "3.2 h (2.7+)"},
	        {3185, 2900, 3400, "53 min (48-57)"},
	        {3185, NAN, NAN, "53 min 05 s"},
	        {42, 40, 45, "42 s (40-45)"},
	        {200000, 180000, 1e12, "2.3 d (2.1+)"},
	        {0, 0, 0, "0.0 s (0.0-0.0)"},
	        {NAN, NAN, NAN, "-"},
	};
	struct verdict v;

	(void)state;
	verdict_init(&v);
	v.limit = LIMIT_CGROUP;
	v.limit_bytes = 1 << 30;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf b;
		buf_init(&b, 64);
		v.eta = cases[i].at;
		v.eta_low = cases[i].low;
		v.eta_high = cases[i].high;
		assert_int_equal(advice_time_left(&v, &b), 0);
		assert_string_equal(buf_str(&b), cases[i].text);
		assert_true(b.len <= 20);
		buf_done(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(time_left__fits__a_narrow_place),
	        cmocka_unit_test(next__of_a_calm_process__that_runs_out_of_mappings),
	        cmocka_unit_test(a_leak__is_a_warning_of_pattern_and_place),
	        cmocka_unit_test(the_other_verdicts__give_their_reason),
	        cmocka_unit_test(next__names_a_key_that_exists_or_a_command),
	        cmocka_unit_test(next__sends_to_the_blocks_only_where_they_can_be_told),
	        cmocka_unit_test(next__goes_from_the_size_to_the_code_and_into_its_stack),
	        cmocka_unit_test(next__without_keys__names_the_option_and_then_the_site),
	        cmocka_unit_test(next__offers_no_valgrind_to_a_file_nor_to_a_runtime),
	        cmocka_unit_test(next__asks_for_no_more_of_a_process_that_ended),
	        cmocka_unit_test(next__does_not_name_mappings_that_cannot_be_read),
	        cmocka_unit_test(next__is_safe__with_hostile_names),
	        cmocka_unit_test(next__records__what_takes_longer_than_anybody_looks),
	        cmocka_unit_test(next__says_that_a_reservation_needs_nothing),
	        cmocka_unit_test(first_look__tells_what_one_sample_can),
	        cmocka_unit_test(first_look__is_silent_on_what_is_unknown),
	};

	return cmocka_run_group_tests_name("detect, advice", tests, NULL, NULL);
}
