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
	int signals;           /* signalfd */
	struct termios before; /* terminal modes as we found them */
	atomic_bool busy;      /* it may hang in the terminal just now */
	atomic_bool lost;      /* what was drawn was thrown away: all of it is due again */
	atomic_bool leaving;   /* on the way out: to hang there is the end, too */
	atomic_int status;     /* the exit status as far as it is known */
	struct child *child;   /* borrowed; NULL: none */
};

/* Whatever may write to the terminal stands between these two: all but the waiting. */
void screen_busy_begins(struct screen *s);
void screen_busy_ends(struct screen *s);

/*
 * Watches from a thread of its own that the screen thread does not hang in the terminal, to the end of the program:
 * `s` is never freed. What cannot leave in order leaves by force, with `status`.
 */
void screen_guard(struct screen *s);

/* From now on a crash gives the terminal back as it was `before`; it dies of it all the same. */
/*
 * The same for an end that curses chooses: it calls exit() where it lacks memory. Before anything of curses is called;
 * we leave by _exit().
 */
void screen_catch_exit(const struct termios *before);

void screen_catch_crashes(const struct termios *before);

/* Writes down the exit status of now, for a way out on which nobody can be asked any more. */
void screen_note_status(struct screen *s);

/* Closes the screen, ends what runs, reports on the normal screen. The exit status; of a watch, and of a replay. */
int screen_leave(struct screen *s, const struct options *o);
int screen_leave_replay(struct screen *s, const struct options *o);

#endif
