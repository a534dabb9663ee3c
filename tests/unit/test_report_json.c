/* SPDX-License-Identifier: MIT */
/* The JSON report, read back as a consumer reads it. Built where jansson was found. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "report/data.h"
#include "support_json.h"
#include "support_moment.h"
#include "support_report.h"

#define MB 1048576.0

/* The keys of an object, in order. */
static void keys_are(const json_t *o, const char *want)
{
	struct buf b;
	const char *key;
	json_t *value;

	report_buf(&b);
	assert_true(json_is_object(o));
	json_object_foreach((json_t *)(uintptr_t)o, key, value)
	        buf_addf(&b, b.len ? " %s" : "%s", key);
	assert_string_equal(buf_str(&b), want);
	buf_done(&b);
}

static void json_report__has_the_keys_of_schema_1(void **state)
{
	json_t *o = json_of(support_moment(), false);

	(void)state;
	keys_are(
	        o,
	        "schema tool version pid command samples duration_s interval_s ended verdict "
	        "cause confidence pattern where flagged_at_s growth_bytes_per_s growth_low "
	        "growth_high eta_s eta_low_s eta_high_s limit seen_above_bytes_per_s plateau_bytes "
	        "plateau_in_s first last oom_score oom_score_adj evidence restarts lives links "
	        "regions "
	        "heap sites sites_trace "
	        "warnings");
	keys_are(json_object_get(o, "first"),
	         "time_s utc rss vsz heap anon swap shmem file pss private private_dirty shared "
	         "lazyfree data hwm threads fds cpu_s age_s");
	keys_are(json_array_get(json_object_get(o, "regions"), 0),
	         "label kind start end perms offset dev inode size rss pss private shared swap "
	         "growth_bytes_per_s");
	keys_are(json_array_get(json_object_get(o, "evidence"), 0), "for weight text");
	keys_are(json_object_get(o, "limit"), "kind bytes count");
	assert_int_equal(json_array_size(json_object_get(o, "links")), 0);
	json_decref(o);
}

static void json_lives__say__how_each_went(void **state)
{
	struct moment *m = support_moment();

	(void)state;
	m->lives = (struct lives){
	        .count = 30,
	        .kept = 2,
	        .life = {{10 * NS_PER_S, 40 * NS_PER_S, 1 << 20, 2 << 20, 34000.5, true},
	                 {50 * NS_PER_S, 51 * NS_PER_S, UNKNOWN, UNKNOWN, (double)NAN, false}}};
	json_t *o = json_of(m, false);
	const json_t *lives = json_object_get(o, "lives");
	const json_t *first = json_array_get(lives, 0), *last = json_array_get(lives, 1);
	assert_true(number(o, "restarts") == 29);
	assert_int_equal(json_array_size(lives), 2);
	keys_are(first, "begin_s duration_s first_bytes last_bytes growth_bytes_per_s steady");
	assert_true(number(first, "duration_s") == 30);
	assert_true(number(first, "growth_bytes_per_s") == 34000.5);
	assert_true(json_is_true(json_object_get(first, "steady")));
	is_null(last, "growth_bytes_per_s");
	is_null(last, "first_bytes");
	json_decref(o);
}

static void json_lives__are_null__without_a_restart(void **state)
{
	struct moment *m = support_moment();
	json_t *o;

	(void)state;
	m->live = true;
	o = json_of(m, false);
	is_null(o, "lives");
	assert_true(number(o, "restarts") == 0);
	json_decref(o);
	/* Of a past moment nobody knows. */
	m = support_moment();
	m->live = false;
	o = json_of(m, false);
	is_null(o, "restarts");
	json_decref(o);
}

static void json_links__say__unit_interval_and_strength(void **state)
{
	json_t *o = json_of(support_moment_links(), false);
	const json_t *links = json_object_get(o, "links");
	const json_t *first = json_array_get(links, 0), *last = json_array_get(links, 2);

	(void)state;
	assert_int_equal(json_array_size(links), 3);
	keys_are(first, "kind figure per_unit low high r count text");
	assert_string_equal(json_string_value(json_object_get(first, "kind")), "per-open");
	assert_string_equal(json_string_value(json_object_get(first, "figure")), "connections");
	assert_true(json_real_value(json_object_get(first, "per_unit")) == 38912);
	assert_true(json_real_value(json_object_get(first, "high")) == 41984);
	assert_int_equal(json_integer_value(json_object_get(first, "count")), 412);
	assert_string_equal(json_string_value(json_object_get(last, "kind")), "stops");
	is_null(last, "per_unit");
	is_null(last, "r");
	is_null(last, "count");
	json_decref(o);
}

