/* SPDX-License-Identifier: MIT */
/* What is read from smaps of many kernels, of cut, torn and damaged ones. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proc/smaps.h"
#include "support_fixture.h"
#include "support_smaps.h"

static void smaps__reads__every_kernel(void **state)
{
	(void)state;
	static struct seen seen;
	for (int i = 0; i < SMAPS_X86_FIXTURES; i++) {
		struct smaps_stats stats = smaps_load(smaps_fixtures[i], &seen);
		const struct kept *heap = seen_named(&seen, "[heap]");
		assert_true(heap->r.bytes[SMAPS_RSS] == 39640 * 1024);
		assert_true(heap->r.bytes[SMAPS_ANONYMOUS] == 39640 * 1024);
		assert_true(heap->r.bytes[SMAPS_SWAP] == 128 * 1024);
		assert_true(heap->r.bytes[SMAPS_SHARED_CLEAN] == 0);
		assert_true(heap->r.bytes[SMAPS_KERNEL_PAGE] == 4096);
		assert_true(heap->r.has_flags);
		assert_true(heap->r.flags & smaps_flag_bit("wr"));
		assert_false(heap->r.flags & smaps_flag_bit("ex"));
		assert_true(seen_named(&seen, "[stack]")->r.flags & smaps_flag_bit("gd"));
		assert_true(seen.rec[seen.count - 1].r.map.start == 0xffffffffff600000);
		assert_true(stats.damaged == 0);
		assert_false(stats.torn);
		assert_false(stats.partial);
	}
}

static void smaps__leaves_unknown__what_a_kernel_does_not_say(void **state)
{
	(void)state;
	static struct seen seen;
	smaps_load("proc/smaps-3.10.txt", &seen);
	assert_false(known(seen.rec[0].r.bytes[SMAPS_LAZYFREE]));
	assert_false(known(seen.rec[0].r.bytes[SMAPS_SWAP_PSS]));
	smaps_load("proc/smaps-4.4.txt", &seen);
	assert_true(known(seen.rec[0].r.bytes[SMAPS_SWAP_PSS]));
	assert_false(known(seen.rec[0].r.bytes[SMAPS_PSS_DIRTY]));
	assert_non_null(seen_named(&seen, "[stack:1234]"));
	smaps_load("proc/smaps-6.18.txt", &seen);
	assert_true(seen_named(&seen, "[heap]")->r.bytes[SMAPS_PSS_DIRTY] == 39640 * 1024);
	assert_true(seen.rec[0].r.bytes[SMAPS_KSM] == 0);
	assert_non_null(seen_named(&seen, "[anon: glibc: malloc arena]"));
	smaps_load("proc/smaps-sandbox.txt", &seen);
	assert_int_equal(seen.count, 3);
	assert_false(known(seen.rec[1].r.bytes[SMAPS_RSS]));
	assert_true(seen.rec[1].r.bytes[SMAPS_ANONYMOUS] == 65536);
}

static void smaps__reads__other_machines(void **state)
{
	(void)state;
	static struct seen seen;
	smaps_load("proc/smaps-arm64-64k.txt", &seen);
	assert_true(seen_named(&seen, "[heap]")->r.bytes[SMAPS_KERNEL_PAGE] == 65536);
	assert_true(seen.rec[2].r.flags & smaps_flag_bit("mt"));
	smaps_load("proc/smaps-32bit.txt", &seen);
	assert_int_equal(seen.count, 4);
	assert_true(seen_named(&seen, "[heap]")->r.map.start == 0x94e1000);
	assert_true(seen.rec[0].r.flags & smaps_flag_bit("dw"));
}

static void smaps__accepts__empty_flags(void **state)
{
	(void)state;
	static struct seen seen;
	struct smaps_stats stats = smaps_load("proc/smaps-qemu-user.txt", &seen);
	assert_int_equal(seen.count, 3);
	assert_true(stats.damaged == 0);
	for (int i = 0; i < 3; i++) {
		assert_true(seen.rec[i].r.has_flags);
		assert_true(seen.rec[i].r.flags == 0);
	}
}

static void smaps__accepts__a_value_that_touches_its_colon(void **state)
{
	(void)state;
	static struct seen seen;
	struct smaps_stats stats = smaps_load("proc/smaps-touching-value.txt", &seen);
	assert_int_equal(seen.count, 2);
	assert_true(seen.rec[1].r.bytes[SMAPS_RSS] == 4096);
	assert_true(stats.damaged == 0);
	smaps_parse("1000-2000 rw-p 0 00:00 0 \nRss:12345678 kB\nPss:7\nSwap: 5kB\n", &seen);
	assert_true(seen.rec[0].r.bytes[SMAPS_RSS] == 12345678ull * 1024);
	assert_true(seen.rec[0].r.bytes[SMAPS_PSS] == 7 * 1024);
	assert_true(seen.rec[0].r.bytes[SMAPS_SWAP] == 5 * 1024);
	assert_false(seen.rec[0].r.has_flags);
}

static void smaps__skips__keys_and_flags_of_kernels_to_come(void **state)
{
	(void)state;
	static struct seen seen;
	struct smaps_stats stats = smaps_load("proc/smaps-future.txt", &seen);
	assert_int_equal(seen.count, 2);
	assert_true(stats.damaged == 0);
	assert_true(seen.rec[0].r.bytes[SMAPS_PRIVATE_HUGETLB] == 4096 * 1024);
	assert_true(seen.rec[0].r.flags & smaps_flag_bit("ht"));
	assert_true(seen.rec[1].r.bytes[SMAPS_LAZYFREE] == 2048 * 1024);
	assert_true(smaps_flag_bit("zz") == 0);
}

static void smaps__reads__figures_wider_than_their_column(void **state)
{
	(void)state;
	static struct seen seen;
	smaps_load("proc/smaps-wide.txt", &seen);
	static const uint64_t rss[] = {4, 123456789, 100000000, 99999999, 4};
	assert_int_equal(seen.count, 5);
	for (int i = 0; i < 5; i++)
		assert_true(seen.rec[i].r.bytes[SMAPS_RSS] == rss[i] * 1024);
}

static void smaps__makes_unknown__what_is_no_number(void **state)
{
	(void)state;
	static struct seen seen;
	smaps_parse(
	        "1000-2000 rw-p 0 00:00 0 \nRss: x kB\nPss: 99999999999999999999 kB\nSwap: -4 kB\n"
	        "Anonymous: 4 MB\nLocked:\nLazyFree: 18014398509481984 kB\n",
	        &seen);
	assert_int_equal(seen.count, 1);
	for (int i = 0; i < SMAPS_KEY_COUNT; i++) {
		if (i != SMAPS_LAZYFREE)
			assert_false(known(seen.rec[0].r.bytes[i]));
	}
	/* 2^64 bytes saturate instead of wrapping round to 0. */
	assert_true(seen.rec[0].r.bytes[SMAPS_LAZYFREE] == UNKNOWN - 1);
}

