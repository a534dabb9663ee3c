/* SPDX-License-Identifier: MIT */
#ifndef DETECT_SITES_H
#define DETECT_SITES_H

/*
 * What traced call sites say about the growth of a process: whose it is, or that nothing of what was allocated
 * stays. They speak as evidence alone: no verdict and no confidence rests on them.
 */

#include <stdbool.h>

#include "model/sites.h"

enum { SITES_GROWERS = 2, SITES_NAME = 100 };

/* A call site whose memory grew steadily. */
struct sites_grower {
	char name[SITES_NAME]; /* raw: names of the target */
	double share;          /* 0..1 of the growth of all that grow */
	double rate, bytes;    /* bytes a second; live now */
};

struct sites_view {
	uint64_t from; /* ns: facts begun before are of another image */
	enum sites_kind kind;
	uint64_t time;       /* ns: of the facts */
	double since, until; /* trend clock: tracing began; of the facts */
	double traced;       /* s in which probes were set */
	double samples;
	bool bursts;   /* probes were set for a part of the time: figures are estimates */
	bool whole;    /* hardly any of them was lost on its way */
	double growth; /* bytes a second of all that grow; NAN unknown */
	double live;   /* bytes */
	unsigned grower_count;
	struct sites_grower grower[SITES_GROWERS]; /* by bytes a second */
};

/* Forgets all; facts of tracing that began before `from` (ns of the watch) are about something else. */
void sites_reset(struct sites_view *s, uint64_t from);

/* True when taken; `since` and `until` are the trend clock at the facts' begin and time. */
bool sites_take(struct sites_view *s, const struct sites_facts *f, double since, double until);

#endif
