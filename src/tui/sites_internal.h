/* SPDX-License-Identifier: MIT */
#ifndef TUI_SITES_INTERNAL_H
#define TUI_SITES_INTERNAL_H

/* What the files of view 6 share: call sites as a list or as a tree of their stacks, and what stands around them. */

#include "model/site_name.h"
#include "tui/page.h"
#include "tui/table.h"

enum { SITES_NAME = 512, SITES_OPENED = 256 };

/* Bits of the table's mode: pages or blocks are counted. */
enum { SITES_IN_BLOCKS = 1, SITES_IN_PAGES = 2 };

/* A line of the list: a site, or in the tree a run of functions with all sites below it. */
struct sites_row {
	uint64_t id; /* outlives the facts it was made of; never 0 */
	/* figures of the site, or of all below; its frames only where it is a site */
	struct site sum;
	uint32_t site;     /* its number in the facts; SITES_INNER: an inner line */
	uint32_t below;    /* lines below it, which follow it */
	uint32_t sites;    /* among them and itself */
	uint32_t chain;    /* its functions in sites_lines.chain, outermost first */
	uint32_t chained;  /* how many */
	uint32_t parent;   /* a line before it; SITES_INNER: none */
	uint16_t depth;    /* of lines above it */
	bool open, hidden; /* shows what is below it; lies below one that does not */
	bool hit;          /* it, or something below it, has the text of the filter */
	uint32_t alike;    /* a site whose name looks the same in few columns; SITES_INNER: none */
};
#define SITES_INNER UINT32_MAX

/* All lines, made anew at each refresh; parents stand before what is below them. */
struct sites_lines {
	struct sites_row *rows;
	size_t count;
	uint32_t *chain; /* frames, by number in the facts */
};

struct sites_view {
	struct view view;    /* its ops are those of the kind traced, or of a site opened */
	struct table blocks; /* bytes are known */
	struct table hits;   /* only how often it allocates */
	struct sites_lines lines;
	bool tree, failed; /* failed: no memory for the lines */
	bool filtered;     /* the lines know what the filter hits */
	uint64_t open;     /* id of the site opened; 0 none */
	size_t top, total; /* its text: first line in sight, lines */
	struct {
		uint64_t id;
		bool open;
	} opened[SITES_OPENED]; /* lines of the tree that a key opened or closed, the latest last */
	unsigned opened_count;
};

/* The table in front: by the kind that was traced. */
struct table *sites_rows_table(struct sites_view *v, const struct moment *m);
extern const struct table_ops sites_blocks_table, sites_hits_table;
extern const char *const sites_blocks_sorts[], *const sites_hits_sorts[];

/* The line of a cell; the frame of its run, outermost first. */
const struct sites_row *sites_row_at(const struct table_at *at);
const struct site_frame *sites_frame_at(const struct table_at *at, uint32_t i);
/* True for what goes on growing and was steady so far: worth a colour. */
bool sites_matters(const struct site *s);
/* Draws the name of a line (sites_cell.c). */
void sites_name_cell(const struct table_at *at, const struct canvas *cell);

/* What was found; NULL: nothing, or only by the tracing before the one that has just begun. */
const struct sites_facts *sites_shown(const struct moment *m);
/* The watch goes on, so that something can be traced now. */
bool sites_is_live(const struct sites_view *v, const struct moment *m);
/* A price stands there, and waits for a yes. */
bool sites_is_priced(const struct moment *m);

/* --- sites_lines.c, sites_tree.c: which lines there are ------------------------------------------- */

/* Makes the lines of the facts anew. False: no memory; there are none. */
bool sites_lines_make(struct sites_view *v, const struct sites_facts *f);
void sites_lines_done(struct sites_lines *l);
/* Lines of merged stacks. For sites_lines_make, into l, which is empty. False: no memory. */
bool sites_tree_make(struct sites_lines *l, const struct sites_facts *f);
/* A line of one site. */
void sites_row_set(struct sites_row *r, const struct sites_facts *f, uint32_t site);
/* Adds figures of one site or line to those of the line above it. */
void sites_sum(struct site *sum, const struct site *s);
/* What stays the same from facts to facts: of a frame, mixed into `seed`. */
uint64_t sites_frame_id(const struct sites_facts *f, const struct site_frame *frame, uint64_t seed);

/* What was found out about texts of the facts, so that none is searched twice; zeroed, for one search. */
enum { SITES_MEMO = 4096 };
struct sites_memo {
	uint32_t text[SITES_MEMO];
	bool has[SITES_MEMO];
};
/* True when function, file or module of a frame of this site contain the text. `memo` may be NULL. */
bool sites_stack_has(const struct sites_facts *f, const struct site *s, const char *text,
                     struct sites_memo *memo);

