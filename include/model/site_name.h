/* SPDX-License-Identifier: MIT */
#ifndef MODEL_SITE_NAME_H
#define MODEL_SITE_NAME_H

/* The name of a call site where there is little room. */

#include <stdbool.h>
#include <stddef.h>

#include "model/sites.h"

/*
 * As site_frame_words, but without the parameters of a C++ function, and of a longer name the end of the function goes
 * and not its file and line: "Session::create, session.cpp:88". NULL frame: "no stack". Raw. Returns out.
 */
char *site_name_brief(const struct sites_facts *f, const struct site_frame *frame, char *out,
                      size_t size);

enum { SITE_BRIEF = 120, SITE_APART = 2 * SITE_BRIEF + 8 };

/*
 * The same in SITE_BRIEF bytes, and where another site is called so as well what tells it apart: "Session::create, session.cpp:88 call 2",
 * "... for session_renew, session.cpp:131". Returns out.
 */
char *site_name_apart(const struct sites_facts *f, const struct site *s, char *out, size_t size);

/* In what two sites differ first, from the frames that speak for them outwards. */
enum sites_apart {
	APART_NOT,  /* in nothing that has a name */
	APART_NAME, /* in the function itself */
	APART_LINE, /* in its line */
	APART_CALL, /* in the address alone: two calls in one line, as of a loop that was unrolled */
	APART_CALLER, /* in a function that called it, */
	APART_CALLED, /* in the line of one */
};
/* *ret_level: how many frames further out; 0: at the frame that speaks for it. */
enum sites_apart sites_differ(const struct sites_facts *f, const struct site *a,
                              const struct site *b, uint32_t *ret_level);
/* Of sites that differ in the address alone: the how manieth this is by address, from 1. */
unsigned sites_call_number(const struct sites_facts *f, const struct site *s);

/* The frames of a site, innermost first; fewer where its numbers are wrong. NULL: none. */
const struct site_frame *sites_stack(const struct sites_facts *f, const struct site *s,
                                     uint32_t *ret_count);

/* True where a name tells somebody where to look: a function or at least a file. False for NULL. */
bool site_name_tells(const struct sites_facts *f, const struct site_frame *frame);

/* Bytes of a C++ function's name before its parameters: of "f(int) const" 1, of "operator()(int)" 10. */
size_t site_name_bare(const char *function);

#endif
