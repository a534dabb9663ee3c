/* SPDX-License-Identifier: MIT */
#include "detect/link_growth.h"

#include <math.h>
#include <stdio.h>

#include "base/human.h"
#include "base/known.h"

/*
 * Knows what can be said of growth that no counter explains, and when it rests. Refuses to know links with
 * counters.
 */

/* Growth that can be told from noise. */
enum { GROWTH_PARTS = 12, GROWTH_LEAST = 64 * 1024 };

double link_range(const double *v, unsigned n)
{
	double low = v[0], high = v[0];

	for (unsigned i = 1; i < n; i++) {
		low = fmin(low, v[i]);
		high = fmax(high, v[i]);
	}
	return high - low;
}

static void say(struct links *ret, enum link_kind kind, int figure, const char *text)
{
	struct link *l = &ret->link[ret->count];

	if (ret->count == LINKS_MAX)
		return;
	*l = (struct link){.kind = kind,
	                   .figure = figure,
	                   .per_unit = NAN,
	                   .low = NAN,
	                   .high = NAN,
	                   .r = NAN,
	                   .count = UNKNOWN};
	snprintf(l->text, sizeof(l->text), "%s", text);
	ret->count++;
}

/* Does it grow from part to part of the time, and not just up and down? */
bool growth_seen(const struct link_view *v)
{
	const double *m = v->level[LINK_MEMORY];
	double mean = 0, spread = 0;
	unsigned up = 0;

	for (unsigned p = 0; p + 1 < GROWTH_PARTS; p++) {
		unsigned a = p * (v->n - 1) / (GROWTH_PARTS - 1);
		unsigned b = (p + 1) * (v->n - 1) / (GROWTH_PARTS - 1);
		double d = m[b] - m[a];
		mean += d;
		spread += d * d;
		up += d > 0;
	}
	unsigned n = GROWTH_PARTS - 1;
	mean /= n;
	spread = sqrt(fmax(spread / n - mean * mean, 0) * n / (n - 1));
	return mean * n >= GROWTH_LEAST && up * 4 >= n * 3 && mean * sqrt(n) >= 3 * spread;
}

/* The counter of what is connected: TCP connections, or all sockets where those are not known. */
static int connections_of(const struct link_view *v)
{
	if (v->whole[LINK_CONNECTIONS])
		return LINK_CONNECTIONS;
	return v->whole[LINK_SOCKETS] ? LINK_SOCKETS : -1;
}

/* The change a second of the counter, at most. */
static double pace_most(const struct link_view *v, unsigned k)
{
	double most = 0;

	for (unsigned i = 1; i < v->n; i++)
		most = fmax(most, (v->level[k][i] - v->level[k][i - 1]) / v->step);
	return most;
}

/* Hardly any CPU time, no new connection, next to nothing read or written. */
static bool at_zero_load(const struct link_view *v)
{
	if (!v->whole[LINK_CPU] || pace_most(v, LINK_CPU) > 0.02)
		return false;
	if (v->whole[LINK_SOCKETS_SEEN] && v->moved[LINK_SOCKETS_SEEN])
		return false;
	if (connections_of(v) >= 0 && v->moved[connections_of(v)])
		return false;
	return !(v->whole[LINK_READ] && pace_most(v, LINK_READ) > 0.001) &&
	       !(v->whole[LINK_WRITTEN] && pace_most(v, LINK_WRITTEN) > 0.001);
}

struct load_line {
	double load, growth; /* means a step */
	double slope, error; /* growth a unit of load */
	double least, most;  /* load */
};

static struct load_line load_line(const struct link_view *v, unsigned load)
{
	struct load_line l = {.least = INFINITY};
	const double *x = v->level[load], *y = v->level[LINK_MEMORY];
	unsigned n = v->n - 1;
	double xx = 0, xy = 0, rest = 0;

