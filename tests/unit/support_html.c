/* SPDX-License-Identifier: MIT */
/*
 * Knows which elements, attributes and references a page of ours is made of, and reads them strictly.
 * Refuses to know what a page says.
 */
#include "support_html.h"

#include <ctype.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/html.h"
#include "support_report.h"

enum { DEPTH = 64, NAME = 32, IDS = 4096, ID = 64 };

struct reader {
	const char *at;
	char open[DEPTH][NAME];
	unsigned depth;
	char (*ids)[ID], (*wanted)[ID];
	unsigned id_count, wanted_count;
	char why[200];
};

static const char *const elements[] = {
        "html",    "head",  "meta",    "link",       "title", "style",   "body",   "main",
        "header",  "h1",    "h2",      "h3",         "p",     "ul",      "li",     "b",
        "strong",  "span",  "data",    "time",       "dl",    "div",     "dt",     "dd",
        "wbr",     "table", "thead",   "tbody",      "tr",    "th",      "td",     "figure",
        "details", "svg",   "summary", "figcaption", "g",     "section", "footer", "script",
        "rect",    "path",  "line",    "circle",     "text",  "desc",    "pre",    NULL};
static const char *const attributes[] = {"lang",
                                         "charset",
                                         "http-equiv",
                                         "content",
                                         "name",
                                         "rel",
                                         "href",
                                         "id",
                                         "class",
                                         "value",
                                         "datetime",
                                         "scope",
                                         "tabindex",
                                         "role",
                                         "viewBox",
                                         "title",
                                         "x",
                                         "y",
                                         "x1",
                                         "x2",
                                         "y1",
                                         "y2",
                                         "r",
                                         "cx",
                                         "cy",
                                         "d",
                                         "width",
                                         "height",
                                         "type",
                                         "aria-label",
                                         "aria-labelledby",
                                         "aria-hidden",
                                         "preserveAspectRatio",
                                         NULL};
static const char *const empty[] = {"meta", "link", "wbr", NULL};
static const char *const references[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;", NULL};

static bool is_one_of(const char *const *list, const char *s)
{
	while (*list && strcmp(*list, s) != 0)
		list++;
	return *list != NULL;
}

static bool wrong(struct reader *r, const char *why, const char *what)
{
	if (!r->why[0])
		snprintf(r->why, sizeof(r->why), "%s: %.60s; before: %.60s", why, what, r->at);
	return false;
}

/* --- attributes ----------------------------------------------------------------------------------- */

static bool reference_ok(const char *s)
{
	for (const char *const *e = references; *e; e++)
		if (!strncmp(s, *e, strlen(*e)))
			return true;
	return false;
}

static void id_keep(char (*list)[ID], unsigned *count, const char *s, size_t n)
{
	if (*count < IDS)
		snprintf(list[(*count)++], ID, "%.*s", (int)n, s);
}

static bool id_take(struct reader *r, const char *s, size_t n)
{
	for (unsigned i = 0; i < r->id_count; i++)
		if (strlen(r->ids[i]) == n && !memcmp(r->ids[i], s, n))
			return wrong(r, "an id twice", r->ids[i]);
	id_keep(r->ids, &r->id_count, s, n);
	return true;
}

static bool value_ok(struct reader *r, const char *name, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] == '<' || s[i] == '>' || (s[i] == '&' && !reference_ok(s + i)))
			return wrong(r, "a raw character in an attribute", name);
	if (!strcmp(name, "href") && s[0] != '#' && strncmp(s, "data:,\"", 7) != 0)
		return wrong(r, "a link to elsewhere", s);
	if (!strcmp(name, "type") && strncmp(s, "application/json\"", 17) != 0)
		return wrong(r, "a script that runs", s);
	if (!strcmp(name, "id"))
		return id_take(r, s, n);
	if (!strcmp(name, "aria-labelledby"))
		for (size_t from = 0, to; from < n; from = to + 1) {
			to = from + strcspn(s + from, " \"");
			id_keep(r->wanted, &r->wanted_count, s + from, to - from);
		}
	return true;
}

static bool name_take(struct reader *r, char name[NAME])
{
	size_t n = 0;

	while (isalnum((unsigned char)r->at[n]) || r->at[n] == '-')
		n++;
	if (!n || n >= NAME)
		return wrong(r, "no name", r->at);
	snprintf(name, NAME, "%.*s", (int)n, r->at);
	r->at += n;
	return true;
}

static bool attribute_take(struct reader *r)
{
	char name[NAME];

	if (!name_take(r, name))
		return false;
	if (!is_one_of(attributes, name))
		return wrong(r, "an attribute that is not ours", name);
	if (r->at[0] != '=' || r->at[1] != '"')
		return wrong(r, "an attribute without quotes", name);
	r->at += 2;
	size_t n = strcspn(r->at, "\"");
	if (!r->at[n] || !value_ok(r, name, r->at, n))
		return wrong(r, "an attribute without an end", name);
	r->at += n + 1;
	return true;
}

