/* SPDX-License-Identifier: MIT */
/*
 * Knows how the page says what the verdict is, why, and what to do next. Refuses to know how it was reached
 * (detect does).
 */
#include "report/html_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/human.h"
#include "base/known.h"
#include "detect/advice.h"
#include "report/diagnosis.h"
#include "report/html_text.h"

enum { LINE_MAX_BYTES = 4096, FIRST_LOOKS = 8, BAR = 400, DIAGNOSIS_BYTES = 64 << 10 };

static const char *calm_class(int confidence)
{
	if (confidence < 0)
		return "unknown";
	if (confidence < CONFIDENCE_CALM)
		return "calm";
	return confidence <= CONFIDENCE_ALARM ? "doubt" : "alarm";
}

/* The words stand beside it: the bar shows what they say once more. */
static void bar_write(int confidence, struct buf *out)
{
	buf_addf(out,
	         "<svg class=\"bar\" viewBox=\"0 0 %d 14\" preserveAspectRatio=\"none\" "
	         "aria-hidden=\"true\"><rect class=\"rail\" width=\"%d\" height=\"14\"/>"
	         "<rect class=\"fill\" width=\"%d\" height=\"14\"/>",
	         BAR, BAR, confidence < 0 ? 0 : confidence * BAR / 100);
	for (int at = CONFIDENCE_CALM; at <= CONFIDENCE_ALARM;
	     at += CONFIDENCE_ALARM - CONFIDENCE_CALM)
		buf_addf(out, "<rect class=\"notch\" x=\"%d\" width=\"1\" height=\"14\"/>",
		         at * BAR / 100);
	buf_adds(out, "</svg>\n");
}

static void confidence_write(const struct verdict *v, struct buf *out)
{
	char value[16], shown[16];

	snprintf(value, sizeof(value), "%d", v->confidence);
	snprintf(shown, sizeof(shown), "%d %%", v->confidence);
	buf_adds(out, "<p class=\"confidence\"><data class=\"word\" id=\"verdict-kind\" value=\"");
	html_word(out, verdict_kind_json[v->kind]);
	buf_adds(out, "\">");
	html_word(out, verdict_kind_words[v->kind]);
	buf_adds(out, "</data> <span class=\"percent\">");
	html_data(out, "confidence", v->confidence < 0 ? NULL : value, shown);
	buf_adds(out,
	         "</span> <span class=\"note\">probability that this process leaks</span></p>\n");
	bar_write(v->confidence, out);
}

/* --- facts ---------------------------------------------------------------------------------------- */

static void fact_begin(const char *name, struct buf *out)
{
	buf_addf(out, "<div><dt>%s</dt><dd>", name);
}

static void fact_end(struct buf *out)
{
	buf_adds(out, "</dd></div>\n");
}

static void growth_write(const struct verdict *v, struct buf *out)
{
	char value[HTML_REAL];
	struct buf words;

	buf_init(&words, LINE_MAX_BYTES);
	html_fail(out, advice_rate(v, &words));
	fact_begin("Growth", out);
	html_data(out, "growth", html_real(value, v->growth), buf_str(&words));
	fact_end(out);
	buf_done(&words);
}

static void limit_write(const struct verdict *v, struct buf *out)
{
	struct buf words;

	buf_init(&words, LINE_MAX_BYTES);
	html_fail(out, advice_limit(v, &words));
	if (words.len) {
		fact_begin("Limit", out);
		buf_adds(out, "at this rate it ");
		html_word(out, buf_str(&words));
		fact_end(out);
	}
	buf_done(&words);
}

static void facts_write(const struct moment *m, struct buf *out)
{
	const struct verdict *v = &m->verdict;
	bool tenths = m->interval < NS_PER_S;

	buf_adds(out, "<dl class=\"facts\">\n");
	growth_write(v, out);
	if (known(v->since)) {
		fact_begin("Since", out);
		html_clock(out, v->since, tenths);
		fact_end(out);
	}
	if (known(v->flagged)) {
		fact_begin("First called a leak", out);
		html_clock(out, v->flagged, tenths);
		fact_end(out);
	}
	if (v->cause != CAUSE_NULL) {
		fact_begin("Cause", out);
		html_word(out, verdict_cause_json[v->cause]);
		fact_end(out);
	}
	if (isfinite(v->plateau)) {
		fact_begin("Heading for", out);
		html_size(out, NULL, v->plateau < 0 ? 0 : (uint64_t)v->plateau);
		fact_end(out);
	}
	if (isfinite(v->power)) {
		fact_begin("Would have been seen", out);
		buf_adds(out, "a leak above ");
		html_rate(out, NULL, v->power);
		fact_end(out);
	}
	limit_write(v, out);
	buf_adds(out, "</dl>\n");
}

/* --- sentences ------------------------------------------------------------------------------------ */

