/* SPDX-License-Identifier: MIT */
/* One line of maps, with every name the kernel and a hostile file system can put there. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proc/mapping.h"
#include "support_fixture.h"

static struct mapping parse(const char *line)
{
	struct mapping m;
	assert_int_equal(mapping_parse(line, strlen(line), &m), 0);
	return m;
}

static void name_is(const char *line, const char *name)
{
	struct mapping m = parse(line);
	assert_int_equal(m.name_len, strlen(name));
	assert_memory_equal(m.name, name, m.name_len);
}

static void refuses(const char *line)
{
	struct mapping m = {.inode = 4711};
	assert_int_equal(mapping_parse(line, strlen(line), &m), -EINVAL);
	assert_true(m.inode == 4711);
}

static void mapping_parse__reads__all_fields(void **state)
{
	(void)state;
	struct mapping m = parse(
	        "7f2a5c422000-7f2a5c57b000 r-xp 00022000 fe:00 131342      /usr/lib/libc.so.6");
	assert_true(m.start == 0x7f2a5c422000 && m.end == 0x7f2a5c57b000);
	assert_true(m.offset == 0x22000 && m.inode == 131342);
	assert_int_equal(m.major, 0xfe);
	assert_int_equal(m.minor, 0);
	assert_int_equal(m.prot, MAP_READ | MAP_EXEC);
	assert_int_equal(m.name_len, 18);
	m = parse("7f00-7f10 -w-s 00000000 103:474 18446744073709551615 /x");
	assert_int_equal(m.prot, MAP_WRITE | MAP_MAYSHARE);
	assert_int_equal(m.major, 0x103);
	assert_int_equal(m.minor, 0x474);
	assert_true(m.inode == UINT64_MAX);
}

static void mapping_parse__knows__no_width_of_addresses(void **state)
{
	(void)state;
	struct mapping m = parse("08048000-08053000 r-xp 00000000 08:01 1051       /bin/cat");
	assert_true(m.start == 0x8048000 && m.end == 0x8053000);
	m = parse("ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0   [vsyscall]");
	assert_true(m.start == 0xffffffffff600000 && m.end == 0xffffffffff601000);
	m = parse("1-f rw-p 0 0:0 0");
	assert_true(m.start == 1 && m.end == 15);
	m = parse("0000000000000000001000-000000000000000002000 rw-p 0 0:0 0");
	assert_true(m.start == 0x1000 && m.end == 0x2000);
	m = parse("123456789-abcdef012 rw-p fffffffffffff000 0:0 0");
	assert_true(m.start == 0x123456789 && m.end == 0xabcdef012 &&
	            m.offset == UINT64_MAX - 4095);
}

static void mapping_parse__keeps__the_name_as_it_is(void **state)
{
	(void)state;
	name_is("1000-2000 rw-p 0 00:00 0 ", "");
	name_is("1000-2000 rw-p 0 00:00 0", "");
	name_is("1000-2000 rw-p 0 fe:00 7    /d/ inside and behind  ", "/d/ inside and behind  ");
	name_is("1000-2000 rw-p 0 fe:00 7    /a\\012b\\", "/a\\012b\\");
	name_is("1000-2000 rw-p 0 fe:00 7    /a\x1b[31m\x9b\xff\t\r", "/a\x1b[31m\x9b\xff\t\r");
	name_is("1000-2000 rw-p 0 00:00 0    [anon: glibc: malloc arena]",
	        "[anon: glibc: malloc arena]");
	name_is("1000-2000 rw-p 0 00:00 0    [anon:a ] b]", "[anon:a ] b]");
	name_is("1000-2000 rw-p 0 00:0e 9    anon_inode:[perf_event]", "anon_inode:[perf_event]");
	name_is("1000-2000 rw-p 0 fe:00 7    /x (deleted)", "/x (deleted)");
}

static void mapping_parse__takes__a_nul_as_any_byte(void **state)
{
	(void)state;
	static const char line[] = "1000-2000 rw-p 0 fe:00 7 /a\0b";
	struct mapping m;
	assert_int_equal(mapping_parse(line, sizeof(line) - 1, &m), 0);
	assert_int_equal(m.name_len, 4);
	assert_memory_equal(m.name, "/a\0b", 4);
}

static void mapping_parse__refuses__what_is_no_mapping(void **state)
{
	(void)state;
	refuses("");
	refuses("Size:                  8 kB");
	refuses("VmFlags: rd wr");
	refuses("1000");
	refuses("1000-");
	refuses("1000-2000");
	refuses("1000-2000 rw-p");
	refuses("1000-2000 rw-p 0 00:00");
	refuses("1000-2000 rw-p 0 00:00 ");
	refuses("1000-2000 rw-p 0 0000 0 /x");
	refuses("1000-2000 rwxq 0 00:00 0");
	refuses("1000-2000 wr-p 0 00:00 0");
	refuses("1000-2000 rw- 0 00:00 0");
	refuses("1000-2000 rw-p 0 00:00 0x");
	refuses("1000-2000 rw-p 0 00:00 -1");
	refuses("2000-1000 rw-p 0 00:00 0");
	refuses("1000-1000 rw-p 0 00:00 0");
	refuses(" 1000-2000 rw-p 0 00:00 0");
	refuses("1000-2000  rw-p 0 00:00 0");
	refuses("100g-2000 rw-p 0 00:00 0");
	refuses("1000-DEAD rw-p 0 00:00 0");
}

static void mapping_parse__refuses__numbers_that_do_not_fit(void **state)
{
	(void)state;
	refuses("10000000000000000-10000000000001000 rw-p 0 00:00 0");
	refuses("1000-2000 rw-p 10000000000000000 00:00 0");
	refuses("1000-2000 rw-p 0 100000000:00 0");
	refuses("1000-2000 rw-p 0 00:100000000 0");
	refuses("1000-2000 rw-p 0 00:00 18446744073709551616");
	refuses("1000-2000 rw-p 0 00:00 99999999999999999999");
}

static void mapping_parse__never_reads_past__a_line_cut_anywhere(void **state)
{
	(void)state;
	const char *line =
	        "7f2a5c422000-7f2a5c57b000 r-xp 00022000 fe:00 131342     /usr/lib/libc.so.6";
	for (size_t n = 0; n <= strlen(line); n++) {
		char *cut = malloc(n ? n : 1);
		assert_non_null(cut);
		memcpy(cut, line, n);
		struct mapping m;
		int rc = mapping_parse(cut, n, &m);
		/* Complete from the first digit of the inode on. */
		assert_int_equal(rc, n >= 47 ? 0 : -EINVAL);
		free(cut);
	}
}

