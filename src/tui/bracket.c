/* SPDX-License-Identifier: MIT */
/*
 * Calls of curses that take memory stand between curses_begins() and curses_ends(): ncurses 6.4 does not look at what
 * malloc gave it in newterm, start_color, keypad, tiparm and others, and then crashes, there or in a later one.
 * Nothing of ours runs in between, so a crash there after a refusal is want of memory, and can be told as that. Knows
 * when it was refused; refuses to know what a crash leads to.
 */
#include <errno.h>
#include <signal.h>

#include "tui/tui_internal.h"

/* Of a thread, for another one may crash meanwhile, for reasons of its own. */
static _Thread_local volatile sig_atomic_t inside, refused;

void curses_begins(void)
{
	errno = 0;
	inside = 1;
}

bool curses_ends(void)
{
	inside = 0;
	if (errno != ENOMEM)
		return true;
	refused = 1;
	return false;
}

bool tui_starved(void)
{
	return inside && (refused || errno == ENOMEM);
}
