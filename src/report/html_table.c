/* SPDX-License-Identifier: MIT */
/* Knows how a table of figures stands in the page. Refuses to know what is in it. */
#include "report/html_table.h"

#include <string.h>

#include "base/human.h"
#include "report/html_text.h"

void html_table_begin(const char *id, const char *title, const char *heads, struct buf *out)
{
	buf_addf(out,
	         "<h3 id=\"%s\">%s</h3>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" "
	         "aria-labelledby=\"%s\"><table class=\"figures\"><thead><tr>",
	         id, title, id);
	while (*heads) {
		size_t n = strcspn(heads, "|");
		buf_addf(out, "<th scope=\"col\">%.*s</th>", (int)n, heads);
		heads += n + (heads[n] == '|');
	}
	buf_adds(out, "</tr></thead>\n<tbody>");
}

void html_table_end(struct buf *out, uint64_t left)
{
	char n[HUMAN_MAX];

	buf_adds(out, "</tbody></table></div>\n");
	if (left)
		buf_addf(out, "<p class=\"note\">And %s more in the JSON export.</p>\n",
		         human_count(n, left));
}

void html_word_cell(const char *text, struct buf *out)
{
	buf_adds(out, "<td>");
	html_word(out, text);
	buf_adds(out, "</td>");
}

void html_size_cell(uint64_t bytes, struct buf *out)
{
	buf_adds(out, "<td>");
	html_size(out, NULL, bytes);
	buf_adds(out, "</td>");
}

void html_count_cell(uint64_t n, struct buf *out)
{
	buf_adds(out, "<td>");
	html_count(out, NULL, n);
	buf_adds(out, "</td>");
}

void html_rate_cell(double bytes_per_s, struct buf *out)
{
	buf_adds(out, "<td>");
	html_rate(out, NULL, bytes_per_s);
	buf_adds(out, "</td>");
}

void html_grows_mark(const char *why, struct buf *out)
{
	buf_addf(out,
	         "<span class=\"mark\" role=\"img\" aria-label=\"grows:\" title=\"%s\">\u25b2"
	         "</span> ",
	         why);
}
