/* SPDX-License-Identifier: MIT */
/*
 * Roles to attributes and colours. The only file that knows a colour; it does not know what a
 * role is used for. The background is always the terminal's own, but for the row under the
 * cursor, alarms and banners.
 */

#include "tui/theme.h"

#include <errno.h>
#include <string.h>

#include "tui/tui_internal.h"

const char *const tui_themes[] = {"dark", "light", "mono", NULL};

/*
 * A role in a palette: foreground and background for 256 and for 8 or 16 colours; -1 is the
 * default.
 */
struct paint {
	attr_t attrs;
	short fg256, bg256;
	short fg8, bg8;
};

#define PLAIN(attrs, fg256, fg8)                \
	{                                       \
		(attrs), (fg256), -1, (fg8), -1 \
	}
#define BRIGHT_BLACK 8

static const struct paint paint_dark[ROLE_COUNT] = {
        [ROLE_TEXT] = PLAIN(A_NORMAL, -1, -1),
        [ROLE_DIM] = PLAIN(A_NORMAL, 245, BRIGHT_BLACK),
        [ROLE_TITLE] = PLAIN(A_BOLD, -1, -1),
        [ROLE_HEAD] = PLAIN(A_NORMAL, 110, COLOR_CYAN),
        [ROLE_RULE] = PLAIN(A_NORMAL, 239, BRIGHT_BLACK),
        [ROLE_SELECTED] = {A_NORMAL, 255, 24, COLOR_BLACK, COLOR_CYAN},
        [ROLE_KEY] = PLAIN(A_BOLD, 110, COLOR_CYAN),
        [ROLE_GRAPH] = PLAIN(A_NORMAL, 74, COLOR_CYAN),
        [ROLE_TRACK] = PLAIN(A_NORMAL, 238, BRIGHT_BLACK),
        [ROLE_GROWTH] = PLAIN(A_NORMAL, 203, COLOR_RED),
        [ROLE_GOOD] = PLAIN(A_NORMAL, 71, COLOR_GREEN),
        [ROLE_WARN] = PLAIN(A_NORMAL, 179, COLOR_YELLOW),
        [ROLE_BAD] = PLAIN(A_BOLD, 203, COLOR_RED),
        [ROLE_ALARM] = PLAIN(A_BOLD, 203, COLOR_RED),
        [ROLE_BANNER] = {A_NORMAL, 234, 110, COLOR_BLACK, COLOR_CYAN},
        [ROLE_PART_0] = PLAIN(A_NORMAL, 173, COLOR_RED),
        [ROLE_PART_1] = PLAIN(A_NORMAL, 179, COLOR_YELLOW),
        [ROLE_PART_2] = PLAIN(A_NORMAL, 67, COLOR_BLUE),
        [ROLE_PART_3] = PLAIN(A_NORMAL, 109, COLOR_CYAN),
        [ROLE_PART_4] = PLAIN(A_NORMAL, 133, COLOR_MAGENTA),
        [ROLE_KIND + REGION_HEAP] = PLAIN(A_NORMAL, 173, COLOR_RED),
        [ROLE_KIND + REGION_ARENA] = PLAIN(A_NORMAL, 179, COLOR_YELLOW),
        [ROLE_KIND + REGION_ANON] = PLAIN(A_NORMAL, 74, COLOR_CYAN),
        [ROLE_KIND + REGION_STACK] = PLAIN(A_NORMAL, 108, COLOR_GREEN),
        [ROLE_KIND + REGION_MAIN_STACK] = PLAIN(A_NORMAL, 108, COLOR_GREEN),
        [ROLE_KIND + REGION_TEXT] = PLAIN(A_NORMAL, 139, COLOR_MAGENTA),
        [ROLE_KIND + REGION_RODATA] = PLAIN(A_NORMAL, 103, COLOR_MAGENTA),
        [ROLE_KIND + REGION_DATA] = PLAIN(A_NORMAL, 175, COLOR_MAGENTA),
        [ROLE_KIND + REGION_BSS] = PLAIN(A_NORMAL, 181, COLOR_MAGENTA),
        [ROLE_KIND + REGION_FILE] = PLAIN(A_NORMAL, 67, COLOR_BLUE),
        [ROLE_KIND + REGION_SHM] = PLAIN(A_NORMAL, 109, COLOR_BLUE),
        [ROLE_KIND + REGION_HUGE] = PLAIN(A_NORMAL, 143, COLOR_GREEN),
        [ROLE_KIND + REGION_VDSO] = PLAIN(A_NORMAL, 242, BRIGHT_BLACK),
        [ROLE_KIND + REGION_JIT] = PLAIN(A_NORMAL, 168, COLOR_RED),
        [ROLE_KIND + REGION_RESERVED] = PLAIN(A_NORMAL, 239, BRIGHT_BLACK),
        [ROLE_KIND + REGION_OTHER] = PLAIN(A_NORMAL, 245, BRIGHT_BLACK),
};

