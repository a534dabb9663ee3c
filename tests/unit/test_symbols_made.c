/* SPDX-License-Identifier: MIT */
/* Names of code made at run time, as the target writes them down, rightly or wrongly. */
#include "symbols/made.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct made parsed(const char *text)
{
	struct made m = {0};
	char *copy = strdup(text);

	assert_non_null(copy);
	assert_int_equal(made_parse(&m, copy), 0);
	return m;
}

static void made__finds_the_function_that_holds_an_address(void **state)
{
	struct made m = parsed("7f0010 20 JS:*add /a b.js:3:7\n7f0000 10 Stub\n");

	(void)state;
	assert_string_equal(made_find(&m, 0x7effff), "");
	assert_string_equal(made_find(&m, 0x7f0000), "Stub");
	assert_string_equal(made_find(&m, 0x7f000f), "Stub");
	assert_string_equal(made_find(&m, 0x7f0010), "JS:*add /a b.js:3:7");
	assert_string_equal(made_find(&m, 0x7f002f), "JS:*add /a b.js:3:7");
	assert_string_equal(made_find(&m, 0x7f0030), "");
	made_done(&m);
	assert_string_equal(made_find(&m, 0x7f0000), "");
}

static void made__takes_the_newest__where_code_took_the_place_of_other_code(void **state)
{
	struct made m = parsed("1000 40 old\n2000 10 other\n1000 20 new\n");

	(void)state;
	assert_string_equal(made_find(&m, 0x1000), "new");
	assert_string_equal(made_find(&m, 0x2000), "other");
	made_done(&m);
}

static void made__leaves_out_what_is_no_such_line(void **state)
{
	struct made m = parsed("\n1000\n1000 10\n1000 10 \nxyz 10 a\n-1 10 b\n1000 0 c\n"
	                       "ffffffffffffffff ff d\n11112222333344445 1 e\n 3000 10 f\n"
	                       "4000 10 good\n5000 10 not ended");

	(void)state;
	assert_int_equal(m.count, 1);
	assert_string_equal(made_find(&m, 0x4000), "good");
	made_done(&m);
}

/* At every length, whatever is cut off. */
static void made__reads_nothing_beyond_the_end(void **state)
{
	static const char text[] = "7f0010 20 one\n7f0040 30 two\n";
	char cut[sizeof(text)];

	(void)state;
	for (size_t n = 0; n < sizeof(text); n++) {
		memcpy(cut, text, n);
		cut[n] = '\0';
		struct made m = parsed(cut);
		assert_true(m.count <= 2);
		made_find(&m, 0x7f0041);
		made_done(&m);
	}
}

/* Our own, as a process that was compiled just in time would have it. */
static void made__comes_from_the_file_of_the_process(void **state)
{
	struct procdir dir;
	struct made m = {0};
	char path[64];
	int other;

	(void)state;
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", (int)getpid());
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs("5000 10 made\n", f);
	fclose(f);
	assert_int_equal(procdir_open("/proc", getpid(), &dir, &other), PROCDIR_OK);
	assert_string_equal(made_name(&m, &dir, 0x5008), "made");
	made_done(&m);
	/* Something else by that name, at which one could wait for ever. */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_string_equal(made_name(&m, &dir, 0x5008), "");
	made_done(&m);
	unlink(path);
	assert_string_equal(made_name(&m, &dir, 0x5008), "");
	made_done(&m);
	procdir_close(&dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(made__finds_the_function_that_holds_an_address),
	        cmocka_unit_test(made__takes_the_newest__where_code_took_the_place_of_other_code),
	        cmocka_unit_test(made__leaves_out_what_is_no_such_line),
	        cmocka_unit_test(made__reads_nothing_beyond_the_end),
	        cmocka_unit_test(made__comes_from_the_file_of_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
