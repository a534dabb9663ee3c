/* SPDX-License-Identifier: MIT */
/*
 * Knows the tables of plain figures: of the process, of its limits, and the closing table. Refuses to know
 * which figures there are (the column table does) and how a row of the closing table is written (table.c).
 */
#include "report/html_parts.h"

#include <stdio.h>
#include <string.h>

#include "base/known.h"
#include "report/html_text.h"
#include "report/table.h"

enum { ROWS_BYTES = 64 << 10 };

/* --- the process ---------------------------------------------------------------------------------- */

static void cell_write(const struct column *c, const struct sample *s, const char *when,
                       struct buf *out)
{
	char id[48] = "";
	uint64_t v = s->v[c->figure];

	snprintf(id, sizeof(id), "%s-%s", when, c->json);
	buf_adds(out, "<td>");
	if (c->unit == UNIT_BYTES)
		html_size(out, id, v);
	else if (c->unit == UNIT_COUNT)
		html_count(out, id, v);
	else
		html_span(out, id, v);
	buf_adds(out, "</td>");
}

static void change_write(const struct column *c, const struct moment *m, struct buf *out)
{
	int64_t change = 0;
	bool is_known = known_delta(m->sample.v[c->figure], m->first.v[c->figure], &change);

	buf_adds(out, "<td>");
	if (c->unit == UNIT_SECONDS)
		html_span(out, NULL, is_known && change >= 0 ? (uint64_t)change : UNKNOWN);
	else
		html_change(out, is_known, change, c->unit == UNIT_BYTES);
	buf_adds(out, "</td>");
}

/* "RSS" of "RSS(MB)": the unit stands with each figure here. */
static void name_write(const struct column *c, struct buf *out)
{
	html_text(out, c->header, strcspn(c->header, "("));
}

static void process_write(const struct moment *m, struct buf *out)
{
	buf_adds(out,
	         "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-labelledby=\"figures\">"
	         "<table class=\"figures\"><thead><tr><th scope=\"col\">Figure</th>"
	         "<th scope=\"col\">First</th><th scope=\"col\">Now</th>"
	         "<th scope=\"col\">Change</th><th scope=\"col\" class=\"text\">What it is</th>"
	         "</tr></thead>\n<tbody>");
	for (const struct column *c = columns; c->header; c++) {
		if (c->figure < 0 || !c->json)
			continue;
		buf_adds(out, "<tr><th scope=\"row\">");
		name_write(c, out);
		buf_adds(out, "</th>");
		cell_write(c, &m->first, "first", out);
		cell_write(c, &m->sample, "last", out);
		change_write(c, m, out);
		buf_addf(out, "<td class=\"text\">%s</td></tr>\n", c->help);
	}
	buf_adds(out, "</tbody></table></div>\n");
}

/* --- limits and the machine ----------------------------------------------------------------------- */

static void row_write(const char *name, uint64_t v, bool bytes, struct buf *out)
{
	if (!known(v))
		return;
	buf_addf(out, "<tr><th scope=\"row\">%s</th><td>", name);
	if (bytes)
		html_size(out, NULL, v);
	else
		html_count(out, NULL, v);
	buf_adds(out, "</td></tr>\n");
}

static void bounds_write(const struct moment *m, struct buf *out)
{
	buf_adds(
	        out,
	        "<h3 id=\"bounds\">Limits and the machine</h3>\n<div class=\"wide\" tabindex=\"0\" "
	        "role=\"region\" aria-labelledby=\"bounds\"><table class=\"figures "
	        "short\"><thead><tr>"
	        "<th scope=\"col\">Figure</th><th scope=\"col\">Now</th></tr></thead>\n<tbody>");
	row_write("Limit of its cgroup", m->cgroup_limit, true, out);
	row_write("Used in that cgroup", m->cgroup_usage, true, out);
	row_write("Cache in it that is given back first", m->bounds.cgroup_cache, true, out);
	row_write("RLIMIT_AS", m->limits[LIMIT_AS], true, out);
	row_write("RLIMIT_DATA", m->limits[LIMIT_DATA], true, out);
	row_write("RLIMIT_STACK", m->limits[LIMIT_STACK], true, out);
	row_write("RLIMIT_NOFILE", m->limits[LIMIT_NOFILE], false, out);
	row_write("vm.max_map_count", m->limits[LIMIT_MAPPINGS], false, out);
	row_write("OOM score", m->bounds.oom_score, false, out);
	row_write("Memory of the machine", m->meminfo[MEMINFO_TOTAL], true, out);
	row_write("Available of it", m->meminfo[MEMINFO_AVAILABLE], true, out);
	row_write("Swap", m->meminfo[MEMINFO_SWAP_TOTAL], true, out);
	row_write("Free of it", m->meminfo[MEMINFO_SWAP_FREE], true, out);
	buf_adds(out, "</tbody></table></div>\n");
}

void html_figures(const struct moment *m, struct buf *out)
{
	buf_adds(out, "<section aria-labelledby=\"figures\"><h2 id=\"figures\">Figures</h2>\n");
	process_write(m, out);
	bounds_write(m, out);
	buf_adds(out, "</section>\n");
}

/* --- the closing table ---------------------------------------------------------------------------- */

/* Cells of a line of table.c hold no blank and stand apart by some. */
static const char *cells_write(const char *line, const char *open, const char *close,
                               struct buf *out)
{
	while (*line && *line != '\n') {
		size_t blanks = strspn(line, " "), n = strcspn(line + blanks, " \n");
		line += blanks;
		if (n) {
			buf_adds(out, open);
			html_text(out, line, n);
			buf_adds(out, close);
		}
		line += n;
	}
	return *line ? line + 1 : line;
}

static void rows_write(const char *text, struct buf *out)
{
	buf_adds(out,
	         "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-labelledby=\"watch\">"
	         "<table class=\"figures\"><thead><tr>");
	text = cells_write(text, "<th scope=\"col\">", "</th>", out);
	buf_adds(out, "</tr></thead>\n<tbody>");
	while (*text) {
		buf_adds(out, "<tr>");
		text = cells_write(text, "<td>", "</td>", out);
		buf_adds(out, "</tr>\n");
	}
	buf_adds(out, "</tbody></table></div>\n");
}

static void warning_write(const char *text, struct buf *out)
{
	buf_adds(out, "<li>");
	html_word(out, text);
	buf_adds(out, "</li>\n");
}

static void warnings_write(const struct moment *m, struct buf *out)
{
	if (!m->warning_count && !m->abilities.lacking[0])
		return;
	buf_adds(out, "<h3>Warnings</h3>\n<ul class=\"warnings\">\n");
	for (unsigned i = 0; i < m->warning_count && i < MOMENT_WARNINGS; i++)
		warning_write(m->warnings[i], out);
	if (m->abilities.lacking[0])
		warning_write(m->abilities.lacking, out);
	buf_adds(out, "</ul>\n");
}

void html_watch(const struct moment *m, struct buf *out)
{
	struct buf rows;
	struct table t;

	buf_adds(out, "<section aria-labelledby=\"watch\"><h2 id=\"watch\">The watch</h2>\n");
	buf_init(&rows, ROWS_BYTES);
	int err =
	        table_init(&t, "time,rss,heap,anon,swap,delta,rate,confidence", m->interval, NULL);
	html_fail(out, err ? err : table_closing(&t, m, &rows));
	rows_write(buf_str(&rows), out);
	buf_done(&rows);
	warnings_write(m, out);
	buf_adds(out, "</section>\n");
}
