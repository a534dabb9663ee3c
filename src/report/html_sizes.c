/* SPDX-License-Identifier: MIT */
/*
 * Knows which regions are of one kind and one size: thousands of them are a pool, stacks or blocks that malloc
 * mapped one by one, and their number tells more than any of them. Refuses to know what they are for.
 */
#include "report/html_parts.h"

#include <errno.h>
#include <stdlib.h>

#include "base/known.h"
#include "report/html.h"
#include "report/html_text.h"

enum { LEAST = 8 }; /* fewer of one size are chance */

struct group {
	uint64_t size;
	enum region_kind kind;
	size_t count, born;
	uint64_t rss; /* bytes; UNKNOWN when one of them is */
};

static int by_size(const void *a, const void *b)
{
	const struct region *x = *(const struct region *const *)a;
	const struct region *y = *(const struct region *const *)b;

	if (x->size != y->size)
		return x->size < y->size ? 1 : -1;
	return (x->kind > y->kind) - (x->kind < y->kind);
}

static int by_count(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return (x->size < y->size) - (x->size > y->size);
}

/* Groups into `ret`, which has room for one a region; returns how many have enough members. */
static size_t groups_make(const struct moment *m, const struct region **sorted, struct group *ret)
{
	const struct region_table *t = m->regions;
	size_t n = 0;

	for (size_t i = 0; i < t->count; i++)
		sorted[i] = t->rows[i];
	qsort(sorted, t->count, sizeof(*sorted), by_size);
	for (size_t i = 0; i < t->count; i++) {
		const struct region *r = sorted[i];
		if (!n || ret[n - 1].size != r->size || ret[n - 1].kind != r->kind) {
			/* Too few of the size before: its place is free again. */
			n -= n && ret[n - 1].count < LEAST;
			ret[n++] = (struct group){.size = r->size, .kind = r->kind};
		}
		struct group *g = &ret[n - 1];
		g->count++;
		g->rss = known_add(g->rss, r->bytes[SMAPS_RSS]);
		if (m->baseline && m->baseline->has_regions)
			g->born += baseline_precedes(m->baseline, r);
	}
	n -= n && ret[n - 1].count < LEAST;
	qsort(ret, n, sizeof(*ret), by_count);
	return n;
}

static void group_write(const struct moment *m, const struct group *g, struct buf *out)
{
	buf_adds(out, "<tr><th scope=\"row\" class=\"n\">");
	html_size(out, NULL, g->size);
	buf_addf(out, "</th><td>%s</td><td class=\"n\">", region_kinds[g->kind].name);
	html_count(out, NULL, g->count);
	buf_adds(out, "</td><td class=\"n\">");
	html_count(out, NULL, m->baseline && m->baseline->whole ? g->born : UNKNOWN);
	buf_adds(out, "</td><td class=\"n\">");
	html_size(out, NULL, known_mul(g->size, g->count));
	buf_adds(out, "</td><td class=\"n\">");
	html_size(out, NULL, g->rss);
	buf_adds(out, "</td></tr>\n");
}

static void groups_write(const struct moment *m, const struct group *groups, size_t n,
                         struct buf *out)
{
	buf_adds(out, "<h3 id=\"sizes\">Regions of the same size</h3>\n<div class=\"wide\" "
	              "tabindex=\"0\" role=\"region\" aria-labelledby=\"sizes\"><table><thead><tr>"
	              "<th scope=\"col\" class=\"n\">Size</th><th scope=\"col\">Kind</th>"
	              "<th scope=\"col\" class=\"n\">Regions</th>"
	              "<th scope=\"col\" class=\"n\">Of them new</th>"
	              "<th scope=\"col\" class=\"n\">Address space</th>"
	              "<th scope=\"col\" class=\"n\">RSS</th></tr></thead>\n<tbody>");
	for (size_t i = 0; i < n && i < HTML_SIZES; i++)
		group_write(m, &groups[i], out);
	buf_adds(out, "</tbody></table></div>\n");
}

void html_sizes(const struct moment *m, struct buf *out)
{
	size_t room = m->regions->count + 1;
	const struct region **sorted = calloc(room, sizeof(struct region *));
	struct group *groups = calloc(room, sizeof(*groups));

	if (sorted && groups) {
		size_t n = groups_make(m, sorted, groups);
		if (n)
			groups_write(m, groups, n, out);
	} else {
		html_fail(out, -ENOMEM);
	}
	free(sorted);
	free(groups);
}
