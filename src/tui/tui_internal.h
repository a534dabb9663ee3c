/* SPDX-License-Identifier: MIT */
#ifndef TUI_TUI_INTERNAL_H
#define TUI_TUI_INTERNAL_H

/*
 * The frame's own state, shared by its files. Views see none of it: they get view.h and
 * canvas.h.
 */

#include <stdbool.h>
#include <stdio.h>

#include "tui/theme.h"
#include "tui/tui.h"
#include "tui/view.h"

enum { TUI_VIEWS = 8, TUI_OVERLAYS = 4, TUI_LINE = 256 };

/* A character beyond ASCII from the keyboard: this bit and its code point. */
enum { KEY_WIDE = 1 << 24 };

/* A line being edited at the foot of the screen. */
struct prompt {
	const char *label;  /* "filter", "export to"; NULL: closed */
	enum action action; /* what Enter means */
	size_t len, at;     /* bytes; cursor */
	char text[512];
};

/* A menu in the middle of the screen. */
struct menu {
	const char *title;          /* NULL: closed */
	const char *const *entries; /* NULL-terminated */
	size_t count;
	enum action action; /* what Enter means to the view; id: the entry */
	struct list list;
};

struct tui {
	SCREEN *screen;
	WINDOW *window;   /* the whole screen */
	WINDOW *keyboard; /* a pad: reading keys must not draw */
	FILE *out, *in;
	bool headless;
	bool lost; /* curses is in pieces: nothing of it may be called */
	struct theme theme;
	struct view_settings settings;
	struct view *views[TUI_VIEWS]; /* by number; NULL where there is none */
	struct view *detail, *why, *help, *difference;
	struct view *overlays[TUI_OVERLAYS]; /* over the view, last on top; borrowed */
	unsigned overlay_count;
	unsigned number; /* of the view in front */
	struct moment *moment;
	struct prompt prompt;
	char answer[512]; /* text of the request handed out last */
	char filter_before[VIEW_FILTER_MAX];
	struct menu menu;
	char notice[TUI_LINE];
	bool notice_alarm;
	uint64_t notice_time; /* ns of the watch it was said at; UNKNOWN: before any moment */
	char banner[TUI_LINE];
	bool banner_alarm;
	bool stale; /* tui_refresh was called and not done yet */
};

/* --- tui.c: what is in front ------------------------------------------------------------------ */

/* The view that draws and gets the keys: the topmost overlay, or the view of t->number. */
struct view *tui_front(const struct tui *t);
/* True when there is a view of this number. */
bool tui_has_view(const struct tui *t, uint64_t number);
/* Where keys are pressed: the place of the view in front, and PLACE_FROZEN, PLACE_REPLAY. */
unsigned tui_place(const struct tui *t);
/* The view in front must order itself anew, once, before it is drawn or asked. */
void tui_refresh(struct tui *t);
/* Measures the body and does what tui_refresh put off. On the screen of t. */
void tui_settle(struct tui *t);

/* --- bracket.c: curses where memory is short --------------------------------------------------- */

/* Between these two only curses is called. False: it was refused memory, whatever it says itself. */
void curses_begins(void);
bool curses_ends(void);

/* --- restore.c: the terminal without curses --------------------------------------------------- */

/* Keeps what gives the terminal back, of the terminal that curses took, for tui_emergency. */
void restore_keep(void);
/* Writes it where curses left with this errno, if that tells of a write that failed. */
void restore_again(int fd, int error);

/* --- frame.c: where what goes ----------------------------------------------------------------- */

struct layout {
	bool one_line;              /* under 60x10 */
	int header, banner, footer; /* rows of each */
	int body;                   /* rows left between */
};
struct layout layout_find(const struct tui *t);
/* Draws all of it into the erased window. */
void frame_draw(const struct tui *t);

/* The head with as many of its lines as the canvas has rows (header.c); the line under 60x10. */
void header_draw(const struct canvas *c, const struct tui *t);
void header_one_line(const struct canvas *c, const struct moment *m);
/* Text over the whole width, in two rows where there are two and one does not hold it (footer.c). */
void rows_draw(const struct canvas *c, int rows, enum role role, const char *text);
/* Costs, notices, keys (footer.c). */
void footer_draw(const struct canvas *c, const struct tui *t);

/* --- prompt.c, menu.c ------------------------------------------------------------------------- */

enum prompt_end { PROMPT_OPEN, PROMPT_ACCEPTED, PROMPT_CANCELLED };
void prompt_open(struct prompt *p, const char *label, enum action action, const char *text);
/* A key for the open prompt; closes it at Enter and Esc, the text stays. */
enum prompt_end prompt_key(struct prompt *p, int key);
/* Draws into the first row of c; returns the column of the cursor. */
int prompt_draw(const struct prompt *p, const struct canvas *c);

void menu_open(struct menu *m, const char *title, const char *const *entries, unsigned at,
               enum action action);
/* True when an entry was chosen: m->list.at. Closes the menu then, and at Esc. */
bool menu_key(struct menu *m, int key, int rows);
void menu_draw(const struct menu *m, const struct canvas *c);

/* Whatever a key means (dispatch.c). */
void dispatch_key(struct tui *t, int key, struct request *ret);

#endif
