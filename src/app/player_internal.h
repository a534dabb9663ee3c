/* SPDX-License-Identifier: MIT */
#ifndef APP_PLAYER_INTERNAL_H
#define APP_PLAYER_INTERNAL_H

/*
 * What player.c (the thread), player_time.c (the time that goes by) and player_order.c (what a person wants) share.
 * Everything here is of the thread, but for `state`.
 */

#include <pthread.h>

#include "app/player.h"

struct player {
	struct replay *replay;
	struct mailbox *mailbox;
	pthread_t thread;
	int ended_fd;    /* eventfd: readable when the thread is about to return */
	bool stopped;    /* ORDER_STOP came */
	bool stale;      /* what was published last is not what is asked for */
	uint64_t cursor; /* ns of the recording: the sample shown */
	uint64_t focus;  /* region id, 0 none */
	unsigned speed;  /* index into player_speeds */
	bool playing;
	uint64_t begun, from; /* playing: at this CLOCK_MONOTONIC ns it stood at this time */
	uint64_t looked;      /* CLOCK_MONOTONIC ns of the last look for more */
	uint64_t rest;        /* ns that the last picture must stay: what it took to make */
	struct moment *shown; /* published last */
	struct watch *judge;  /* of all that was recorded of the process; NULL: not wanted yet */
	uint64_t seam;        /* ns: since then a watch goes on that was begun anew; UNKNOWN */
	bool judging;         /* it has not got to the moment that is shown */
	bool unjudged;        /* it cannot be had: verdicts are as they were written down */
	pthread_mutex_t lock; /* of state */
	struct player_state state;
};

/* --- player.c: what is told ----------------------------------------------------------------------- */

/* How it goes now, for player_state; `trouble` NULL: none. */
void player_note(struct player *p, const struct fault *trouble);
/* The picture stays; what went wrong is told beside it, and where there is none yet beside an empty one. */
void player_tell_trouble(struct player *p, const struct fault *fault);

/* --- player_time.c: where it stands --------------------------------------------------------------- */

/* From here on time goes by; called whenever it was moved by hand. */
void player_anchor(struct player *p);
/* Stands at that sample; UNKNOWN: where it is. */
void player_go_to(struct player *p, uint64_t time);
/* Takes what was written meanwhile, if it did not just look. */
void player_look_now_and_then(struct player *p);
/* CLOCK_MONOTONIC ns when player_play or a look has something to do, while it plays. */
uint64_t player_due(const struct player *p);
/* Time goes by: shows the sample of `now` (CLOCK_MONOTONIC ns), if another one is due. */
void player_play(struct player *p, uint64_t now);

/* --- player_judge.c ------------------------------------------------------------------------------- */

/* The verdict of a moment of a process that was recorded again: on all of it, not on the last watch alone. */
void player_judge(struct player *p, struct moment *m);
/* A part of that, where a picture was shown before it was done; then it is stale. */
void player_judge_on(struct player *p);
void player_judge_done(struct player *p);

/* --- player_order.c ------------------------------------------------------------------------------- */

void player_obey(struct player *p, const struct order *o);

#endif
