/* SPDX-License-Identifier: MIT */
#include "support_screen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct shown *screen_raise(const struct tui_options *o, struct moment *m)
{
	struct shown *f = calloc(1, sizeof(*f));

	f->t = golden_open(o, 30, 100);
	show(f, m);
	return f;
}

int screen_strike(void **state)
{
	struct shown *f = *state;

	tui_close(f->t);
	moment_unref(f->m);
	free(f);
	return 0;
}

void show(struct shown *f, struct moment *m)
{
	moment_unref(f->m);
	f->m = m;
	tui_moment(f->t, m);
}

struct request press_key(struct shown *f, int key)
{
	return golden_keys(f->t, &key, 1);
}

struct request press(struct shown *f, const char *keys)
{
	struct request last = {0};

	for (; *keys; keys++)
		last = press_key(f, *keys);
	return last;
}

bool shows(struct shown *f, const char *text)
{
	return golden_shows(f->t, text);
}

unsigned line_of(struct shown *f, const char *text)
{
	struct buf got;
	unsigned line = 0;

	buf_init(&got, 1 << 20);
	assert_int_equal(tui_text(f->t, &got), 0);
	const char *at = strstr(buf_str(&got), text);
	for (const char *c = buf_str(&got); at && c <= at; c++)
		line += c == buf_str(&got) || *c == '\n';
	buf_done(&got);
	return line;
}
