/* SPDX-License-Identifier: MIT */
#ifndef APP_DASHBOARD_INTERNAL_H
#define APP_DASHBOARD_INTERNAL_H

/*
 * What dashboard.c (the waiting), dashboard_hang.c (a terminal that takes nothing) and dashboard_leave.c (the way
 * out) share.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <termios.h>

#include "app/app.h"

struct screen {
	struct app app;
	struct tui *tui;
	int signals;                   /* signalfd */
	struct termios before;         /* terminal modes as we found them */
	bool before_known;             /* `before` could be asked for */
	atomic_bool busy;              /* it may hang in the terminal just now */
	atomic_bool lost;              /* what was drawn was thrown away: all of it is due again */
	atomic_bool leaving;           /* on the way out: to hang there is the end, too */
	atomic_int status;             /* the exit status as far as it is known */
	struct child *child;           /* borrowed; NULL: none */
	const struct options *options; /* borrowed; those of the command line */
};

/* Whatever may write to the terminal stands between these two: all but the waiting. */
void screen_busy_begins(struct screen *s);
void screen_busy_ends(struct screen *s);

/* The modes as they were, in case that curses could not set them: it tries once. */
void screen_modes_back(const struct screen *s);

/*
 * Watches from a thread of its own that the screen thread does not hang in the terminal, to the end of the program:
 * `s` is never freed. What cannot leave in order leaves by force, with `status`: recording and metrics end, but nobody
 * stops the watch, and rows that the reader of --csv has yet to take are lost, as is what became of the recording.
 */
void screen_guard(struct screen *s);

/*
 * From now on a crash gives the terminal back as it was before; it dies of it all the same. Where it is one of curses,
 * which got no memory, and where curses ends us for want of it by exit(), it is told as that, without a report; the watch,
 * its --csv, recording and metrics end as ever, and what is missing in them is told (STATUS_OUTPUT), within six seconds or by
 * SIGALRM. Before anything of curses is called; we leave by _exit(). `s` is never freed.
 */
void screen_catch(struct screen *s);

/* What want of memory leads to: what is said, and the status; and leaving by that, after screen_catch. */
void screen_no_memory(struct fault *fault);
void screen_leave_starved(void);

/* Writes down the exit status of now, for a way out on which nobody can be asked any more. */
void screen_note_status(struct screen *s);

/* Closes the screen, ends what runs, reports on the normal screen. The exit status; of a watch, and of a replay. */
int screen_leave(struct screen *s, const struct options *o);
int screen_leave_replay(struct screen *s, const struct options *o);

#endif
