/* SPDX-License-Identifier: MIT */
#include "detect/feed.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"

/*
 * Knows which figures of a sample may be believed and how parts that become known late are joined
 * without a step. Refuses to know what the course of a figure means.
 */

void feed_reset(struct feed *f)
{
	memset(f, 0, sizeof(*f));
	f->lazyfree = f->swap = f->huge = UNKNOWN;
	f->upper = true;
	sample_init(&f->last);
}

static double number(uint64_t v)
{
	return known(v) ? (double)v : NAN;
}

static double counted(uint64_t v)
{
	return known(v) ? (double)v * count_bytes : NAN;
}

/* A figure that is held from an earlier pass is no new one, and a torn pass counts wrongly. */
static double mappings(const struct sample *s)
{
	bool fresh = (s->flags & SAMPLE_FRESH) && !(s->flags & SAMPLE_TORN);

	return fresh ? counted(s->v[FIGURE_MAPS]) : NAN;
}

static enum base_kind choose_base(const struct sample *s)
{
	static const struct {
		enum figure figure;
		enum base_kind kind;
	} order[] = {{FIGURE_ANON, BASE_ANON},
	             {FIGURE_RSS, BASE_RSS},
	             {FIGURE_HEAP, BASE_HEAP},
	             {FIGURE_SWAP, BASE_SWAP},
	             {FIGURE_VSZ, BASE_VSZ}};

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (known(s->v[order[i].figure]))
			return order[i].kind;
	}
	return BASE_NONE;
}

/* The latest sample. Figures of a torn or partial pass are not believed: the last good ones stand. */
static void keep_last(struct feed *f, const struct sample *s)
{
	static const enum figure from_smaps[] = {FIGURE_PSS,      FIGURE_PRIVATE,
	                                         FIGURE_SHARED,   FIGURE_PRIVATE_DIRTY,
	                                         FIGURE_LAZYFREE, FIGURE_ANON_HUGE};
	enum { COUNT = sizeof(from_smaps) / sizeof(from_smaps[0]) };
	bool torn = s->flags & SAMPLE_TORN;
	uint64_t good[COUNT];

	for (size_t i = 0; torn && i < COUNT; i++)
		good[i] = f->last.v[from_smaps[i]];
	f->last = *s;
	for (size_t i = 0; torn && i < COUNT; i++)
		f->last.v[from_smaps[i]] = good[i];
}

/*
 * A part of the sum: held while unknown. Where it becomes known after readings were made without it,
 * the definition changes, not the memory, so its first value is taken out again.
 */
static double part(struct feed *f, uint64_t *held, uint64_t now, double sign)
{
	if (known(now)) {
		if (!known(*held) && f->begun)
			f->shift -= sign * (double)now;
		*held = now;
	}
	return known(*held) ? sign * (double)*held : 0;
}

static double base_value(struct feed *f, const struct sample *s)
{
	const uint64_t *v = s->v;

	switch (f->kind) {
	case BASE_ANON:
	case BASE_RSS: {
		double sum = number(v[f->kind == BASE_ANON ? FIGURE_ANON : FIGURE_RSS]);
		if (known(v[FIGURE_LAZYFREE]))
			f->upper = false;
		sum += part(f, &f->lazyfree, v[FIGURE_LAZYFREE], -1);
		sum += part(f, &f->swap, v[FIGURE_SWAP], 1);
		sum += part(f, &f->huge, v[FIGURE_HUGETLB], 1);
		return sum + f->shift;
	}
	case BASE_HEAP:
		return number(v[FIGURE_HEAP]);
	case BASE_SWAP:
		return number(v[FIGURE_SWAP]);
	case BASE_VSZ:
		return number(v[FIGURE_VSZ]);
	default:
		return NAN;
	}
}

/* VmHWM is a peak of RSS; what was swapped out since is still held. */
static double headroom(const struct sample *s)
{
	uint64_t now = known_add(s->v[FIGURE_RSS], known_or(s->v[FIGURE_SWAP], 0));
	uint64_t room = known_sub(s->v[FIGURE_HWM], now);

	return known(room) ? (double)room : 0;
}

/*
 * A few samples were lost in a long watch, but not the sight of the process: what it holds now it came to
 * hold in that time. A suspend makes no such pause, for the clock of samples stands still meanwhile.
 */
static bool is_pause(const struct feed *f, double dt)
{
	return f->step > 0 && dt > 3 * f->step && dt <= 0.25 * f->clock;
}

/* Watched anew so soon that it was out of sight for no longer than between any two samples that come late. */
static bool is_seam(const struct feed *f, const struct sample *s, double dt)
{
	return (s->flags & SAMPLE_APPENDED) && dt <= 3 * f->step;
}

static void advance(struct feed *f, const struct sample *s)
{
	double dt = (double)(s->time - f->last_time) / (double)NS_PER_S;

	if (!f->begun)
		return;
	if (f->gap && (is_pause(f, dt) || is_seam(f, s, dt))) {
		f->clock += dt;
		f->gap = false;
	} else if (f->gap) {
		f->clock += f->step > 0 ? f->step : fmin(dt, 1);
	} else {
		f->clock += dt;
		f->step = dt;
	}
}

bool feed_outgrown(const struct feed *f, const struct sample *s)
{
	enum base_kind kind = choose_base(s);

	return f->kind != BASE_NONE && kind != BASE_NONE && kind < f->kind;
}

bool feed_take(struct feed *f, const struct sample *s, struct reading *ret)
{
	const struct sample *m = &f->last;

	if (f->begun && s->time <= f->last_time)
		return false;
	keep_last(f, s);
	f->gap = f->gap || (s->flags & SAMPLE_GAP);
	f->stopped = s->flags & SAMPLE_STOPPED;
	if (f->kind == BASE_NONE)
		f->kind = choose_base(m);
	double base = f->stopped ? NAN : base_value(f, m);
	if (f->stopped || isnan(base)) {
		/* A stopped target proves nothing: its time does not count. A missing figure only waits. */
		if (f->stopped)
			f->last_time = s->time;
		return false;
	}
	advance(f, s);
	*ret = (struct reading){
	        .clock = f->clock,
	        .watch = (double)s->time / (double)NS_PER_S,
	        .headroom = headroom(m),
	        .data = number(m->v[FIGURE_DATA]),
	        .gap = f->gap && f->begun,
	        .value = {[TRACK_BASE] = base,
	                  [TRACK_SHMEM] = number(m->v[FIGURE_SHMEM]),
	                  [TRACK_FILE] = number(m->v[FIGURE_FILE]),
	                  [TRACK_HEAP] = number(m->v[FIGURE_HEAP]),
	                  [TRACK_VSZ] = number(m->v[FIGURE_VSZ]),
	                  [TRACK_HUGE] = number(m->v[FIGURE_ANON_HUGE]),
	                  [TRACK_SWAP] = number(m->v[FIGURE_SWAP]),
	                  [TRACK_MAPS] = mappings(m),
	                  [TRACK_THREADS] = counted(m->v[FIGURE_THREADS])},
	};
	f->last_time = s->time;
	f->begun = true;
	f->gap = false;
	return true;
}
