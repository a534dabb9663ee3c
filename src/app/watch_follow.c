/* SPDX-License-Identifier: MIT */
#include "app/watch_internal.h"

/*
 * What becomes of a watch when its process is another one. Knows what the source tells of that, and whose verdict is
 * said; refuses to know how a process is found.
 */

static void news_take(struct watch *w, const struct source_news *n)
{
	watch_say(w, "%s: %s", n->warning ? "Warning" : "Note", n->text);
	if (n->warning)
		watch_note(w, n->text);
	else if (w->samples)
		watch_event(w, n->kind, n->text);
}

const struct verdict *watch_verdict(struct watch *w)
{
	return lives_verdict(w->lives, detect_verdict(w->detect), &w->verdict);
}

void watch_see_news(struct watch *w)
{
	struct source_news n;

	while (source_news(w->source, &n))
		news_take(w, &n);
}
