/* SPDX-License-Identifier: MIT */
/* Names chosen by an attacker, and what is left of them; then how safe text is measured and cut. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/safe_text.h"

static void becomes(const char *in, size_t n, enum safe_mode mode, const char *want)
{
	struct buf b;
	char copy[200];

	buf_init(&b, 1000);
	assert_int_equal(safe_text(&b, in, n, mode), 0);
	assert_string_equal(buf_str(&b), want);
	assert_string_equal(safe_copy(copy, sizeof(copy), in, n, mode), want);
	buf_done(&b);
}

#define UTF8(in, want)  becomes((in), sizeof(in) - 1, SAFE_UTF8, (want))
#define ASCII(in, want) becomes((in), sizeof(in) - 1, SAFE_ASCII, (want))

static void safe_text__keeps__ordinary_names(void **state)
{
	(void)state;
	UTF8("", "");
	UTF8("/usr/lib/libc.so.6 (deleted)", "/usr/lib/libc.so.6 (deleted)");
	UTF8("C:\\x41", "C:\\x41");
	UTF8("gr\xc3\xb6\xc3\x9f"
	     "e \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x98\x80 e\xcc\x81",
	     "gr\xc3\xb6\xc3\x9f"
	     "e \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x98\x80 e\xcc\x81");
}

static void safe_text__escapes__controls(void **state)
{
	(void)state;
	UTF8("a\0b", "a\\x00b");
	UTF8("\a\t\n\r", "\\x07\\x09\\x0A\\x0D");
	UTF8("\033]0;owned\a", "\\x1B]0;owned\\x07");
	UTF8("\x7f", "\\x7F");
	UTF8("trailing\033", "trailing\\x1B");
}

static void safe_text__escapes__c1_raw_and_encoded(void **state)
{
	(void)state;
	UTF8("\x9b"
	     "2J",
	     "\\x9B2J");
	UTF8("\xc2\x9b"
	     "2J",
	     "\\xC2\\x9B2J");
	UTF8("\xc2\x80\xc2\x9f\xc2\xa0", "\\xC2\\x80\\xC2\\x9F\xc2\xa0");
}

static void safe_text__escapes__what_turns_or_hides_text(void **state)
{
	(void)state;
	const char *const refused[] = {
	        "\xc2\xad",         /* U+00AD soft hyphen */
	        "\xcd\x8f",         /* U+034F combining grapheme joiner */
	        "\xd8\x9c",         /* U+061C Arabic letter mark */
	        "\xe1\xa0\x8e",     /* U+180E Mongolian vowel separator */
	        "\xe2\x80\x8b",     /* U+200B zero width space */
	        "\xe2\x80\x8f",     /* U+200F right-to-left mark */
	        "\xe2\x80\xa8",     /* U+2028 line separator */
	        "\xe2\x80\xa9",     /* U+2029 paragraph separator */
	        "\xe2\x80\xae",     /* U+202E right-to-left override */
	        "\xe2\x81\xa0",     /* U+2060 word joiner */
	        "\xe2\x81\xa6",     /* U+2066 left-to-right isolate */
	        "\xe3\x85\xa4",     /* U+3164 Hangul filler */
	        "\xee\x80\x80",     /* U+E000 private use */
	        "\xef\xb7\x90",     /* U+FDD0 noncharacter */
	        "\xef\xb8\x8f",     /* U+FE0F variation selector */
	        "\xef\xbb\xbf",     /* U+FEFF byte order mark */
	        "\xef\xbf\xb9",     /* U+FFF9 interlinear annotation */
	        "\xef\xbf\xbf",     /* U+FFFF noncharacter */
	        "\xf0\x9f\xbf\xbf", /* U+1FFFF noncharacter */
	        "\xf1\x80\x80\x80", /* U+40000 unassigned plane */
	        "\xf3\xa0\x81\x81", /* U+E0041 tag A */
	        "\xf3\xb0\x80\x80", /* U+F0000 private use */
	        "\xf4\x8f\xbf\xbf", /* U+10FFFF noncharacter */
	        "\xcd\xb8",         /* U+0378 unassigned */
	};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		char out[32];
		safe_copy(out, sizeof(out), refused[i], strlen(refused[i]), SAFE_UTF8);
		assert_int_equal(strlen(out), 4 * strlen(refused[i]));
		assert_memory_equal(out, "\\x", 2);
	}
}

static void safe_text__decodes__strictly(void **state)
{
	(void)state;
	UTF8("\xc0\x80", "\\xC0\\x80");          /* overlong NUL */
	UTF8("\xc1\x9b", "\\xC1\\x9B");          /* overlong [ */
	UTF8("\xe0\x82\x9b", "\\xE0\\x82\\x9B"); /* overlong C1 */
	UTF8("\xf0\x80\x82\x9b", "\\xF0\\x80\\x82\\x9B");
	UTF8("\xed\xa0\x80", "\\xED\\xA0\\x80");          /* surrogate */
	UTF8("\xf4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"); /* U+110000 */
	UTF8("\xf8\x88\x80\x80\x80", "\\xF8\\x88\\x80\\x80\\x80");
	UTF8("\x80\xbf\xff", "\\x80\\xBF\\xFF");
}