static void smaps__tells__a_torn_text(void **state)
{
	(void)state;
	static struct seen seen;
	struct smaps_stats stats = smaps_load("proc/smaps-torn.txt", &seen);
	assert_true(stats.torn);
	assert_int_equal(seen.count, 3);
	stats = smaps_load("proc/smaps-6.18.txt", &seen);
	assert_false(stats.torn);
}

static struct smaps_stats end_after(const char *text, bool whole, struct seen *seen)
{
	struct smaps_parser *p = smaps_parser_get();
	struct smaps_stats stats;
	memset(seen, 0, sizeof(*seen));
	smaps_begin(p, seen_take, seen);
	assert_int_equal(smaps_feed(p, text, strlen(text)), 0);
	assert_int_equal(smaps_end(p, whole, &stats), 0);
	smaps_parser_free(p);
	return stats;
}

static void smaps_end__drops__the_record_it_ended_in(void **state)
{
	(void)state;
	static struct seen seen;
	const char *one =
	        "1000-2000 rw-p 0 00:00 0 \nRss: 4 kB\n2000-3000 rw-p 0 00:00 0 \nRss: 8 kB\n";
	struct smaps_stats stats = end_after(one, true, &seen);
	assert_int_equal(seen.count, 2);
	assert_false(stats.partial);
	stats = end_after(one, false, &seen);
	assert_int_equal(seen.count, 1);
	assert_true(stats.partial);
	/* A cut line belongs to the record above it ... */
	stats = end_after("1000-2000 rw-p 0 00:00 0 \nRss: 4", true, &seen);
	assert_int_equal(seen.count, 0);
	assert_true(stats.partial);
	/* ... unless it is the next head line. */
	stats = end_after("1000-2000 rw-p 0 00:00 0 \nRss: 4 kB\n2000-30", true, &seen);
	assert_int_equal(seen.count, 1);
	assert_true(stats.partial);
	stats = end_after("", true, &seen);
	assert_int_equal(seen.count, 0);
	assert_false(stats.partial);
}

static void smaps__survives__damage(void **state)
{
	(void)state;
	static struct seen seen;
	/* Figures behind a broken head line are nobody's. */
	struct smaps_stats stats = smaps_parse("1000-2000 rw-p 0 00:00 0 \nRss: 4 kB\n"
	                                       "2000-3000 broken\nRss: 8 kB\nrubbish\n\n"
	                                       "4000-5000 rw-p 0 00:00 0 \nRss: 16 kB\n",
	                                       &seen);
	assert_int_equal(seen.count, 2);
	assert_true(stats.damaged == 3);
	assert_true(seen.rec[0].r.bytes[SMAPS_RSS] == 4096);
	assert_true(seen.rec[1].r.bytes[SMAPS_RSS] == 16384);
	stats = smaps_parse("Rss: 4 kB\nPss: 4 kB\n", &seen);
	assert_int_equal(seen.count, 0);
}

