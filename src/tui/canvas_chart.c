/* SPDX-License-Identifier: MIT */
/*
 * Sparklines and charts out of eighth blocks. It knows how a course of values becomes cells;
 * nothing about what the values are, beyond that they are bytes on the axis.
 */

#include "tui/canvas.h"

#include <limits.h>
#include <string.h>

#include "base/human.h"

/*
 * A sparkline stays one eighth below the row above it, so that lines of them do not melt
 * together.
 */
enum { LEVELS = 8, SPARK_LEVELS = 7, AXIS = 7 };

/* A blank and eight blocks of rising height. */
static const wchar_t blocks_utf8[LEVELS + 1] = {L' ',      L'\u2581', L'\u2582',
                                                L'\u2583', L'\u2584', L'\u2585',
                                                L'\u2586', L'\u2587', L'\u2588'};
static const wchar_t blocks_ascii[LEVELS + 1] = L" .:-=+*##";
static const wchar_t fill_ascii[LEVELS + 1] = L" ...::::#";

/* The span of values a picture shows: a course that hardly moves must not look like a mountain. */
struct scale {
	uint64_t low, high;
};

static void scale_add(struct scale *s, uint64_t v)
{
	if (!known(v))
		return;
	if (!known(s->low) || v < s->low)
		s->low = v;
	if (!known(s->high) || v > s->high)
		s->high = v;
}

static void scale_settle(struct scale *s)
{
	uint64_t least = s->high / 20 + 1;

	if (known(s->low) && s->high - s->low < least)
		s->high = known_add(s->low, least);
}

/* Height of a value among `levels` steps; the smallest still shows as one. */
static int scale_level(const struct scale *s, uint64_t v, int levels)
{
	double part = (double)(v - s->low) / (double)(s->high - s->low);

	return 1 + (int)(part * (levels - 1) + 0.5);
}

void canvas_spark(const struct canvas *c, int y, int x, int width, enum role role,
                  const uint64_t *values, unsigned count)
{
	const wchar_t *blocks = c->ascii ? blocks_ascii : blocks_utf8;
	struct scale scale = {UNKNOWN, UNKNOWN};

	if (width <= 0)
		return;
	if (count > (unsigned)width) {
		values += count - (unsigned)width;
		count = (unsigned)width;
	}
	for (unsigned i = 0; i < count; i++)
		scale_add(&scale, values[i]);
	scale_settle(&scale);
	x += width - (int)count;
	for (unsigned i = 0; i < count; i++)
		if (known(values[i]))
			canvas_glyph(c, y, x + (int)i, 1, role,
			             blocks[scale_level(&scale, values[i], SPARK_LEVELS)]);
}

void canvas_spark_chart(const struct canvas *c, int y, int x, int width, enum role role,
                        const struct chart *chart)
{
	struct chart_point points[CHART_POINTS];
	uint64_t values[CHART_POINTS];

	if (width <= 0)
		return;
	unsigned fit = width < CHART_POINTS ? (unsigned)width : CHART_POINTS;
	unsigned count = chart_fit(chart, fit, points);
	for (unsigned i = 0; i < count; i++)
		values[i] = points[i].last;
	canvas_spark(c, y, x, width, role, values, count);
}

/* One column of the plot from the bottom up: solid to the last value, a whisker to the maximum. */
static void chart_column(const struct canvas *plot, int x, const struct scale *scale,
                         const struct chart_point *p, enum role role)
{
	const wchar_t *blocks = plot->ascii ? fill_ascii : blocks_utf8;
	int levels = plot->rows * LEVELS;

	if (!known(p->last))
		return;
	int last = scale_level(scale, p->last, levels);
	int max = scale_level(scale, known_or(p->max, p->last), levels);
	for (int row = 0; row * LEVELS < max; row++) {
		int part = last - row * LEVELS;
		int y = plot->rows - 1 - row;
		if (part > 0)
			canvas_glyph(plot, y, x, 1, role, blocks[part < LEVELS ? part : LEVELS]);
		else
			canvas_glyph(plot, y, x, 1, ROLE_DIM, plot->ascii ? L'|' : L'\u2502');
	}
}