static void json_report__of_a_leak(void **state)
{
	struct moment *m = support_moment();

	(void)state;
	m->ended = END_DURATION;
	json_t *o = json_of(m, false), *last = json_object_get(o, "last");
	assert_int_equal(json_integer_value(json_object_get(o, "schema")), 1);
	assert_string_equal(word(o, "tool"), "memleak-detective");
	assert_string_equal(word(o, "version"), "1.2.3");
	assert_int_equal(json_integer_value(json_object_get(o, "pid")), 4711);
	assert_string_equal(word(o, "command"),
	                    "/usr/sbin/shopd --listen 0.0.0.0:8080 --workers 3");
	assert_int_equal(json_integer_value(json_object_get(o, "samples")), 121);
	assert_true(number(o, "duration_s") == 600 && number(o, "interval_s") == 5);
	assert_string_equal(word(o, "ended"), "duration");
	assert_string_equal(word(o, "verdict"), "leak");
	assert_string_equal(word(o, "cause"), "leak");
	assert_string_equal(word(o, "pattern"), "linear");
	assert_string_equal(word(o, "where"), "heap");
	assert_true(number(o, "confidence") == 97 && number(o, "flagged_at_s") == 35);
	assert_true(number(o, "growth_bytes_per_s") == 103.5 * 1024 && number(o, "eta_s") == 3185);
	assert_string_equal(word(json_object_get(o, "limit"), "kind"), "cgroup");
	assert_true(number(json_object_get(o, "limit"), "bytes") == 512 * MB);
	assert_true(number(last, "heap") == 72700 * 1024.0 && number(last, "time_s") == 600);
	assert_true(number(last, "cpu_s") == 24.34 && number(last, "threads") == 4);
	assert_string_equal(word(last, "utc"), "2026-11-20T13:44:00Z");
	is_null(o, "heap");
	is_null(o, "sites");
	is_null(o, "sites_trace");
	assert_string_equal(json_string_value(json_array_get(json_object_get(o, "warnings"), 0)),
	                    "RSS 90.3 MB is above --max-rss 90 MB");
	json_decref(o);
}

static void json_report__says_null__for_the_unknown(void **state)
{
	struct moment *m = moment_new();
	const struct column *c = columns;

	(void)state;
	assert_non_null(m);
	json_t *o = json_of(m, false), *first = json_object_get(o, "first");
	static const char *const nulls[] = {"pid",           "command",      "ended",
	                                    "cause",         "confidence",   "pattern",
	                                    "where",         "flagged_at_s", "growth_low",
	                                    "growth_high",   "eta_s",        "limit",
	                                    "eta_low_s",     "eta_high_s",   "oom_score",
	                                    "oom_score_adj", "heap",         "growth_bytes_per_s"};
	for (size_t i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++)
		is_null(o, nulls[i]);
	for (; c->header; c++)
		if (c->json && strcmp(c->json, "time_s") != 0)
			is_null(first, c->json);
	assert_string_equal(word(o, "verdict"), "insufficient-data");
	assert_int_equal(json_array_size(json_object_get(o, "regions")), 0);
	json_decref(o);
}

static void json_regions__are__those_that_grow_and_the_largest(void **state)
{
	json_t *o = json_of(support_moment_big(2000), false);
	json_t *regions = json_object_get(o, "regions");
	size_t growing = 0;

	(void)state;
	/* A hundred grow; they are the largest ones, too. */
	for (size_t i = 0; i < json_array_size(regions); i++) {
		json_t *rate = json_object_get(json_array_get(regions, i), "growth_bytes_per_s");
		growing += json_number_value(rate) > 0;
	}
	assert_int_equal(growing, 100);
	assert_int_equal(json_array_size(regions), 100);
	json_decref(o);

	o = json_of(support_moment(), false);
	regions = json_object_get(o, "regions");
	assert_int_equal(json_array_size(regions), 20);
	json_t *heap = json_array_get(regions, 0);
	assert_string_equal(word(heap, "label"), "[heap]");
	assert_string_equal(word(heap, "kind"), "heap");
	assert_string_equal(word(heap, "start"), "0x55d0e1a3c000");
	assert_string_equal(word(heap, "end"), "0x55d0e613b000");
	assert_string_equal(word(heap, "perms"), "rw-p");
	assert_string_equal(word(heap, "dev"), "00:00");
	assert_true(number(heap, "growth_bytes_per_s") == 102400);
	assert_true(number(heap, "private") == 72620 * 1024.0 && number(heap, "shared") == 0);
	assert_string_equal(word(json_array_get(regions, 1), "label"), "malloc arena");
	json_decref(o);
}

