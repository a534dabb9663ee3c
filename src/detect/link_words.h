/* SPDX-License-Identifier: MIT */
#ifndef DETECT_LINK_WORDS_H
#define DETECT_LINK_WORDS_H

/* The sentence of a link. */

#include "detect/link.h"

/* PER_OPEN, PER_EVENT, WHILE_OPEN: from its figures; `vsz`: address space a unit, bytes, 0 none. */
void link_words(struct link *l, const struct link_counter *c, double vsz);

#endif
