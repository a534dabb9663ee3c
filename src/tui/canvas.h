/* SPDX-License-Identifier: MIT */
#ifndef TUI_CANVAS_H
#define TUI_CANVAS_H

/*
 * A rectangle of a WINDOW to draw into, with roles instead of colours.
 *
 * Every function clips: negative or too large positions and widths draw nothing or less.
 * Positions are relative to the canvas. Texts are safe (base/safe_text.h) and UTF-8; under
 * `ascii` what is beyond ASCII becomes '?'. A width of CANVAS_REST goes to the right edge.
 * Nothing wraps.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/chart.h"
#include "tui/theme.h"

enum { CANVAS_REST = 1 << 20 };

struct canvas {
	WINDOW *window;
	const struct theme *theme;
	bool ascii;        /* no glyph beyond ASCII */
	int y, x;          /* of its upper left corner in the window */
	int rows, columns; /* its size; may be 0 */
};

/* The part of `c` at (y, x) of this size, cut to c. */
struct canvas canvas_part(const struct canvas *c, int y, int x, int rows, int columns);

/* Text, cut to `width` columns (no ellipsis). Returns the columns used. */
int canvas_text(const struct canvas *c, int y, int x, int width, enum role role, const char *text);

/* The same, cut with an ellipsis at the end or (`middle`) in the middle. */
int canvas_cut(const struct canvas *c, int y, int x, int width, enum role role, const char *text,
               bool middle);

/* Right-aligned in `width`; a text that is too wide loses its end. Returns width. */
int canvas_right(const struct canvas *c, int y, int x, int width, enum role role, const char *text);

/* Formatted, at most 511 bytes. Returns the columns used. */
int canvas_textf(const struct canvas *c, int y, int x, int width, enum role role,
                 const char *format, ...) __attribute__((format(printf, 6, 7)));

/* Raw bytes of the target, through safe_text, cut with an ellipsis. Returns the columns used. */
int canvas_name(const struct canvas *c, int y, int x, int width, enum role role, const char *bytes,
                size_t len, bool middle);

/* `width` cells of the row become this role, their text stays: the row under the cursor. */
void canvas_row(const struct canvas *c, int y, int x, int width, enum role role);

/* Blanks `width` cells in a role (a reversed line needs its blanks). */
void canvas_fill(const struct canvas *c, int y, int x, int width, enum role role);

/* One glyph of one column, `width` times. The caller heeds `ascii`. */
void canvas_glyph(const struct canvas *c, int y, int x, int width, enum role role, wchar_t glyph);

/* A horizontal or vertical line. */
void canvas_line(const struct canvas *c, int y, int x, int width, enum role role);
void canvas_column(const struct canvas *c, int y, int x, int height, enum role role);

/*
 * A bar of `width` cells, `part` of 1 filled, in eighths of a cell or '#'; the rest is
 * ROLE_TRACK.
 */
void canvas_bar(const struct canvas *c, int y, int x, int width, enum role role, double part);

/*
 * A sparkline of the last `width` of `count` values, right-aligned, scaled between their
 * smallest and largest (all equal: the lowest bar). UNKNOWN is a blank.
 */
void canvas_spark(const struct canvas *c, int y, int x, int width, enum role role,
                  const uint64_t *values, unsigned count);
/* The same over the points of a chart, resampled to the width. */
void canvas_spark_chart(const struct canvas *c, int y, int x, int width, enum role role,
                        const struct chart *chart);

/* A mark under a chart at a time. */
struct chart_mark {
	uint64_t time; /* ns of the watch */
	enum role role;
};

/*
 * A chart that fills the whole canvas: axis labels left (largest above, smallest below), the
 * plot (last value of each column, a whisker to its maximum), below it the time axis with marks.
 * Under three rows or twelve columns it is a sparkline.
 */
void canvas_chart(const struct canvas *c, const struct chart *chart, enum role role,
                  const struct chart_mark *marks, unsigned mark_count);

/*
 * Thumb at the right edge of a list that shows `shown` of `total` rows from `top`; nothing if all
 * fit.
 */
void canvas_scroll(const struct canvas *c, int y, int height, size_t top, size_t total);

#endif
