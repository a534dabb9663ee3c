/* SPDX-License-Identifier: MIT */
#ifndef STORE_REPLAY_H
#define STORE_REPLAY_H

/*
 * Reading a recording, also while another process still writes it. A moment of any time comes straight from the
 * rows around that time, so that it takes as long in a recording of a month as in one of an hour; what charts
 * need of all of it is read once.
 *
 * Owned by one thread. The file is opened for reading only and never written to.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "model/moment.h"
#include "model/source.h"

struct replay;

/* True when the file begins like a recording of ours: what --analyze decides by. Reads 100 bytes. */
bool replay_recognise(const char *path);

/*
 * 0, or -errno with a fault (STATUS_USAGE) that names file, reason and remedy: not there, something else, a
 * newer schema, damaged, without a sample. -ENOTSUP in a build without SQLite.
 */
int replay_open(const char *path, struct replay **ret, struct fault *fault);
void replay_free(struct replay *r); /* NULL is fine */

/* Takes what was written since. 1: something new, 0: nothing, -errno with a fault. */
int replay_refresh(struct replay *r, struct fault *fault);

/*
 * Times, ns since the first sample: of the oldest and newest sample; of the one at or before, strictly
 * before, strictly after `time`; of the event before or after. UNKNOWN: none.
 */
uint64_t replay_oldest(const struct replay *r);
uint64_t replay_newest(const struct replay *r);
uint64_t replay_at(const struct replay *r, uint64_t time);
uint64_t replay_before(const struct replay *r, uint64_t time);
uint64_t replay_after(const struct replay *r, uint64_t time);
uint64_t replay_event_before(const struct replay *r, uint64_t time);
uint64_t replay_event_after(const struct replay *r, uint64_t time);
/* The time (ns of the recording) of a wall clock time (ns, CLOCK_REALTIME), by the samples around it. */
uint64_t replay_of_wall(const struct replay *r, uint64_t wall);

/*
 * How the watch that was recorded last ended: END_NOT_YET while it goes on, and when nobody could write it down
 * any more (a kill, a power cut). How the command that it started fared ("ended with exit status 3"); "" when
 * none was, or it is not known. Its warnings, one line each, the first has index 0; NULL past the last. Texts are
 * safe to print, and borrowed until the replay is refreshed or asked for a moment.
 */
enum watch_end replay_ended(const struct replay *r);
const char *replay_child(const struct replay *r);
const char *replay_warning(const struct replay *r, unsigned index);

/* The process of `time` was recorded before, too, and by another watch or as another program. */
bool replay_continues(const struct replay *r, uint64_t time);

/* Changes count from `time` on; UNKNOWN: from the first sample. 0 or -errno. */
int replay_rebase(struct replay *r, uint64_t time);

/*
 * Everything recorded of `time`: the sample at or before it, the regions of then with their trends, the verdict
 * of then, charts from the oldest sample up to it, events, closing rows, with the chart of region `focus` (0:
 * none). `live` is false, the state TARGET_REPLAYED, `samples` counts those that are left of what was taken.
 * What was not recorded is unknown. One reference. 0, or -errno with a fault.
 */
int replay_moment(struct replay *r, uint64_t time, uint64_t focus, struct moment **ret,
                  struct fault *fault);

/*
 * The recording as a source: its samples from the oldest to the newest, then -ENODATA; tables at the times of
 * their passes. Thinned rows bring the last sample of their bucket. `r` must outlive it.
 */
int replay_source(struct replay *r, struct source **ret);

/* Why a sample of it failed with another error than -ENODATA. */
void replay_source_fault(const struct source *s, struct fault *ret);

#endif
