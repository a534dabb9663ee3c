/* SPDX-License-Identifier: MIT */
#ifndef TUI_TUI_H
#define TUI_TUI_H

/*
 * The dashboard: moments in, keys in, picture and requests out. The only room that knows curses, used by
 * one thread. Nothing here reads a file of the target, takes time from a clock, or decides a verdict.
 */

#include <stdbool.h>
#include <stdio.h>

#include "base/buf.h"
#include "model/moment.h"
#include "model/request.h"

enum tui_color { TUI_COLOR_AUTO, TUI_COLOR_ALWAYS, TUI_COLOR_NEVER };

struct tui_options {
	bool ascii;           /* no glyph beyond ASCII */
	enum tui_color color; /* AUTO: as the terminal and NO_COLOR say */
	const char *theme;    /* "dark", "light", "mono"; NULL: dark */
};
extern const char *const tui_themes[]; /* NULL-terminated */

struct tui;

/*
 * Takes the terminal (newterm; a terminal that cannot is -ENOTSUP). 0 or -errno. Where memory is short, curses
 * may call exit() here and later, or crash: tui_starved.
 * Screen writes go to `out`, keys come from `in`.
 */
int tui_open(const struct tui_options *o, FILE *out, FILE *in, struct tui **ret);

/* The same on /dev/null with a size of its own, for tests and benches. */
int tui_open_headless(const struct tui_options *o, int rows, int columns, struct tui **ret);

/* Gives the terminal back as it was. NULL is fine. */
void tui_close(struct tui *t);

/*
 * Writes what undoes our terminal modes straight to `fd` without curses: for the way out when the
 * screen thread hangs in a write. Async-signal-safe after tui_open.
 */
void tui_emergency(int fd);

/*
 * For the handler of a crash, before anything else: whether it is one of curses, on this thread,
 * which was refused memory. Async-signal-safe.
 */
bool tui_starved(void);

/*
 * Curses got no memory for a frame or another size, and is in pieces: nothing is drawn any more, and
 * tui_close calls nothing of it.
 */
bool tui_lost(const struct tui *t);

/* Shows this moment from now on; takes a reference. Draws nothing. */
void tui_moment(struct tui *t, struct moment *m);

/* Footer line for a few seconds' worth of moments: an outcome, an error (`alarm`). Safe text. */
void tui_notice(struct tui *t, const char *text, bool alarm);

/* Banner over the picture: "frozen since 03:12:44, Space goes on"; NULL takes it away. */
void tui_banner(struct tui *t, const char *text, bool alarm);
/* Rings the bell of the terminal, once. */
void tui_bell(struct tui *t);

/* Frozen: Left and Right step. */
void tui_frozen(struct tui *t, bool frozen);

/* A recording is replayed: Space plays, + - are its speed, and there is no list of processes. */
void tui_replay(struct tui *t);

/*
 * The next key of the terminal, without waiting; -1: none. Resizes are handled inside and give
 * KEY_RESIZE. Returns -2 when the terminal is gone.
 */
int tui_read_key(struct tui *t);

/* Brings a view to the front and closes what lies over it. A number without a view changes nothing. */
void tui_show(struct tui *t, int number);

/* Opens the page of the comparison that moments bring (moment.diff); true while it is open. */
void tui_show_difference(struct tui *t);
bool tui_shows_difference(const struct tui *t);

/*
 * A key: dispatched through the key table to prompt, overlay, view. What remains for app comes out in
 * *ret (ACTION_NONE: nothing). ret->text is borrowed until the next call.
 */
void tui_key(struct tui *t, int key, struct request *ret);

/* Opens the prompt for a path, filled with `suggestion`; Enter yields ACTION_EXPORT with the text. */
void tui_ask_export(struct tui *t, const char *suggestion);

/* The same for a recording: ACTION_RECORD. */
void tui_ask_record(struct tui *t, const char *suggestion);

/* Draws what changed and hands it to the terminal (which may block: main thread only). */
void tui_draw(struct tui *t);

/* Gives the terminal back for a while (^Z); tui_redraw takes it again. */
void tui_suspend(struct tui *t);

/* Draws everything anew: after ^Z/fg, ^L. */
void tui_redraw(struct tui *t);

/* Tells the size changed to this (headless), or asks the terminal (0, 0). */
void tui_resize(struct tui *t, int rows, int columns);

/* The picture as text, one line a row, trailing blanks cut: for .txt exports and golden files. */
int tui_text(struct tui *t, struct buf *out);

/* The picture as roles, one letter a cell, for golden files of colour. */
int tui_roles(struct tui *t, struct buf *out);

/* Number of the view in front (1..7), for tests. */
int tui_view(const struct tui *t);

#endif
