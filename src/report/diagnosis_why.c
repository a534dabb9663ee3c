/* SPDX-License-Identifier: MIT */
/*
 * Knows which evidence, links, limits and obstacles a diagnosis names. Refuses to know how they were found.
 */
#include "report/diagnosis_lines.h"

#include <ctype.h>
#include <string.h>

#include "base/human.h"
#include "detect/advice.h"

/* The heaviest on each side, for they come sorted, and what names the code. */
static void evidence_lines(const struct verdict *v, struct lines *l)
{
	const struct evidence *sides[2] = {NULL, NULL}, *code = NULL;

	for (unsigned i = 0; i < v->evidence_count && i < VERDICT_EVIDENCE_MAX; i++) {
		const struct evidence *e = &v->evidence[i];
		if (!sides[e->is_for])
			sides[e->is_for] = e;
		if (!code && e->is_code && e->is_for)
			code = e;
	}
	if (sides[true] && code && code != sides[true])
		lines_add(l, LINE_FOR, "For a leak: %s; %s", sides[true]->text, code->text);
	else if (sides[true])
		lines_add(l, LINE_FOR, "For a leak: %s", sides[true]->text);
	if (sides[false])
		lines_add(l, LINE_AGAINST, "Against: %s", sides[false]->text);
}

/* The heaviest link. Those that begin with "grows" are a sentence already. */
static void link_line(const struct verdict *v, struct lines *l)
{
	const char *text = v->links.link[0].text;

	if (!v->links.count)
		return;
	if (!strncmp(text, "grow", 4))
		lines_add(l, LINE_LINK, "%c%s", toupper((unsigned char)text[0]), text + 1);
	else
		lines_add(l, LINE_LINK, "What grows with it: %s", text);
}

static void limit_line(const struct verdict *v, struct lines *l)
{
	struct buf text;

	buf_init(&text, LINE_BYTES);
	if (advice_limit(v, &text) == 0 && text.len)
		lines_add(l, LINE_LIMIT, "At this rate it %s", buf_str(&text));
	buf_done(&text);
}

static void obstacle_lines(const struct moment *m, struct lines *l)
{
	const char *lacking = m->abilities.lacking;
	char time[HUMAN_MAX];

	if (m->costs.blocked_ns)
		lines_add(l, LINE_BLOCKED,
		          "%s blocked for %s: somebody holds the lock of its memory map",
		          m->costs.blocked_what[0] ? m->costs.blocked_what : "smaps",
		          human_duration(time, m->costs.blocked_ns));
	if (lacking[0])
		lines_add(l, LINE_REDUCED, "%c%s", toupper((unsigned char)lacking[0]), lacking + 1);
}

void diagnosis_why(const struct moment *m, struct lines *l)
{
	link_line(&m->verdict, l);
	evidence_lines(&m->verdict, l);
	limit_line(&m->verdict, l);
	obstacle_lines(m, l);
}
