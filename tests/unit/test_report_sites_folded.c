/* SPDX-License-Identifier: MIT */
/* Collapsed stacks: read back as flamegraph.pl and speedscope read them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/sites.h"
#include "support_moment.h"
#include "support_report.h"
#include "support_site_facts.h"

enum { FRAMES = 70, NAME = 512 };

struct stack {
	char frame[FRAMES][NAME];
	unsigned count;
	unsigned long long value;
};

static struct moment *with(struct sites_facts *f)
{
	struct moment *m = support_moment();

	support_sites_put(m, f, f ? f->kind : SITES_NONE, SITES_ENDED);
	return m;
}

/* One line, as both read it: up to the last blank frames between ";", behind it a number. Returns what follows. */
static const char *line_read(const char *line, struct stack *ret)
{
	size_t n = strcspn(line, "\n");
	size_t at = n;
	char *end;

	assert_int_equal(line[n], '\n');
	while (at && line[at] != ' ')
		at--;
	assert_true(at > 0);
	ret->value = strtoull(line + at + 1, &end, 10);
	assert_ptr_equal(end, line + n);
	ret->count = 0;
	for (size_t from = 0; from <= at;) {
		size_t len = strcspn(line + from, "; ");
		assert_true(len > 0 && len < NAME && ret->count < FRAMES);
		memcpy(ret->frame[ret->count], line + from, len);
		ret->frame[ret->count++][len] = '\0';
		from += len + 1;
		/* A blank within a name would have ended the frame early. */
		assert_true(line[from - 1] == ';' || from - 1 == at);
	}
	return line + n + 1;
}

/* Reads all; the first stack whose innermost but `up` frame has this name into ret. */
static bool find(const struct buf *b, const char *name, unsigned up, struct stack *ret)
{
	static struct stack s;
	bool found = false;

	for (const char *line = buf_str(b); *line;) {
		line = line_read(line, &s);
		if (!found && s.count > up && !strcmp(s.frame[s.count - 1 - up], name)) {
			*ret = s;
			found = true;
		}
	}
	return found;
}

static void fold(struct moment *m, struct buf *b)
{
	report_buf(b);
	assert_int_equal(sites_folded(m, b), 0);
	report_is_safe(b);
	moment_unref(m);
}

static unsigned long long sum(const struct buf *b)
{
	unsigned long long all = 0;
	static struct stack s;

	for (const char *line = buf_str(b); *line; all += s.value)
		line = line_read(line, &s);
	return all;
}

static void folded__is__outermost_first_with_live_bytes(void **state)
{
	static struct stack s;
	struct buf b;

	(void)state;
	fold(support_moment_sites(), &b);
	assert_true(find(&b, "parse_header", 1, &s));
	assert_string_equal(s.frame[s.count - 1], "malloc");
	assert_string_equal(s.frame[s.count - 3], "net_read");
	assert_string_equal(s.frame[0], "clone3");
	assert_int_equal(s.value, 552960);
	buf_done(&b);
}

static void folded__has__inlined_frames_too(void **state)
{
	static struct stack s;
	struct buf b;

	(void)state;
	fold(support_moment_sites(), &b);
	assert_true(find(&b, "operator_new(unsigned_long)", 0, &s));
	assert_non_null(strstr(s.frame[s.count - 2], "std::make_unique<Session,_std::"));
	assert_string_equal(s.frame[s.count - 4], "session_find");
	assert_string_equal(s.frame[s.count - 5], "request_begin");
	assert_int_equal(s.value, 3072000);
	buf_done(&b);
}

/* Whoever draws it sees all that is live. */
static void folded__sums_up__to_what_is_live(void **state)
{
	struct moment *m = support_moment_sites();
	uint64_t live = m->sites->live_bytes;
	struct buf b;

	(void)state;
	fold(m, &b);
	assert_int_equal(sum(&b), live);
	assert_non_null(strstr(buf_str(&b), "\n[other_call_sites] 49152\n"));
	/* What was freed again has no line. */
	assert_null(strstr(buf_str(&b), "log_format"));
	buf_done(&b);
}

static void folded__counts__calls_of_hits(void **state)
{
	struct moment *m = with(support_sites_hits());
	uint64_t samples = m->sites->samples;
	struct buf b;

	(void)state;
	fold(m, &b);
	assert_int_equal(sum(&b), samples);
	assert_int_equal(report_lines(buf_str(&b)), SUPPORT_SITES);
	buf_done(&b);
}

static void folded__names__the_nameless_by_file_and_offset(void **state)
{
	struct moment *m = support_moment_sites();
	static struct stack s;
	struct buf b;

	(void)state;
	struct sites_facts *f = m->sites;
	const struct site *stripped = &f->sites[3];
	assert_string_equal(sites_text(f, f->frames[stripped->frame + 1].function), "");
	f->frames[stripped->frame + 1].offset = 0x2f0;
	f->frames[stripped->frame + 2].offset = 0;
	fold(m, &b);
	assert_true(find(&b, "libbasket.so+0x2f0", 1, &s));
	assert_string_equal(s.frame[s.count - 3], "0x7f1019201a88_in_libbasket.so");
	/* Made at run time. */
	assert_true(find(&b, "0x7f1015401234", 1, &s));
	buf_done(&b);
}

static void folded__cannot_be_broken__by_names(void **state)
{
	struct buf b;

	(void)state;
	fold(with(support_sites_hostile()), &b);
	assert_true(sum(&b) > 0);
	assert_non_null(
	        strstr(buf_str(&b), "\\x1B[31m<b>&\"'\\x0A\\x9B\\xFF\\xE2\\x80\\xAE</script>:,{"));
	for (const char *p = buf_str(&b); (p = strchr(p, ' ')); p++)
		assert_true(p[1] >= '0' && p[1] <= '9');
	buf_done(&b);
}

static void folded__has_no_data__where_nothing_was_traced_or_stayed(void **state)
{
	struct moment *m = support_moment();
	struct buf b;

	(void)state;
	report_buf(&b);
	assert_int_equal(sites_folded(m, &b), -ENODATA);
	support_sites_put(m, support_sites_none(SITES_GROWTH), SITES_GROWTH, SITES_ENDED);
	assert_int_equal(sites_folded(m, &b), -ENODATA);
	support_sites_put(m, support_sites_none(SITES_HITS), SITES_HITS, SITES_ENDED);
	assert_int_equal(sites_folded(m, &b), -ENODATA);
	assert_int_equal(b.len, 0);
	moment_unref(m);
	buf_done(&b);
}

static void folded__bears__a_site_without_a_stack(void **state)
{
	struct moment *m = support_moment_sites();
	struct buf b;

	(void)state;
	m->sites->sites[0].frame_count = 0;
	fold(m, &b);
	assert_memory_equal(buf_str(&b), "[no_stack] 3072000\n", 19);
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(folded__is__outermost_first_with_live_bytes),
	        cmocka_unit_test(folded__has__inlined_frames_too),
	        cmocka_unit_test(folded__sums_up__to_what_is_live),
	        cmocka_unit_test(folded__counts__calls_of_hits),
	        cmocka_unit_test(folded__names__the_nameless_by_file_and_offset),
	        cmocka_unit_test(folded__cannot_be_broken__by_names),
	        cmocka_unit_test(folded__has_no_data__where_nothing_was_traced_or_stayed),
	        cmocka_unit_test(folded__bears__a_site_without_a_stack),
	};
	return cmocka_run_group_tests_name("report sites, folded", tests, NULL, NULL);
}
