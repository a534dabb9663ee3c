/* SPDX-License-Identifier: MIT */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

/*
 * A moment as one page that stands alone: HTML, a style sheet and inline SVG, nothing to fetch and nothing to
 * run. It shows light and dark, prints, and is read aloud; every figure stands in it as people read it and,
 * in <data value="...">, as the JSON report has it.
 *
 * Bounded whatever the process: so many regions, processes and points as its tables hold, names cut in the
 * middle; what is left out is said, with the export that has it.
 */

#include "base/buf.h"
#include "model/moment.h"

enum {
	HTML_REGIONS = 200,    /* rows of the region table */
	HTML_PROCESSES = 200,  /* rows of the list of processes, where none is watched */
	HTML_SIZES = 10,       /* rows of the table of mappings of the same size */
	HTML_CLASSES = 50,     /* rows of the tables of block sizes and of arenas */
	HTML_SITES = 40,       /* rows of the table of call sites */
	HTML_POINTS = 60,      /* rows of the table behind a chart */
	HTML_JSON = 384 << 10, /* bytes of the JSON report in the page; a longer one is left out */
	HTML_NAME_COLUMNS = 160, /* of a region's name */
};

/*
 * Appends the page. Unknown figures are "-". `version` is that of the tool. Where jansson is there the JSON
 * report stands in <script type="application/json" id="report">, which no browser runs. 0 or -errno; then
 * what was appended is of no use.
 */
int html_report(const struct moment *m, const char *version, struct buf *out);

#endif
