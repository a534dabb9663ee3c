/* SPDX-License-Identifier: MIT */
/*
 * Knows the page's list of processes, where none is watched. Refuses to know who stands in it and in which
 * order (top.c).
 */
#include "report/html_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/human.h"
#include "base/known.h"
#include "report/html.h"
#include "report/html_text.h"
#include "report/top.h"

static const char head[] =
        "<thead><tr><th scope=\"col\">Command</th><th scope=\"col\" class=\"n\">PID</th>"
        "<th scope=\"col\">User</th><th scope=\"col\" class=\"n\">RSS</th><th scope=\"col\" "
        "class=\"n\">Anon+swap</th>"
        "<th scope=\"col\" class=\"n\">Rate</th><th scope=\"col\">Verdict</th><th scope=\"col\" "
        "class=\"n\">Leak</th>"
        "<th scope=\"col\">Unit</th></tr></thead>\n";

static void verdict_write(const struct process *p, struct buf *out)
{
	char value[16], shown[16];

	snprintf(value, sizeof(value), "%d", p->confidence);
	snprintf(shown, sizeof(shown), "%d %%", p->confidence);
	buf_addf(out, "<td>%s</td><td class=\"n\">",
	         p->suspect || p->verdict != VERDICT_UNKNOWN ? verdict_kind_words[p->verdict]
	                                                     : "-");
	html_data(out, NULL, p->confidence < 0 ? NULL : value, shown);
	buf_adds(out, "</td>");
}

static void row_write(const struct process *p, struct buf *out)
{
	const char *command = p->command[0] ? p->command : p->comm;
	size_t room = p->command[0] ? sizeof(p->command) : sizeof(p->comm);

	buf_addf(out, "<tr%s><th scope=\"row\">",
	         p->verdict >= VERDICT_SUSPICIOUS ? " class=\"grows\"" : "");
	html_text(out, command, strnlen(command, room));
	buf_addf(out, "</th><td class=\"n\">%d</td><td>", p->pid);
	if (p->user[0])
		html_text(out, p->user, strnlen(p->user, sizeof(p->user)));
	else
		html_count(out, NULL, p->uid);
	buf_adds(out, "</td><td class=\"n\">");
	html_size(out, NULL, p->rss);
	buf_adds(out, "</td><td class=\"n\">");
	html_size(out, NULL, process_held(p));
	buf_adds(out, "</td><td class=\"n\">");
	html_rate(out, NULL, p->growth / 60);
	buf_adds(out, "</td>");
	verdict_write(p, out);
	buf_adds(out, "<td>");
	html_text(out, p->unit, strnlen(p->unit, sizeof(p->unit)));
	buf_adds(out, "</td></tr>\n");
}

void html_processes(const struct moment *m, struct buf *out)
{
	const struct process_list *l = m->processes;
	uint32_t rows[HTML_PROCESSES];
	size_t count = top_choose(l, HTML_PROCESSES, rows);
	char all[HUMAN_MAX];

	buf_addf(out,
	         "<section aria-labelledby=\"processes\"><h2 id=\"processes\">Processes</h2>\n"
	         "<p class=\"note\">%s processes, by how likely they leak, then by RSS; these are "
	         "the first %zu.</p>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" "
	         "aria-labelledby=\"processes\"><table class=\"processes\" id=\"process-table\">",
	         human_count(all, l->count), count);
	buf_adds(out, head);
	buf_adds(out, "<tbody>\n");
	for (size_t i = 0; i < count; i++)
		row_write(&l->rows[rows[i]], out);
	buf_adds(out, "</tbody></table></div></section>\n");
}