/* The column of the time axis where a mark stands; -1: outside the chart. */
static int mark_column(const struct chart *chart, const struct chart_mark *mark, int width)
{
	if (chart->to <= chart->from || mark->time < chart->from || mark->time > chart->to)
		return -1;
	double part = (double)(mark->time - chart->from) / (double)(chart->to - chart->from);
	return (int)(part * (width - 1) + 0.5);
}

/* The rightmost place for the end of time where no mark stands; -1: none. */
static int clock_column(const struct chart *chart, const struct chart_mark *marks, unsigned count,
                        int width, int used)
{
	int x = width - used;

	for (unsigned i = 0; i < count && x > used; i++) {
		int at = mark_column(chart, &marks[i], width);
		if (at < x - 1 || at > x + used)
			continue;
		x = at - used - 1;
		i = UINT_MAX; /* what was passed before may stand here */
	}
	return x > used ? x : -1;
}

static void chart_time_axis(const struct canvas *c, const struct chart *chart,
                            const struct chart_mark *marks, unsigned count)
{
	int y = c->rows - 1, width = c->columns - AXIS;
	char text[HUMAN_MAX];

	canvas_line(c, y, AXIS, CANVAS_REST, ROLE_RULE);
	canvas_right(c, y, 0, AXIS - 1, ROLE_DIM, human_clock(text, chart->from, false));
	human_clock(text, chart->to, false);
	int used = (int)strlen(text);
	int x = clock_column(chart, marks, count, width, used);
	if (x >= 0) {
		canvas_text(c, y, AXIS + x - 1, 1, ROLE_DIM, " ");
		canvas_text(c, y, AXIS + x, used, ROLE_DIM, text);
	}
	for (unsigned i = 0; i < count; i++) {
		int at = mark_column(chart, &marks[i], width);
		if (at >= 0)
			canvas_glyph(c, y, AXIS + at, 1, marks[i].role,
			             c->ascii ? L'^' : L'\u25b2');
	}
}

static void chart_value_axis(const struct canvas *c, const struct scale *scale, int rows)
{
	char text[HUMAN_MAX];

	canvas_column(c, 0, AXIS - 1, rows, ROLE_RULE);
	if (!known(scale->low)) {
		canvas_right(c, rows - 1, 0, AXIS - 2, ROLE_DIM, "-");
		return;
	}
	canvas_right(c, 0, 0, AXIS - 2, ROLE_DIM, human_size5(text, scale->high));
	if (rows > 4)
		canvas_right(c, rows / 2, 0, AXIS - 2, ROLE_DIM,
		             human_size5(text, scale->low + (scale->high - scale->low) / 2));
	canvas_right(c, rows - 1, 0, AXIS - 2, ROLE_DIM, human_size5(text, scale->low));
}

void canvas_chart(const struct canvas *c, const struct chart *chart, enum role role,
                  const struct chart_mark *marks, unsigned mark_count)
{
	struct chart_point points[CHART_POINTS];
	struct scale scale = {UNKNOWN, UNKNOWN};
	int width = c->columns - AXIS;

	if (c->rows < 3 || c->columns < 12) {
		canvas_spark_chart(c, 0, 0, c->columns, role, chart);
		return;
	}
	unsigned fit = width < CHART_POINTS ? (unsigned)width : CHART_POINTS;
	unsigned count = chart_fit(chart, fit, points);
	for (unsigned i = 0; i < count; i++) {
		scale_add(&scale, points[i].min);
		scale_add(&scale, points[i].last);
		scale_add(&scale, points[i].max);
	}
	scale_settle(&scale);
	chart_value_axis(c, &scale, c->rows - 1);
	chart_time_axis(c, chart, marks, mark_count);
	struct canvas plot = canvas_part(c, 0, AXIS, c->rows - 1, width);
	for (int x = 0; x < width && count > 0; x++) {
		unsigned at = (unsigned)((uint64_t)x * count / (unsigned)width);
		chart_column(&plot, x, &scale, &points[at], role);
	}
}
