/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_GOLDEN_H
#define SUPPORT_GOLDEN_H

/*
 * Golden screens: what the dashboard draws, compared with tests/golden/NAME.txt (text) and NAME.roles
 * (one letter a cell). GOLDEN_UPDATE=1 in the environment rewrites them.
 */

#include <stdbool.h>

#include "tui/tui.h"

/* A locale with UTF-8, whatever the machine has set. Call first in main. */
void golden_locale(void);

/* A headless dashboard; never NULL. Freed by tui_close. */
struct tui *golden_open(const struct tui_options *o, int rows, int width);

/* Fails the test, with the first line that differs, unless the screen is the golden one. */
void golden_text(struct tui *t, const char *name);
void golden_roles(struct tui *t, const char *name);

/*
 * Draws a moment at four sizes, the smallest 10 rows by `narrow`, after these keys; each must be the golden screen
 * NAME-WIDTHxROWS, that of 100 columns also in its roles if these count. Drops the reference.
 */
void golden_sizes(const char *name, struct moment *m, const char *keys, int narrow, bool roles);

/* The same at 100x30 with --ascii: the screen NAME, and nothing but ASCII on it. */
void golden_ascii(const char *name, struct moment *m, const char *keys);

/* Presses keys one by one; what they ask for last comes back. */
struct request golden_keys(struct tui *t, const int *keys, unsigned count);

/* True when the screen holds this text in one of its lines. */
bool golden_shows(struct tui *t, const char *text);

#endif
