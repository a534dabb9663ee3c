/* SPDX-License-Identifier: MIT */
#ifndef APP_APP_INTERNAL_H
#define APP_APP_INTERNAL_H

/*
 * What app.c (events), app_obey.c (requests), app_session.c (who is watched), app_replay.c (recordings) and
 * app_show.c (the picture) share.
 */

#include "app/app.h"

enum { VIEW_OVERVIEW = 1, VIEW_PROCESSES = 7 };

/* Does what a key asks of app; whatever else, nothing. */
void app_obey(struct app *a, const struct request *r);

/* The moment in front: the one stepped back to, else the newest; NULL before the first. Borrowed. */
struct moment *app_shown(const struct app *a);

/* Hands it to the screen, with the list of processes where that is being looked at. */
void app_show(struct app *a);

/* Banner and stepping as they are due: frozen, ended, or neither. */
void app_show_frozen(struct app *a);

/* Freezes the picture, unless it stands still already or is a replay's. */
void app_hold(struct app *a);

/* Goes to the time that was typed (app/goto_time.h), or says why not. */
void app_go_to(struct app *a, const char *text);

/* The banner of a replay, and what went wrong in it. */
void app_show_replay(struct app *a);

/* Watches this process instead; where that fails it is told, and all stays. */
void app_watch(struct app *a, uint64_t pid);

/* Back to the list, for whoever came from there. */
void app_back(struct app *a);

/* Scans the processes while they are looked at, and only then. */
void app_pick(struct app *a);

/* False: nobody will do it, and that is told, unless there is no session. */
bool app_order(struct app *a, const struct order *o);

/* x: begins to look inside the heap, or stops, and says what that means. */
void app_scan(struct app *a);

/* Traces this kind of call sites, SITES_NONE: no longer; finds out what it would cost; says what that means. */
void app_trace(struct app *a, uint64_t kind);
void app_price(struct app *a);
/* Says when the tracing has ended, by the moment that is about to be the newest. */
void app_sites_news(struct app *a, const struct moment *live);

/* R: asks for a path, records to `path` that was typed, or ends the recording. */
void app_record(struct app *a, const char *path);
/* Another watch begins: a recording is about one. */
void app_record_forget(struct app *a);
/* Says what became of it. */
void app_record_news(struct app *a);

/* The moment in front becomes A, then B; what changed between them; no longer marked. */
void app_mark(struct app *a);
void app_difference(struct app *a);
void app_unmark(struct app *a);
/* The comparison that is being looked at, borrowed; NULL: none is. */
struct diff *app_diff(struct app *a);

/* Ends the watch, if there is one, without waiting for a clock that hangs. */
void app_forget(struct app *a);

#endif
