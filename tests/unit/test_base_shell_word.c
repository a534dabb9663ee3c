/* SPDX-License-Identifier: MIT */
/* Paths that mean something to a shell, and that it reads back as they were. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/shell_word.h"

static void becomes(const char *raw, enum safe_mode mode, const char *want)
{
	struct buf b;

	buf_init(&b, 1000);
	assert_int_equal(shell_word(&b, raw, mode), 0);
	assert_string_equal(buf_str(&b), want);
	buf_done(&b);
}

/* What `shell` makes of the word is what it was. */
static void read_back(const char *shell, const char *raw, enum safe_mode mode)
{
	struct buf b;
	char got[1000] = "";
	FILE *f;

	buf_init(&b, 4000);
	buf_addf(&b, "exec %s <<'END-OF-SCRIPT'\nprintf '%%s|%%s.' ", shell);
	shell_word(&b, raw, mode);
	buf_adds(&b, " next\nEND-OF-SCRIPT\n");
	f = popen(buf_str(&b), "r");
	assert_non_null(f);
	got[fread(got, 1, sizeof(got) - 1, f)] = '\0';
	assert_int_equal(pclose(f), 0);
	buf_reset(&b);
	buf_addf(&b, "%s|next.", raw);
	assert_string_equal(got, buf_str(&b));
	buf_done(&b);
}

static void shell_word__leaves_alone__an_ordinary_path(void **state)
{
	(void)state;
	becomes("/var/lib/app-1.2_x/a@b,c:d+e%20.mld", SAFE_UTF8,
	        "/var/lib/app-1.2_x/a@b,c:d+e%20.mld");
	becomes("../a.mld", SAFE_ASCII, "../a.mld");
}

static void shell_word__quotes__what_a_shell_would_read_otherwise(void **state)
{
	(void)state;
	becomes("my file", SAFE_UTF8, "'my file'");
	becomes("$(reboot)", SAFE_UTF8, "'$(reboot)'");
	becomes("it's", SAFE_UTF8, "'it'\\''s'");
	becomes("~/a", SAFE_UTF8, "'~/a'");
	becomes("=a", SAFE_UTF8, "'=a'");
	becomes("a\\b", SAFE_UTF8, "'a\\b'");
	becomes("", SAFE_UTF8, "''");
	becomes("M\xc3\xa4rz", SAFE_UTF8, "'M\xc3\xa4rz'");
}

static void shell_word__writes_octal__for_what_must_not_be_printed(void **state)
{
	(void)state;
	becomes("a\nb", SAFE_UTF8, "$'a\\012b'");
	becomes("\033]0;x\a'\\", SAFE_UTF8, "$'\\033]0;x\\007\\047\\134'");
	becomes("\xff"
	        "5",
	        SAFE_UTF8, "$'\\3775'");
	becomes("M\xc3\xa4rz", SAFE_ASCII, "$'M\\303\\244rz'");
}

static void shell_word__is_read_back__by_a_shell(void **state)
{
	static const char *const raw[] = {"a b",     "it's",   "'",    "''", "$HOME `id` \"x\"",
	                                  "*?[a]",   "a\\b\\", "!x",   "-n", "#a; b&c",
	                                  "~root/x", "a\"b",   "{1,2}"};
	static const char *const hidden[] = {"a\nb", "tail\n", "\033[31m'\\\"$x",
	                                     "\xff\xfe"
	                                     "12",
	                                     "M\xc3\xa4rz"};

	(void)state;
	for (size_t i = 0; i < sizeof(raw) / sizeof(raw[0]); i++)
		read_back("sh", raw[i], SAFE_UTF8);
	if (system("command -v bash >/dev/null 2>&1") != 0)
		return;
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		read_back("bash", hidden[i], SAFE_ASCII);
}

static void shell_word__passes_on__that_the_buffer_is_full(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	assert_int_equal(shell_word(&b, "a longer one", SAFE_UTF8), -EFBIG);
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(shell_word__leaves_alone__an_ordinary_path),
	        cmocka_unit_test(shell_word__quotes__what_a_shell_would_read_otherwise),
	        cmocka_unit_test(shell_word__writes_octal__for_what_must_not_be_printed),
	        cmocka_unit_test(shell_word__is_read_back__by_a_shell),
	        cmocka_unit_test(shell_word__passes_on__that_the_buffer_is_full),
	};

	return cmocka_run_group_tests_name("base_shell_word", tests, NULL, NULL);
}
