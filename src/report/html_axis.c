/* SPDX-License-Identifier: MIT */
/*
 * Knows which round figures and times stand along a chart. Refuses to know what the chart shows.
 */
#include "report/html_plot.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/human.h"
#include "base/known.h"
#include "report/html_text.h"

enum { LINES = 4, LABEL_PX = 80, DAY_S = 86400 };

/* --- bytes --------------------------------------------------------------------------------------- */

/* 1, 2, 5, 10, ... 500 of a unit, so that every figure of the axis is a whole number of it. */
static uint64_t step_choose(uint64_t least)
{
	static const unsigned round[] = {1, 2, 5, 10, 20, 50, 100, 200, 500};

	for (unsigned power = 0; power <= 60; power += 10)
		for (size_t i = 0; i < sizeof(round) / sizeof(round[0]); i++)
			if ((power < 60 || round[i] <= 10) && (uint64_t)round[i] << power >= least)
				return (uint64_t)round[i] << power;
	return 10ull << 60;
}

/* A course that hardly moves must not look like a mountain: the axis spans a tenth of its height. */
void axis_init(struct plot *p)
{
	uint64_t low = known_or(p->lowest, 0), high = known_or(p->highest, 0);

	if (known(p->extra->limit) && p->extra->limit > high)
		high = p->extra->limit;
	if (high - low < high / 10)
		low = high - high / 10;
	if (low < high / 2)
		low = 0;
	p->step = step_choose((high - low) / LINES + 1);
	p->low = low - low % p->step;
	p->high = high - high % p->step;
	if (p->high < high || p->high == p->low)
		p->high = known_add(p->high, p->step);
}

/* "150 MB": whole numbers of the largest unit that the step has. */
static void bytes_label(char *out, size_t size, uint64_t bytes, uint64_t step)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
	char digits[HUMAN_MAX];
	unsigned unit = 0;

	while (unit < 6 && step >> (10 * unit) >= 1024)
		unit++;
	snprintf(out, size, "%s %s", human_count(digits, bytes >> (10 * unit)), units[unit]);
}

static void bytes_write(const struct plot *p, struct buf *out)
{
	char label[HUMAN_MAX + 8];

	for (uint64_t v = p->low; v <= p->high; v += p->step) {
		int y = p->top * 10 + plot_y(p, (double)v);
		buf_addf(out, "<line class=\"%s\" x1=\"%d\" x2=\"%d\" y1=\"",
		         v == p->low ? "axis" : "grid", p->left, p->left + p->inner);
		plot_number(out, y);
		buf_adds(out, "\" y2=\"");
		plot_number(out, y);
		buf_addf(out, "\"/><text class=\"end\" x=\"%d\" y=\"", p->left - 8);
		plot_number(out, y + 40);
		bytes_label(label, sizeof(label), v, p->step);
		buf_addf(out, "\">%s</text>", label);
		if (p->step > UNKNOWN - v)
			break;
	}
}

/* --- time ---------------------------------------------------------------------------------------- */

static uint64_t time_step(uint64_t span, unsigned most)
{
	static const unsigned round[] = {1,   2,   5,    10,   15,   30,    60,    120,  300,
	                                 600, 900, 1800, 3600, 7200, 10800, 21600, 43200};
	uint64_t least = (span + most - 1) / most;

	if (least <= NS_PER_S / 10)
		return NS_PER_S / 10;
	for (size_t i = 0; i < sizeof(round) / sizeof(round[0]); i++)
		if (round[i] * NS_PER_S >= least)
			return round[i] * NS_PER_S;
	uint64_t days = least / (DAY_S * NS_PER_S) + 1;
	return days * DAY_S * NS_PER_S;
}

static void time_label(const struct plot *p, uint64_t time, bool tenths, struct buf *out)
{
	int x = p->left * 10 + plot_x(p, time), y = p->top + p->tall;
	char label[HUMAN_MAX];

	buf_adds(out, "<line class=\"axis\" x1=\"");
	plot_number(out, x);
	buf_adds(out, "\" x2=\"");
	plot_number(out, x);
	buf_addf(out, "\" y1=\"%d\" y2=\"%d\"/><text class=\"middle\" x=\"", y, y + 5);
	plot_number(out, x);
	buf_addf(out, "\" y=\"%d\">%s</text>", y + 20, html_clock_text(label, time, tenths));
}

static void times_write(const struct plot *p, struct buf *out)
{
	uint64_t from = p->chart->from, to = p->chart->to;

	if (to <= from) {
		time_label(p, to, false, out);
		return;
	}
	uint64_t step = time_step(to - from, (unsigned)(p->inner / LABEL_PX));
	uint64_t at = from % step ? from - from % step + step : from;
	for (; at <= to; at += step)
		time_label(p, at, step < NS_PER_S, out);
}

void axis_write(const struct plot *p, struct buf *out)
{
	buf_adds(out, "<g class=\"scale\">");
	if (known(p->lowest))
		bytes_write(p, out);
	times_write(p, out);
	buf_adds(out, "</g>\n");
}
