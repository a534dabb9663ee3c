/* SPDX-License-Identifier: MIT */
/*
 * Knows the region table of the page: its order, its columns, how many rows it has. Refuses to know whether
 * growth is a leak.
 */
#include "report/html_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/human.h"
#include "base/known.h"
#include "report/html.h"
#include "report/html_plot.h"
#include "report/html_text.h"

enum { SPARK_WIDTH = 720, SPARK_HEIGHT = 160, LABEL_MAX = 64 };

/* --- order ---------------------------------------------------------------------------------------- */

struct pick {
	const struct region *region;
	double rate; /* bytes per second; 0 where it does not grow or nobody knows */
};

static int by_growth(const void *a, const void *b)
{
	const struct pick *p = a, *q = b;
	uint64_t x = known_or(p->region->bytes[SMAPS_RSS], 0);
	uint64_t y = known_or(q->region->bytes[SMAPS_RSS], 0);

	if (p->rate > q->rate || p->rate < q->rate)
		return p->rate < q->rate ? 1 : -1;
	if (x != y)
		return x < y ? 1 : -1;
	return (p->region->start > q->region->start) - (p->region->start < q->region->start);
}

static struct pick *picks_make(const struct moment *m)
{
	const struct region_table *t = m->regions;
	struct pick *picks = calloc(t->count + 1, sizeof(*picks));

	for (size_t i = 0; picks && i < t->count; i++) {
		const struct region_trend *trend = moment_trend(m, t->rows[i]->id);
		double rate = trend && isfinite(trend->rate) ? trend->rate : 0;
		picks[i] = (struct pick){t->rows[i], rate > 0 ? rate : 0};
	}
	if (picks)
		qsort(picks, t->count, sizeof(*picks), by_growth);
	return picks;
}

/* --- cells ---------------------------------------------------------------------------------------- */

static void name_write(const struct region *r, struct buf *out)
{
	char label[LABEL_MAX];

	if (r->name_len) {
		html_name(out, r->name, r->name_len, HTML_NAME_COLUMNS);
		return;
	}
	region_label(r, label, sizeof(label));
	html_word(out, label);
}

static uint64_t lowest_of(const struct region_trend *t, uint64_t *ret_high)
{
	uint64_t low = UNKNOWN;

	*ret_high = 0;
	for (unsigned i = 0; i < t->spark_count && i < SPARK_POINTS; i++) {
		uint64_t v = t->spark[i];
		if (known(v) && v > *ret_high)
			*ret_high = v;
		if (v < low)
			low = v;
	}
	return low;
}

/* A course of its own, oldest left; one that hardly moves stays flat, and an unknown point is a gap. */
static void spark_write(const struct region_trend *t, struct buf *out)
{
	uint64_t high, low = lowest_of(t, &high);
	double span = fmax((double)high - (double)low, (double)high / 20 + 1);
	bool pen = false;

	if (!known(low) || low == high || t->spark_count < 2)
		return;
	buf_addf(out, "<svg class=\"spark\" viewBox=\"0 0 %d %d\" aria-hidden=\"true\"><path d=\"",
	         SPARK_WIDTH / 10, SPARK_HEIGHT / 10);
	for (unsigned i = 0; i < t->spark_count && i < SPARK_POINTS; i++) {
		uint64_t v = t->spark[i];
		if (known(v)) {
			double part = ((double)v - (double)low) / span;
			buf_addc(out, pen ? 'L' : 'M');
			plot_number(out, (int)(i * SPARK_WIDTH / (t->spark_count - 1)));
			buf_addc(out, ' ');
			plot_number(out, 10 + (int)lround((1 - part) * (SPARK_HEIGHT - 20)));
		}
		pen = known(v);
	}
	buf_adds(out, "\"/></svg>");
}

static void size_cell(struct buf *out, uint64_t bytes)
{
	buf_adds(out, "<td>");
	html_size(out, NULL, bytes);
	buf_adds(out, "</td>");
}

/* Huge pages count where the kernel knows them. */
static uint64_t sum_of(const struct region *r, enum smaps_key a, enum smaps_key b,
                       enum smaps_key huge)
{
	return known_add(known_add(r->bytes[a], r->bytes[b]), known_or(r->bytes[huge], 0));
}

static void growth_cells(const struct moment *m, const struct region *r, struct buf *out)
{
	const struct region_trend *t = moment_trend(m, r->id);
	int64_t weight = 0, rss, size;
	bool changed = baseline_change(m->baseline, r, &weight, &rss, &size);

	buf_adds(out, "<td>");
	html_rate(out, NULL, t ? t->rate : (double)NAN);
	buf_adds(out, "</td><td>");
	html_change(out, changed, weight, true);
	buf_adds(out, "</td><td>");
	if (t)
		spark_write(t, out);
	buf_adds(out, "</td>");
}

/* --- rows ----------------------------------------------------------------------------------------- */

