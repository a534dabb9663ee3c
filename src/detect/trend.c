/* SPDX-License-Identifier: MIT */
#include "detect/trend.h"

#include <math.h>
#include <string.h>

#include "detect/wane.h"

/*
 * Knows when a growth begins to count as endless and when it has ended. Refuses to know which series
 * it looks at and what the verdict on the process is.
 */

enum { BLOCKS_FEW = 6 };

static const double enter_score = 0.86, leave_score = 0.60, sure_score = 0.88;

void trend_reset(struct trend *t)
{
	memset(t, 0, sizeof(*t));
}

double trend_change(const struct point *p, unsigned count, double clock)
{
	if (!count)
		return NAN;
	unsigned i = 0;
	while (i + 1 < count && p[i + 1].t <= clock)
		i++;
	return p[count - 1].last - p[i].last;
}

/* Rests: a rise counts when it is worth 3 % of all growth since the onset. */
static void course_rests(struct course *c, const struct point *p, unsigned count, unsigned from,
                         double value)
{
	double mark = value, since = p[from].t;

	c->last_rise = p[from].watch;
	for (unsigned i = from + 1; i < count; i++) {
		if (p[i].last < mark + 0.03 * c->top)
			continue;
		/* Until it was last seen at rest: a gap without samples is none. */
		c->longest = fmax(c->longest, p[i - 1].t - since);
		mark = p[i].last;
		since = p[i].t;
		c->last_rise = p[i].watch;
	}
	c->rest = p[count - 1].t - since;
}

static double course_late(const struct point *p, unsigned count, unsigned from, double value,
                          double share)
{
	double at = p[count - 1].t - (p[count - 1].t - p[from].t) * share;
	double growth = p[count - 1].last - value;

	return growth > 0 ? trend_change(p, count, at) / growth / share : 0;
}

static struct course course_of(const struct point *p, unsigned count, double clock, double value)
{
	unsigned from = window_from(p, count, p[count - 1].t - clock);
	struct course c = {.growth = p[count - 1].last - value, .span = p[count - 1].t - clock};
	double largest = 0;

	for (unsigned i = from; i < count; i++)
		c.top = fmax(c.top, p[i].last - value);
	for (unsigned i = from + 1; i < count; i++) {
		double rise = p[i].last - p[i - 1].last;
		c.up += p[i].up;
		c.down += p[i].down;
		if (rise > largest) {
			largest = rise;
			c.largest_at = p[i].watch;
		}
	}
	c.largest = c.up > 0 ? largest / c.up : 0;
	course_rests(&c, p, count, from, value);
	c.late = course_late(p, count, from, value, 1 / 3.0);
	c.late_half = course_late(p, count, from, value, 0.5);
	return c;
}

/* The last point before growth, when the stretch begins with rest. */
static unsigned rest_end(const struct point *p, const struct straight *s)
{
	unsigned i = s->from;
	double end = p[s->from].t + 0.9 * s->span;

	while (p[i + 1].t < end && p[i + 1].last < p[s->from].last + 0.03 * s->growth)
		i++;
	return i;
}

/* As far back as the line through the stretch describes what was before it. */
static unsigned onset_of(const struct point *p, const struct straight *s)
{
	unsigned i = rest_end(p, s);
	double slope = s->growth / s->span;

	if (p[i].t - p[s->from].t > 0.1 * s->span)
		return i;
	i = s->from;
	while (i > 0) {
		double expected = p[s->from].last - slope * (p[s->from].t - p[i - 1].t);
		if (fabs(p[i - 1].last - expected) > 0.1 * s->growth)
			break;
		i--;
	}
	return i;
}

static void set_onset(struct trend *t, const struct point *p, unsigned at)
{
	t->onset = p[at].t;
	t->onset_watch = p[at].watch;
	t->onset_value = p[at].last;
}

/*
 * Waits a few samples, and two and a half times the longest rest there was before, until a rest is an end;
 * twice is enough where rises came closely one after the other.
 */
static bool has_stopped(const struct course *c, double step)
{
	double times = c->longest < 0.05 * c->span ? 2 : 2.5;

	return c->rest > fmax(3.5 * step, times * c->longest);
}