static void line_write(const struct verdict *v, struct buf *out)
{
	struct buf line;

	buf_init(&line, LINE_MAX_BYTES);
	html_fail(out, advice_line(v, &line));
	buf_adds(out, "<p class=\"line\">");
	html_word(out, buf_str(&line));
	buf_adds(out, "</p>\n");
	/* The line of every other verdict has its reason in it. */
	if (v->kind == VERDICT_LEAK && v->reason[0]) {
		buf_adds(out, "<p class=\"reason\">");
		html_word(out, v->reason);
		buf_adds(out, "</p>\n");
	}
	if (v->outside_heap)
		buf_addf(out, "<p>[heap] itself did not grow: the growth is in %s.</p>\n",
		         v->where == WHERE_ARENA ? "malloc arenas" : "anonymous mappings");
	buf_done(&line);
}

static void next_write(const struct moment *m, struct buf *out)
{
	struct buf next;

	buf_init(&next, LINE_MAX_BYTES);
	html_fail(out, advice_next(m, false, &next));
	if (next.len) {
		buf_adds(out, "<p class=\"next\"><strong>Next:</strong> ");
		html_word(out, buf_str(&next));
		buf_adds(out, "</p>\n");
	}
	buf_done(&next);
}

/* To be pasted into a ticket: what the report at the end of a watch says. */
static void diagnosis_add(const struct moment *m, struct buf *out)
{
	struct buf text;

	buf_init(&text, DIAGNOSIS_BYTES);
	html_fail(out, diagnosis_write(m, SAFE_UTF8, &text));
	buf_adds(out, "<details><summary>The diagnosis as text</summary><pre class=\"code\">");
	for (const char *at = buf_str(&text); *at; at += *at == '\n') {
		size_t n = strcspn(at, "\n");
		html_text(out, at, n);
		buf_addc(out, '\n');
		at += n;
	}
	buf_adds(out, "</pre></details>\n");
	buf_done(&text);
}

void html_verdict(const struct moment *m, struct buf *out)
{
	const struct verdict *v = &m->verdict;

	buf_addf(out,
	         "<section class=\"verdict %s\" aria-labelledby=\"verdict\">"
	         "<h2 id=\"verdict\">Verdict</h2>\n",
	         calm_class(v->confidence));
	confidence_write(v, out);
	line_write(v, out);
	facts_write(m, out);
	next_write(m, out);
	diagnosis_add(m, out);
	buf_adds(out, "</section>\n");
}

/* --- why ------------------------------------------------------------------------------------------ */

static void evidence_write(const struct verdict *v, struct buf *out)
{
	buf_adds(out,
	         "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-labelledby=\"why\">"
	         "<table class=\"evidence\"><thead><tr><th scope=\"col\">Speaks</th>"
	         "<th scope=\"col\" class=\"n\">Weight</th><th scope=\"col\">Evidence</th></tr>"
	         "</thead>\n<tbody>");
	for (unsigned i = 0; i < v->evidence_count && i < VERDICT_EVIDENCE_MAX; i++) {
		const struct evidence *e = &v->evidence[i];
		char value[HTML_REAL], shown[16];
		snprintf(shown, sizeof(shown), "%.2f", e->weight);
		buf_addf(out, "<tr class=\"%s\"><td>%s</td><td class=\"n\">",
		         e->is_for ? "for" : "against", e->is_for ? "+ for" : "- against");
		html_data(out, NULL, html_real(value, e->weight), shown);
		buf_adds(out, "</td><td>");
		html_word(out, e->text);
		buf_adds(out, "</td></tr>\n");
	}
	buf_adds(out, "</tbody></table></div>\n");
}

static void links_write(const struct links *links, struct buf *out)
{
	if (!links->count)
		return;
	buf_adds(out, "<h3>Grows with</h3>\n<ul>\n");
	for (unsigned i = 0; i < links->count && i < LINKS_MAX; i++) {
		buf_adds(out, "<li>");
		html_word(out, links->link[i].text);
		buf_adds(out, "</li>\n");
	}
	buf_adds(out, "</ul>\n");
}

/* Before there is a trend: what can be said without one. */
static void looks_write(const struct moment *m, struct buf *out)
{
	char lines[FIRST_LOOKS][ADVICE_LINE];
	unsigned count =
	        m->verdict.kind == VERDICT_UNKNOWN ? advice_first_look(m, lines, FIRST_LOOKS) : 0;

	if (!count)
		return;
	buf_adds(out, "<h3>First look</h3>\n<ul>\n");
	for (unsigned i = 0; i < count; i++) {
		buf_adds(out, "<li>");
		html_word(out, lines[i]);
		buf_adds(out, "</li>\n");
	}
	buf_adds(out, "</ul>\n");
}

void html_why(const struct moment *m, struct buf *out)
{
	buf_adds(out, "<section aria-labelledby=\"why\"><h2 id=\"why\">Evidence</h2>\n");
	if (m->verdict.evidence_count)
		evidence_write(&m->verdict, out);
	else
		buf_adds(out, "<p>None yet.</p>\n");
	looks_write(m, out);
	links_write(&m->verdict.links, out);
	buf_adds(out, "</section>\n");
}