static void json_snapshot__holds_everything(void **state)
{
	struct moment *m = support_moment();
	size_t count = m->regions->count;

	(void)state;
	json_t *o = json_of(m, true), *s = json_object_get(o, "snapshot");
	keys_are(
	        s,
	        "time_s utc live target reason figures status status_peak fds meminfo limits costs "
	        "events history pass vm_flag_meanings regions");
	json_t *regions = json_object_get(s, "regions");
	assert_int_equal(json_array_size(regions), count);
	json_t *heap = json_array_get(regions, 5);
	keys_are(heap,
	         "label kind start end perms offset dev inode size rss pss private shared "
	         "swap growth_bytes_per_s id name mappings born_s peak_rss change smaps vm_flags");
	assert_int_equal(json_object_size(json_object_get(heap, "smaps")), SMAPS_KEY_COUNT);
	assert_true(number(json_object_get(heap, "smaps"), "Private_Dirty") == 72620 * 1024.0);
	assert_true(number(heap, "change") == 60000 * 1024.0);
	assert_string_equal(json_string_value(json_array_get(json_object_get(heap, "vm_flags"), 0)),
	                    "rd");
	assert_string_equal(word(json_object_get(s, "vm_flag_meanings"), "rd"), "readable");
	assert_int_equal(json_object_size(json_object_get(s, "status")), STATUS_KEY_COUNT);
	assert_int_equal(json_object_size(json_object_get(s, "meminfo")), MEMINFO_KEY_COUNT);
	is_null(json_object_get(s, "meminfo"), "Zswap");
	json_t *rss = json_object_get(json_object_get(s, "history"), "RSS");
	assert_int_equal(json_array_size(rss), 121);
	assert_true(json_number_value(json_array_get(json_array_get(rss, 120), 0)) == 600);
	assert_int_equal(json_array_size(json_object_get(s, "events")), 4);
	assert_string_equal(word(json_object_get(s, "target"), "user"), "shop");
	json_decref(o);
}

static void json_snapshot__does_without_regions(void **state)
{
	json_t *o = json_of(support_moment_reduced(), true), *s = json_object_get(o, "snapshot");

	(void)state;
	is_null(s, "regions");
	is_null(s, "pass");
	assert_non_null(strstr(word(json_object_get(s, "target"), "lacking"), "reduced mode"));
	is_null(json_object_get(s, "target"), "exe");
	json_decref(o);
	o = json_of(support_moment_first(), true);
	json_decref(o);
	o = json_of(support_moment_picker(), true);
	is_null(json_object_get(o, "snapshot"), "target");
	json_decref(o);
}

static void json_report__disarms__what_the_target_chose(void **state)
{
	json_t *o = json_of(support_moment_hostile(), true);
	json_t *s = json_object_get(o, "snapshot"), *regions = json_object_get(s, "regions");
	size_t n = json_array_size(regions);

	(void)state;
	assert_string_equal(word(o, "command"), "=evil \\x1B[31m\\x0Aname \\xFF\\xFE 店長 a\\b "
	                                        "\"q\" \\xC2\\x9B%s%n");
	assert_string_equal(word(json_array_get(regions, n - 11), "label"),
	                    "/tmp/\\xFF\\xFE\\x9B31m");
	assert_int_equal(strlen(word(json_array_get(regions, n - 1), "label")), 4095);
	assert_string_equal(word(json_object_get(s, "target"), "comm"),
	                    "\\x1B]0;x\\x07\\xE2\\x80\\xAE\\x9B");
	json_decref(o);
}

/* An offset into the memory of a device may have its topmost bit set. */
static void json_report__keeps_numbers_positive(void **state)
{
	struct moment *m = support_moment();

	(void)state;
	m->regions->rows[5]->offset = 0xffff888000000000;
	json_t *o = json_of(m, false);
	json_t *heap = json_array_get(json_object_get(o, "regions"), 0);
	assert_true(number(heap, "offset") > 1.8e19);
	json_decref(o);
}

static void json_report__passes_on__that_a_buffer_is_full(void **state)
{
	struct moment *m = support_moment();
	struct buf b;

	(void)state;
	for (size_t max = 0; max < 60000; max += 997) {
		buf_init(&b, max);
		assert_int_equal(json_report(m, "1", true, &b), -EFBIG);
		buf_done(&b);
	}
	moment_unref(m);
}

/* One line a region, so that no tree of all of them is ever held; parsed in smaller tests. */
static void json_report__manages__sixty_thousand_regions(void **state)
{
	struct moment *m = support_moment_big(60000);
	struct buf b;

	(void)state;
	report_buf(&b);
	assert_int_equal(json_report(m, "1", true, &b), 0);
	assert_true(report_lines(buf_str(&b)) > 60000);
	assert_string_equal(buf_str(&b) + b.len - 13, "}\n    ]\n  }\n}");
	buf_done(&b);
	moment_unref(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(json_report__has_the_keys_of_schema_1),
	        cmocka_unit_test(json_lives__say__how_each_went),
	        cmocka_unit_test(json_lives__are_null__without_a_restart),
	        cmocka_unit_test(json_links__say__unit_interval_and_strength),
	        cmocka_unit_test(json_report__of_a_leak),
	        cmocka_unit_test(json_report__says_null__for_the_unknown),
	        cmocka_unit_test(json_regions__are__those_that_grow_and_the_largest),
	        cmocka_unit_test(json_snapshot__holds_everything),
	        cmocka_unit_test(json_snapshot__does_without_regions),
	        cmocka_unit_test(json_report__disarms__what_the_target_chose),
	        cmocka_unit_test(json_report__keeps_numbers_positive),
	        cmocka_unit_test(json_report__passes_on__that_a_buffer_is_full),
	        cmocka_unit_test(json_report__manages__sixty_thousand_regions),
	};

	return cmocka_run_group_tests_name("report_json", tests, NULL, NULL);
}
