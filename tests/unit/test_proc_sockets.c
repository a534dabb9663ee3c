/* SPDX-License-Identifier: MIT */
/* Sockets by state, io and memory.stat: whole, and cut at every byte. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proc/counters.h"
#include "proc/sockets.h"
#include "support_fixture.h"

/* What a process holds in the fixtures, and one socket that no table has. */
static const uint64_t held[] = {10032, 10010, 10013, 10011, 10020, 10012, 10030, 10031, 10099};
enum { HELD = sizeof(held) / sizeof(held[0]) };

static void refs_make(struct socket_ref refs[HELD])
{
	for (size_t i = 0; i < HELD; i++)
		refs[i] = (struct socket_ref){held[i], SOCKET_REST};
	sockets_sort(refs, HELD);
}

static enum socket_kind kind_of(const struct socket_ref refs[HELD], uint64_t inode)
{
	for (size_t i = 0; i < HELD; i++)
		if (refs[i].inode == inode)
			return refs[i].kind;
	fail_msg("no socket %llu", (unsigned long long)inode);
	return SOCKET_REST;
}

static size_t parse(const char *name, enum socket_table table, struct socket_ref refs[HELD])
{
	struct fixture f = fixture_load(name);
	size_t found = sockets_parse(f.text, f.len, table, refs, HELD);
	fixture_done(&f);
	return found;
}

static void sockets_parse__finds__our_own_by_state(void **state)
{
	struct socket_ref refs[HELD];

	(void)state;
	refs_make(refs);
	assert_int_equal(parse("proc/net-tcp.txt", SOCKETS_TCP, refs), 4);
	assert_int_equal(parse("proc/net-udp.txt", SOCKETS_UDP, refs), 1);
	assert_int_equal(parse("proc/net-unix.txt", SOCKETS_UNIX, refs), 3);
	assert_int_equal(kind_of(refs, 10010), SOCKET_LISTEN);
	assert_int_equal(kind_of(refs, 10011), SOCKET_ESTABLISHED);
	assert_int_equal(kind_of(refs, 10012), SOCKET_ESTABLISHED);
	assert_int_equal(kind_of(refs, 10013), SOCKET_CLOSE_WAIT);
	assert_int_equal(kind_of(refs, 10020), SOCKET_UDP);
	assert_int_equal(kind_of(refs, 10031), SOCKET_UNIX);
	assert_int_equal(kind_of(refs, 10099), SOCKET_REST);
}

static void sockets_parse__counts__no_socket_twice(void **state)
{
	struct socket_ref refs[HELD];

	(void)state;
	refs_make(refs);
	parse("proc/net-tcp.txt", SOCKETS_TCP, refs);
	/* A row of another table that names an inode of ours, as a path with a newline may. */
	static const char row[] = "0: 0 0 0 0 0 10011 /x\n";
	assert_int_equal(sockets_parse(row, sizeof(row) - 1, SOCKETS_UNIX, refs, HELD), 0);
	assert_int_equal(kind_of(refs, 10011), SOCKET_ESTABLISHED);
}

static void sockets_parse__takes__a_state_to_come_for_tcp(void **state)
{
	static const char row[] = "  0: 0:0 0:0 7F 0:0 00:0 0 998 0 10011 1\n";
	struct socket_ref refs[HELD];

	(void)state;
	refs_make(refs);
	assert_int_equal(sockets_parse(row, sizeof(row) - 1, SOCKETS_TCP, refs, HELD), 1);
	assert_int_equal(kind_of(refs, 10011), SOCKET_CLOSE);
}

static void table_cut(const char *name, enum socket_table table)
{
	struct fixture f = fixture_load(name);
	struct socket_ref whole[HELD], got[HELD];

	refs_make(whole);
	sockets_parse(f.text, f.len, table, whole, HELD);
	for (size_t n = 0; n < f.len; n++) {
		struct fixture cut = fixture_cut(&f, n);
		refs_make(got);
		sockets_parse(cut.text, cut.len, table, got, HELD);
		for (size_t i = 0; i < HELD; i++)
			assert_true(got[i].kind == SOCKET_REST || got[i].kind == whole[i].kind);
		fixture_done(&cut);
	}
	fixture_done(&f);
}

static void sockets_parse__believes__no_row_cut_at_any_byte(void **state)
{
	(void)state;
	table_cut("proc/net-tcp.txt", SOCKETS_TCP);
	table_cut("proc/net-udp.txt", SOCKETS_UDP);
	table_cut("proc/net-unix.txt", SOCKETS_UNIX);
}

