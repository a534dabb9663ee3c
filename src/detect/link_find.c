/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base/known.h"
#include "detect/link_growth.h"
#include "detect/link_view.h"
#include "detect/link_words.h"

/*
 * Knows which links are believed, which of several is told, and what can be said where there is none.
 * Refuses to know how two series are compared.
 *
 * Minor faults are no counter here: every new page of memory is one, so they would explain all growth
 * and nothing.
 */

/* So many standard deviations: some 16 counters at 4 scales are asked again and again. */
#define SURE 5.0

/* Of two that are about as sure the one that comes first in the table says more. */
#define AS_SURE 0.85

/* A link must move this part of what memory moved by, or it is not worth a sentence. */
#define SHARE_LEAST 0.05

/* Each with all that there is at its scale, the last alone with what was lately. */
enum { VIEWS = 4 };
static const struct {
	unsigned merge, part;
} views[VIEWS] = {{1, 1}, {2, 1}, {4, 1}, {1, 2}};

struct candidate {
	unsigned counter, view;
	double z;
	bool out; /* told, or looked at and found wanting */
};

struct finder {
	const struct linker *linker;
	unsigned count;
	struct link_view view[VIEWS]; /* the first is the whole at the finest scale */
	struct candidate all[LINK_COUNTERS];
	struct link_told told;
	bool group[LINK_GROUPS];
	double contributed[LINKS_MAX]; /* bytes */
	struct links *ret;
};

/* --- links with a counter ---------------------------------------------------------------------------- */

/* Beside what is told already. */
static void candidate_test(const struct finder *f, struct candidate *c)
{
	c->z = 0;
	for (unsigned i = 0; i < f->count; i++) {
		double z = link_test(&f->view[i], c->counter, link_memory_of(c->counter), &f->told);
		if (z > c->z) {
			c->z = z;
			c->view = i;
		}
	}
}

/* Sockets that are all connections, and descriptors that are all sockets, differ by a constant. */
static bool is_same(const struct link_view *v, unsigned a, unsigned b)
{
	const double *x = v->level[a], *y = v->level[b];

	if (!v->whole[a] || !v->whole[b] || v->moved[a] != v->moved[b])
		return false;
	for (unsigned i = 1; i < v->n; i++)
		if (fabs(x[i] - y[i] - (x[0] - y[0])) > 1e-6)
			return false;
	return true;
}

/* One that was tested before this one and changes as it does; NULL: none. */
static const struct candidate *twin_of(const struct finder *f, unsigned k)
{
	for (unsigned i = 0; i < k; i++)
		if (!f->all[i].out && link_memory_of(i) == link_memory_of(k) &&
		    is_same(&f->view[0], i, k))
			return &f->all[i];
	return NULL;
}

static void candidates_test(struct finder *f)
{
	for (unsigned k = 0; k < LINK_COUNTERS; k++) {
		struct candidate *c = &f->all[k];
		c->counter = k;
		c->out = c->out || f->group[link_counters[k].group];
		if (c->out)
			continue;
		const struct candidate *twin = twin_of(f, k);
		if (twin) {
			c->z = twin->z;
			c->view = twin->view;
		} else {
			candidate_test(f, c);
		}
	}
}

static bool is_worth(const struct link_view *v, unsigned counter, double slope)
{
	return slope * link_range(v->level[counter], v->n) >=
	       SHARE_LEAST * link_range(v->level[link_memory_of(counter)], v->n);
}

/* NULL when no counter is left that is sure enough. */
static struct candidate *candidate_next(struct finder *f)
{
	double most = SURE;

	for (unsigned k = 0; k < LINK_COUNTERS; k++)
		most = f->all[k].out ? most : fmax(most, f->all[k].z);
	for (unsigned k = 0; k < LINK_COUNTERS; k++) {
		struct candidate *c = &f->all[k];
		if (!c->out && c->z >= SURE && c->z >= AS_SURE * most)
			return c;
	}
	return NULL;
}

/* How many there are now, or how many there were while it was watched. */
static uint64_t units(const struct finder *f, unsigned counter)
{
	const struct link_view *v = &f->view[0];
	const double *level = v->level[counter];
	double now = level[v->n - 1];
	double count = link_counters[counter].kind == LINK_PER_OPEN ? now : now - level[0];

	return count >= 0 ? (uint64_t)(count + 0.5) : UNKNOWN;
}