/* A third may miss a step of a growth that comes in steps, so the half has a say as well. */
static bool has_faded(const struct course *c)
{
	return (c->late + c->late_half) / 2 < 0.5;
}

bool trend_has_stopped(const struct trend *t)
{
	return has_stopped(&t->whole, t->step);
}

bool trend_bends(const struct trend *t)
{
	return t->persist.looked && t->persist.endless < -2 && t->whole.late < 0.6;
}

static enum ending ending_of(const struct trend *t)
{
	const struct course *c = &t->course;

	if (t->hold != HOLD_PERSIST && c->top - c->growth > 0.5 * c->top)
		return ENDING_RETURNED;
	if (has_stopped(c, t->step) && (t->hold == HOLD_STRAIGHT || c->rest > 0.07 * c->span))
		return ENDING_STOPPED;
	if (t->hold == HOLD_FLOOR)
		return t->floor.late < 0.25 ? ENDING_FADED : ENDING_NONE;
	bool fast = straight_passes(&t->straight);
	if (t->hold == HOLD_PERSIST && ((t->persist.score < leave_score && !fast) || t->wanes))
		return ENDING_FADED;
	if (t->hold == HOLD_STRAIGHT && (has_faded(c) || trend_bends(t) || t->wanes))
		return ENDING_FADED;
	return ENDING_NONE;
}

static void release(struct trend *t, enum ending how)
{
	double grew_for = t->course.span - (how == ENDING_STOPPED ? t->course.rest : 0);

	t->outlived = fmax(t->outlived, grew_for);
	t->outgrown = fmax(t->outgrown, t->course.top);
	t->ending = how;
	t->ended = t->course;
	t->ended_value = t->onset_value;
	t->ended_at = t->now;
	t->hold = HOLD_NONE;
	t->persist.score = fmin(t->persist.score, leave_score);
}

/* All that was seen slows down, and not because of one great beginning. */
static bool slows_down(const struct trend *t)
{
	return t->wanes || trend_bends(t) ||
	       (t->whole.largest < 0.3 && t->whole.growth > t->straight.growth &&
	        has_faded(&t->whole));
}

/* Between the peaks of a saw nothing is higher than ever, and yet its floor may rise for good. */
static bool rises_below_swings(const struct trend *t, const struct point *p, unsigned count)
{
	return fmin(t->persist.score, t->persist.last) >= sure_score &&
	       swings_of(p, count, 0.15 * t->persist.growth).falls >= 3;
}

static void seize(struct trend *t, const struct point *p, unsigned count)
{
	if (!high_is_fresh(&t->high, t->span) && !rises_below_swings(t, p, count))
		return;
	if (straight_passes(&t->straight) && !slows_down(t)) {
		t->hold = HOLD_STRAIGHT;
		set_onset(t, p, onset_of(p, &t->straight));
	} else if (t->persist.score >= enter_score && !t->wanes) {
		t->hold = HOLD_PERSIST;
		set_onset(t, p, window_from(p, count, t->persist.span));
	} else if (t->floor.steady && t->floor.span > 1.5 * t->outlived) {
		t->hold = HOLD_FLOOR;
		set_onset(t, p, window_from(p, count, t->floor.span));
	}
}

static struct sen rate_of(const struct point *p, unsigned count, unsigned from)
{
	double at[BLOCKS_MAX], value[BLOCKS_MAX];
	unsigned n = count - from;
	struct blocks b;

	if (n >= 3 * BLOCKS_MAX && blocks_make(p + from, n, BLOCKS_MAX, BLOCK_MEAN, &b)) {
		double span = p[count - 1].t - p[from].t0;
		struct sen s = sen_even(b.e, b.n);
		return (struct sen){s.slope / span, s.low / span, s.high / span};
	}
	unsigned take = n < BLOCKS_MAX ? n : BLOCKS_MAX;
	for (unsigned i = 0; i < take; i++) {
		unsigned k = take > 1 ? from + i * (n - 1) / (take - 1) : from;
		at[i] = p[k].t;
		value[i] = p[k].last;
	}
	return sen_slope(at, value, take);
}

