/* SPDX-License-Identifier: MIT */
#include "app/recorded_end.h"

/*
 * Knows which facts of a recording are of its end, and where a moment and a watch keep them. Refuses to know how
 * they are told.
 */

#include <stdio.h>

/* "exited 03:12:44", as the event of then says it; "" where there is none. */
static const char *exit_text(const struct moment *m)
{
	for (unsigned i = m->event_count; i-- > 0;)
		if (m->events[i].kind == EVENT_EXIT)
			return m->events[i].text;
	return "";
}

void recorded_end_show(const struct replay *r, struct moment *m)
{
	const char *text;

	m->ended = replay_ended(r);
	if (m->ended == END_TARGET)
		snprintf(m->ended_text, sizeof(m->ended_text), "%s", exit_text(m));
	snprintf(m->child_status, sizeof(m->child_status), "%s", replay_child(r));
	m->warning_count = 0;
	for (unsigned i = 0; i < MOMENT_WARNINGS && (text = replay_warning(r, i)); i++)
		snprintf(m->warnings[m->warning_count++], WARNING_MAX, "%.*s", WARNING_MAX - 1,
		         text);
}

void recorded_end_tell(struct replay *r, struct watch *w)
{
	enum watch_end end = replay_ended(r);
	struct moment *m = NULL;
	struct fault ignored;
	const char *text;

	for (unsigned i = 0; (text = replay_warning(r, i)); i++)
		watch_note(w, text);
	watch_child_status(w, replay_child(r));
	/* Reading a moment may move the texts, so it comes last. Without it the words are fewer. */
	if (end == END_TARGET && replay_moment(r, replay_newest(r), 0, &m, &ignored))
		m = NULL;
	watch_end(w, end == END_NOT_YET ? END_EOF : end, m ? exit_text(m) : "");
	moment_unref(m);
}
