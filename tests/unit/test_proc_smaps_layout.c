/* SPDX-License-Identifier: MIT */
/*
 * The layout that the smaps parser learns is a short cut and nothing else: whatever way a text is
 * cut into pieces, and whatever was learnt before, the records are those of the general path.
 */
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

static void smaps__is_the_same__cut_at_every_byte(void **state)
{
	(void)state;
	static struct seen whole, cut;
	for (int i = 0; i < SMAPS_FIXTURES; i++) {
		struct fixture f = fixture_load(smaps_fixtures[i]);
		struct smaps_parser *p = smaps_parser_get();
		struct smaps_stats want = smaps_feed_all(p, f.text, f.len, f.len, f.len, &whole);
		for (size_t at = 1; at < f.len; at++) {
			struct smaps_stats got = smaps_feed_all(p, f.text, f.len, at, f.len, &cut);
			assert_true(cut.digest == whole.digest);
			assert_int_equal(cut.count, whole.count);
			assert_true(got.damaged == want.damaged && got.torn == want.torn);
			assert_true(got.partial == want.partial);
		}
		smaps_parser_free(p);
		fixture_done(&f);
	}
}

static void smaps__is_the_same__in_pieces_of_any_size(void **state)
{
	(void)state;
	static struct seen whole, cut;
	for (int i = 0; i < SMAPS_FIXTURES; i++) {
		struct fixture f = fixture_load(smaps_fixtures[i]);
		struct smaps_parser *fresh = smaps_parser_get();
		struct smaps_parser *taught = smaps_parser_get();
		smaps_feed_all(taught, f.text, f.len, f.len, f.len, &whole);
		for (size_t piece = 1; piece < 1500; piece += piece < 40 ? 1 : 97) {
			smaps_feed_all(taught, f.text, f.len, piece, piece, &cut);
			assert_true(cut.digest == whole.digest);
			struct smaps_stats s =
			        smaps_feed_all(fresh, f.text, f.len, piece, piece, &cut);
			assert_true(cut.digest == whole.digest);
			/* Fed byte by byte nothing can be learnt: this is the general path alone. */
			assert_true(piece > 1 || s.slow == s.records);
		}
		smaps_parser_free(fresh);
		smaps_parser_free(taught);
		fixture_done(&f);
	}
}

static void smaps__is_the_same__after_learning_another_kernel(void **state)
{
	(void)state;
	static struct seen alone, after;
	struct smaps_parser *p = smaps_parser_get();
	for (int i = 0; i < SMAPS_FIXTURES * SMAPS_FIXTURES; i++) {
		int teacher = i / SMAPS_FIXTURES;
		int pupil = i % SMAPS_FIXTURES;
		struct fixture f = fixture_load(smaps_fixtures[teacher]);
		smaps_feed_all(p, f.text, f.len, f.len, f.len, &after);
		fixture_done(&f);
		smaps_load(smaps_fixtures[pupil], &alone);
		f = fixture_load(smaps_fixtures[pupil]);
		smaps_feed_all(p, f.text, f.len, f.len, f.len, &after);
		fixture_done(&f);
		assert_true(after.digest == alone.digest);
	}
	smaps_parser_free(p);
}

static void smaps_room__takes__bytes_where_they_were_read_to(void **state)
{
	(void)state;
	static struct seen whole, seen;
	struct fixture f = fixture_load("proc/smaps-6.18.txt");
	struct smaps_parser *p = smaps_parser_get();
	struct smaps_stats stats;
	smaps_load("proc/smaps-6.18.txt", &whole);
	for (size_t piece = 1; piece < 9000; piece += 113) {
		memset(&seen, 0, sizeof(seen));
		smaps_begin(p, seen_take, &seen);
		for (size_t at = 0, n; at < f.len; at += n) {
			size_t room;
			char *to = smaps_room(p, &room);
			assert_true(room >= 32 * 1024);
			n = piece < f.len - at ? piece : f.len - at;
			memcpy(to, f.text + at, n);
			assert_int_equal(smaps_fed(p, n), 0);
		}
		assert_int_equal(smaps_end(p, true, &stats), 0);
		assert_true(seen.digest == whole.digest);
	}
	smaps_parser_free(p);
	fixture_done(&f);
}

static void smaps__leaves_the_slow_path__after_one_record(void **state)
{
	(void)state;
	static struct seen seen;
	struct smaps_parser *p = smaps_parser_get();
	for (int i = 0; i < 8; i++) {
		struct fixture f = fixture_load(smaps_fixtures[i]);
		struct smaps_stats s = smaps_feed_all(p, f.text, f.len, f.len, f.len, &seen);
		assert_true(s.slow == 1);
		s = smaps_feed_all(p, f.text, f.len, f.len, f.len, &seen);
		assert_true(s.slow == 0);
		fixture_done(&f);
	}
	smaps_parser_free(p);
}

