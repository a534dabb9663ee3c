/* SPDX-License-Identifier: MIT */
/*
 * The picture as text and as roles, read back from the screen. It knows cells, not their
 * meaning.
 */

#include <limits.h>
#include <string.h>
#include <wchar.h>

#include "tui/tui_internal.h"

/* The cell at (y, x): its characters, attributes and pair. False behind a wide character. */
static bool cell_read(const struct tui *t, int y, int x, wchar_t text[CCHARW_MAX + 1],
                      attr_t *ret_attrs, short *ret_pair)
{
	cchar_t cell;

	if (mvwin_wch(t->window, y, x, &cell) == ERR ||
	    getcchar(&cell, text, ret_attrs, ret_pair, NULL) == ERR) {
		text[0] = L' ';
		text[1] = 0;
		*ret_attrs = A_NORMAL;
		*ret_pair = 0;
	}
	/* The second half of a wide character reads back as the same character. */
	if (x > 0 && text[0] && wcwidth(text[0]) == 2) {
		cchar_t left;
		wchar_t before[CCHARW_MAX + 1];
		attr_t attrs;
		short pair;
		int starts = 0;
		for (int i = x - 1; i >= 0; i--) {
			if (mvwin_wch(t->window, y, i, &left) == ERR ||
			    getcchar(&left, before, &attrs, &pair, NULL) == ERR ||
			    wcwidth(before[0]) != 2)
				break;
			starts++;
		}
		return starts % 2 == 0;
	}
	return true;
}

static void trim_line(struct buf *out, size_t begin)
{
	while (!out->error && out->len > begin && out->data[out->len - 1] == ' ')
		out->data[--out->len] = 0;
}

static void add_wide(struct buf *out, const wchar_t *text)
{
	char bytes[CCHARW_MAX * MB_LEN_MAX + 1];
	const wchar_t *from = text;
	mbstate_t state = {0};
	size_t n = wcsrtombs(bytes, &from, sizeof(bytes) - 1, &state);

	if (n == (size_t)-1)
		buf_addc(out, '?');
	else
		buf_add(out, bytes, n);
}

static int screen_read(struct tui *t, struct buf *out, bool roles)
{
	wchar_t text[CCHARW_MAX + 1];
	attr_t attrs;
	short pair;

	tui_draw(t);
	for (int y = 0; y < LINES; y++) {
		size_t begin = out->len;
		for (int x = 0; x < COLS; x++) {
			bool whole = cell_read(t, y, x, text, &attrs, &pair);
			if (roles)
				buf_addc(out, role_letter(theme_role(&t->theme, attrs, pair)));
			else if (whole)
				add_wide(out, text);
		}
		trim_line(out, begin);
		buf_addc(out, '\n');
	}
	return out->error;
}

int tui_text(struct tui *t, struct buf *out)
{
	return screen_read(t, out, false);
}

int tui_roles(struct tui *t, struct buf *out)
{
	return screen_read(t, out, true);
}