static const struct paint paint_light[ROLE_COUNT] = {
        [ROLE_TEXT] = PLAIN(A_NORMAL, -1, -1),
        [ROLE_DIM] = PLAIN(A_NORMAL, 242, BRIGHT_BLACK),
        [ROLE_TITLE] = PLAIN(A_BOLD, -1, -1),
        [ROLE_HEAD] = PLAIN(A_NORMAL, 25, COLOR_BLUE),
        [ROLE_RULE] = PLAIN(A_NORMAL, 250, BRIGHT_BLACK),
        [ROLE_SELECTED] = {A_NORMAL, 16, 153, COLOR_WHITE, COLOR_BLUE},
        [ROLE_KEY] = PLAIN(A_BOLD, 25, COLOR_BLUE),
        [ROLE_GRAPH] = PLAIN(A_NORMAL, 31, COLOR_BLUE),
        [ROLE_TRACK] = PLAIN(A_NORMAL, 252, BRIGHT_BLACK),
        [ROLE_GROWTH] = PLAIN(A_NORMAL, 160, COLOR_RED),
        [ROLE_GOOD] = PLAIN(A_NORMAL, 28, COLOR_GREEN),
        [ROLE_WARN] = PLAIN(A_NORMAL, 130, COLOR_YELLOW),
        [ROLE_BAD] = PLAIN(A_BOLD, 160, COLOR_RED),
        [ROLE_ALARM] = PLAIN(A_BOLD, 160, COLOR_RED),
        [ROLE_BANNER] = {A_NORMAL, 231, 25, COLOR_WHITE, COLOR_BLUE},
        [ROLE_PART_0] = PLAIN(A_NORMAL, 166, COLOR_RED),
        [ROLE_PART_1] = PLAIN(A_NORMAL, 136, COLOR_YELLOW),
        [ROLE_PART_2] = PLAIN(A_NORMAL, 25, COLOR_BLUE),
        [ROLE_PART_3] = PLAIN(A_NORMAL, 73, COLOR_CYAN),
        [ROLE_PART_4] = PLAIN(A_NORMAL, 127, COLOR_MAGENTA),
        [ROLE_KIND + REGION_HEAP] = PLAIN(A_NORMAL, 166, COLOR_RED),
        [ROLE_KIND + REGION_ARENA] = PLAIN(A_NORMAL, 136, COLOR_YELLOW),
        [ROLE_KIND + REGION_ANON] = PLAIN(A_NORMAL, 31, COLOR_CYAN),
        [ROLE_KIND + REGION_STACK] = PLAIN(A_NORMAL, 64, COLOR_GREEN),
        [ROLE_KIND + REGION_MAIN_STACK] = PLAIN(A_NORMAL, 64, COLOR_GREEN),
        [ROLE_KIND + REGION_TEXT] = PLAIN(A_NORMAL, 97, COLOR_MAGENTA),
        [ROLE_KIND + REGION_RODATA] = PLAIN(A_NORMAL, 60, COLOR_MAGENTA),
        [ROLE_KIND + REGION_DATA] = PLAIN(A_NORMAL, 132, COLOR_MAGENTA),
        [ROLE_KIND + REGION_BSS] = PLAIN(A_NORMAL, 138, COLOR_MAGENTA),
        [ROLE_KIND + REGION_FILE] = PLAIN(A_NORMAL, 25, COLOR_BLUE),
        [ROLE_KIND + REGION_SHM] = PLAIN(A_NORMAL, 66, COLOR_BLUE),
        [ROLE_KIND + REGION_HUGE] = PLAIN(A_NORMAL, 100, COLOR_GREEN),
        [ROLE_KIND + REGION_VDSO] = PLAIN(A_NORMAL, 246, BRIGHT_BLACK),
        [ROLE_KIND + REGION_JIT] = PLAIN(A_NORMAL, 161, COLOR_RED),
        [ROLE_KIND + REGION_RESERVED] = PLAIN(A_NORMAL, 250, BRIGHT_BLACK),
        [ROLE_KIND + REGION_OTHER] = PLAIN(A_NORMAL, 242, BRIGHT_BLACK),
};