static void smaps__reads_ourselves__without_the_slow_path(void **state)
{
	(void)state;
	static struct seen seen;
	struct smaps_parser *p = smaps_parser_get();
	struct smaps_stats stats = {0};
	for (int pass = 0; pass < 2; pass++) {
		FILE *file = fopen("/proc/self/smaps", "rb");
		if (!file)
			skip();
		setvbuf(file, NULL, _IONBF, 0);
		memset(&seen, 0, sizeof(seen));
		smaps_begin(p, seen_take, &seen);
		size_t room, n;
		for (char *to = smaps_room(p, &room); (n = fread(to, 1, 4096, file)) > 0;
		     to = smaps_room(p, &room))
			assert_int_equal(smaps_fed(p, n), 0);
		assert_int_equal(smaps_end(p, true, &stats), 0);
		fclose(file);
		assert_true(seen.count > 5);
	}
	assert_true(stats.damaged == 0);
	/* Sanitizers reserve terabytes, which widens a few lines; nothing else may be slow. */
	assert_true(stats.slow * 4 < stats.records);
	smaps_parser_free(p);
}

/* Figures that change from record to record, against a plain formatted print of them. */
static void smaps__reads__changing_figures_by_the_layout(void **state)
{
	(void)state;
	static struct seen seen;
	char text[8192];
	size_t len = 0;
	uint64_t seed = 88172645463325252ull;
	uint64_t rss[40];
	for (unsigned i = 0; i < 40; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		rss[i] = (seed >> 20) % (i % 8 ? 1000000 : 100000000) >> i % 20;
		len += (size_t)sprintf(text + len, "%x-%x rw-p 00000000 00:00 0 \n", i + 1, i + 2);
		len += (size_t)sprintf(text + len,
		                       "Size:           %8lu kB\nRss:            %8lu kB\n", rss[i],
		                       rss[i]);
		len += (size_t)sprintf(text + len, "VmFlags: rd %s\n", i % 3 ? "wr " : "");
	}
	struct smaps_parser *p = smaps_parser_get();
	struct smaps_stats stats = smaps_feed_all(p, text, len, len, len, &seen);
	assert_int_equal(seen.count, 40);
	assert_true(stats.slow == 1);
	for (int i = 0; i < 40; i++) {
		assert_true(seen.rec[i].r.bytes[SMAPS_RSS] == rss[i] * 1024);
		assert_true(seen.rec[i].r.flags ==
		            (smaps_flag_bit("rd") | (i % 3 ? smaps_flag_bit("wr") : 0)));
	}
	smaps_parser_free(p);
}

/* The layout learnt from the first record must not change what is read from the others. */
static void agrees_with_the_general_path(const char *text, size_t len)
{
	static struct seen general, learnt;
	struct smaps_parser *p = smaps_parser_get();
	struct smaps_stats want = smaps_feed_all(p, text, len, 1, 1, &general);
	assert_true(want.slow == want.records);
	for (int pass = 0; pass < 2; pass++) {
		struct smaps_stats got = smaps_feed_all(p, text, len, len, len, &learnt);
		assert_int_equal(learnt.count, general.count);
		assert_true(learnt.digest == general.digest);
		assert_true(got.damaged == want.damaged);
	}
	smaps_parser_free(p);
}

/* Columns with anything but blanks before digits must not be taken for numbers. */
static void smaps__mistrusts__odd_bytes_in_a_column(void **state)
{
	(void)state;
	static const char *const columns[] = {
	        "       7", "12345678", "     1 2",  "1       ",  "        ",    "      -7",
	        "     0x7", "       :", "       /",  "\t      7", "       \x07", "      \xb0\xb7",
	        "      '7", "00000007", "     \n 7", "     7\n7", "      ,7",
	};
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		char text[512];
		const char *c = columns[i];
		int n = sprintf(text, "1-2 rw-p 0 00:00 0 \nRss:            %8d kB\nSize: %s kB\n",
		                3, c);
		n += sprintf(text + n, "2-3 rw-p 0 00:00 0 \nRss:            %s kB\nSize: %s kB\n",
		             c, c);
		n += sprintf(text + n, "3-4 rw-p 0 00:00 0 \nRss:            %8d kB\nSize: %s kB\n",
		             9, c);
		agrees_with_the_general_path(text, (size_t)n);
	}
}

