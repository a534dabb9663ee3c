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

/* True where a name tells somebody where to look: a function or at least a file. False for NULL. */
bool site_name_tells(const struct sites_facts *f, const struct site_frame *frame);

/* Bytes of a C++ function's name before its parameters: of "f(int) const" 1, of "operator()(int)" 10. */
size_t site_name_bare(const char *function);

#endif
