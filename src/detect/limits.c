/* SPDX-License-Identifier: MIT */
#include "detect/limits.h"

#include <math.h>

#include "detect/detect_internal.h"

/*
 * Knows how much room is left before each limit, which of them growth meets first, and when. Refuses to
 * know where limits are read, and to judge: what climbs towards a limit need not be a leak.
 */

#define MIB (1024.0 * 1024.0)

/* A page of memory; and a mapping. */
static const double page = 4096, mapping = 1;

struct limit {
	enum verdict_limit kind;
	uint64_t bytes, count, room;
	struct eta eta;
};

static const struct eta never = {NAN, NAN, NAN};

struct detect_limits detect_no_limits(void)
{
	return (struct detect_limits){.cgroup = UNKNOWN,
	                              .cgroup_usage = UNKNOWN,
	                              .address_space = UNKNOWN,
	                              .data = UNKNOWN,
	                              .available = UNKNOWN,
	                              .address = UNKNOWN,
	                              .mappings = UNKNOWN};
}

void detect_limits(struct detect *d, const struct detect_limits *limits)
{
	d->ends.read = d->ends.read || limits->cgroup_usage != d->limits.cgroup_usage ||
	               limits->cgroup != d->limits.cgroup;
	d->limits = *limits;
}

void climbs_reset(struct ends *e)
{
	climb_reset(&e->vsz);
	climb_reset(&e->data);
	climb_reset(&e->maps);
	e->read = true;
	e->then = NAN;
}

/* --- what is remembered ------------------------------------------------------------------------------- */

/* What a cgroup counts of the process, bytes. */
static double charged(const struct detect *d)
{
	const struct track *base = &d->track[TRACK_BASE], *shmem = &d->track[TRACK_SHMEM];

	return base->begun ? base->level + (shmem->begun ? shmem->level : 0) : NAN;
}

void limits_take(struct detect *d, const struct reading *r)
{
	uint64_t maps = d->feed.last.v[FIGURE_MAPS];

	climb_push(&d->ends.vsz, r->clock, r->value[TRACK_VSZ]);
	climb_push(&d->ends.data, r->clock, r->data);
	climb_push(&d->ends.maps, r->clock, known(maps) ? (double)maps : NAN);
	if (d->ends.read)
		d->ends.then = charged(d);
	d->ends.read = false;
}

/* --- memory ------------------------------------------------------------------------------------------- */

/* The usage was read some seconds ago: what the process took since is gone from the room. */
static uint64_t cgroup_room(const struct detect *d)
{
	uint64_t room = known_sub(d->limits.cgroup, d->limits.cgroup_usage);
	double since = charged(d) - d->ends.then;

	return since > 0 ? known_sub(room, (uint64_t)since) : room;
}

/* A line to the limit; a curve that could not be followed so far still says how soon it may come. */
static struct eta line_eta(const struct eta_course *c, double level, const struct sen *rate,
                           const struct eta *curve)
{
	struct eta e = eta_straight(c, level, rate);

	e.low = fmin(e.low, curve->low);
	return e;
}

/* The longest stretch up to now that a line or a curve describes tells which of them it is. */
static bool memory_curves(const struct point *p, unsigned count, unsigned onset, double level,
                          struct eta *ret)
{
	double least = p[count - 1].t - p[onset].t;

	*ret = never;
	for (double span = p[count - 1].t - p[0].t; span >= least && span > 0; span *= 0.7) {
		struct eta_course c;
		eta_course(p, count, window_from(p, count, span), &c);
		if (eta_curved(&c, level, page, ret))
			return true;
		if (!isnan(ret->low) || eta_is_straight(&c))
			return false;
	}
	return false;
}

static struct eta memory_eta(struct detect *d, const struct carrier *c, const struct verdict *v,
                             double room)
{
	bool grows = v->kind == VERDICT_LEAK || v->kind == VERDICT_SUSPICIOUS;
	const struct trend *t = &c->track->trend;
	struct eta_course course;
	struct eta e;

	if (!grows || !(v->growth > 0))
		return never;
	unsigned count = series_list(c->track->series, d->scratch);
	unsigned onset = window_from(d->scratch, count, t->now - t->onset);
	double level = d->scratch[count - 1].last + room;
	if (memory_curves(d->scratch, count, onset, level, &e))
		return e;
	eta_course(d->scratch, count, onset, &course);
	e = line_eta(&course, level, &t->rate, &e);
	if (trend_bends(t))
		e.high = NAN;
	return e;
}

/* --- the rest ----------------------------------------------------------------------------------------- */

/*
 * A figure with a course of its own. While too little is known of that, memory that grows is a sign that
 * it grows as fast.
 */