static void mapping_parse__agrees_with__printed_numbers(void **state)
{
	(void)state;
	uint64_t seed = 88172645463325252ull;
	for (int i = 0; i < 20000; i++) {
		char line[128];
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		uint64_t start = seed >> (seed & 63);
		uint64_t end = start == UINT64_MAX
		                       ? start
		                       : start + 1 + (seed & 0xfff) % (UINT64_MAX - start);
		if (start == end)
			continue;
		snprintf(line, sizeof(line), "%08lx-%08lx r--p %08lx 00:00 %lu", start, end, seed,
		         start);
		struct mapping m = parse(line);
		assert_true(m.start == start && m.end == end && m.offset == seed &&
		            m.inode == start);
	}
}

static void mapping_is_pseudo__refuses__a_file_called_so(void **state)
{
	(void)state;
	struct mapping m = parse("1000-2000 rw-p 00000000 00:00 0      [heap]");
	assert_true(mapping_is_pseudo(&m, "[heap]"));
	assert_false(mapping_is_pseudo(&m, "[stack]"));
	assert_false(mapping_is_pseudo(&m, "[heap"));
	m = parse("1000-2000 rw-p 00000000 fe:00 17      [heap]");
	assert_false(mapping_is_pseudo(&m, "[heap]"));
	m = parse("1000-2000 rw-p 00000000 00:00 17      [heap]");
	assert_false(mapping_is_pseudo(&m, "[heap]"));
	m = parse("1000-2000 rw-p 00000000 00:00 0 ");
	assert_false(mapping_is_pseudo(&m, "[heap]"));
	assert_false(mapping_is_pseudo(&m, ""));
}

struct seen {
	int count, heaps, stop_at;
	uint64_t heap_bytes;
	uint32_t longest;
};

static int see(const struct mapping *m, void *arg)
{
	struct seen *seen = arg;
	seen->count++;
	if (mapping_is_pseudo(m, "[heap]")) {
		seen->heaps++;
		seen->heap_bytes += m->end - m->start;
	}
	if (m->name_len > seen->longest)
		seen->longest = m->name_len;
	return seen->count == seen->stop_at ? -ECANCELED : 0;
}

static struct mapping_walk walk(const char *fixture, struct seen *seen)
{
	struct fixture f = fixture_load(fixture);
	struct mapping_walk w;
	assert_int_equal(mapping_each(f.text, f.len, see, seen, &w), 0);
	assert_true(w.mappings == (uint64_t)seen->count);
	fixture_done(&f);
	return w;
}

static void mapping_each__sums__several_heaps(void **state)
{
	(void)state;
	struct seen seen = {0};
	struct mapping_walk w = walk("proc/maps-heaps.txt", &seen);
	assert_int_equal(seen.count, 6);
	assert_int_equal(seen.heaps, 5);
	assert_true(seen.heap_bytes == 0x1b00000 - 0x1a2b000);
	assert_false(w.torn);
	assert_true(w.damaged == 0);
}

