/* SPDX-License-Identifier: MIT */
/*
 * What stands in a cell: sizes, changes, rates, names; and what they are sorted and searched by. It
 * knows how a figure is written in a given room; not which figure it is.
 */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/safe_text.h"
#include "tui/table.h"

/* A narrower column has all its sizes in the short form, so that they compare at a glance. */
enum { SIZE_FULL = 9, LABEL_BYTES = 480 };

uint64_t table_key_signed(int64_t v)
{
	uint64_t key = (uint64_t)v ^ (1ull << 63);

	return key < UNKNOWN - 1 ? key : UNKNOWN - 1;
}

uint64_t table_key_real(double v)
{
	const double scale = 1000, most = 9e15;

	if (isnan(v))
		return UNKNOWN;
	v = v > most ? most : v < -most ? -most : v;
	return table_key_signed((int64_t)(v * scale));
}

enum role table_size(const struct table_at *at, uint64_t bytes, char *out, size_t size)
{
	char text[HUMAN_MAX];

	human_size(text, bytes, at->view->settings->unit);
	if (at->width < SIZE_FULL || text_width(text) > at->width)
		human_size5(text, bytes);
	snprintf(out, size, "%s", text);
	return known(bytes) && bytes > 0 ? ROLE_TEXT : ROLE_DIM;
}

enum role table_change(const struct table_at *at, bool is_known, int64_t bytes, bool matters,
                       char *out, size_t size)
{
	uint64_t magnitude = bytes < 0 ? 0 - (uint64_t)bytes : (uint64_t)bytes;
	char text[HUMAN_MAX], shorter[HUMAN_MAX];

	if (!is_known) {
		snprintf(out, size, "-");
		return ROLE_DIM;
	}
	human_delta(text, bytes, at->view->settings->unit);
	if (text_width(text) > at->width)
		snprintf(text, sizeof(text), "%s%.24s",
		         bytes < 0   ? "-"
		         : bytes > 0 ? "+"
		                     : "",
		         human_size5(shorter, magnitude));
	snprintf(out, size, "%s", text);
	return bytes == 0 ? ROLE_DIM : bytes > 0 && matters ? ROLE_GROWTH : ROLE_TEXT;
}

enum role table_rate(const struct table_at *at, double rate, bool matters, char *out, size_t size)
{
	char text[HUMAN_MAX];

	(void)at;
	human_rate(text, rate);
	snprintf(out, size, "%s", text);
	if (text[0] != '+' && (text[0] != '-' || !text[1]))
		return ROLE_DIM;
	return text[0] == '+' && matters ? ROLE_GROWTH : ROLE_TEXT;
}

/* Cuts a path so that its last part stays: "/usr/l...libc.so.6". */
static void path_cut(const char *path, int width, bool utf8, char *out, size_t size)
{
	const char *base = strrchr(path, '/'), *mark = utf8 ? "\u2026" : "..";
	int head = base ? width - text_width(base) - text_width(mark) : 0;

	if (!base || base == path || text_width(path) <= width) {
		text_ellipsis(out, size, path, width, true, utf8);
		return;
	}
	if (head < 1) {
		text_ellipsis(out, size, base + 1, width, true, utf8);
		return;
	}
	snprintf(out, size, "%.*s%s%s", (int)text_fit(path, head), path, mark, base);
}

void table_label(const struct table_at *at, const char *bytes, size_t len, char *out, size_t size)
{
	bool utf8 = !at->view->settings->ascii;
	char safe[LABEL_BYTES * 4 + 1];

	/* Of a very long name the end tells more than the beginning; it may begin inside a character. */
	if (len > LABEL_BYTES) {
		bytes += len - LABEL_BYTES;
		len = LABEL_BYTES;
		while (len > 0 && ((unsigned char)*bytes & 0xc0) == 0x80) {
			bytes++;
			len--;
		}
	}
	safe_copy(safe, sizeof(safe), bytes, len, utf8 ? SAFE_UTF8 : SAFE_ASCII);
	path_cut(safe, at->width, utf8, out, size);
}

/* --- searching -------------------------------------------------------------------------------------- */

static bool is_plain(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] < ' ' || bytes[i] == 0x7f)
			return false;
	return true;
}

/* Of plain ASCII alone; locales cost more than the search. */
static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool plain_contains(const char *filter, size_t filter_len, const char *bytes, size_t len)
{
	for (size_t i = 0; i + filter_len <= len; i++) {
		size_t n = 0;
		while (n < filter_len && lower(bytes[i + n]) == lower(filter[n]))
			n++;
		if (n == filter_len)
			return true;
	}
	return false;
}

bool table_contains(const char *filter, const char *bytes, size_t len)
{
	size_t filter_len = strlen(filter);
	char safe[TABLE_TEXT * 8];

	if (is_plain(bytes, len)) {
		/* what holds no other character cannot match one */
		return plain_contains(filter, filter_len, bytes, len);
	}
	return view_matches(filter, safe_copy(safe, sizeof(safe), bytes, len, SAFE_UTF8));
}
