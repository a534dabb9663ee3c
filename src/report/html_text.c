/* SPDX-License-Identifier: MIT */
/*
 * Knows how a name is disarmed for HTML, and how a figure stands in it for people and for programs.
 * Refuses to know where either is shown.
 */
#include "report/html_text.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/human.h"
#include "base/known.h"
#include "base/safe_text.h"

enum { DAY_S = 86400 };

void html_fail(struct buf *out, int err)
{
	if (!out->error)
		out->error = err;
}

/* --- text ---------------------------------------------------------------------------------------- */

static const char *reference(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

static void escape(struct buf *out, const char *s)
{
	while (*s) {
		size_t plain = strcspn(s, "&<>\"'");
		buf_add(out, s, plain);
		s += plain;
		if (*s)
			buf_adds(out, reference(*s++));
	}
}

void html_text(struct buf *out, const char *s, size_t n)
{
	struct buf safe;

	buf_init(&safe, n * 4 + 1);
	if (safe_text(&safe, s, n, SAFE_UTF8) == 0)
		escape(out, buf_str(&safe));
	else
		html_fail(out, safe.error);
	buf_done(&safe);
}

void html_word(struct buf *out, const char *s)
{
	html_text(out, s, strlen(s));
}

void html_name(struct buf *out, const char *s, size_t n, int columns)
{
	/* No character has more than four bytes; a column may hold one and what combines with it. */
	size_t size = (size_t)columns * 16 + 16;
	char *cut = malloc(size);
	struct buf safe;

	buf_init(&safe, n * 4 + 1);
	if (cut && safe_text(&safe, s, n, SAFE_UTF8) == 0)
		escape(out, text_ellipsis(cut, size, buf_str(&safe), columns, 1, 1));
	else
		html_fail(out, cut ? safe.error : -ENOMEM);
	buf_done(&safe);
	free(cut);
}

/* --- figures ------------------------------------------------------------------------------------- */

void html_data(struct buf *out, const char *id, const char *value, const char *shown)
{
	if (!value && !id) {
		buf_addc(out, '-');
		return;
	}
	buf_adds(out, value ? "<data" : "<span");
	if (id)
		buf_addf(out, " id=\"%s\"", id);
	if (value)
		buf_addf(out, " value=\"%s\"", value);
	buf_addc(out, '>');
	html_word(out, value ? shown : "-");
	buf_adds(out, value ? "</data>" : "</span>");
}

static void whole_data(struct buf *out, const char *id, uint64_t v, const char *shown)
{
	char value[24];

	snprintf(value, sizeof(value), "%" PRIu64, v);
	html_data(out, id, known(v) ? value : NULL, shown);
}

void html_size(struct buf *out, const char *id, uint64_t bytes)
{
	char shown[HUMAN_MAX];

	whole_data(out, id, bytes, human_size(shown, bytes, HUMAN_AUTO));
}

void html_count(struct buf *out, const char *id, uint64_t n)
{
	char shown[HUMAN_MAX];

	whole_data(out, id, n, human_count(shown, n));
}

const char *html_real(char out[HTML_REAL], double v)
{
	if (!isfinite(v))
		return NULL;
	/* The digits that the JSON report has. */
	snprintf(out, HTML_REAL, "%.12g", v);
	return out;
}

void html_rate(struct buf *out, const char *id, double bytes_per_s)
{
	char value[HTML_REAL], shown[HUMAN_MAX];

	html_data(out, id, html_real(value, bytes_per_s), human_rate(shown, bytes_per_s));
}

void html_span(struct buf *out, const char *id, uint64_t ns)
{
	char value[HTML_REAL], shown[HUMAN_MAX];

	html_data(out, id, known(ns) ? html_real(value, (double)ns / 1e9) : NULL,
	          human_duration(shown, ns));
}

void html_change(struct buf *out, bool is_known, int64_t change, bool bytes)
{
	char value[24], shown[HUMAN_MAX + 1], digits[HUMAN_MAX];
	const char *sign = change > 0 ? "+" : change < 0 ? "-" : "";
	uint64_t size = change < 0 ? 0 - (uint64_t)change : (uint64_t)change;

	snprintf(value, sizeof(value), "%" PRId64, change);
	if (bytes)
		human_delta(shown, change, HUMAN_AUTO);
	else
		snprintf(shown, sizeof(shown), "%s%s", sign, human_count(digits, size));
	html_data(out, NULL, is_known ? value : NULL, shown);
}

/* --- times --------------------------------------------------------------------------------------- */

char *html_clock_text(char *out, uint64_t ns, bool tenths)
{
	if (known(ns) && ns >= DAY_S * NS_PER_S)
		return human_duration(out, ns);
	return human_clock(out, ns, tenths);
}

void html_clock(struct buf *out, uint64_t ns, bool tenths)
{
	char shown[HUMAN_MAX];

	if (!known(ns)) {
		buf_addc(out, '-');
		return;
	}
	buf_addf(out, "<time datetime=\"PT%llu.%03lluS\">", ns / NS_PER_S,
	         ns % NS_PER_S / NS_PER_MS);
	html_word(out, html_clock_text(shown, ns, tenths));
	buf_adds(out, "</time>");
}

void html_date(struct buf *out, const char *id, uint64_t wall)
{
	char date[HUMAN_MAX];

	if (!known(wall)) {
		buf_addc(out, '-');
		return;
	}
	human_utc(date, wall, false);
	buf_adds(out, "<time");
	if (id)
		buf_addf(out, " id=\"%s\"", id);
	buf_addf(out, " datetime=\"%s\">", date);
	for (const char *c = date; *c && *c != 'Z'; c++)
		buf_addc(out, *c == 'T' ? ' ' : *c);
	buf_adds(out, " UTC</time>");
}
