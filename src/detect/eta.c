/* SPDX-License-Identifier: MIT */
#include "detect/eta.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * Knows lines, parabolas and exponentials, and how surely each foretells a crossing. Refuses to know
 * which figure grows and what it runs into.
 */

enum { TERMS = 3, RATES = 16, REFINE = 12, LEAST_POINTS = 10 };

/* Evidence (in the manner of Bayes) that a curve must have over a line, and a curve over its rival. */
static const double curve_over_line = 6;

/* How far a curve is followed, in what it was seen to grow: at a third of its way a parabola has eight left. */
static const double curve_reach = 12;

void eta_course(const struct point *p, unsigned count, unsigned from, struct eta_course *ret)
{
	double begin = p[from].t0, width = (p[count - 1].t - begin) / ETA_POINTS;
	unsigned i = from;

	ret->n = 0;
	ret->now = p[count - 1].t;
	for (unsigned b = 1; b <= ETA_POINTS && i < count; b++) {
		double sum = 0, at = 0, weight = 0;
		double end = b < ETA_POINTS ? begin + b * width : INFINITY;
		for (; i < count && (p[i].t0 + p[i].t) / 2 <= end; i++) {
			sum += p[i].mean * p[i].count;
			at += (p[i].t0 + p[i].t) / 2 * p[i].count;
			weight += p[i].count;
		}
		if (!(weight > 0))
			continue;
		ret->t[ret->n] = at / weight;
		ret->y[ret->n++] = sum / weight;
	}
}

/* --- on a line ---------------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double seconds(double room, double rate)
{
	return rate > 0 ? fmax(0, room) / rate : NAN;
}

/* The band around a line, as it stands now: its middle and its upper edge. */
struct band {
	double middle, edge;
};

/* Noise reaches a level before its middle does; and what jumped up lately is no noise. */
static struct band band_of(const struct eta_course *c, double slope)
{
	double r[ETA_POINTS], late;

	for (unsigned i = 0; i < c->n; i++)
		r[i] = c->y[i] + slope * (c->now - c->t[i]);
	late = c->n > 1 ? (r[c->n - 1] + r[c->n - 2]) / 2 : r[0];
	qsort(r, c->n, sizeof(r[0]), by_value);
	return (struct band){r[c->n / 2], fmax(r[c->n * 9 / 10], late)};
}

struct eta eta_straight(const struct eta_course *c, double level, const struct sen *rate)
{
	if (!c->n)
		return (struct eta){NAN, NAN, NAN};
	struct band b = band_of(c, rate->slope);
	double room = level - b.edge, width = b.edge - b.middle;
	struct eta e = {seconds(room, rate->slope), seconds(room - width, rate->high),
	                seconds(room + 2 * width, rate->low)};
	/* No line is so straight that the next stretch must be exactly like it. */
	e.low = fmin(e.low, 0.98 * e.at);
	e.high = isnan(e.high) ? NAN : fmax(e.high, 1.02 * e.at);
	return e;
}

/* --- models ------------------------------------------------------------------------------------------- */

/* Time runs from -1 to 0, the figure over 1: y = b0 + b1 f1(x) + b2 f2(x). */
struct model {
	unsigned terms;
	double k; /* exponential: e^kx in place of x; 0: powers of x */
	double b[TERMS], inverse[TERMS][TERMS];
	double rss, evidence; /* evidence: the smaller the better */
};

struct data {
	unsigned n;
	double x[ETA_POINTS], y[ETA_POINTS];
	double quantum; /* variance of what rounding leaves */
};

static void terms_at(const struct model *m, double x, double f[TERMS])
{
	f[0] = 1;
	f[1] = m->k > 0 ? exp(m->k * x) : x;
	f[2] = x * x;
}

static double value_at(const struct model *m, double x)
{
	double f[TERMS], sum = 0;

	terms_at(m, x, f);
	for (unsigned i = 0; i < m->terms; i++)
		sum += m->b[i] * f[i];
	return sum;
}

static double slope_at(const struct model *m, double x)
{
	if (m->k > 0)
		return m->b[1] * m->k * exp(m->k * x);
	return m->b[1] + (m->terms > 2 ? 2 * m->b[2] * x : 0);
}

/* Gauss and Jordan on at most 3x3; false: singular. */
static bool invert(double a[TERMS][TERMS], unsigned n, double ret[TERMS][TERMS])
{
	for (unsigned i = 0; i < n; i++)
		for (unsigned j = 0; j < n; j++)
			ret[i][j] = i == j;
	for (unsigned i = 0; i < n; i++) {
		double pivot = a[i][i];
		if (!(fabs(pivot) > 1e-12))
			return false;
		for (unsigned j = 0; j < n; j++) {
			a[i][j] /= pivot;
			ret[i][j] /= pivot;
		}
		for (unsigned r = 0; r < n; r++) {
			double factor = a[r][i];
			for (unsigned j = 0; r != i && j < n; j++) {
				a[r][j] -= factor * a[i][j];
				ret[r][j] -= factor * ret[i][j];
			}
		}
	}
	return true;
}