static const attr_t mono_attrs[ROLE_COUNT] = {
        [ROLE_TITLE] = A_BOLD, [ROLE_HEAD] = A_UNDERLINE, [ROLE_SELECTED] = A_REVERSE,
        [ROLE_KEY] = A_BOLD,   [ROLE_GROWTH] = A_BOLD,    [ROLE_WARN] = A_BOLD,
        [ROLE_BAD] = A_BOLD,   [ROLE_ALARM] = A_REVERSE,  [ROLE_BANNER] = A_REVERSE,
};

char role_letter(enum role role)
{
	static const char kinds[REGION_KIND_COUNT + 1] = "0123456789ABCDEF";

	if (role == ROLE_TEXT)
		return ' ';
	return role >= ROLE_KIND ? kinds[role - ROLE_KIND] : (char)('a' + role);
}

/* Bright black is missing where there are eight colours: half bright does as well. False: there was no memory. */
static bool paint_pair(const struct paint *p, short pair, attr_t *attrs)
{
	short fg = COLORS >= 256 ? p->fg256 : p->fg8;
	short bg = COLORS >= 256 ? p->bg256 : p->bg8;

	*attrs = p->attrs;
	if (fg == BRIGHT_BLACK && COLORS < 16) {
		fg = -1;
		*attrs |= A_DIM;
	}
	curses_begins();
	init_pair(pair, fg, bg);
	return curses_ends();
}

static const struct paint *paint_find(const char *name)
{
	return !strcmp(name, "light") ? paint_light : !strcmp(name, "dark") ? paint_dark : NULL;
}

/* 1: there are colours, 0: there are not, or -ENOMEM. */
static int colours_start(void)
{
	curses_begins();
	bool there = has_colors() && start_color() != ERR && COLOR_PAIRS > ROLE_COUNT &&
	             use_default_colors() != ERR;

	return curses_ends() ? there : -ENOMEM;
}

int theme_init(struct theme *t, const char *name, bool colours)
{
	const char *const *known_name = tui_themes;

	while (name && *known_name && strcmp(*known_name, name) != 0)
		known_name++;
	if (!*known_name)
		return -EINVAL;
	*t = (struct theme){.name = *known_name};
	memcpy(t->attrs, mono_attrs, sizeof(t->attrs));
	const struct paint *palette = paint_find(t->name);
	int started = palette && colours ? colours_start() : 0;
	if (started <= 0)
		return started;
	t->colours = true;
	for (short i = 0; i < ROLE_COUNT; i++)
		if (!paint_pair(&palette[i], (short)(i + 1), &t->attrs[i]))
			return -ENOMEM;
	return 0;
}

enum role theme_role(const struct theme *t, attr_t attrs, int pair)
{
	if (t->colours)
		return pair > 0 && pair <= ROLE_COUNT ? (enum role)(pair - 1) : ROLE_TEXT;
	for (unsigned i = 0; i < ROLE_COUNT; i++)
		if (t->attrs[i] == (attrs & (A_BOLD | A_UNDERLINE | A_REVERSE | A_DIM)))
			return (enum role)i;
	return ROLE_TEXT;
}
