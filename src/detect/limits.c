/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "detect/detect_internal.h"

/*
 * Knows how much room is left before each limit and which of them growth meets first. Refuses to
 * know where limits are read.
 */

struct limit {
	enum verdict_limit kind;
	uint64_t bytes, room;
};

static void consider(struct limit *nearest, enum verdict_limit kind, uint64_t bytes, uint64_t room)
{
	if (known(bytes) && known(room) && (nearest->kind == LIMIT_NONE || room < nearest->room))
		*nearest = (struct limit){kind, bytes, room};
}

void limits_find(const struct detect *d, struct verdict *v)
{
	const struct detect_limits *l = &d->limits;
	const uint64_t *now = d->feed.last.v;
	struct limit nearest = {LIMIT_NONE, UNKNOWN, UNKNOWN};
	bool grows = v->kind == VERDICT_LEAK || v->kind == VERDICT_SUSPICIOUS;

	consider(&nearest, LIMIT_CGROUP, l->cgroup, known_sub(l->cgroup, l->cgroup_usage));
	consider(&nearest, LIMIT_RLIMIT, l->address_space,
	         known_sub(l->address_space, now[FIGURE_VSZ]));
	consider(&nearest, LIMIT_RLIMIT, l->data, known_sub(l->data, now[FIGURE_DATA]));
	consider(&nearest, LIMIT_SYSTEM, l->available, l->available);
	v->limit = nearest.kind;
	v->limit_bytes = nearest.bytes;
	if (grows && nearest.kind != LIMIT_NONE && v->growth > 0)
		v->eta = (double)nearest.room / v->growth;
	/* Nobody can see a hundred times as far ahead as he looked back. */
	if (v->eta > 100 * d->feed.clock)
		v->eta = NAN;
}