	for (unsigned i = 1; i <= n; i++) {
		double dx = x[i] - x[i - 1];
		l.load += dx / n;
		l.growth += (y[i] - y[i - 1]) / n;
		l.least = fmin(l.least, dx);
		l.most = fmax(l.most, dx);
	}
	for (unsigned i = 1; i <= n; i++) {
		double dx = x[i] - x[i - 1] - l.load;
		xx += dx * dx;
		xy += dx * (y[i] - y[i - 1] - l.growth);
	}
	l.slope = xx > 0 ? xy / xx : 0;
	for (unsigned i = 1; i <= n; i++) {
		double off = y[i] - y[i - 1] - l.growth - l.slope * (x[i] - x[i - 1] - l.load);
		rest += off * off;
	}
	l.error = xx > 0 ? sqrt(rest / (n - 2) / xx) : INFINITY;
	return l;
}

/* The load changed well, and what it can account for is little of the growth. */
static bool load_acquits(const struct link_view *v, unsigned load)
{
	if (!v->whole[load])
		return false;
	struct load_line l = load_line(v, load);
	return l.most > 2 * fmax(l.least, 0) && l.most > 1.5 * l.load && l.load > 0 &&
	       (l.slope + 2 * l.error) * l.load < 0.35 * l.growth;
}

bool growth_tell_idle(const struct link_view *v, const struct link_view *coarse, struct links *ret)
{
	char text[LINK_TEXT_MAX];

	if (at_zero_load(v)) {
		snprintf(text, sizeof(text),
		         "grows at zero load (at most %.1f %% of a CPU, nothing opened): not "
		         "load-driven",
		         100 * pace_most(v, LINK_CPU));
		say(ret, LINK_IDLE, FIGURE_CPU, text);
		return true;
	}
	if (!load_acquits(coarse, LINK_CPU))
		return false;
	say(ret, LINK_IDLE, FIGURE_CPU,
	    "grows as fast under little load as under much: not load-driven");
	return true;
}

bool growth_tell_flat(const struct link_view *v, struct links *ret)
{
	int k = connections_of(v);
	char text[LINK_TEXT_MAX], count[HUMAN_MAX];

	if (k < 0)
		return false;
	double now = v->level[k][v->n - 1];
	if (now < 1 || link_range(v->level[k], v->n) > fmax(1, 0.05 * now))
		return false;
	snprintf(text, sizeof(text),
	         "grows while %s stay flat (%s): request handling or background work",
	         k == LINK_CONNECTIONS ? "connections" : "sockets",
	         human_count(count, (uint64_t)(now + 0.5)));
	say(ret, LINK_FLAT, (int)link_counters[k].figure, text);
	return true;
}

/* Growth where hardly any connection is open, and where they are; bytes a step. */
static bool rests_without(const struct link_view *v, unsigned k)
{
	const double *memory = v->level[link_memory_of(k)];
	double most = 0, rest = 0, busy = 0;
	unsigned rests = 0, busies = 0;

	for (unsigned i = 0; i < v->n; i++)
		most = fmax(most, v->level[k][i]);
	for (unsigned i = 1; i < v->n; i++) {
		double grown = memory[i] - memory[i - 1];
		bool quiet = fmax(v->level[k][i], v->level[k][i - 1]) <= 0.05 * most;
		rests += quiet;
		busies += !quiet;
		*(quiet ? &rest : &busy) += grown;
	}
	return most >= 1 && rests >= 4 && busies >= 4 && busy >= GROWTH_LEAST &&
	       rest / rests <= 0.1 * busy / busies;
}

void growth_tell_stops(const struct link_view *v, struct links *ret)
{
	int k = connections_of(v);

	if (k >= 0 && rests_without(v, (unsigned)k))
		say(ret, LINK_STOPS, (int)link_counters[k].figure,
		    "growth stops when connections close");
}

void growth_tell_none(const struct link_view *v, struct links *ret)
{
	char text[LINK_TEXT_MAX];
	unsigned known = 0, moved = 0;

	for (unsigned k = 0; k < LINK_COUNTERS; k++) {
		/* Sums of our own, and no figure that was read. */
		if (k == LINK_OPEN_TIME || k == LINK_THREADS_SEEN)
			continue;
		known += v->whole[k];
		moved += v->whole[k] && v->moved[k];
	}
	if (!known)
		return;
	if (moved)
		snprintf(text, sizeof(text),
		         "no link found: growth follows none of the %u counters that changed",
		         moved);
	else
		snprintf(text, sizeof(text), "no link found: none of %u counters changed", known);
	say(ret, LINK_NONE, -1, text);
}
