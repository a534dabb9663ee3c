/* SPDX-License-Identifier: MIT */
/* What the tool and its reader say: bytes that are cut, too long, or none of what was agreed. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "symbols/channel.h"
#include "symbols/wire.h"

static void wire__gives_back_what_was_put(void **state)
{
	uint8_t bytes[256];
	struct wire_out out = {.to = bytes, .room = sizeof(bytes)};
	char text[16];

	(void)state;
	wire_put(&out, 77);
	wire_put_string(&out, "malloc", 15);
	wire_put_bytes(&out, "abc", 3);
	wire_put_string(&out, NULL, 15);
	wire_put_string(&out, "longer than may be", 6);
	assert_false(out.full);
	assert_int_equal(out.used % 8, 0);
	struct wire_in in = {.from = bytes, .left = out.used};
	assert_int_equal(wire_get(&in), 77);
	wire_get_string(&in, text, sizeof(text));
	assert_string_equal(text, "malloc");
	assert_memory_equal(wire_get_bytes(&in, 3), "abc", 3);
	wire_get_string(&in, text, sizeof(text));
	assert_string_equal(text, "");
	wire_get_string(&in, text, sizeof(text));
	assert_string_equal(text, "longer");
	assert_int_equal(in.left, 0);
	assert_false(in.bad);
}

static void wire__stops_where_the_room_ends(void **state)
{
	uint8_t bytes[24];

	(void)state;
	memset(bytes, 0xee, sizeof(bytes));
	struct wire_out out = {.to = bytes, .room = 16};
	wire_put(&out, 1);
	wire_put_string(&out, "abc", 3);
	assert_true(out.full);
	assert_int_equal(out.used, 8);
	wire_put(&out, 2);
	assert_int_equal(out.used, 8);
	assert_int_equal(bytes[16], 0xee);
	struct wire_out huge = {.to = bytes, .room = 16};
	wire_put_bytes(&huge, bytes, SIZE_MAX);
	assert_true(huge.full);
}

/* Each cut of the same bytes is either read to its end or bad, and bad stays bad. */
static void wire__is_bad_where_bytes_are_missing(void **state)
{
	uint8_t bytes[64];
	struct wire_out out = {.to = bytes, .room = sizeof(bytes)};
	char text[16];

	(void)state;
	wire_put(&out, 7);
	wire_put_string(&out, "abcdefghij", 15);
	for (size_t cut = 0; cut < out.used; cut++) {
		struct wire_in in = {.from = bytes, .left = cut};
		wire_get(&in);
		wire_get_string(&in, text, sizeof(text));
		assert_true(in.bad);
		assert_int_equal(wire_get(&in), 0);
		assert_null(wire_get_bytes(&in, 0));
	}
}

static void wire__takes_no_string_that_lies_about_its_length(void **state)
{
	uint64_t words[3] = {UINT64_MAX};
	char text[8];

	(void)state;
	struct wire_in in = {.from = (uint8_t *)words, .left = sizeof(words)};
	wire_get_string(&in, text, sizeof(text));
	assert_true(in.bad);
	words[0] = 8;
	struct wire_in full = {.from = (uint8_t *)words, .left = sizeof(words)};
	wire_get_string(&full, text, sizeof(text));
	assert_true(full.bad);
	words[0] = 5;
	memcpy(&words[1], "ab\0cd", 5);
	struct wire_in nul = {.from = (uint8_t *)words, .left = sizeof(words)};
	wire_get_string(&nul, text, sizeof(text));
	assert_true(nul.bad);
	assert_string_equal(text, "");
	words[0] = 9;
	struct wire_in most = {.from = (uint8_t *)words, .left = sizeof(words)};
	assert_int_equal(wire_get_most(&most, 8), 0);
	assert_true(most.bad);
}

static int check(const struct message *m, bool from_reader)
{
	struct message ret;

	return message_check(m, sizeof(*m), from_reader, &ret);
}

static struct message an_ask(const char *build_id, const char *link)
{
	struct message m = {.kind = MESSAGE_ASK, .module = 1, .ask = ASK_DEBUG};

	strcpy(m.build_id, build_id);
	strcpy(m.link, link);
	return m;
}

