/* SPDX-License-Identifier: MIT */
/*
 * Knows what a diagnosis says of traced call sites: the first that grow, price and losses, and what the reader must know
 * to not be misled. Refuses to name a site that does not grow, but for counts of calls, which know nothing else.
 */
#include "report/diagnosis_lines.h"
#include "report/sites_words.h"

enum { SITES_SHOWN = 3 };

static bool is_shown(const struct sites_facts *f, const struct site *s)
{
	return f->kind == SITES_HITS || sites_grows(s);
}

void diagnosis_sites(const struct moment *m, struct lines *l)
{
	const struct sites_facts *f = m->sites;
	char text[SITES_LINE];
	unsigned shown = 0;

	if (!f || f->kind == SITES_NONE)
		return;
	lines_add(l, LINE_SITES, "Sites: %s", sites_head_line(f, text, sizeof(text)));
	for (uint32_t i = 0; i < f->site_count && shown < SITES_SHOWN; i++) {
		if (!is_shown(f, &f->sites[i]))
			continue;
		lines_add(l, shown ? LINE_SITES_MORE : LINE_SITES, "  %s",
		          sites_row_line(f, &f->sites[i], text, sizeof(text)));
		shown++;
	}
	if (!shown)
		lines_add(l, LINE_SITES, "  %s", sites_none_line(f, text, sizeof(text)));
	if (f->note[0])
		lines_add(l, LINE_SITES, "  Note: %.*s", (int)sizeof(f->note), f->note);
	lines_add(l, LINE_SITES, "  Price: %s", sites_price_line(f, text, sizeof(text)));
}