static void socket_inode_of__wants__the_whole_link(void **state)
{
	static const char link[] = "socket:[4711]";
	uint64_t inode = 0;

	(void)state;
	assert_int_equal(socket_inode_of(link, sizeof(link) - 1, &inode), 0);
	assert_int_equal(inode, 4711);
	for (size_t n = 0; n < sizeof(link) - 1; n++)
		assert_int_equal(socket_inode_of(link, n, &inode), -EINVAL);
	assert_int_equal(socket_inode_of("socket:[]", 9, &inode), -EINVAL);
	assert_int_equal(socket_inode_of("pipe:[4711]", 11, &inode), -EINVAL);
}

static void io_parse__reads__and_believes_no_figure_cut_at_any_byte(void **state)
{
	struct fixture f = fixture_load("proc/io.txt");
	uint64_t whole[IO_KEY_COUNT], got[IO_KEY_COUNT];

	(void)state;
	assert_int_equal(io_parse(f.text, f.len, whole), 0);
	assert_int_equal(whole[IO_RCHAR], 323934931);
	assert_int_equal(whole[IO_WCHAR], 323929600);
	assert_int_equal(whole[IO_READ_BYTES], 4096);
	assert_int_equal(whole[IO_WRITE_BYTES], 323932160);
	for (size_t n = 0; n < f.len; n++) {
		struct fixture cut = fixture_cut(&f, n);
		int rc = io_parse(cut.text, cut.len, got);
		assert_true(rc == 0 || rc == -EINVAL);
		for (int i = 0; i < IO_KEY_COUNT; i++)
			figure_holds(got[i], whole[i]);
		fixture_done(&cut);
	}
	fixture_done(&f);
}

static void memstat_parse__knows__the_names_of_v2(void **state)
{
	struct fixture f = fixture_load("proc/memory.stat-v2.txt");
	uint64_t v[MEMSTAT_KEY_COUNT];

	(void)state;
	assert_int_equal(memstat_parse(f.text, f.len, v), 0);
	assert_int_equal(v[MEMSTAT_ANON], 52428800);
	assert_int_equal(v[MEMSTAT_FILE], 10485760);
	assert_int_equal(v[MEMSTAT_KERNEL], 3145728);
	assert_int_equal(v[MEMSTAT_SOCK], 16384);
	fixture_done(&f);
	static const char old[] = "slab 1572864\nsock 0\n";
	assert_int_equal(memstat_parse(old, sizeof(old) - 1, v), 0);
	assert_int_equal(v[MEMSTAT_KERNEL], 1572864);
	assert_int_equal(v[MEMSTAT_SOCK], 0);
	assert_int_equal(v[MEMSTAT_ANON], UNKNOWN);
}

static void memstat_parse__prefers__the_totals_of_v1(void **state)
{
	struct fixture f = fixture_load("proc/memory.stat-v1.txt");
	uint64_t v[MEMSTAT_KEY_COUNT];

	(void)state;
	assert_int_equal(memstat_parse(f.text, f.len, v), 0);
	assert_int_equal(v[MEMSTAT_ANON], 22000);
	assert_int_equal(v[MEMSTAT_FILE], 11000);
	assert_int_equal(v[MEMSTAT_KERNEL], UNKNOWN);
	assert_int_equal(v[MEMSTAT_SOCK], UNKNOWN);
	fixture_done(&f);
}

static void memstat_parse__believes__no_figure_cut_at_any_byte(void **state)
{
	struct fixture f = fixture_load("proc/memory.stat-v2.txt");
	uint64_t whole[MEMSTAT_KEY_COUNT], got[MEMSTAT_KEY_COUNT];

	(void)state;
	assert_int_equal(memstat_parse(f.text, f.len, whole), 0);
	for (size_t n = 0; n < f.len; n++) {
		struct fixture cut = fixture_cut(&f, n);
		int rc = memstat_parse(cut.text, cut.len, got);
		assert_true(rc == 0 || rc == -EINVAL);
		for (int i = 0; i < MEMSTAT_KEY_COUNT; i++)
			figure_holds(got[i], whole[i]);
		fixture_done(&cut);
	}
	fixture_done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(sockets_parse__finds__our_own_by_state),
	        cmocka_unit_test(sockets_parse__counts__no_socket_twice),
	        cmocka_unit_test(sockets_parse__takes__a_state_to_come_for_tcp),
	        cmocka_unit_test(sockets_parse__believes__no_row_cut_at_any_byte),
	        cmocka_unit_test(socket_inode_of__wants__the_whole_link),
	        cmocka_unit_test(io_parse__reads__and_believes_no_figure_cut_at_any_byte),
	        cmocka_unit_test(memstat_parse__knows__the_names_of_v2),
	        cmocka_unit_test(memstat_parse__prefers__the_totals_of_v1),
	        cmocka_unit_test(memstat_parse__believes__no_figure_cut_at_any_byte),
	};

	return cmocka_run_group_tests_name("proc_sockets", tests, NULL, NULL);
}
