/* SPDX-License-Identifier: MIT */
#ifndef MODEL_REQUEST_H
#define MODEL_REQUEST_H

/* What a key means. Moments flow towards the screen; requests flow back. */

#include <stdint.h>

enum action {
	ACTION_NONE,
	/* moving, handled by the view in front */
	ACTION_UP,
	ACTION_DOWN,
	ACTION_LEFT,
	ACTION_RIGHT,
	ACTION_PAGE_UP,
	ACTION_PAGE_DOWN,
	ACTION_HOME,
	ACTION_END,
	ACTION_ENTER,
	ACTION_BACK,
	ACTION_SORT_MENU,
	ACTION_SORT_PREVIOUS,
	ACTION_SORT_NEXT,
	ACTION_REVERSE,
	ACTION_FILTER,
	ACTION_FIND_NEXT,
	ACTION_FIND_PREVIOUS,
	ACTION_GROUP,
	ACTION_TREE,
	/* the frame around it */
	ACTION_VIEW, /* id: number of the view */
	ACTION_VIEW_NEXT,
	ACTION_VIEW_PREVIOUS,
	ACTION_UNITS,
	ACTION_WHY,
	ACTION_HELP,
	ACTION_REDRAW,
	/* what only app can do */
	ACTION_FREEZE, /* freeze or go on */
	ACTION_STEP,   /* text NULL; id: 0 back, 1 forth, 2 first, 3 last */
	ACTION_EVENT_PREVIOUS,
	ACTION_EVENT_NEXT,
	ACTION_GOTO_TIME, /* text: see app/goto_time.h */
	ACTION_PLAY,      /* replay: play or pause */
	ACTION_SPEED,     /* replay; id: 1 faster, 0 slower */
	ACTION_BASELINE,
	ACTION_MARK,       /* this moment as A, then B */
	ACTION_DIFFERENCE, /* what changed between them */
	ACTION_EXPORT,     /* text: path */
	ACTION_RECORD,     /* text: path; NULL: to begin or to end it is asked for */
	ACTION_SLOWER,
	ACTION_FASTER,
	ACTION_SCAN,      /* start or stop looking inside the heap (the view's scan) */
	ACTION_TRACE,     /* id: enum sites_kind to trace from now on; SITES_NONE stops */
	ACTION_PRICE,     /* find out what tracing allocations would cost */
	ACTION_PEEK,      /* id: address of the block to look at closely; 0 none */
	ACTION_FOCUS,     /* id: region whose chart and page map are wanted; 0 none */
	ACTION_WATCH,     /* id: pid to watch */
	ACTION_PROCESSES, /* back to the list of processes */
	ACTION_QUIT,
	ACTION_COUNT
};

struct request {
	enum action action;
	uint64_t id;
	const char *text; /* borrowed until the next call into the giver */
};

#endif
