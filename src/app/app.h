/* SPDX-License-Identifier: MIT */
#ifndef APP_APP_H
#define APP_APP_H

/*
 * The dashboard without its waiting: events in, changes of what is shown out. dashboard.c feeds it from the
 * terminal; a test feeds it from a script.
 */

#include <stdbool.h>

#include "app/child.h"
#include "app/export_job.h"
#include "app/options.h"
#include "app/player.h"
#include "app/recorder.h"
#include "app/session.h"
#include "source/processes.h"
#include "tui/tui.h"

enum app_event_kind {
	APP_KEY,       /* key: as curses gives it */
	APP_MAIL,      /* the session's mailbox has something */
	APP_PROCESSES, /* a new list of processes */
	APP_EXPORTED,  /* an export ended */
	APP_RECORDER,  /* the recorder has news */
	APP_RESIZE,    /* the terminal changed its size */
	APP_CONTINUED, /* the screen must be drawn anew */
	APP_TIMEOUT,   /* `wake_at` passed */
	APP_SIGNAL,    /* told to end */
	APP_HANGUP,    /* the terminal is gone */
};

struct app_event {
	enum app_event_kind kind;
	int key;
	uint64_t now; /* CLOCK_MONOTONIC ns when it happened */
};

struct app {
	const struct options *o;
	struct tui *tui;
	struct session *session;     /* NULL: only the list of processes, or a replay */
	struct player *player;       /* the replay instead; NULL: none */
	unsigned troubles;           /* of the player that were told */
	struct child *child;         /* borrowed; NULL: none */
	struct processes *processes; /* NULL: not looked at */
	struct process_list *list;   /* the newest, for view 7 */
	struct export_job *export;   /* one at a time; NULL: none */
	struct recorder *recorder;   /* likewise, also while it ends */
	struct moment *live, *past;  /* newest of each; past NULL while not stepped back */
	struct moment *mark[2];      /* A and B; NULL: not marked */
	struct diff *diff; /* of them, or of A and the one in front; NULL: not asked for */
	bool frozen;
	bool from_picker;    /* Esc goes back to the list */
	uint64_t interval;   /* ns */
	uint64_t wake_at;    /* CLOCK_MONOTONIC ns for APP_TIMEOUT; UNKNOWN: never */
	bool stays;          /* a key was pressed after the target's end: no leaving by itself */
	enum watch_end done; /* END_NOT_YET while it goes on */
	bool recording;      /* the recorder was seen to have opened its file */
	bool record_ends;    /* it was told to end */
	bool record_given;   /* it is that of --record, */
	struct fault record_fault; /* and this is what became of it */
	struct metrics *metrics;   /* of --openmetrics, also after its watch; NULL: none */
	struct fault csv;          /* what became of a --csv file that ended before the dashboard */
};

/* Begins with a process, or with the list when pid is 0. 0, or -errno with a fault. `tui` is borrowed. */
int app_init(struct app *a, const struct options *o, struct tui *tui, int32_t pid,
             struct child *child, struct fault *fault);
/* Begins with a recording, which it owns (also on failure). Likewise. */
int app_init_replay(struct app *a, const struct options *o, struct tui *tui, struct replay *replay,
                    struct fault *fault);
void app_done(struct app *a);

/* On the way out: lets the recorder write for a second. False: something is missing in the recording. */
bool app_record_end(struct app *a, struct fault *fault);

/* Of whoever publishes the moments; NULL: nobody does. Borrowed. */
struct mailbox *app_mailbox(const struct app *a);

/* Handles one event. Draws nothing. */
void app_handle(struct app *a, const struct app_event *e);

#endif
