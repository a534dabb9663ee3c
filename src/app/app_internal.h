/* SPDX-License-Identifier: MIT */
#ifndef APP_APP_INTERNAL_H
#define APP_APP_INTERNAL_H

/* What app.c (events) and app_show.c (the picture) share. */

#include "app/app.h"

enum { VIEW_PROCESSES = 7 };

/* The moment in front: the one stepped back to, else the newest; NULL before the first. Borrowed. */
struct moment *app_shown(const struct app *a);

/* Hands it to the screen, with the list of processes where that is being looked at. */
void app_show(struct app *a);

/* Banner and stepping as they are due: frozen, ended, or neither. */
void app_show_frozen(struct app *a);

#endif
