/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_HOSTILE_H
#define SUPPORT_HOSTILE_H

/*
 * One set of names as a stranger may choose them, and moments in which everything that a process may name has
 * one of them: itself, its program, its files and mappings, its functions, the contents of its blocks. For the test
 * that pushes the set through every output. They abort without memory.
 */

#include "model/moment.h"

#define HOSTILE_MARK "Zq" /* stands in each name, so that one sees it arrive */

/*
 * The names: controls that a terminal obeys (escapes, C1 raw and in UTF-8, cursor moves), lines and rows of ours,
 * text that turns or hides itself, broken UTF-8, and what means something to a spreadsheet, a page, JSON, SQL, a
 * shell, a flame graph, a metric. NULL-terminated. None begins a line with HOSTILE_MARK but behind its own newline.
 */
extern const char *const hostile_names[];

/* The leak of support_moment.h, its heap looked into and its call sites traced, with this name in every place. */
struct moment *hostile_moment(const char *name);

/* The list of support_moment_picker() with every process, user and unit called so. */
struct moment *hostile_picker(const char *name);

#endif