/* Least squares; an infinite rss where it cannot be done. */
static void model_fit(struct model *m, const struct data *d)
{
	double a[TERMS][TERMS] = {{0}}, rhs[TERMS] = {0}, f[TERMS];

	m->rss = INFINITY;
	for (unsigned p = 0; p < d->n; p++) {
		terms_at(m, d->x[p], f);
		for (unsigned i = 0; i < m->terms; i++) {
			rhs[i] += f[i] * d->y[p];
			for (unsigned j = 0; j < m->terms; j++)
				a[i][j] += f[i] * f[j];
		}
	}
	if (!invert(a, m->terms, m->inverse))
		return;
	for (unsigned i = 0; i < m->terms; i++) {
		m->b[i] = 0;
		for (unsigned j = 0; j < m->terms; j++)
			m->b[i] += m->inverse[i][j] * rhs[j];
	}
	m->rss = 0;
	for (unsigned p = 0; p < d->n; p++) {
		double r = d->y[p] - value_at(m, d->x[p]);
		m->rss += r * r;
	}
}

static struct model powers(const struct data *d, unsigned terms)
{
	struct model m = {.terms = terms};

	model_fit(&m, d);
	return m;
}

static struct model exponential(const struct data *d, double k)
{
	struct model m = {.terms = 2, .k = k};

	model_fit(&m, d);
	return m;
}

/* Rates of growth from hardly bent to all of it in the last tenth; the best, then refined. */
static struct model best_exponential(const struct data *d)
{
	struct model best = exponential(d, 0.2), m;
	double factor = pow(15 / 0.2, 1.0 / (RATES - 1));

	for (int i = 1; i < RATES; i++) {
		m = exponential(d, 0.2 * pow(factor, i));
		if (m.rss < best.rss)
			best = m;
	}
	for (int i = 0; i < REFINE; i++) {
		factor = sqrt(factor);
		struct model less = exponential(d, best.k / factor);
		struct model more = exponential(d, best.k * factor);
		if (less.rss < best.rss)
			best = less;
		if (more.rss < best.rss)
			best = more;
	}
	return best;
}

/* How many of the values stand for themselves, when what is left around a model has a shape. */
static double independent(const struct model *m, const struct data *d)
{
	double lag = 0, before = 0;

	for (unsigned p = 0; p < d->n; p++) {
		double r = d->y[p] - value_at(m, d->x[p]);
		lag += p ? r * before : 0;
		before = r;
	}
	double rho = m->rss > 0 ? fmin(0.9, fmax(0, lag / (m->rss + d->n * d->quantum))) : 0;
	return fmax(4, d->n * (1 - rho) / (1 + rho));
}

static void weigh(struct model *m, const struct data *d, double independent_values)
{
	double parameters = m->terms + (m->k > 0);

	m->evidence = independent_values * log(m->rss / d->n + d->quantum) +
	              parameters * log(independent_values);
}

/* --- on a curve --------------------------------------------------------------------------------------- */

/* Where the model reaches `level`, x; NAN: never. */
static double crossing(const struct model *m, double level)
{
	if (m->k > 0) {
		double e = (level - m->b[0]) / m->b[1];
		return m->b[1] > 0 && e > 0 ? fmax(0, log(e) / m->k) : NAN;
	}
	double p = m->b[1], q = m->b[0] - level, root = p * p - 4 * m->b[2] * q;
	if (q >= 0)
		return 0;
	return root >= 0 ? (sqrt(root) - p) / (2 * m->b[2]) : NAN;
}

/* Widens *ret by what the model's own crossing may be off. */
static void widen(const struct model *m, const struct data *d, double level, double spread,
                  struct eta *ret)
{
	double x = crossing(m, level), f[TERMS], variance = 1.0 / d->n;

	if (isnan(x)) {
		ret->high = NAN;
		return;
	}
	terms_at(m, x, f);
	for (unsigned i = 0; i < m->terms; i++)
		for (unsigned j = 0; j < m->terms; j++)
			variance += f[i] * f[j] * m->inverse[i][j];
	double slope = slope_at(m, x), off = 2 * spread * sqrt(fmax(0, variance)) / slope;
	/* The level was brought nearer by the noise that reaches it first. */
	ret->low = fmin(ret->low, fmax(0, x - off));
	ret->high = fmax(ret->high, x + off + 2 * spread / slope);
}