/* A record whose name has n bytes, between two ordinary ones. */
static struct fixture long_name(size_t n)
{
	struct fixture f = {malloc(n + 512), 0};
	assert_non_null(f.text);
	f.len = (size_t)sprintf(f.text, "1000-2000 rw-p 0 00:00 0 \nRss: 4 kB\nVmFlags: rd \n"
	                                "2000-3000 rw-p 0 fe:00 1 ");
	memset(f.text + f.len, '/', n);
	f.len += n;
	f.len += (size_t)sprintf(f.text + f.len,
	                         "\nRss: 8 kB\nVmFlags: rd \n4000-5000 rw-p 0 00:00 0 \n"
	                         "Rss: 16 kB\nVmFlags: rd wr \n");
	return f;
}

static void smaps__bounds__the_length_of_a_head_line(void **state)
{
	(void)state;
	static struct seen whole, cut;
	static const size_t lengths[] = {6000, 60000, 65511, 65512, 70000, 300000};
	struct smaps_parser *p = smaps_parser_get();
	for (int i = 0; i < 6; i++) {
		struct fixture f = long_name(lengths[i]);
		bool fits = lengths[i] <= 65511;
		struct smaps_stats stats = smaps_feed_all(p, f.text, f.len, f.len, f.len, &whole);
		assert_int_equal(whole.count, fits ? 3 : 2);
		assert_true(stats.damaged == (fits ? 0 : 1));
		assert_true(whole.rec[whole.count - 1].r.bytes[SMAPS_RSS] == 16384);
		for (size_t piece = 100; piece < 140000; piece = piece * 3 + 1) {
			stats = smaps_feed_all(p, f.text, f.len, piece, piece, &cut);
			assert_true(cut.digest == whole.digest);
			assert_true(stats.damaged == (fits ? 0 : 1));
		}
		fixture_done(&f);
	}
	smaps_parser_free(p);
}

static void smaps_feed__stops__when_told(void **state)
{
	(void)state;
	static struct seen seen;
	struct fixture f = fixture_load("proc/smaps-6.18.txt");
	struct smaps_parser *p = smaps_parser_get();
	struct smaps_stats stats;
	memset(&seen, 0, sizeof(seen));
	seen.stop_at = 3;
	smaps_begin(p, seen_take, &seen);
	assert_int_equal(smaps_feed(p, f.text, f.len), -ECANCELED);
	assert_int_equal(smaps_feed(p, f.text, f.len), -ECANCELED);
	assert_int_equal(smaps_end(p, true, &stats), -ECANCELED);
	assert_int_equal(seen.count, 3);
	/* And the parser is as good as new. */
	stats = smaps_feed_all(p, f.text, f.len, f.len, f.len, &seen);
	assert_true(stats.records > 3);
	smaps_parser_free(p);
	fixture_done(&f);
}

static void smaps_tables__are_complete(void **state)
{
	(void)state;
	uint64_t all = 0;
	for (int i = 0; i < SMAPS_KEY_COUNT; i++) {
		assert_non_null(smaps_keys[i].name);
		assert_non_null(smaps_keys[i].meaning);
	}
	int rows = 0;
	for (; smaps_flags[rows].meaning; rows++) {
		uint64_t bit = smaps_flag_bit(smaps_flags[rows].code);
		assert_int_equal(strlen(smaps_flags[rows].code), 2);
		assert_true(bit == 1ull << rows);
		assert_true((all & bit) == 0);
		all |= bit;
	}
	assert_true(rows > 30 && rows <= 63);
	assert_true(smaps_flag_bit("??") == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(smaps__reads__every_kernel),
	        cmocka_unit_test(smaps__leaves_unknown__what_a_kernel_does_not_say),
	        cmocka_unit_test(smaps__reads__other_machines),
	        cmocka_unit_test(smaps__accepts__empty_flags),
	        cmocka_unit_test(smaps__accepts__a_value_that_touches_its_colon),
	        cmocka_unit_test(smaps__skips__keys_and_flags_of_kernels_to_come),
	        cmocka_unit_test(smaps__reads__figures_wider_than_their_column),
	        cmocka_unit_test(smaps__makes_unknown__what_is_no_number),
	        cmocka_unit_test(smaps__tells__a_torn_text),
	        cmocka_unit_test(smaps_end__drops__the_record_it_ended_in),
	        cmocka_unit_test(smaps__survives__damage),
	        cmocka_unit_test(smaps__bounds__the_length_of_a_head_line),
	        cmocka_unit_test(smaps_feed__stops__when_told),
	        cmocka_unit_test(smaps_tables__are_complete),
	};

	return cmocka_run_group_tests_name("proc_smaps", tests, NULL, NULL);
}