/* Opens or closes an inner line; it stays so until another key. */
void sites_line_turn(struct sites_view *v, const struct sites_row *r, bool open);

/* --- sites_name.c: names, safe and short ---------------------------------------------------------- */

/*
 * The function of a frame in `width` columns: without parameters, then without what stands in <>, then without its
 * beginning, so that its own name stays. An address where it has no name. Returns out.
 */
char *sites_function(const struct sites_facts *f, const struct site_frame *frame, bool ascii,
                     int width, char *out, size_t size);
/* The function without parameters and with nothing in <>, whatever room there is. Returns out. */
char *sites_function_folded(const struct sites_facts *f, const struct site_frame *frame, char *out,
                            size_t size);
/* As sites_function(), beside another that looks the same so: of what stands in <> it keeps what differs. Returns out. */
char *sites_function_apart(const struct sites_facts *f, const struct site_frame *frame,
                           const struct site_frame *other, bool ascii, int width, char *out,
                           size_t size);
/* Columns of the function without parameters and what stands in <>, and those that its own name needs. */
int sites_function_width(const struct sites_facts *f, const struct site_frame *frame, bool ascii,
                         int *ret_least);
/* "session.cpp:88", "libbasket.so", "run-time code". Returns out. */
char *sites_where(const struct sites_facts *f, const struct site_frame *frame, bool ascii,
                  char *out, size_t size);
/* The whole function, safe, cut at size; an address where it has no name. Returns out. */
char *sites_function_whole(const struct sites_facts *f, const struct site_frame *frame, bool ascii,
                           char *out, size_t size);

/* --- sites_alike.c: what tells sites of one name apart -------------------------------------------- */

/* Fills `alike` of all lines that are a site. Without memory none looks like another. */
void sites_alike_find(struct sites_lines *l, const struct sites_facts *f);

/* --- sites_fit.c: sentences where there is little room --------------------------------------------- */

/* Appends a part where all of it fits into `width` columns. False: it does not, and out is what it was. */
bool sites_part_add(char *out, size_t size, int width, const char *format, ...)
        __attribute__((format(printf, 4, 5)));
/* As many clauses of a safe text as page_text() puts into `rows` lines of a page of `width` columns, and a mark for those left out. Returns out. */
char *sites_clauses(const char *text, bool ascii, int width, int rows, char *out, size_t size);
/* page_item() where all of it has room. False: it has not, and nothing was drawn. */
bool sites_item(struct page *p, enum role role, const char *label, int width, const char *text);

/* --- sites_head.c: what stands above and below the list ------------------------------------------- */

/* What it does now, how far it is and what it costs, or what was traced and when: one line. */
void sites_state_draw(const struct sites_view *v, const struct moment *m, const struct canvas *c,
                      int y);
/* What is counted, and from what: one line. */
void sites_source_draw(const struct moment *m, const struct canvas *c, int y);
/* Writes what must be known first, in at most `rows` lines: the price asked for, why it failed, the note. */
void sites_notes_write(const struct sites_view *v, const struct moment *m, struct page *p,
                       int rows);
/* Totals, and what is missing where something is, into out. */
void sites_missing(const struct sites_facts *f, char *out, size_t size);
/* The nearest whole number, far below what overflows; NAN is 0. */
int64_t sites_whole(double v);
/* "+5.9 MB/min"; NAN "-". Returns out. */
char *sites_minute(char out[HUMAN_MAX], double bytes_per_s);
/* Writes the price and the question, in two lines or, where `rows` is 1, without the keys. */
void sites_question_write(const struct moment *m, struct page *p, int rows);

/* --- sites_picture.c ------------------------------------------------------------------------------ */

void sites_list_draw(const struct sites_view *v, const struct moment *m, const struct canvas *c);
/* Rows of the list with its head, of `rows` in all. */
int sites_list_rows(const struct sites_view *v, const struct moment *m, int rows);
/* The line under the cursor, or NULL. */
const struct sites_row *sites_selected(const struct sites_view *v, const struct moment *m);

/* --- sites_empty.c, sites_detail.c ---------------------------------------------------------------- */

void sites_empty_draw(const struct sites_view *v, const struct moment *m, const struct canvas *c);

void sites_detail_refresh(struct sites_view *v, const struct moment *m);
void sites_detail_draw(const struct sites_view *v, const struct moment *m, const struct canvas *c);
bool sites_detail_act(struct sites_view *v, const struct request *what);
/* Why a site counts as steady, or not. */
const char *sites_judged(const struct site *s);
/* Every frame of a site, innermost first. */
void sites_stack_write(struct page *p, const struct sites_facts *f, const struct site *s);

#endif
