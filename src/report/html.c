/* SPDX-License-Identifier: MIT */
/*
 * Knows the frame of the page: head, order of its parts, foot, and that nothing in it may be fetched or run.
 * Refuses to know what the parts say.
 */
#include "report/html.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/human.h"
#include "base/known.h"
#include "model/glossary.h"
#include "report/data.h"
#include "report/html_parts.h"
#include "report/html_text.h"

/* --- head ----------------------------------------------------------------------------------------- */

static void title_write(const struct moment *m, struct buf *out)
{
	const struct verdict *v = &m->verdict;

	if (!m->target) {
		buf_adds(out, m->processes ? "All processes" : "No process");
	} else {
		html_name(out, m->target->comm, strlen(m->target->comm), 40);
		if (m->target->pid)
			buf_addf(out, " (%d)", m->target->pid);
		buf_addf(out, ": %s", verdict_kind_words[v->kind]);
		if (v->confidence >= 0)
			buf_addf(out, " %d %%", v->confidence);
	}
	buf_adds(out, " - memleak-detective");
}

static void head_write(const struct moment *m, struct buf *out)
{
	buf_adds(
	        out,
	        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	        "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'\">\n"
	        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	        "<meta name=\"color-scheme\" content=\"light dark\">\n"
	        "<meta name=\"referrer\" content=\"no-referrer\">\n"
	        /* Without it a browser asks the server for one. */
	        "<link rel=\"icon\" href=\"data:,\">\n<title>");
	title_write(m, out);
	buf_adds(out, "</title>\n<style>\n");
	html_style(out);
	buf_adds(out, "</style>\n</head>\n<body>\n<main>\n");
}

/* --- who ------------------------------------------------------------------------------------------ */

static void who_begin(const char *name, struct buf *out)
{
	buf_addf(out, "<li><b>%s</b> ", name);
}

static void who_word(const char *name, const char *text, struct buf *out)
{
	if (!text[0])
		return;
	who_begin(name, out);
	html_word(out, text);
	buf_adds(out, "</li>\n");
}

static void target_write(const struct moment *m, struct buf *out)
{
	const struct target *t = m->target;

	if (!t)
		return;
	if (t->pid)
		buf_addf(out, "<li><b>pid</b> <data id=\"pid\" value=\"%d\">%d</data></li>\n",
		         t->pid, t->pid);
	if (known(t->inner_pid)) {
		who_begin("pid in its container", out);
		html_count(out, NULL, t->inner_pid);
		buf_adds(out, "</li>\n");
	}
	who_word("user", t->user, out);
	who_word("state", target_words(m->state, m->state_letter), out);
	who_word("ended", m->ended_text, out);
	who_word("command", m->child_status, out);
	who_word("executable", t->exe, out);
	who_word("cgroup", m->cgroup_path, out);
}

static void watch_write(const struct moment *m, struct buf *out)
{
	who_begin("time", out);
	html_date(out, "utc", m->wall);
	buf_adds(out, "</li>\n");
	who_begin("watched", out);
	html_span(out, "duration", m->time);
	buf_adds(out, "</li>\n");
	if (!m->samples)
		return;
	who_begin("samples", out);
	html_count(out, "samples", m->samples);
	if (m->interval) {
		buf_adds(out, ", every ");
		html_span(out, "interval", m->interval);
	}
	buf_adds(out, "</li>\n");
}

/* Who is watched, and since when. */
static void html_header(const struct moment *m, const char *version, struct buf *out)
{
	buf_adds(out, "<header>\n<p class=\"tool\">memleak-detective <span id=\"version\">");
	html_word(out, version);
	buf_adds(out, "</span></p>\n<h1 id=\"command\">");
	if (m->target && m->target->command[0])
		html_word(out, m->target->command);
	else if (m->target)
		buf_adds(out, m->target->pid ? "A process" : "Figures from a file");
	else
		buf_adds(out, m->processes ? "All processes" : "No process");
	buf_adds(out, "</h1>\n<ul class=\"who\">\n");
	target_write(m, out);
	watch_write(m, out);
	buf_adds(out, "</ul>\n</header>\n");
}

/* --- foot ----------------------------------------------------------------------------------------- */

/* What the words mean. */
static void html_words(struct buf *out)
{
	buf_adds(out, "<section aria-labelledby=\"words\"><h2 id=\"words\">Words</h2>\n"
	              "<dl class=\"glossary\">\n");
	for (const struct glossary_word *w = glossary; w->word; w++) {
		buf_adds(out, "<div><dt>");
		html_word(out, w->word);
		buf_adds(out, "</dt><dd>");
		html_word(out, w->meaning);
		buf_adds(out, "</dd></div>\n");
	}
	buf_adds(out, "</dl></section>\n");
}

/* Outside of its strings JSON has none of these; within them it may spell them so. */
static void json_add(struct buf *out, const char *s)
{
	while (*s) {
		size_t plain = strcspn(s, "<>&");
		buf_add(out, s, plain);
		s += plain;
		if (*s)
			buf_addf(out, "\\u%04x", (unsigned char)*s++);
	}
}

/* The JSON report as it may stand in a page; -EFBIG: too long for one. */
static int json_spell(const struct moment *m, const char *version, struct buf *out)
{
	struct buf json;
	int err;

	buf_init(&json, HTML_JSON);
	err = json_available() ? json_report(m, version, false, &json) : -ENOTSUP;
	if (!err) {
		json_add(out, buf_str(&json));
		err = out->error;
	}
	buf_done(&json);
	return err;
}

static void foot_write(const struct moment *m, const char *version, struct buf *out)
{
	struct buf json;

	buf_init(&json, HTML_JSON);
	int err = json_spell(m, version, &json);
	buf_adds(out, "<footer><p>");
	if (!err)
		buf_adds(out, "The report as JSON stands in this file, in "
		              "<span class=\"code\">&lt;script id=&quot;report&quot;&gt;</span>. ");
	else if (err == -EFBIG)
		buf_adds(out, "The report as JSON is too long for a page: export to .json. ");
	else if (err != -ENOTSUP)
		html_fail(out, err);
	buf_adds(out, "Sizes are powers of 1024; - is unknown. This page loads nothing and runs "
	              "nothing.</p></footer>\n</main>\n");
	if (!err) {
		buf_adds(out, "<script type=\"application/json\" id=\"report\">\n");
		buf_add(out, json.data, json.len);
		buf_adds(out, "\n</script>\n");
	}
	buf_adds(out, "</body>\n</html>\n");
	buf_done(&json);
}

int html_report(const struct moment *m, const char *version, struct buf *out)
{
	head_write(m, out);
	html_header(m, version, out);
	if (!m->target && m->processes) {
		html_processes(m, out);
	} else {
		html_verdict(m, out);
		html_course(m, out);
		html_why(m, out);
		html_heap(m, out);
		html_sites(m, out);
		html_regions(m, out);
		html_figures(m, out);
		html_watch(m, out);
	}
	html_words(out);
	foot_write(m, version, out);
	return out->error;
}
