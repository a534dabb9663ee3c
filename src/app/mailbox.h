/* SPDX-License-Identifier: MIT */
#ifndef APP_MAILBOX_H
#define APP_MAILBOX_H

/*
 * The only thing that clock and screen share: moments one way, orders the other. No lock is held across a
 * system call that can block. Moments are replaced, not queued: the screen wants the newest.
 */

#include <stdbool.h>
#include <stdint.h>

#include "model/moment.h"

enum order_kind {
	ORDER_STOP,     /* end the watch, leave the thread */
	ORDER_INTERVAL, /* value: ns */
	ORDER_BASELINE,
	ORDER_FOCUS,     /* value: region id; start, end: its addresses */
	ORDER_CURSOR,    /* value: ns; the past is looked at from here */
	ORDER_STEP,      /* value: STEP_... */
	ORDER_LIVE,      /* back to the present */
	ORDER_RECORD,    /* recorder: a reference, from now on the clock's */
	ORDER_GOTO,      /* value: ns; like CURSOR, and shown at once */
	ORDER_GOTO_WALL, /* value: ns, CLOCK_REALTIME */
	ORDER_SCAN,      /* value: 1 look inside the heap, 0 stop it */
	ORDER_PEEK,      /* value: address of a block; 0: none */
	ORDER_TRACE,     /* value: enum sites_kind; SITES_NONE stops it */
	ORDER_PRICE,     /* find out what tracing allocations would cost */
	/* to a player alone */
	ORDER_PLAY,  /* play or pause */
	ORDER_SPEED, /* value: 1 faster, 0 slower */
};

/* Values of ORDER_STEP; the first four are the ids of ACTION_STEP, too. */
enum { STEP_BACK, STEP_FORTH, STEP_FIRST, STEP_LAST, STEP_EVENT_BEFORE, STEP_EVENT_AFTER };

struct recorder;

struct order {
	enum order_kind kind;
	uint64_t value;
	uint64_t start, end; /* addresses; ORDER_FOCUS alone */
	struct recorder *recorder;
};

struct mailbox;

struct mailbox *mailbox_new(void); /* NULL: no memory or no descriptors */
void mailbox_free(struct mailbox *m);

/* Screen side: readable when a moment waits. */
int mailbox_screen_fd(const struct mailbox *m);
/* Takes what waits, NULL when nothing does: the newest live moment; the moment of the past asked for. */
struct moment *mailbox_take_live(struct mailbox *m);
struct moment *mailbox_take_past(struct mailbox *m);
/* Sends an order. False: too many wait (the clock hangs); it is dropped. */
bool mailbox_order(struct mailbox *m, const struct order *o);

/* Clock side: readable when an order waits. Publishing passes the caller's reference on (NULL is fine). */
int mailbox_clock_fd(const struct mailbox *m);
bool mailbox_next_order(struct mailbox *m, struct order *ret);
void mailbox_publish_live(struct mailbox *m, struct moment *moment);
void mailbox_publish_past(struct mailbox *m, struct moment *moment);

#endif
