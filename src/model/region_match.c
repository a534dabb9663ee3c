/* SPDX-License-Identifier: MIT */
/*
 * Which region of now was which region of the pass before. Knows only addresses, objects and kinds;
 * refuses to know figures, so that identity never depends on how much memory is used; age alone does.
 *
 * Records that are shared with the table before are settled already. Of the others every pair that
 * overlaps is a candidate; the best ones are taken first: the same kind before a kindred one, then
 * the larger overlap. So a split keeps the id with its largest part and a merge that of the larger. The other parts
 * of a split are new by name only: what they hold is as old as the whole was.
 * Both lists are sorted and disjoint, hence there are fewer candidates than regions.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/tracker_internal.h"

struct candidate {
	uint32_t old, new;
	unsigned rank; /* 0 is best */
	uint64_t overlap;
	bool same_start;
};

struct match {
	struct tracker *t;
	uint32_t *olds, *news; /* rows and parts not settled, by rising address */
	size_t old_count, new_count;
	uint32_t heap_new; /* the part that is [heap], not settled; PART_NEW: none */
	uint8_t *taken;    /* by row of the table before */
	struct candidate *candidates;
	size_t count;
};

enum family { FAMILY_ANONYMOUS, FAMILY_FILE, FAMILY_ALONE };

/* Kinds between which memory turns without becoming another region. */
static enum family family_of(enum region_kind kind)
{
	switch (kind) {
	case REGION_ANON:
	case REGION_ARENA:
	case REGION_STACK:
	case REGION_BSS:
	case REGION_JIT:
	case REGION_RESERVED:
		return FAMILY_ANONYMOUS;
	case REGION_TEXT:
	case REGION_RODATA:
	case REGION_DATA:
	case REGION_FILE:
		return FAMILY_FILE;
	default:
		return FAMILY_ALONE;
	}
}

/* How well two overlapping regions fit; false: not at all. */
static bool rank_of(const struct region *old, const struct part *p, unsigned *ret)
{
	enum region_kind kind = (enum region_kind)p->kind;
	enum family family = family_of(old->kind);
	bool object = region_same_object(old, p->region);

	if (old->kind != kind && (family == FAMILY_ALONE || family != family_of(kind)))
		return false;
	/* Anonymous memory may be named, and named anew, at any time. */
	if (!object && family != FAMILY_ANONYMOUS)
		return false;
	*ret = (old->kind == kind ? 0u : 2u) + (object ? 0u : 1u);
	return true;
}

static void region_inherit(struct part *p, const struct region *old)
{
	p->region->id = old->id;
	p->region->born = old->born;
	p->region->peak = figure_max(old->peak, p->rss);
}

/* Both have the same id by now. */
static bool region_equal(const struct region *a, const struct region *b)
{
	return a->mappings == b->mappings && a->kind == b->kind && a->prot == b->prot &&
	       a->start == b->start && a->end == b->end && a->size == b->size &&
	       a->offset == b->offset && a->inode == b->inode && a->major == b->major &&
	       a->minor == b->minor && a->flags == b->flags && a->peak == b->peak &&
	       !memcmp(a->bytes, b->bytes, sizeof(a->bytes)) && region_same_name(a, b);
}

/*
 * What was joined again from the same mappings shares the record of before, like all that is quiet.
 */
static void pair_settle(struct match *m, uint32_t old, uint32_t new)
{
	struct region *before = m->t->before->rows[old];
	struct part *p = &m->t->parts[new];

	m->taken[old] = 1;
	region_inherit(p, before);
	if (region_equal(p->region, before)) {
		region_unref(p->region);
		p->region = region_ref(before);
	}
}

/*
 * The context of a part changed its kind: its record, shared so far, is written anew. What is fresh
 * goes to the list of those to be matched; [heap] may enclose other mappings and stays out of it.
 */
static int news_fill(struct match *m)
{
	struct tracker *t = m->t;

	m->heap_new = PART_NEW;
	m->news = calloc(t->count + 1, sizeof(*m->news));
	if (!m->news)
		return -ENOMEM;
	for (size_t i = 0; i < t->count; i++) {
		struct part *p = &t->parts[i];
		struct region *copy;

		if (p->old == PART_NEW) {
			p->region->kind = (enum region_kind)p->kind;
			p->region->id = 0;
			if (p->kind == REGION_HEAP)
				m->heap_new = (uint32_t)i;
			else
				m->news[m->new_count++] = (uint32_t)i;
			continue;
		}
		m->taken[p->old] = 1;
		if (p->was == p->kind)
			continue;
		copy = region_copy(p->region);
		if (!copy)
			return -ENOMEM;
		copy->kind = (enum region_kind)p->kind;
		region_unref(p->region);
		p->region = copy;
	}
	return 0;
}

