/* SPDX-License-Identifier: MIT */
#ifndef MODEL_LINK_H
#define MODEL_LINK_H

/* What memory grows with, as a plain fact. Only the room `detect` fills one; everyone shows it. */

#include <stdbool.h>
#include <stdint.h>

enum link_kind {
	LINK_NONE,       /* it grows, and no counter goes along with it */
	LINK_PER_OPEN,   /* so much for each one that is open now */
	LINK_PER_EVENT,  /* so much for each one that ever was, or for each unit of work */
	LINK_WHILE_OPEN, /* so much a minute for each one that is open */
	LINK_STOPS,      /* growth rests while none is open */
	LINK_FLAT,       /* it grows while the number of connections stands still */
	LINK_IDLE,       /* it grows whatever the load is */
	LINK_KIND_COUNT
};
extern const char *const link_kind_json[LINK_KIND_COUNT]; /* "none", "per-open" ... */

enum { LINKS_MAX = 3, LINK_TEXT_MAX = 160 };

struct link {
	enum link_kind kind;
	int figure;       /* enum figure of the counter; -1: none */
	double per_unit;  /* bytes a unit (PER_...), or a unit and minute (WHILE_OPEN); NAN */
	double low, high; /* its 95 % interval; NAN */
	double r;         /* how closely the changes of both agree, 0..1; NAN */
	uint64_t count;   /* units there are now, or were during the watch; UNKNOWN */
	char text[LINK_TEXT_MAX]; /* one sentence without full stop */
};

struct links {
	unsigned count;              /* 0: nothing grows, or nobody can tell yet */
	struct link link[LINKS_MAX]; /* heaviest first */
};

#endif
