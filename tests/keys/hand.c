/* SPDX-License-Identifier: MIT */
/*
 * Knows what people, cats and broken lines do to a keyboard and a window. Refuses to know what it means, but for one thing:
 * a path that is typed stays in the working directory.
 */
#include <stdio.h>
#include <string.h>

#include "keys.h"
#include "tui/keys.h"

/* After the key table, whose names curses would take for macros of its own. */
#include "tui/theme.h"

enum { CODES = KEY_MIN, ESCAPE = 27 };

/* What a terminal sends for the keys that have no character. */
static const struct {
	int code;
	const char *bytes;
} sequences[] = {
        {KEY_UP, "\033[A"},      {KEY_DOWN, "\033[B"},   {KEY_RIGHT, "\033[C"},
        {KEY_LEFT, "\033[D"},    {KEY_UP, "\033OA"},     {KEY_DOWN, "\033OB"},
        {KEY_RIGHT, "\033OC"},   {KEY_LEFT, "\033OD"},   {KEY_HOME, "\033OH"},
        {KEY_END, "\033OF"},     {KEY_PPAGE, "\033[5~"}, {KEY_NPAGE, "\033[6~"},
        {KEY_BTAB, "\033[Z"},    {KEY_DC, "\033[3~"},    {KEY_F(1), "\033OP"},
        {KEY_ENTER, "\033OM"},   {KEY_HOME, "\033[1~"},  {KEY_END, "\033[4~"},
        {KEY_BACKSPACE, "\177"},
};
enum { SEQUENCES = sizeof(sequences) / sizeof(sequences[0]) };

/* Cut, foreign, of a mouse that nobody asked for, and answers to questions that nobody asked. */
static const char *const odd[] = {
        "\033",
        "\033[",
        "\033O",
        "\033[1;",
        "\033[<0;10;",
        "\033\033\033",
        "\033]0;t",
        "\033P1$r",
        "\033[M !!",
        "\033[<0;10;20M",
        "\033[<64;1;1m",
        "\033[?1;2c",
        "\033[24;80R",
        "\033[200~1\033[201~",
        "\033[I\033[O",
        "\033[1;5C",
        "\033[3;5~",
        "\033x",
        "\033[999999999A",
        "\033]10;rgb:0/0/0\007",
        "\x9b"
        "A",
        "\x8f",
        "\xff",
        "\xfe\xff",
        "\xc0\x80",
        "\xc3",
        "\xe2\x82",
        "\xf0\x9f\x98",
        "\xed\xa0\x80",
        "\xf4\x90\x80\x80",
        "\xc3\xa9",
        "\xe6\xbc\xa2",
        "\xf0\x9f\x98\x80",
        "e\xcc\x81\xcc\x81",
        "\xe2\x80\xae",
        "\xe2\x80\x8b",
        "\xc2\x9b"
        "31m",
        "\x01\x02\x05\x06",
        "\x0b\x17\x15",
        "\x0e\x0f",
        "\x11\x13",
        "\x10\x12\x14",
        "\x16\x19\x1f",
        "\x7f\x7f\x08",
};

/* What follows a key that asks for something. */
static const char *const paths[] = {
        "a.json",
        "b.csv",
        "c.txt",
        "d.html",
        "e.folded",
        "f.mld",
        "plain",
        "\xc3\xa9.json",
        "a b.csv",
        "nowhere.d/x.json",
        ".json",
        ".",
        "-",
        "=x\xe2\x80\xae.csv",
        "recording.mld",
};
static const char *const filters[] = {
        "heap", "x", "\xc3\xa9", "[",     ".*",     "Zq",      "worker",
        "zzzz", "",  "4242",     "\\x1b", "user:0", "service", "\xe6\xbc\xa2\xe5\xad\x97",
};
static const char *const times[] = {
        "13:45",
        "+90m",
        "-2h",
        "@0:01",
        "@12:34",
        "+1s",
        "-1s",
        "0",
        "",
        "2026-11-20 13:45",
        "-99999999999999999999h",
        "@99:99:99",
        "noon",
        "+0.5s",
        "1e9",
        "25:61",
        "@-1",
};
/* Ways through the program that random keys find too seldom; \1 stands for a path, \2 a filter, \3 a time. */
static const char *const ways[] = {
        "2\r",
        "2a\r",
        "2aa/\2\r",
        "3s\033[B\r",
        "3<>rnN",
        "5x",
        "5aa\r",
        "6x\r",
        "6xx",
        "6t\r",
        "7/\2\r",
        "7t\r",
        "7s\033[B\033[B\r",
        "e\025\1\r",
        "e\1\r",
        "R\025\1\r",
        "R",
        ":\3\r",
        "mmd",
        "md",
        "ddmd",
        "bu",
        " \033[D\033[D\033[C ",
        " [[]]",
        " hhll ",
        "w\033[6~\033[6~",
        "??\033",
        "?\033[B\033",
        "+++",
        "---",
        "\033\033\033",
        "1234567",
        "\t\t\t",
        "\033[Z\033[Z",
        "2\rwe\025\1\r",
        "/\2\rnnNN\033",
        "2\033[6~\033[6~\033[6~\r",
        "GgGg",
        "6x\033",
        "5\r\r\033",
        "2\r\033[C\033[C\033[D",
        "4\033[6~",
};

