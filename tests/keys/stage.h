/* SPDX-License-Identifier: MIT */
#ifndef TESTS_KEYS_STAGE_H
#define TESTS_KEYS_STAGE_H

/* What stage.c (a sequence), stage_choose.c and stage_screen.c share. */

#include <stdio.h>

#include "app/dashboard_internal.h"
#include "keys.h"

enum { ARGUMENTS = 24 };

struct stage {
	struct dice dice;
	struct forest forest;
	struct options o;
	struct screen s;
	FILE *in, *out;
	int keyboard; /* where keys are put in */
	int rows, columns;
	size_t typed, pressed; /* bytes, and new sizes, which curses tells as keys; keys */
	bool utf8;
	char *arguments[ARGUMENTS];
	int argument_count;
	char procfs[200], pid[16];
};

/* Draws who is watched, and how: into `arguments`. `recording` may be NULL: there is none. */
void stage_choose(struct stage *s, const char *recording);
/* The first process, recorded to `path`. */
void stage_choose_recorded(struct stage *s, const char *path);

/* A terminal that reads keys from a pipe and writes into memory. */
void stage_open_terminal(struct stage *s);
void stage_resize(struct stage *s, int rows, int width);

/* Breaks where what was drawn since the last time, or what stands on the screen, is not as it must be. */
void stage_look_at_wire(struct stage *s);
void stage_look_at_screen(struct stage *s);

#endif
