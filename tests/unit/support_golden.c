/* SPDX-License-Identifier: MIT */
/* Compares screens with files. It knows where golden files are; not what is on them. */

#include "support_golden.h"

#include <errno.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { GOLDEN_MAX = 1 << 20 };

void golden_locale(void)
{
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		setlocale(LC_CTYPE, "en_US.UTF-8");
	setlocale(LC_NUMERIC, "C");
	/* Wall-clock labels must not depend on where the test runs. */
	setenv("TZ", "UTC", 1);
	unsetenv("NO_COLOR");
}

struct tui *golden_open(const struct tui_options *o, int rows, int width)
{
	struct tui *t = NULL;

	assert_int_equal(tui_open_headless(o, rows, width, &t), 0);
	return t;
}

static void golden_write(const char *path, const struct buf *text)
{
	FILE *f = fopen(path, "w");

	if (!f || fwrite(text->data, 1, text->len, f) != text->len || fclose(f) != 0)
		fail_msg("cannot write %s: %s", path, strerror(errno));
}

static void golden_read(const char *path, struct buf *text)
{
	FILE *f = fopen(path, "r");
	char part[4096];
	size_t n;

	if (!f)
		fail_msg("cannot read %s: %s; GOLDEN_UPDATE=1 writes it", path, strerror(errno));
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(text, part, n);
	fclose(f);
}

/* The first line in which two texts differ, for the message. */
static void golden_fail(const char *path, const char *want, const char *got)
{
	unsigned line = 1;

	for (;; line++) {
		size_t a = strcspn(want, "\n"), b = strcspn(got, "\n");
		if (a != b || memcmp(want, got, a) != 0)
			fail_msg("%s:%u differs\n want: %.*s\n  got: %.*s", path, line, (int)a,
			         want, (int)b, got);
		want += a + (want[a] == '\n');
		got += b + (got[b] == '\n');
	}
}

static void golden_compare(const char *name, const char *suffix, const struct buf *got)
{
	char path[256];
	struct buf want;

	snprintf(path, sizeof(path), "tests/golden/%s.%s", name, suffix);
	assert_int_equal(got->error, 0);
	if (getenv("GOLDEN_UPDATE")) {
		golden_write(path, got);
		return;
	}
	buf_init(&want, GOLDEN_MAX);
	golden_read(path, &want);
	if (strcmp(buf_str(&want), buf_str(got)) != 0)
		golden_fail(path, buf_str(&want), buf_str(got));
	buf_done(&want);
}

void golden_text(struct tui *t, const char *name)
{
	struct buf got;

	buf_init(&got, GOLDEN_MAX);
	tui_text(t, &got);
	golden_compare(name, "txt", &got);
	buf_done(&got);
}

void golden_roles(struct tui *t, const char *name)
{
	struct buf got;

	buf_init(&got, GOLDEN_MAX);
	tui_roles(t, &got);
	golden_compare(name, "roles", &got);
	buf_done(&got);
}

struct request golden_keys(struct tui *t, const int *keys, unsigned count)
{
	struct request last = {0};

	for (unsigned i = 0; i < count; i++)
		tui_key(t, keys[i], &last);
	return last;
}

bool golden_shows(struct tui *t, const char *text)
{
	struct buf got;

	buf_init(&got, GOLDEN_MAX);
	assert_int_equal(tui_text(t, &got), 0);
	bool shows = strstr(buf_str(&got), text) != NULL;
	buf_done(&got);
	return shows;
}

static void press_all(struct tui *t, const char *keys)
{
	for (; *keys; keys++)
		golden_keys(t, &(int){*keys}, 1);
}

void golden_sizes(const char *name, struct moment *m, const char *keys, int narrow, bool roles)
{
	const int sizes[][2] = {{10, narrow}, {24, 80}, {30, 100}, {60, 200}};
	const struct tui_options o = {.color = TUI_COLOR_ALWAYS};
	char file[96];

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct tui *t = golden_open(&o, sizes[i][0], sizes[i][1]);

		tui_moment(t, m);
		press_all(t, keys);
		snprintf(file, sizeof(file), "%s-%dx%d", name, sizes[i][1], sizes[i][0]);
		golden_text(t, file);
		if (roles && sizes[i][1] == 100)
			golden_roles(t, file);
		tui_close(t);
	}
	moment_unref(m);
}

void golden_ascii(const char *name, struct moment *m, const char *keys)
{
	const struct tui_options o = {.ascii = true, .color = TUI_COLOR_NEVER};
	struct tui *t = golden_open(&o, 30, 100);
	struct buf text;

	tui_moment(t, m);
	press_all(t, keys);
	golden_text(t, name);
	buf_init(&text, GOLDEN_MAX);
	assert_int_equal(tui_text(t, &text), 0);
	for (size_t i = 0; i < text.len; i++)
		assert_true(text.data[i] == '\n' || (text.data[i] >= ' ' && text.data[i] < 0x7f));
	buf_done(&text);
	tui_close(t);
	moment_unref(m);
}