static void safe_text__survives__cut_characters(void **state)
{
	(void)state;
	UTF8("\xe6\x97", "\\xE6\\x97");
	UTF8("\xf0\x9f\x98", "\\xF0\\x9F\\x98");
	UTF8("\xe6\x97(x)", "\\xE6\\x97(x)");
	UTF8("\xe6\xc3\xb6", "\\xE6\xc3\xb6");
}

static void safe_text__writes_a_question_mark__where_only_ascii_is_understood(void **state)
{
	(void)state;
	ASCII("gr\xc3\xb6\xc3\x9f"
	      "e",
	      "gr??e");
	ASCII("\xe2\x80\xae\xff", "??");
	ASCII("a\033b", "a\\x1B"
	                "b");
}

static void safe_text__stops__at_the_maximum_of_the_buffer(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 5);

	assert_int_equal(safe_text(&b, "ab\033\033", 4, SAFE_UTF8), -EFBIG);
	assert_string_equal(buf_str(&b), "ab");
	buf_done(&b);
}

static void safe_copy__cuts__between_characters(void **state)
{
	(void)state;
	char out[5] = "zzzz";

	assert_string_equal(safe_copy(out, 5, "abc\xc3\xb6", 5, SAFE_UTF8), "abc");
	assert_string_equal(safe_copy(out, 5, "ab\033", 3, SAFE_UTF8), "ab");
	assert_string_equal(safe_copy(out, 5, "abcd", 4, SAFE_UTF8), "abcd");
	assert_string_equal(safe_copy(out, 1, "abcd", 4, SAFE_UTF8), "");
	strcpy(out, "same");
	assert_string_equal(safe_copy(out, 0, "abcd", 4, SAFE_UTF8), "same");
}

/* Bytes biased towards the beginnings and ends that UTF-8 decoders get wrong. */
static size_t bytes_invent(unsigned *seed, char *out, size_t max)
{
	static const unsigned char nasty[] = {0x00, 0x1b, 0x7f, 0x80, 0x9b, 0xbf, 0xc0, 0xc2,
	                                      0xdf, 0xe0, 0xe2, 0xed, 0xef, 0xf0, 0xf3, 0xf4};
	size_t n = (size_t)rand_r(seed) % max;

	for (size_t i = 0; i < n; i++) {
		int dice = rand_r(seed);
		out[i] = (char)(dice & 1 ? nasty[(dice >> 8) % 16] : (dice >> 8) & 0xff);
	}
	return n;
}

/* Strict by construction: no control below 0x20, no DEL, and no C1 in either form. */
static bool text_is_harmless(const char *s, enum safe_mode mode)
{
	for (const unsigned char *p = (const unsigned char *)s; *p; p++) {
		if (*p < 0x20 || *p == 0x7f || (mode == SAFE_ASCII && *p > 0x7f))
			return false;
		if (*p == 0xc2 && p[1] < 0xa0)
			return false;
		if (*p >= 0x80 && *p < 0xc0 && (p == (const unsigned char *)s || p[-1] < 0x80))
			return false;
	}
	return true;
}

static void safe_text__is_harmless_and_stable__for_any_input(void **state)
{
	(void)state;
	unsigned seed = 59;
	struct buf once, twice;
	buf_init(&once, 1000);
	buf_init(&twice, 1000);

	for (int i = 0; i < 100000; i++) {
		char in[40];
		enum safe_mode mode = i & 1 ? SAFE_ASCII : SAFE_UTF8;
		size_t n = bytes_invent(&seed, in, sizeof(in));
		buf_reset(&once);
		buf_reset(&twice);
		assert_int_equal(safe_text(&once, in, n, mode), 0);
		assert_true(text_is_harmless(buf_str(&once), mode));
		assert_int_equal(strlen(buf_str(&once)), once.len);
		assert_int_equal(safe_text(&twice, buf_str(&once), once.len, mode), 0);
		assert_string_equal(buf_str(&twice), buf_str(&once));
	}
	buf_done(&once);
	buf_done(&twice);
}

static void text_width__counts_columns(void **state)
{
	(void)state;
	assert_int_equal(text_width(""), 0);
	assert_int_equal(text_width("heap"), 4);
	assert_int_equal(text_width("gr\xc3\xb6\xc3\x9f"), 4);
	assert_int_equal(text_width("\xe6\x97\xa5\xe6\x9c\xac"), 4);
	assert_int_equal(text_width("\xf0\x9f\x98\x80"), 2);
	assert_int_equal(text_width("e\xcc\x81"), 1);
	assert_int_equal(text_width("\xea\xb0\x80"), 2);             /* a Hangul syllable */
	assert_int_equal(text_width("\xe1\x84\x80\xe1\x85\xa1"), 2); /* the same in letters */
}

