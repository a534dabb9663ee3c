/* SPDX-License-Identifier: MIT */
#ifndef DOGFOOD_STAGE_H
#define DOGFOOD_STAGE_H

/*
 * All of the tool but its clock and its terminal, over a process that is made up: the watch, its recording, the
 * dashboard on /dev/null with somebody at the keys, the list of processes over a crowd that comes and goes. Turned as
 * fast as it goes, a second of the watch a turn. Whatever fails ends the program with a line.
 */

#include "../unit/support_crowd.h"
#include "app/recorder.h"
#include "app/watch.h"
#include "busy.h"
#include "source/scan.h"
#include "tui/tui.h"

struct stage {
	struct options options;
	struct busy busy;
	struct watch *watch;
	struct recorder *recorder; /* NULL: nothing is recorded, for there is no SQLite */
	struct tui *tui;
	struct crowd crowd;
	struct names *names;
	struct scan *scan;
	struct ranking *ranking;
	struct process_list *list;
	struct moment *mark;      /* what a difference begins at */
	uint64_t focus;           /* region in front; 0: none */
	unsigned key, size;       /* next of the keys; of the sizes */
	int32_t oldest, youngest; /* of the crowd */
};

/*
 * `directory`: where the recording goes, which must not be there; `limit`: bytes that it may take, and of which SQLite
 * keeps up to 2 MB in memory.
 */
void stage_raise(struct stage *s, const char *directory, uint64_t limit, bool restarts);

/* The next sample, its moment, a frame, now and then a key, a pass over the crowd, an export. */
void stage_turn(struct stage *s, unsigned n);

/* Waits until all that was told is in the recording. */
void stage_settle(struct stage *s);

void stage_strike(struct stage *s);

#endif