static struct eta climb_eta(const struct climb *c, double room, double least, double quantum,
                            const struct verdict *v)
{
	bool grows = (v->kind == VERDICT_LEAK || v->kind == VERDICT_SUSPICIOUS) && v->growth > 0;
	struct eta_course course;
	struct sen rate;
	struct eta e;

	if (quantum > mapping && climb_is_young(c) && grows)
		return (struct eta){room / v->growth, NAN, NAN};
	if (!climb_goes_on(c, least, &rate, &course))
		return never;
	double level = c->last_y + room;
	return eta_curved(&course, level, quantum, &e) ? e : line_eta(&course, level, &rate, &e);
}

/* Sooner; without a time, nearer: but mappings and bytes cannot be compared. */
static bool is_nearer(const struct limit *a, const struct limit *b)
{
	if (!known(a->room))
		return false;
	if (isnan(a->eta.at) != isnan(b->eta.at))
		return isnan(b->eta.at);
	if (!isnan(a->eta.at))
		return a->eta.at < b->eta.at;
	return known(a->bytes) && (b->kind == LIMIT_NONE || a->room < b->room);
}

/* Nobody can see a hundred times as far ahead as he looked back. */
static struct eta in_sight(struct eta e, double watched)
{
	if (!(e.at <= 100 * watched))
		return never;
	if (!(e.high <= 100 * watched))
		e.high = NAN;
	return e;
}

static void consider(struct limit *nearest, struct limit l, const struct detect *d)
{
	l.eta = in_sight(l.eta, d->feed.clock);
	if (is_nearer(&l, nearest))
		*nearest = l;
}

static struct limit memory_limit(struct detect *d, const struct carrier *c, const struct verdict *v)
{
	const struct detect_limits *l = &d->limits;
	uint64_t cgroup = cgroup_room(d);
	bool system = l->available < cgroup;
	struct limit m = {.kind = system                ? LIMIT_SYSTEM
	                          : l->cgroup_throttles ? LIMIT_CGROUP_HIGH
	                                                : LIMIT_CGROUP,
	                  .bytes = system ? l->available : l->cgroup,
	                  .count = UNKNOWN,
	                  .room = system ? l->available : cgroup,
	                  .eta = never};

	/* What a count runs into is no limit of bytes. */
	if (known(m.room) && c->track && c->track->trend.judged && !carrier_counts(c))
		m.eta = memory_eta(d, c, v, (double)m.room);
	return m;
}

/* A limit of bytes against the growth of the figure that it bounds. */
static struct limit bytes_limit(struct detect *d, enum verdict_limit kind, uint64_t bytes,
                                enum figure figure, struct climb *climb, const struct verdict *v)
{
	struct limit m = {.kind = kind, .bytes = bytes, .count = UNKNOWN, .eta = never};

	m.room = known_sub(m.bytes, d->feed.last.v[figure]);
	if (known(m.room))
		m.eta = climb_eta(climb, (double)m.room, MIB, page, v);
	return m;
}

static struct limit address_limit(struct detect *d, const struct verdict *v)
{
	const struct detect_limits *l = &d->limits;
	bool word = l->address < l->address_space;

	return bytes_limit(d, word ? LIMIT_ADDRESS : LIMIT_RLIMIT,
	                   word ? l->address : l->address_space, FIGURE_VSZ, &d->ends.vsz, v);
}

static struct limit data_limit(struct detect *d, const struct verdict *v)
{
	return bytes_limit(d, LIMIT_RLIMIT, d->limits.data, FIGURE_DATA, &d->ends.data, v);
}

static struct limit maps_limit(struct detect *d, const struct verdict *v)
{
	struct limit m = {.kind = LIMIT_MAPS,
	                  .bytes = UNKNOWN,
	                  .count = d->limits.mappings,
	                  .eta = never};

	m.room = known_sub(m.count, d->feed.last.v[FIGURE_MAPS]);
	if (known(m.room))
		m.eta = climb_eta(&d->ends.maps, (double)m.room, 16, mapping, v);
	return m;
}

void limits_find(struct detect *d, const struct carrier *c, struct verdict *v)
{
	struct limit nearest = {.kind = LIMIT_NONE,
	                        .bytes = UNKNOWN,
	                        .count = UNKNOWN,
	                        .room = UNKNOWN,
	                        .eta = never};

	consider(&nearest, memory_limit(d, c, v), d);
	consider(&nearest, address_limit(d, v), d);
	consider(&nearest, data_limit(d, v), d);
	consider(&nearest, maps_limit(d, v), d);
	v->limit = nearest.kind;
	v->limit_bytes = nearest.bytes;
	v->limit_count = nearest.count;
	v->eta = nearest.eta.at;
	v->eta_low = nearest.eta.low;
	v->eta_high = nearest.eta.high;
}
