/* SPDX-License-Identifier: MIT */
/*
 * Clipped drawing of text, lines and bars. It knows roles, cells and columns; not what is drawn.
 */

#include "tui/canvas.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/safe_text.h"

/* A path of 4 KiB keeps its end, which says most. */
enum { NAME_ROOM = 8192, TEXT_MAX = 512, EIGHTHS = 8 };

struct canvas canvas_part(const struct canvas *c, int y, int x, int rows, int columns)
{
	struct canvas part = *c;

	y = y < 0 ? 0 : y > c->rows ? c->rows : y;
	x = x < 0 ? 0 : x > c->columns ? c->columns : x;
	part.y = c->y + y;
	part.x = c->x + x;
	part.rows = rows > c->rows - y ? c->rows - y : rows < 0 ? 0 : rows;
	part.columns = columns > c->columns - x ? c->columns - x : columns < 0 ? 0 : columns;
	return part;
}

/* Columns of `width` that are inside the canvas at (y, x). */
static int canvas_room(const struct canvas *c, int y, int x, int width)
{
	if (y < 0 || x < 0 || y >= c->rows || x >= c->columns || width <= 0)
		return 0;
	return width > c->columns - x ? c->columns - x : width;
}

static void canvas_role(const struct canvas *c, enum role role)
{
	short pair = c->theme->colours ? (short)(role + 1) : 0;

	wattr_set(c->window, c->theme->attrs[role], pair, NULL);
}

/* Puts bytes that are known to fit. */
static void canvas_put(const struct canvas *c, int y, int x, enum role role, const char *text,
                       size_t len)
{
	canvas_role(c, role);
	mvwaddnstr(c->window, c->y + y, c->x + x, text, (int)len);
}

int canvas_text(const struct canvas *c, int y, int x, int width, enum role role, const char *text)
{
	char safe[TEXT_MAX * 4];

	width = canvas_room(c, y, x, width);
	if (width == 0 || !*text)
		return 0;
	/* Texts are safe already. But curses obeys newlines and sends bidi controls: this is the last gate. */
	text = safe_copy(safe, sizeof(safe), text, strnlen(text, sizeof(safe)),
	                 c->ascii ? SAFE_ASCII : SAFE_UTF8);
	size_t len = text_fit(text, width);
	canvas_put(c, y, x, role, text, len);
	return text[len] ? width : text_width(text);
}

int canvas_cut(const struct canvas *c, int y, int x, int width, enum role role, const char *text,
               bool middle)
{
	char cut[TEXT_MAX * 4];

	width = canvas_room(c, y, x, width);
	if (width == 0)
		return 0;
	return canvas_text(c, y, x, width, role,
	                   text_ellipsis(cut, sizeof(cut), text, width, middle, !c->ascii));
}

int canvas_right(const struct canvas *c, int y, int x, int width, enum role role, const char *text)
{
	int used = text_width(text);

	if (used < width)
		canvas_text(c, y, x + width - used, used, role, text);
	else
		canvas_text(c, y, x, width, role, text);
	return width;
}

int canvas_textf(const struct canvas *c, int y, int x, int width, enum role role,
                 const char *format, ...)
{
	char text[TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return canvas_text(c, y, x, width, role, text);
}

int canvas_name(const struct canvas *c, int y, int x, int width, enum role role, const char *bytes,
                size_t len, bool middle)
{
	char safe[NAME_ROOM];

	safe_copy(safe, sizeof(safe), bytes, len, c->ascii ? SAFE_ASCII : SAFE_UTF8);
	return canvas_cut(c, y, x, width, role, safe, middle);
}

void canvas_row(const struct canvas *c, int y, int x, int width, enum role role)
{
	width = canvas_room(c, y, x, width);
	if (width > 0)
		mvwchgat(c->window, c->y + y, c->x + x, width, c->theme->attrs[role],
		         c->theme->colours ? (short)(role + 1) : 0, NULL);
}

void canvas_glyph(const struct canvas *c, int y, int x, int width, enum role role, wchar_t glyph)
{
	cchar_t cell;
	wchar_t text[2] = {glyph, 0};
	short pair = c->theme->colours ? (short)(role + 1) : 0;

	width = canvas_room(c, y, x, width);
	if (width == 0 || setcchar(&cell, text, c->theme->attrs[role], pair, NULL) == ERR)
		return;
	/* Curses adds the attributes of the window to those of the cell. */
	wattr_set(c->window, A_NORMAL, 0, NULL);
	mvwhline_set(c->window, c->y + y, c->x + x, &cell, width);
}

void canvas_fill(const struct canvas *c, int y, int x, int width, enum role role)
{
	canvas_glyph(c, y, x, width, role, L' ');
}

void canvas_line(const struct canvas *c, int y, int x, int width, enum role role)
{
	canvas_glyph(c, y, x, width, role, c->ascii ? L'-' : L'\u2500');
}

void canvas_column(const struct canvas *c, int y, int x, int height, enum role role)
{
	for (int i = 0; i < height && y + i < c->rows; i++)
		canvas_glyph(c, y + i, x, 1, role, c->ascii ? L'|' : L'\u2502');
}

void canvas_bar(const struct canvas *c, int y, int x, int width, enum role role, double part)
{
	/* left blocks, from one eighth to seven */
	static const wchar_t eighths[EIGHTHS] = {0,         L'\u258f', L'\u258e', L'\u258d',
	                                         L'\u258c', L'\u258b', L'\u258a', L'\u2589'};

	width = canvas_room(c, y, x, width);
	part = part > 0 ? (part < 1 ? part : 1) : 0;
	int fine = (int)(part * width * EIGHTHS + 0.5), whole = fine / EIGHTHS;

	canvas_glyph(c, y, x, width, ROLE_TRACK, c->ascii ? L'.' : L'\u2591');
	canvas_glyph(c, y, x, whole, role, c->ascii ? L'#' : L'\u2588');
	if (fine % EIGHTHS && !c->ascii)
		canvas_glyph(c, y, x + whole, 1, role, eighths[fine % EIGHTHS]);
}

void canvas_scroll(const struct canvas *c, int y, int height, size_t top, size_t total)
{
	if (height <= 0 || total <= (size_t)height)
		return;
	size_t rows = (size_t)height;
	size_t thumb = rows * rows / total + 1;
	size_t at = top * (rows - thumb) / (total - rows);

	for (size_t i = 0; i < rows; i++) {
		bool on = i >= at && i < at + thumb;
		canvas_glyph(c, y + (int)i, c->columns - 1, 1, on ? ROLE_HEAD : ROLE_RULE,
		             c->ascii ? (on ? L'#' : L'|') : (on ? L'\u2588' : L'\u2502'));
	}
}