static void smaps__notices__any_changed_byte_of_a_record(void **state)
{
	(void)state;
	static const char bytes[] = "07 \n:Kka-";
	struct fixture f = fixture_load("proc/smaps-6.18.txt");
	/* Three records of this kernel are enough; the second is the one that is damaged. */
	size_t second = 0;
	size_t len = 0;
	for (size_t at = 0, heads = 0; at < f.len && heads < 4; at++) {
		if ((at == 0 || f.text[at - 1] == '\n') && f.text[at] == '5') {
			heads++;
			second = heads == 2 ? at : second;
			len = at;
		}
	}
	for (size_t at = second; at < len - 700; at++) {
		char old = f.text[at];
		for (int i = 0; bytes[i]; i++) {
			f.text[at] = bytes[i];
			agrees_with_the_general_path(f.text, len);
		}
		f.text[at] = old;
	}
	fixture_done(&f);
}

static void smaps__reads__records_unlike_those_of_any_kernel(void **state)
{
	(void)state;
	static const char *const bodies[][3] = {
	        /* columns narrower than eight */
	        {"Rss:  5 kB\nPss:5 kB\n", "Rss: 15 kB\nPss:7 kB\n", "Rss:150 kB\nPss:1 kB\n"},
	        {"Sizes:5\nPss:5\nRss:5 kB\n", "Sizes:7\nPss:1\nRss:6 kB\n",
	         "Sizes:7\nPss:2\nRss:6 kB\n"},
	        /* more than eight digits */
	        {"Rss:  123456789 kB\nPss: 1 kB\n", "Rss:  100000009 kB\nPss: 2 kB\n",
	         "Rss:  223456789 kB\nPss: 3 kB\n"},
	        /* a key that comes twice */
	        {"Rss: 1 kB\nPss: 3 kB\nRss: 2 kB\n", "Rss: 5 kB\nPss: 3 kB\nRss: 2 kB\n",
	         "Rss: 5 kB\nPss: 3 kB\nRss: 6 kB\n"},
	        /* flags that are not last, come twice, are not two letters, or are missing */
	        {"Rss:      7 kB\nVmFlags: rd \nPss:    1 kB\n",
	         "Rss:      8 kB\nVmFlags: rd \nPss:    3 kB\n", "Rss:      7 kB\nVmFlags: wr \n"},
	        {"Rss:        7 kB\nVmFlags: rd \nVmFlags: wr \n",
	         "Rss:        8 kB\nVmFlags: rd\n", "Rss:        9 kB\nVmFlags:\n"},
	        {"Rss:        7 kB\nVmFlags : rd \n", "Rss:        7 kB\nVmFlags : wr \n",
	         "Rss:        7 kB\nVmFlags: ex \n"},
	        {"Rss:        7 kB\nVmFlags: rd ??\n", "Rss:        7 kB\nVmFlags: rdwr ex \n",
	         "Rss:        7 kB\nVmFlags: rd  ex \n"},
	        {"Rss:        7 kB\nVmFlags: rd \n", "Rss:        7 kB\n",
	         "Rss:        8 kB\nVmFlag: rd \n"},
	        /* a line that is none, a head line that is none, another key of the same length */
	        {"Rss:        7 kB\nrubbish\nPss:  1 kB\n",
	         "Rss:        7 kB\nrubbish\nPss:  1 kB\n",
	         "Rss:        7 kB\nrubbish\nPss:  1 kB\n"},
	        {"Rss:        7 kB\n12-x: 5\nPss:  1 kB\n",
	         "Rss:        7 kB\n12-x: 5\nPss:  1 kB\n",
	         "Rss:        7 kB\n12-x: 5\nPss:  1 kB\n"},
	        {"Rss:        7 kB\nKSM:        1 kB\n", "Pss:        7 kB\nKSM:        1 kB\n",
	         "Rss:        7 kB\nKSL:        1 kB\n"},
	        {"", "Rss: 1 kB\n", ""},
	};
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		char text[512];
		int n = 0;
		for (int r = 0; r < 6; r++)
			n += sprintf(text + n, "%d-%d rw-p 0 00:00 0 \nSize:           4 kB\n%s",
			             r + 1, r + 2, bodies[i][r % 3]);
		agrees_with_the_general_path(text, (size_t)n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(smaps__is_the_same__cut_at_every_byte),
	        cmocka_unit_test(smaps__is_the_same__in_pieces_of_any_size),
	        cmocka_unit_test(smaps__is_the_same__after_learning_another_kernel),
	        cmocka_unit_test(smaps_room__takes__bytes_where_they_were_read_to),
	        cmocka_unit_test(smaps__leaves_the_slow_path__after_one_record),
	        cmocka_unit_test(smaps__reads_ourselves__without_the_slow_path),
	        cmocka_unit_test(smaps__reads__changing_figures_by_the_layout),
	        cmocka_unit_test(smaps__mistrusts__odd_bytes_in_a_column),
	        cmocka_unit_test(smaps__notices__any_changed_byte_of_a_record),
	        cmocka_unit_test(smaps__reads__records_unlike_those_of_any_kernel),
	};

	return cmocka_run_group_tests_name("proc_smaps_layout", tests, NULL, NULL);
}