/* --- tags ----------------------------------------------------------------------------------------- */

static bool close_take(struct reader *r)
{
	char name[NAME];

	r->at += 2;
	if (!name_take(r, name))
		return false;
	if (*r->at++ != '>')
		return wrong(r, "a closing tag with more", name);
	if (!r->depth || strcmp(r->open[r->depth - 1], name) != 0)
		return wrong(r, "closes what is not open", name);
	r->depth--;
	return true;
}

/* Content of style and script is no HTML: it ends at its closing tag. */
static bool raw_skip(struct reader *r, const char *name)
{
	char end[NAME + 4];

	snprintf(end, sizeof(end), "</%s", name);
	r->at = strstr(r->at, end);
	if (!r->at) {
		r->at = "";
		return wrong(r, "never closed", name);
	}
	return true;
}

static bool open_take(struct reader *r)
{
	char name[NAME];
	const char *tag = r->at++;

	if (!name_take(r, name))
		return false;
	if (!is_one_of(elements, name))
		return wrong(r, "an element that is not ours", name);
	while (*r->at == ' ') {
		r->at++;
		if (!attribute_take(r))
			return false;
	}
	bool closed = *r->at == '/';
	r->at += closed;
	if (*r->at++ != '>')
		return wrong(r, "a tag without an end", name);
	if (closed || is_one_of(empty, name))
		return true;
	if (r->depth == DEPTH)
		return wrong(r, "too deep", name);
	strcpy(r->open[r->depth++], name);
	if (!strcmp(name, "script") && !strstr(tag, "application/json"))
		return wrong(r, "a script without a type", name);
	return strcmp(name, "script") && strcmp(name, "style") ? true : raw_skip(r, name);
}

static bool read_all(struct reader *r)
{
	static const char doctype[] = "<!DOCTYPE html>\n";

	if (strncmp(r->at, doctype, strlen(doctype)) != 0)
		return wrong(r, "no doctype", r->at);
	r->at += strlen(doctype);
	while (*r->at) {
		bool ok = true;
		if (*r->at == '<')
			ok = r->at[1] == '/' ? close_take(r) : open_take(r);
		else if (*r->at == '>' || (*r->at == '&' && !reference_ok(r->at)))
			ok = wrong(r, "a raw character in text", r->at);
		else
			r->at++;
		if (!ok)
			return false;
	}
	return r->depth == 0 || wrong(r, "never closed", r->open[r->depth - 1]);
}

static bool names_found(struct reader *r)
{
	for (unsigned i = 0; i < r->wanted_count; i++) {
		unsigned k = 0;
		while (k < r->id_count && strcmp(r->ids[k], r->wanted[i]) != 0)
			k++;
		if (k == r->id_count)
			return wrong(r, "an id that is named but not there", r->wanted[i]);
	}
	return true;
}

static bool page_read(const char *text, char *why, size_t size)
{
	struct reader r = {.at = text,
	                   .ids = calloc(IDS, sizeof(*r.ids)),
	                   .wanted = calloc(IDS, sizeof(*r.wanted))};

	bool sound = r.ids && r.wanted && read_all(&r) && names_found(&r);
	snprintf(why, size, "%s", r.why);
	free(r.ids);
	free(r.wanted);
	return sound;
}

/* --- what tests call ------------------------------------------------------------------------------ */

void page_check(const struct buf *b)
{
	char why[200];

	if (!page_read(buf_str(b), why, sizeof(why)))
		fail_msg("%s", why);
	report_is_safe(b);
}

bool page_is_sound(const char *text)
{
	char why[200];

	return page_read(text, why, sizeof(why));
}

void page_make(const struct moment *m, struct buf *b)
{
	report_buf(b);
	assert_int_equal(html_report(m, "1.0", b), 0);
	page_check(b);
}

const char *page_value(const struct buf *b, const char *id, char *out, size_t size)
{
	char key[ID + 8];

	snprintf(key, sizeof(key), " id=\"%s\"", id);
	const char *at = strstr(buf_str(b), key);
	if (!at)
		fail_msg("no element %s", id);
	const char *end = strchr(at, '>'), *value = strstr(at, " value=\"");
	out[0] = '\0';
	if (value && value < end)
		snprintf(out, size, "%.*s", (int)strcspn(value + 8, "\""), value + 8);
	return end + 1;
}

unsigned page_count(const char *text, const char *end, const char *what)
{
	unsigned n = 0;

	while ((text = strstr(text, what)) && (!end || text < end)) {
		n++;
		text += strlen(what);
	}
	return n;
}

double page_number(const struct buf *page, const char *id)
{
	char value[64];

	const char *text = page_value(page, id, value, sizeof(value));
	if (!value[0]) {
		assert_int_equal(strncmp(text, "-<", 2), 0);
		return (double)NAN;
	}
	return strtod(value, NULL);
}