static void text_fit__never_splits_a_character(void **state)
{
	(void)state;
	assert_int_equal(text_fit("heap", 10), 4);
	assert_int_equal(text_fit("heap", 2), 2);
	assert_int_equal(text_fit("heap", 0), 0);
	assert_int_equal(text_fit("heap", -1), 0);
	assert_int_equal(text_fit("\xe6\x97\xa5\xe6\x9c\xac", 3), 3);
	assert_int_equal(text_fit("e\xcc\x81x", 1), 3);
}

static void cut_is(const char *s, int columns, int middle, int utf8, const char *want)
{
	char out[64];
	assert_string_equal(text_ellipsis(out, sizeof(out), s, columns, middle, utf8), want);
}

static void text_ellipsis__leaves_alone__what_fits(void **state)
{
	(void)state;
	cut_is("libc.so.6", 9, 0, 1, "libc.so.6");
	cut_is("libc.so.6", 9, 1, 0, "libc.so.6");
	cut_is("", 0, 0, 1, "");
}

static void text_ellipsis__cuts__the_end_or_the_middle(void **state)
{
	(void)state;
	cut_is("/usr/lib/libc.so.6", 10, 0, 1, "/usr/lib/\xe2\x80\xa6");
	cut_is("/usr/lib/libc.so.6", 10, 0, 0, "/usr/li...");
	cut_is("/usr/lib/libc.so.6", 10, 1, 1, "/usr/\xe2\x80\xa6so.6");
	cut_is("/usr/lib/libc.so.6", 10, 1, 0, "/usr...o.6");
}

static void text_ellipsis__shrinks__in_tiny_room(void **state)
{
	(void)state;
	cut_is("abcdefgh", 5, 0, 0, "abc..");
	cut_is("abcdefgh", 2, 0, 0, "a.");
	cut_is("abcdefgh", 1, 0, 0, ".");
	cut_is("abcdefgh", 1, 1, 1, "\xe2\x80\xa6");
	cut_is("abcdefgh", 0, 0, 1, "");
	cut_is("abcdefgh", -3, 0, 1, "");
}

static void text_ellipsis__drops__a_mark_whose_letter_is_gone(void **state)
{
	(void)state;
	cut_is("abcdefe\xcc\x81xy", 5, 1, 1, "ab\xe2\x80\xa6xy");
}

static void text_ellipsis__never_exceeds__its_columns_or_its_storage(void **state)
{
	(void)state;
	unsigned seed = 6;

	for (int i = 0; i < 100000; i++) {
		char in[24], safe[120], out[130];
		size_t n = bytes_invent(&seed, in, sizeof(in));
		int columns = rand_r(&seed) % 40;
		size_t size = 1 + (size_t)rand_r(&seed) % (sizeof(out) - 1);
		safe_copy(safe, sizeof(safe), in, n, SAFE_UTF8);
		memset(out, 'z', sizeof(out));
		text_ellipsis(out, size, safe, columns, i & 1, i & 2);
		assert_true(strlen(out) < size);
		assert_true(text_width(out) <= columns);
		assert_true(text_is_harmless(out, SAFE_UTF8));
	}
}

static void text_command_skip__leaves_the_name__where_room_is_short(void **state)
{
	(void)state;
	const char *command = "/usr/local/bin/shopd --instance 3";
	assert_int_equal(text_command_skip(command, strlen(command), 33), 0);
	assert_int_equal(text_command_skip(command, strlen(command), 32), 15);
	assert_int_equal(text_command_skip("shopd -f /a/b", 13, 5), 0);
	assert_int_equal(text_command_skip("[kworker/0:1]", 13, 5), 0);
	assert_int_equal(text_command_skip("/bin/", 5, 2), 0);
	assert_int_equal(text_command_skip("", 0, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(safe_text__keeps__ordinary_names),
	        cmocka_unit_test(safe_text__escapes__controls),
	        cmocka_unit_test(safe_text__escapes__c1_raw_and_encoded),
	        cmocka_unit_test(safe_text__escapes__what_turns_or_hides_text),
	        cmocka_unit_test(safe_text__decodes__strictly),
	        cmocka_unit_test(safe_text__survives__cut_characters),
	        cmocka_unit_test(safe_text__writes_a_question_mark__where_only_ascii_is_understood),
	        cmocka_unit_test(safe_text__stops__at_the_maximum_of_the_buffer),
	        cmocka_unit_test(safe_copy__cuts__between_characters),
	        cmocka_unit_test(safe_text__is_harmless_and_stable__for_any_input),
	        cmocka_unit_test(text_width__counts_columns),
	        cmocka_unit_test(text_fit__never_splits_a_character),
	        cmocka_unit_test(text_ellipsis__leaves_alone__what_fits),
	        cmocka_unit_test(text_ellipsis__cuts__the_end_or_the_middle),
	        cmocka_unit_test(text_ellipsis__shrinks__in_tiny_room),
	        cmocka_unit_test(text_ellipsis__drops__a_mark_whose_letter_is_gone),
	        cmocka_unit_test(text_ellipsis__never_exceeds__its_columns_or_its_storage),
	        cmocka_unit_test(text_command_skip__leaves_the_name__where_room_is_short),
	};

	return cmocka_run_group_tests_name("base_safe_text", tests, NULL, NULL);
}
