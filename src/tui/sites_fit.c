/* SPDX-License-Identifier: MIT */
/*
 * Sentences where there is little room: what does not fit is left out as a whole, or up to a comma, and that is
 * shown. It knows columns and punctuation; not what is said.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/safe_text.h"
#include "tui/sites_internal.h"

enum { PART = 400 };

bool sites_part_add(char *out, size_t size, int width, const char *format, ...)
{
	size_t used = strlen(out);
	char part[PART];
	va_list args;

	va_start(args, format);
	vsnprintf(part, sizeof(part), format, args);
	va_end(args);
	if (text_width(out) + text_width(part) > width || used + strlen(part) >= size)
		return false;
	memcpy(out + used, part, strlen(part) + 1);
	return true;
}

static bool is_lines(const char *text, int width, int rows)
{
	struct page p = {.canvas = {.columns = width}};

	page_text(&p, 1, ROLE_TEXT, text);
	return p.line <= (size_t)rows;
}

/* Where the last clause of out[0..end) begins: at its comma, colon or semicolon; 0: there is but one. */
static size_t clause_before(const char *out, size_t end)
{
	while (end > 1 && !(strchr(",:;", out[end - 1]) && out[end] == ' '))
		end--;
	return end > 1 ? end - 1 : 0;
}

char *sites_clauses(const char *text, bool ascii, int width, int rows, char *out, size_t size)
{
	const char *mark = ascii ? " .." : " \u2026";
	size_t end;

	snprintf(out, size, "%s", text);
	end = strlen(out);
	while (!is_lines(out, width, rows) && (end = clause_before(out, end)) > 0)
		snprintf(out + end, size - end, "%s", mark);
	if (!is_lines(out, width, rows))
		text_ellipsis(out, size, text, rows * (width - 3), false, !ascii);
	return out;
}

bool sites_item(struct page *p, enum role role, const char *label, int width, const char *text)
{
	struct page probe = {.canvas = {.columns = p->canvas.columns}, .line = p->line};

	page_item(&probe, role, label, width, text);
	if (probe.line > (size_t)p->canvas.rows)
		return false;
	page_item(p, role, label, width, text);
	return true;
}