static const char *one_of(struct dice *d, const char *const *list, size_t count)
{
	return list[dice_roll(d, count)];
}
#define ONE_OF(d, list) one_of(d, list, sizeof(list) / sizeof((list)[0]))

static void add(struct act *a, const char *bytes)
{
	size_t n = strlen(bytes);

	if (a->len + n >= sizeof(a->bytes))
		return;
	memcpy(a->bytes + a->len, bytes, n + 1);
	a->len += n;
}

static void add_char(struct act *a, int c)
{
	add(a, (const char[]){(char)c, 0});
}

/* A name that is long is also one. */
static void add_path(struct act *a, struct dice *d)
{
	if (dice_once(d, 30))
		for (int i = 0; i < 300; i++)
			add_char(a, 'n');
	add(a, ONE_OF(d, paths));
}

static void add_way(struct act *a, struct dice *d)
{
	for (const char *way = ONE_OF(d, ways); *way; way++)
		switch (*way) {
		case 1:
			add_path(a, d);
			break;
		case 2:
			add(a, ONE_OF(d, filters));
			break;
		case 3:
			add(a, ONE_OF(d, times));
			break;
		default:
			add_char(a, *way);
		}
}

/* A key out of the table, seldom one that leaves: 0 when there is no such luck. */
static int bound_key(struct dice *d)
{
	const struct key_binding *b;
	size_t count = 0, keys = 0;

	while (key_bindings[count].keys[0])
		count++;
	b = &key_bindings[dice_roll(d, count)];
	while (keys < sizeof(b->keys) / sizeof(b->keys[0]) && b->keys[keys])
		keys++;
	if (b->action == ACTION_QUIT && !dice_once(d, 30))
		return 0;
	return b->keys[dice_roll(d, keys)];
}

static void add_key(struct act *a, struct dice *d, int key, bool blind)
{
	if (key > 0 && key < 0x80) {
		/* Whoever does not see a prompt leaves it first: a path that begins with / leads anywhere. */
		if (blind && key == '/')
			add(a, "\033\033");
		add_char(a, key);
		return;
	}
	for (unsigned i = 0; i < SEQUENCES; i++)
		if (sequences[i].code == key && (i + 1 == SEQUENCES || !dice_once(d, 3))) {
			add(a, sequences[i].bytes);
			return;
		}
	if (blind)
		return;
	a->kind = ACT_CODE;
	a->code = key;
}

static void add_noise(struct act *a, struct dice *d)
{
	for (uint64_t i = dice_roll(d, 12) + 1; i > 0; i--) {
		int c = (int)(1 + dice_roll(d, 255));
		/* Not what ends it, or begins a path. */
		if (c != 'q' && c != 3 && c != '/' && c != 26 && c != 28)
			add_char(a, c);
	}
}

void hand_size(struct dice *d, int *ret_rows, int *ret_columns)
{
	static const int rows[] = {1, 2, 3, 9, 10, 11, 15, 16, 21, 22, 24, 30, 60, 120};
	static const int columns[] = {1,  2,  3,  40,  59,  60,  61,  75,
	                              76, 79, 80, 100, 120, 200, 399, 400};

	*ret_rows = rows[dice_roll(d, sizeof(rows) / sizeof(rows[0]))];
	*ret_columns = columns[dice_roll(d, sizeof(columns) / sizeof(columns[0]))];
	if (dice_once(d, 3)) {
		*ret_rows = 1 + (int)dice_roll(d, 120);
		*ret_columns = 1 + (int)dice_roll(d, 400);
	} else if (dice_once(d, 2)) { /* most people's */
		*ret_rows = 24 + (int)dice_roll(d, 20);
		*ret_columns = 80 + (int)dice_roll(d, 50);
	}
}

void hand_act(struct dice *d, bool blind, struct act *ret)
{
	uint64_t n = dice_roll(d, 100);
	int key = bound_key(d);

	*ret = (struct act){.kind = ACT_BYTES};
	if (n < 40 && key) {
		add_key(ret, d, key, blind);
	} else if (n < 62) {
		add_way(ret, d);
	} else if (n < 70) {
		add(ret, ONE_OF(d, odd));
	} else if (n < 74) {
		add_noise(ret, d);
	} else if (n < 78) {
		for (uint64_t i = dice_roll(d, 40) + 1; key && i > 0; i--)
			add_key(ret, d, key, blind);
	} else if (n < 84) {
		ret->kind = ACT_RESIZE;
		hand_size(d, &ret->rows, &ret->columns);
	} else if (n < 93) {
		ret->kind = ACT_LIVE;
	} else if (n < 98) {
		ret->kind = ACT_WAIT;
	} else if (n < 99 || !dice_once(d, 20)) {
		ret->kind = ACT_REDRAW;
	} else {
		ret->kind = ACT_LATER;
	}
}