static void mapping_each__survives__odd_names(void **state)
{
	(void)state;
	struct seen seen = {0};
	struct mapping_walk w = walk("proc/maps-names.txt", &seen);
	assert_int_equal(seen.count, 28);
	assert_int_equal(seen.heaps, 0);
	assert_true(seen.longest > 5800);
	assert_true(w.damaged == 0);
	assert_false(w.torn);
}

static void mapping_each__reads__a_32_bit_kernel(void **state)
{
	(void)state;
	struct seen seen = {0};
	walk("proc/maps-32bit.txt", &seen);
	assert_int_equal(seen.count, 2);
	assert_int_equal(seen.heaps, 1);
}

static void mapping_each__tells__a_torn_text(void **state)
{
	(void)state;
	struct seen seen = {0};
	struct mapping_walk w = walk("proc/maps-torn.txt", &seen);
	assert_true(w.torn);
	assert_int_equal(seen.count, 3);
}

static void mapping_each__drops__a_cut_last_line(void **state)
{
	(void)state;
	struct fixture f = fixture_of("1000-2000 rw-p 0 00:00 0 \n2000-3000 rw-p 0 00:00 0 /us");
	struct seen seen = {0};
	struct mapping_walk w;
	assert_int_equal(mapping_each(f.text, f.len, see, &seen, &w), 0);
	assert_int_equal(seen.count, 1);
	assert_true(w.damaged == 0);
	fixture_done(&f);
}

static void mapping_each__counts__damage_and_goes_on(void **state)
{
	(void)state;
	struct fixture f =
	        fixture_of("1000-2000 rw-p 0 00:00 0 \n\nrubbish\n3000-4000 rw-p 0 00:00 0 \n");
	struct seen seen = {0};
	struct mapping_walk w;
	assert_int_equal(mapping_each(f.text, f.len, see, &seen, &w), 0);
	assert_int_equal(seen.count, 2);
	assert_true(w.damaged == 2);
	fixture_done(&f);
}

static void mapping_each__takes_as_damaged__a_line_beyond_the_limit(void **state)
{
	(void)state;
	size_t n = 70000;
	char *text = malloc(2 * n);
	assert_non_null(text);
	size_t len = (size_t)sprintf(text, "1000-2000 rw-p 0 00:00 1 /");
	memset(text + len, 'x', n);
	len += n;
	len += (size_t)sprintf(text + len, "\n3000-4000 rw-p 0 00:00 0 \n");
	struct seen seen = {0};
	struct mapping_walk w;
	assert_int_equal(mapping_each(text, len, see, &seen, &w), 0);
	assert_int_equal(seen.count, 1);
	assert_true(w.damaged == 1);
	free(text);
}

static void mapping_each__stops__when_told(void **state)
{
	(void)state;
	struct fixture f = fixture_load("proc/maps-names.txt");
	struct seen seen = {.stop_at = 3};
	struct mapping_walk w;
	assert_int_equal(mapping_each(f.text, f.len, see, &seen, &w), -ECANCELED);
	assert_int_equal(seen.count, 3);
	assert_true(w.mappings == 3);
	assert_int_equal(mapping_each(NULL, 0, see, &seen, &w), 0);
	assert_true(w.mappings == 0);
	fixture_done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(mapping_parse__reads__all_fields),
	        cmocka_unit_test(mapping_parse__knows__no_width_of_addresses),
	        cmocka_unit_test(mapping_parse__keeps__the_name_as_it_is),
	        cmocka_unit_test(mapping_parse__takes__a_nul_as_any_byte),
	        cmocka_unit_test(mapping_parse__refuses__what_is_no_mapping),
	        cmocka_unit_test(mapping_parse__refuses__numbers_that_do_not_fit),
	        cmocka_unit_test(mapping_parse__never_reads_past__a_line_cut_anywhere),
	        cmocka_unit_test(mapping_parse__agrees_with__printed_numbers),
	        cmocka_unit_test(mapping_is_pseudo__refuses__a_file_called_so),
	        cmocka_unit_test(mapping_each__sums__several_heaps),
	        cmocka_unit_test(mapping_each__survives__odd_names),
	        cmocka_unit_test(mapping_each__reads__a_32_bit_kernel),
	        cmocka_unit_test(mapping_each__tells__a_torn_text),
	        cmocka_unit_test(mapping_each__drops__a_cut_last_line),
	        cmocka_unit_test(mapping_each__counts__damage_and_goes_on),
	        cmocka_unit_test(mapping_each__takes_as_damaged__a_line_beyond_the_limit),
	        cmocka_unit_test(mapping_each__stops__when_told),
	};

	return cmocka_run_group_tests_name("proc_mapping", tests, NULL, NULL);
}