/* There is but one [heap]. */
static int olds_fill(struct match *m)
{
	const struct region_table *before = m->t->before;
	uint32_t heap_old = PART_NEW;

	m->olds = calloc(before->count + 1, sizeof(*m->olds));
	if (!m->olds)
		return -ENOMEM;
	for (size_t i = 0; i < before->count; i++) {
		if (m->taken[i])
			continue;
		if (before->rows[i]->kind == REGION_HEAP)
			heap_old = (uint32_t)i;
		else
			m->olds[m->old_count++] = (uint32_t)i;
	}
	if (heap_old != PART_NEW && m->heap_new != PART_NEW)
		pair_settle(m, heap_old, m->heap_new);
	return 0;
}

static void candidate_note(struct match *m, uint32_t old, uint32_t new)
{
	const struct region *o = m->t->before->rows[old];
	const struct part *p = &m->t->parts[new];
	uint64_t from = o->start > p->start ? o->start : p->start;
	uint64_t to = o->end < p->end ? o->end : p->end;
	unsigned rank;

	if (from >= to || !rank_of(o, p, &rank))
		return;
	m->candidates[m->count++] = (struct candidate){
	        .old = old,
	        .new = new,
	        .rank = rank,
	        .overlap = to - from,
	        .same_start = o->start == p->start,
	};
}

static int candidates_fill(struct match *m)
{
	size_t i = 0, k = 0;

	/* Every step of the walk below notes at most one and moves on in at least one list. */
	m->candidates = calloc(m->old_count + m->new_count + 1, sizeof(*m->candidates));
	if (!m->candidates)
		return -ENOMEM;
	while (i < m->old_count && k < m->new_count) {
		uint64_t old_end = m->t->before->rows[m->olds[i]]->end;
		uint64_t new_end = m->t->parts[m->news[k]].end;

		candidate_note(m, m->olds[i], m->news[k]);
		i += old_end <= new_end;
		k += new_end <= old_end;
	}
	return 0;
}

static int candidate_compare(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	if (x->overlap != y->overlap)
		return x->overlap > y->overlap ? -1 : 1;
	if (x->same_start != y->same_start)
		return x->same_start ? -1 : 1;
	if (x->old != y->old)
		return x->old < y->old ? -1 : 1;
	return (x->new > y->new) - (x->new < y->new);
}

/* Split off from what goes on under its id elsewhere; address space that nobody had used has no age. */
static void part_ages(struct match *m, const struct candidate *c)
{
	const struct region *old = m->t->before->rows[c->old];
	struct region *part = m->t->parts[c->new].region;

	if (region_weight(old) == 0)
		return;
	if (!known(part->born) || part->born > old->born)
		part->born = old->born;
}

static int pairs_find(struct match *m)
{
	int r = olds_fill(m);

	if (r == 0)
		r = candidates_fill(m);
	if (r < 0)
		return r;
	qsort(m->candidates, m->count, sizeof(*m->candidates), candidate_compare);
	for (size_t i = 0; i < m->count; i++) {
		const struct candidate *c = &m->candidates[i];

		if (m->t->parts[c->new].region->id)
			continue;
		if (m->taken[c->old])
			part_ages(m, c);
		else
			pair_settle(m, c->old, c->new);
	}
	return 0;
}

static void region_name_new(struct tracker *t, uint32_t part, uint64_t time)
{
	struct part *p = &t->parts[part];

	if (p->region->id)
		return;
	p->region->id = t->next_id++;
	p->region->born = known_or(p->region->born, time);
	p->region->peak = p->rss;
}

/* Ids rise with the addresses: [heap] takes its turn among the others. */
static void news_name(struct match *m, uint64_t time)
{
	uint32_t heap = m->heap_new;

	for (size_t k = 0; k < m->new_count; k++) {
		if (heap < m->news[k]) {
			region_name_new(m->t, heap, time);
			heap = PART_NEW;
		}
		region_name_new(m->t, m->news[k], time);
	}
	if (heap != PART_NEW)
		region_name_new(m->t, heap, time);
}

int parts_match(struct tracker *t, uint64_t time)
{
	struct match m = {.t = t};
	int r;

	m.taken = calloc((t->before ? t->before->count : 0) + 1, 1);
	r = m.taken ? news_fill(&m) : -ENOMEM;
	if (r == 0 && t->before)
		r = pairs_find(&m);
	if (r == 0)
		news_name(&m, time);
	free(m.taken);
	free(m.olds);
	free(m.news);
	free(m.candidates);
	return r;
}