/* What heavier links are told before. */
static void place(struct finder *f, const struct link *l, double bytes)
{
	unsigned at = f->ret->count++;

	while (at > 0 && f->contributed[at - 1] < bytes) {
		f->ret->link[at] = f->ret->link[at - 1];
		f->contributed[at] = f->contributed[at - 1];
		at--;
	}
	f->ret->link[at] = *l;
	f->contributed[at] = bytes;
}

/* Address space that comes with each thread. */
static double space_of(const struct finder *f, const struct candidate *c)
{
	static const struct link_told none = {0};
	const struct link_view *v = &f->view[c->view];
	struct link_slope s;

	if (link_counters[c->counter].group != LINK_GROUP_THREADS ||
	    link_test(v, c->counter, LINK_VSZ, &none) < SURE ||
	    !link_slope(v, c->counter, LINK_VSZ, &none, &s))
		return 0;
	return s.slope;
}

static bool is_denied(const struct linker *l, unsigned counter, double slope)
{
	for (unsigned i = 0; i < LINK_FINES; i++)
		if (link_fine_denies(&l->fine[i], counter, slope))
			return true;
	return false;
}

/* False when it is no link after all. */
static bool candidate_tell(struct finder *f, const struct candidate *c)
{
	const struct link_counter *info = &link_counters[c->counter];
	const struct link_view *v = &f->view[c->view];
	struct link l = {.kind = info->kind, .figure = (int)info->figure};
	struct link_slope s;

	if (!link_slope(v, c->counter, link_memory_of(c->counter), &f->told, &s) ||
	    !is_worth(v, c->counter, s.slope) || is_denied(f->linker, c->counter, s.slope))
		return false;
	f->group[info->group] = true;
	f->told.counter[f->told.count++] = c->counter;
	l.per_unit = s.slope;
	l.low = s.low;
	l.high = s.high;
	l.r = s.r;
	l.count = units(f, c->counter);
	link_words(&l, info, space_of(f, c));
	place(f, &l, s.slope * link_range(f->view[0].level[c->counter], f->view[0].n));
	return true;
}

/* Sure of by now, and told if it was so before. */
static unsigned candidates_sure(struct finder *f)
{
	unsigned sure = 0;

	for (unsigned k = 0; k < LINK_COUNTERS; k++) {
		sure |= f->all[k].z >= SURE ? 1u << k : 0;
		f->all[k].out = !(f->linker->sure & 1u << k);
	}
	return sure;
}

static void candidates_tell(struct finder *f, unsigned *ret_sure)
{
	struct candidate *c;

	candidates_test(f);
	*ret_sure = candidates_sure(f);
	while (f->ret->count < LINKS_MAX && (c = candidate_next(f))) {
		c->out = true;
		if (candidate_tell(f, c))
			candidates_test(f);
	}
}

/* --- the whole ----------------------------------------------------------------------------------------- */

void links_find(const struct linker *l, struct links *ret, unsigned *ret_sure)
{
	struct finder f = {.linker = l, .ret = ret};

	memset(ret, 0, sizeof(*ret));
	for (unsigned i = 0; i < VIEWS; i++)
		f.count += link_view_make(l, views[i].merge, views[i].part, &f.view[f.count]);
	if (!f.count) {
		*ret_sure = 0;
		return;
	}
	double cycle = link_cycle(&f.view[0]) * f.view[0].step;
	for (unsigned i = 0; i < f.count; i++)
		f.view[i].cycle = cycle / f.view[i].step;
	candidates_tell(&f, ret_sure);
	const struct link_view *v = &f.view[0];
	bool told = f.told.count > 0;
	if (f.group[LINK_GROUP_OPEN])
		growth_tell_stops(v, ret);
	if (!growth_seen(v))
		return;
	if (!told && !growth_tell_idle(v, &f.view[f.count > 2 ? 2 : f.count - 1], ret) &&
	    !growth_tell_flat(v, ret))
		growth_tell_none(v, ret);
	else if (told && !f.group[LINK_GROUP_OPEN])
		growth_tell_flat(v, ret);
}
