/* SPDX-License-Identifier: MIT */
#ifndef APP_SESSION_H
#define APP_SESSION_H

/* The dashboard's watch of one process: a clock thread that turns the crank, and its mailbox. */

#include "app/child.h"
#include "app/mailbox.h"
#include "app/metrics.h"
#include "app/options.h"
#include "app/output.h"
#include "app/watch.h"

struct session;

/*
 * Opens the process and starts the clock. `first`: the process of the command line, which --csv is about.
 * 0, or -errno with a fault. `child` may be NULL; borrowed.
 */
int session_open(const struct options *o, int32_t pid, bool first, struct child *child,
                 struct session **ret, struct fault *fault);

struct mailbox *session_mailbox(struct session *s);

/*
 * Ends the watch (`how`, unless it ended by itself) and waits for the clock: a second, and up to five while it is at work
 * on a busy machine. True: the clock is gone and session_watch may be used. False: it hangs; the session is abandoned,
 * never freed.
 */
bool session_stop(struct session *s, enum watch_end how);

/*
 * The same in steps, for whoever has something to do meanwhile: tells it; waits for so long; waits for 200 ms, and up to a
 * second while it is at work. Each may be called again; one that was seen to be gone stays so.
 */
void session_tell_stop(struct session *s, enum watch_end how);
bool session_await(struct session *s, uint64_t ns);
bool session_await_busy(struct session *s);

/* The exit status as it was at the newest sample. Never waits. */
int session_status(const struct session *s);

/* After session_stop, or a wait, gave true. */
struct watch *session_watch(struct session *s);
/* The --csv file, for its exit status. */
struct output *session_csv(struct session *s);
/* What --record writes to; NULL: nothing. Borrowed. */
struct recorder *session_recorder(struct session *s);
/* What --openmetrics writes; likewise. */
struct metrics *session_metrics(struct session *s);
void session_free(struct session *s);

#endif