static void message__lets_through_only_names_that_lead_nowhere_else(void **state)
{
	static const char *const bad_ids[] = {"ab",       "abc",  "abcde", "ABCD",
	                                      "../../..", "ab/d", "abcg"};
	static const char *const bad_links[] = {".", "..", "/", "a/b", "../shadow", "/etc/shadow"};
	struct message m = an_ask("0123456789abcdef", "libc.so.6.debug");

	(void)state;
	assert_int_equal(check(&m, true), 0);
	for (size_t i = 0; i < sizeof(bad_ids) / sizeof(bad_ids[0]); i++) {
		m = an_ask(bad_ids[i], "");
		assert_int_equal(check(&m, true), -EPROTO);
	}
	for (size_t i = 0; i < sizeof(bad_links) / sizeof(bad_links[0]); i++) {
		m = an_ask("", bad_links[i]);
		assert_int_equal(check(&m, true), -EPROTO);
	}
	m = an_ask("", "");
	memset(m.link, 'a', sizeof(m.link));
	assert_int_equal(check(&m, true), -EPROTO);
	m = an_ask("", "");
	memset(m.build_id, 'a', sizeof(m.build_id));
	assert_int_equal(check(&m, true), -EPROTO);
}

static void message__lets_each_side_say_only_what_is_its_own(void **state)
{
	struct message done = {.kind = MESSAGE_DONE, .size = OUT_ROOM};
	struct message unwind = {.kind = MESSAGE_UNWIND, .count = UNWIND_MAX, .size = IN_ROOM};
	struct message ask = an_ask("", ""), file = {.kind = MESSAGE_FILE, .error = -ENOENT}, ret;

	(void)state;
	assert_int_equal(check(&done, true), 0);
	assert_int_equal(check(&done, false), -EPROTO);
	assert_int_equal(check(&ask, false), -EPROTO);
	assert_int_equal(check(&unwind, false), 0);
	assert_int_equal(check(&unwind, true), -EPROTO);
	assert_int_equal(check(&file, false), 0);
	assert_int_equal(check(&file, true), -EPROTO);
	unwind.count++;
	assert_int_equal(check(&unwind, false), -EPROTO);
	done.size++;
	assert_int_equal(check(&done, true), -EPROTO);
	done.size = 0, done.error = 1;
	assert_int_equal(check(&done, true), -EPROTO);
	ask.module = 0;
	assert_int_equal(check(&ask, true), -EPROTO);
	for (size_t size = 0; size < sizeof(file); size += 7)
		assert_int_equal(message_check(&file, size, false, &ret), -EPROTO);
}

/* No value of the kind is taken for another one's. */
static void message__knows_no_other_kinds(void **state)
{
	struct message m = {.module = 1};

	(void)state;
	for (m.kind = MESSAGE_KINDS; m.kind < 1000; m.kind++) {
		assert_int_equal(check(&m, true), -EPROTO);
		assert_int_equal(check(&m, false), -EPROTO);
	}
	m.kind = UINT32_MAX;
	assert_int_equal(check(&m, true), -EPROTO);
	assert_int_equal(check(&m, false), -EPROTO);
}

static void channel__hands_over_a_descriptor_and_no_more(void **state)
{
	struct message m = {.kind = MESSAGE_DONE, .count = 3}, got;
	int pair[2], fd = -1, before, file = open("/dev/null", O_RDONLY);

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	assert_int_equal(channel_send(pair[0], &m, file), 0);
	assert_int_equal(channel_receive(pair[1], true, &got, &fd), 0);
	assert_int_equal(got.count, 3);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	/* With garbage comes a descriptor that nobody wants: it is closed. */
	before = dup(file);
	close(before);
	m.kind = MESSAGE_KINDS;
	assert_int_equal(channel_send(pair[0], &m, file), 0);
	assert_int_equal(channel_receive(pair[1], true, &got, &fd), -EPROTO);
	assert_int_equal(fcntl(before, F_GETFD), -1);
	close(pair[0]);
	assert_int_equal(channel_receive(pair[1], true, &got, &fd), -EPIPE);
	/* No SIGPIPE. */
	assert_int_equal(channel_send(pair[1], &m, -1), -EPIPE);
	close(pair[1]);
	close(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(wire__gives_back_what_was_put),
	        cmocka_unit_test(wire__stops_where_the_room_ends),
	        cmocka_unit_test(wire__is_bad_where_bytes_are_missing),
	        cmocka_unit_test(wire__takes_no_string_that_lies_about_its_length),
	        cmocka_unit_test(message__lets_through_only_names_that_lead_nowhere_else),
	        cmocka_unit_test(message__lets_each_side_say_only_what_is_its_own),
	        cmocka_unit_test(message__knows_no_other_kinds),
	        cmocka_unit_test(channel__hands_over_a_descriptor_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