/* An ending describes the present only while the figure stays about where the growth left it. */
static void forget_ending(struct trend *t, double now)
{
	double moved = now - t->ended_value - t->ended.growth;

	if (t->ending == ENDING_RETURNED)
		moved = fmax(0, moved);
	if (t->ending != ENDING_NONE && fabs(moved) > 0.1 * t->ended.top)
		t->ending = ENDING_NONE;
}

static void look(struct trend *t, const struct point *p, unsigned count, double samples,
                 double bridge, const struct birth *birth)
{
	struct swings swings = swings_great(p, count);
	struct circumstances now = {
	        .bridge = bridge,
	        .outlived = t->outlived,
	        .outgrown = t->outgrown,
	        .watched = t->span,
	        .fallen = swings.falls == 1 ? p[swings.low].t : NAN,
	        .before = p[swings.low].t - p[0].t,
	};

	t->falls = swings.falls;
	t->wanes = t->whole.down < 0.5 * t->whole.up && wane_seen(p, count, t->wanes);
	bool anew = straight_is_past(&t->straight, &now, p);
	t->high = high_find(p, count, anew ? t->straight.from : 0);
	t->floor = floor_find(p, count);
	t->straight = straight_find(p, count, &now);
	persist_look(&t->persist, p, count, samples, bridge, birth);
}

/*
 * What does not grow has a rate all the same: that of its latter half. But the slope of half a tooth
 * of a saw is none: there it is the rate of what it never falls under.
 */
static struct sen rate_at_rest(const struct trend *t, const struct point *p, unsigned count)
{
	struct blocks b;

	if (t->whole.down > 0.3 * t->whole.up && t->whole.up > 0.3 * t->whole.down &&
	    blocks_make(p, count, BLOCKS_FEW, BLOCK_MIN, &b)) {
		struct sen s = sen_even(b.e, b.n);
		return (struct sen){s.slope / t->span, s.low / t->span, s.high / t->span};
	}
	return rate_of(p, count, window_from(p, count, t->span / 2));
}

void trend_judge(struct trend *t, const struct point *p, unsigned count, double samples,
                 double bridge, const struct birth *birth)
{
	const struct point *end = &p[count - 1];

	t->judged = true;
	t->now = end->t;
	t->samples = samples;
	t->span = end->t - p[0].t;
	t->level = end->last - bridge;
	t->step = count > 1 ? end->t - p[count - 2].t : 0;
	t->whole = course_of(p, count, p[0].t, p[0].last);
	look(t, p, count, samples, bridge, birth);
	forget_ending(t, end->last);
	if (t->hold != HOLD_NONE) {
		t->course = course_of(p, count, t->onset, t->onset_value);
		enum ending how = ending_of(t);
		if (how != ENDING_NONE)
			release(t, how);
	} else {
		seize(t, p, count);
	}
	if (t->hold == HOLD_NONE)
		set_onset(t, p, straight_looks(&t->straight) ? onset_of(p, &t->straight) : 0);
	t->course = course_of(p, count, t->onset, t->onset_value);
	bool grows = t->hold != HOLD_NONE || trend_grows(t);
	t->rate = grows ? rate_of(p, count, window_from(p, count, end->t - t->onset))
	                : rate_at_rest(t, p, count);
}

bool trend_grows(const struct trend *t)
{
	const struct straight *s = &t->straight;

	if (t->hold != HOLD_NONE)
		return true;
	if (t->floor.rises && t->whole.late >= 0.25 && !has_stopped(&t->whole, t->step))
		return true;
	if (t->persist.score >= 0.35)
		return !has_stopped(&t->whole, t->step);
	/* A job that goes up and down rises most of the time: its rise is no news. */
	if (s->mark[DOUBT_KNOWN] < 0.5 && t->whole.down > 0.5 * t->whole.up && t->falls != 1)
		return false;
	return straight_looks(s) && s->samples >= 7 && !has_stopped(&t->course, t->step);
}

bool trend_is_young(const struct trend *t)
{
	const struct straight *s = &t->straight;

	for (unsigned i = 0; i < DOUBT_COUNT; i++) {
		if (i != DOUBT_SIZE && i != DOUBT_FEW && i != DOUBT_TIME && s->mark[i] < 0.5)
			return false;
	}
	return t->span < straight_young && s->span > 0.5 * t->span && s->growth >= 64 * 1024 &&
	       !has_stopped(&t->course, t->step);
}
