/* SPDX-License-Identifier: MIT */
#ifndef TUI_THEME_H
#define TUI_THEME_H

/*
 * Roles and what they look like. Views name a role; only theme.c knows colours. A role never
 * carries meaning alone: a sign, a letter or a word stands beside it.
 */

/* Its macros of plain names (refresh, clear, timeout) would eat members of ours. */
#define NCURSES_NOMACROS 1
#include <curses.h>
#include <stdbool.h>

#include "model/region.h"

enum role {
	ROLE_TEXT,     /* ordinary text and figures: the terminal's own foreground */
	ROLE_DIM,      /* labels, units, what is not known */
	ROLE_TITLE,    /* the one thing a line is about: bold */
	ROLE_HEAD,     /* column headers, section headers */
	ROLE_RULE,     /* lines and frames */
	ROLE_SELECTED, /* the row under the cursor; the tab in front */
	ROLE_KEY,      /* a key in the footer */
	ROLE_GRAPH,    /* charts and sparklines */
	ROLE_TRACK,    /* the empty part of a bar */
	ROLE_GROWTH,   /* growth that matters: red; the sign stands beside it */
	ROLE_GOOD,     /* verdict word and bar under 30 */
	ROLE_WARN,     /* to 70; warnings */
	ROLE_BAD,      /* above */
	ROLE_ALARM,    /* a line that must be seen: an alarm, an error */
	ROLE_BANNER,   /* frozen */
	ROLE_PART_0,   /* parts of a stacked bar: private dirty */
	ROLE_PART_1,   /* private clean */
	ROLE_PART_2,   /* shared dirty */
	ROLE_PART_3,   /* shared clean */
	ROLE_PART_4,   /* swap */
	ROLE_KIND,     /* + enum region_kind: the kind of a region in strips and columns */
	ROLE_COUNT = ROLE_KIND + REGION_KIND_COUNT
};

/* The letter of a role in tui_roles: ' ' for text, then a-z, A-Z; kinds are '0'-'9', 'A'-... */
char role_letter(enum role role);

struct theme {
	const char *name;
	bool colours;             /* false: attributes alone */
	attr_t attrs[ROLE_COUNT]; /* colour pair included */
};

/*
 * Fills a theme for the terminal in use: `name` one of tui_themes (NULL: dark). Starts colours
 * when `colours`; falls back to mono where the terminal has none. 0, -EINVAL for an unknown
 * name, or -ENOMEM.
 */
int theme_init(struct theme *t, const char *name, bool colours);

/* The role of a cell with these attributes: exact with colours, the first that looks so in mono. */
enum role theme_role(const struct theme *t, attr_t attrs, int pair);

#endif
