/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_SCREEN_H
#define SUPPORT_SCREEN_H

/* A dashboard of 100x30 without a terminal that shows a moment: what tests of views press keys on. */

#include "model/moment.h"
#include "support_golden.h"

struct shown {
	struct tui *t;
	struct moment *m; /* the one shown; owned */
};

/* Takes the reference to m. For *state of a set-up; freed by screen_strike. */
struct shown *screen_raise(const struct tui_options *o, struct moment *m);

/* A tear-down. */
int screen_strike(void **state);

/* Another moment; takes the reference. */
void show(struct shown *f, struct moment *m);

/* One key; a text of keys. What the last asks for comes back. */
struct request press_key(struct shown *f, int key);
struct request press(struct shown *f, const char *keys);

/* True when a line of the screen holds this text. */
bool shows(struct shown *f, const char *text);

/* The number of the line, from the top, that holds it; 0: none does. */
unsigned line_of(struct shown *f, const char *text);

#endif
