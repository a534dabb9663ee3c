/* SPDX-License-Identifier: MIT */
/* Knows where wanted reports lie and what none may hold. Refuses to know how one is made. */
#include "support_report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/safe_text.h"
#include "support_fixture.h"

void report_buf(struct buf *b)
{
	buf_init(b, 128 << 20);
}

unsigned report_lines(const char *text)
{
	unsigned n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

void report_line(const char *text, unsigned number, char *out, size_t size)
{
	while (number-- > 0 && *text) {
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	snprintf(out, size, "%.*s", (int)strcspn(text, "\n"), text);
}

static void report_update(const struct buf *text, const char *name)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "tests/fixtures/report/%s", name);
	f = fopen(path, "w");
	if (!f || fwrite(text->data, 1, text->len, f) != text->len || fclose(f))
		fail_msg("cannot write %s", path);
}

void report_matches(const struct buf *text, const char *name)
{
	char path[128], want_line[4096], got_line[4096];
	struct fixture want;

	assert_int_equal(text->error, 0);
	if (getenv("GOLDEN_UPDATE")) {
		report_update(text, name);
		return;
	}
	snprintf(path, sizeof(path), "report/%s", name);
	want = fixture_load(path);
	char *wanted = strndup(want.text, want.len);
	assert_non_null(wanted);
	for (unsigned i = 0; i <= report_lines(wanted) || i <= report_lines(buf_str(text)); i++) {
		report_line(wanted, i, want_line, sizeof(want_line));
		report_line(buf_str(text), i, got_line, sizeof(got_line));
		if (strcmp(want_line, got_line) != 0)
			fail_msg("%s:%u differs\n want: %s\n  got: %s", path, i + 1, want_line,
			         got_line);
	}
	free(wanted);
	fixture_done(&want);
}

/* safe_text changes nothing in what is safe already; only it cuts no lines. */
void report_is_safe(const struct buf *text)
{
	const char *line = buf_str(text);
	struct buf again;

	assert_int_equal(text->error, 0);
	assert_int_equal(strlen(line), text->len);
	report_buf(&again);
	while (*line) {
		size_t n = strcspn(line, "\n");
		safe_text(&again, line, n, SAFE_UTF8);
		if (again.len != n || memcmp(buf_str(&again), line, n) != 0)
			fail_msg("unsafe; should be: %s", buf_str(&again));
		buf_reset(&again);
		line += n + (line[n] == '\n');
	}
	buf_done(&again);
}