/* Every rate of growth that describes the course about as well has its say. */
static void widen_rates(const struct model *best, const struct data *d, double level, double spread,
                        double values, struct eta *ret)
{
	double most = (best->rss + d->n * d->quantum) * (1 + 4 / fmax(1, values - 3));
	static const double steps[] = {0.8, 0.9, 0.95, 1.05, 1.1, 1.2};

	widen(best, d, level, spread, ret);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct model m = exponential(d, best->k * steps[i]);
		if (m.rss <= most)
			widen(&m, d, level, spread, ret);
	}
}

static bool data_of(const struct eta_course *c, double quantum, struct data *d, double *ret_range)
{
	double span = c->n ? c->now - c->t[0] : 0, low = INFINITY, high = -INFINITY;

	for (unsigned i = 0; i < c->n; i++) {
		low = fmin(low, c->y[i]);
		high = fmax(high, c->y[i]);
	}
	if (c->n < LEAST_POINTS || !(span > 0) || !(high > low))
		return false;
	d->n = c->n;
	for (unsigned i = 0; i < c->n; i++) {
		d->x[i] = (c->t[i] - c->now) / span;
		d->y[i] = (c->y[i] - c->y[0]) / (high - low);
	}
	d->quantum = quantum * quantum / 12 / (high - low) / (high - low) + 1e-9;
	*ret_range = high - low;
	return true;
}

/* Steeper at its end than on the whole, and the more so the longer it goes on. */
static bool steepens(const struct model *m)
{
	double mean = value_at(m, 0) - value_at(m, -1);

	return mean > 0 && slope_at(m, 0) > 1.1 * mean && (m->k > 0 ? m->b[1] > 0 : m->b[2] > 0);
}

bool eta_is_straight(const struct eta_course *c)
{
	struct data d;
	double range;

	if (!data_of(c, 0, &d, &range))
		return true;
	struct model line = powers(&d, 2);
	return independent(&line, &d) > d.n / 3.0;
}

/* The fits of one course, and how much each is worth. */
struct fits {
	struct model square, growth;
	double values, best;
};

/* What is left has no shape, or is next to nothing: growth that began late is no curve. */
static bool describes_well(const struct data *d, const struct fits *f)
{
	double rss = fmin(f->growth.rss, f->square.rss);

	return f->values > d->n / 3.0 || sqrt(rss / d->n) < 0.004;
}

/* False: a line describes it as well, or no curve does. */
static bool curves_fit(const struct data *d, struct fits *f)
{
	struct model line = powers(d, 2);

	f->square = powers(d, 3);
	if (!steepens(&f->square))
		return false;
	f->growth = best_exponential(d);
	f->values = independent(f->growth.rss < f->square.rss ? &f->growth : &f->square, d);
	weigh(&line, d, f->values);
	weigh(&f->square, d, f->values);
	weigh(&f->growth, d, f->values);
	f->best = fmin(f->square.evidence, f->growth.evidence);
	return f->best <= line.evidence - curve_over_line && describes_well(d, f);
}

/* Both curves have their say, by their evidence. In units of the span. */
static struct eta curves_cross(const struct data *d, const struct fits *f, double level,
                               double spread)
{
	double ws = exp((f->best - f->square.evidence) / 2), xs = crossing(&f->square, level);
	double wg = exp((f->best - f->growth.evidence) / 2), xg = crossing(&f->growth, level);
	double at = (ws * xs + wg * xg) / (ws + wg);
	struct eta e = {at, 0.9 * at, 1.1 * at}; /* a curve is a guess at best */

	if (f->square.evidence < f->best + curve_over_line)
		widen(&f->square, d, level, spread, &e);
	if (f->growth.evidence < f->best + curve_over_line)
		widen_rates(&f->growth, d, level, spread, f->values, &e);
	return e;
}

bool eta_curved(const struct eta_course *c, double level, double quantum, struct eta *ret)
{
	struct data d;
	struct fits f;
	double range;

	*ret = (struct eta){NAN, NAN, NAN};
	if (!data_of(c, quantum, &d, &range) || !curves_fit(&d, &f))
		return false;
	double spread = sqrt((fmin(f.square.rss, f.growth.rss) / d.n + d.quantum) * d.n / f.values);
	double span = c->now - c->t[0], room = (level - c->y[c->n - 1]) / range;
	struct eta e = curves_cross(&d, &f, (level - c->y[0]) / range - spread, spread);
	if (isnan(e.at))
		return false;
	ret->low = e.low * span;
	if (room > curve_reach)
		return false;
	*ret = (struct eta){e.at * span, e.low * span, e.high * span};
	return true;
}
