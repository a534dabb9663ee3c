/* SPDX-License-Identifier: MIT */
#ifndef APP_PLAYER_H
#define APP_PLAYER_H

/*
 * The dashboard's replay of one recording: a thread that owns it, plays it, and takes orders from its mailbox,
 * so that a disk that is slow or hangs never holds up the screen.
 *
 * Moments come as live ones: the newest is the one to show; one without samples when not even the first could be
 * read. Orders mean what they mean to a session; besides,
 * ORDER_PLAY and ORDER_SPEED. Playing shows a sample when its time has come, or sooner where samples lie
 * further apart than anybody waits; at the end it waits for what is still being written, and shows that.
 */

#include "app/mailbox.h"
#include "store/replay.h"

/* How fast time goes by, slowest first. */
enum { PLAYER_SPEEDS = 5 };
extern const unsigned player_speeds[PLAYER_SPEEDS];

struct player;

/* How it goes; see player_state. */
struct player_state {
	bool playing;
	bool at_end;             /* the moment shown is the newest there is */
	unsigned speed;          /* times as fast as it was */
	uint64_t oldest, newest; /* ns of the recording */
	unsigned troubles;       /* times that something could not be read */
	struct fault trouble;    /* the last one */
};

/*
 * Begins at the newest moment, playing: what is still being written is followed. Owns `replay` from now on (also
 * on failure). 0, or -errno.
 */
int player_open(struct replay *replay, struct player **ret);

struct mailbox *player_mailbox(struct player *p);

/* A copy of how it goes, as of the moment published last or a little later. Never waits for a disk. */
struct player_state player_state(struct player *p);

/*
 * Ends the thread and waits at most a second for it. True: it is gone, and player_free is due. False: it hangs
 * in a read; the player is abandoned, never freed.
 */
bool player_stop(struct player *p);
void player_free(struct player *p); /* NULL is fine */

#endif