static const char head[] =
        "<thead><tr><th scope=\"col\">Region, permissions, address</th><th scope=\"col\">Kind</th>"
        "<th scope=\"col\">Rate</th><th scope=\"col\">Change</th><th scope=\"col\">Course</th>"
        "<th scope=\"col\">RSS</th><th scope=\"col\">Size</th><th scope=\"col\">PSS</th>"
        "<th scope=\"col\">Private</th><th scope=\"col\">Shared</th><th scope=\"col\">Swap</th>"
        "</tr></thead>\n";

/* Name, permissions, address; what carries the growth is marked by a sign, not by colour alone. */
static void head_cell(const struct region *r, bool carries, struct buf *out)
{
	char perms[5];

	buf_adds(out, "<th scope=\"row\">");
	if (carries)
		buf_adds(out,
		         "<span class=\"mark\" role=\"img\" aria-label=\"carries the growth:\" "
		         "title=\"carries the growth\">\u25b2</span> ");
	name_write(r, out);
	buf_addf(out, "<span class=\"where\">%s %" PRIx64 "-<wbr>%" PRIx64 "</span></th>",
	         region_perms(r->prot, perms), r->start, r->end);
}

static void row_write(const struct moment *m, const struct pick *pick, struct buf *out)
{
	const struct region *r = pick->region;
	const struct verdict *v = &m->verdict;
	bool carries =
	        v->kind >= VERDICT_SUSPICIOUS && v->growth > 0 && pick->rate * 10 >= v->growth;

	buf_addf(out, "<tr id=\"r-%" PRIx64 "\"%s>", r->start,
	         carries          ? " class=\"grows\""
	         : pick->rate > 0 ? ""
	                          : " class=\"still\"");
	head_cell(r, carries, out);
	buf_addf(out, "<td>%s</td>", region_kinds[r->kind].name);
	growth_cells(m, r, out);
	size_cell(out, r->bytes[SMAPS_RSS]);
	size_cell(out, r->size);
	size_cell(out, r->bytes[SMAPS_PSS]);
	size_cell(out, sum_of(r, SMAPS_PRIVATE_CLEAN, SMAPS_PRIVATE_DIRTY, SMAPS_PRIVATE_HUGETLB));
	size_cell(out, sum_of(r, SMAPS_SHARED_CLEAN, SMAPS_SHARED_DIRTY, SMAPS_SHARED_HUGETLB));
	size_cell(out, r->bytes[SMAPS_SWAP]);
	buf_adds(out, "</tr>\n");
}

static void told_write(const struct moment *m, size_t shown, struct buf *out)
{
	const struct region_table *t = m->regions;
	char all[HUMAN_MAX], maps[HUMAN_MAX], more[HUMAN_MAX];

	buf_addf(out, "<p class=\"note\">%s regions of %s mappings, by growth, then by RSS. ",
	         human_count(all, t->count), human_count(maps, t->mappings));
	if (m->baseline && m->baseline->has_regions) {
		buf_adds(out, "Changes count from ");
		html_clock(out, m->baseline->sample.time, false);
		buf_adds(out, ". ");
	}
	if (t->estimated)
		buf_adds(out, "The figures come from page maps: PSS and dirty pages are unknown. ");
	if (t->torn || t->partial)
		buf_adds(out, "The address space changed while it was read. ");
	if (shown < t->count)
		buf_addf(out,
		         "These are the first %zu; and <strong>%s more in the JSON and CSV "
		         "export</strong>.",
		         shown, human_count(more, t->count - shown));
	buf_adds(out, "</p>\n");
}

static void table_write(const struct moment *m, struct buf *out)
{
	size_t count = m->regions->count, shown = count < HTML_REGIONS ? count : HTML_REGIONS;
	struct pick *picks = picks_make(m);

	if (!picks) {
		html_fail(out, -ENOMEM);
		return;
	}
	told_write(m, shown, out);
	buf_adds(out,
	         "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-labelledby=\"regions\">"
	         "<table class=\"regions\" id=\"region-table\">");
	buf_adds(out, head);
	buf_adds(out, "<tbody>\n");
	for (size_t i = 0; i < shown; i++)
		row_write(m, &picks[i], out);
	buf_adds(out, "</tbody></table></div>\n");
	free(picks);
}

void html_regions(const struct moment *m, struct buf *out)
{
	buf_adds(out, "<section aria-labelledby=\"regions\"><h2 id=\"regions\">Regions</h2>\n");
	if (m->regions) {
		table_write(m, out);
		html_sizes(m, out);
	} else {
		buf_adds(out, "<p>No regions are known at this moment");
		if (m->abilities.lacking[0]) {
			buf_adds(out, ": ");
			html_word(out, m->abilities.lacking);
		}
		buf_adds(out, ".</p>\n");
	}
	buf_adds(out, "</section>\n");
}
