/* SPDX-License-Identifier: MIT */
/*
 * Stacks merged from the outermost function inwards. It knows frames as equal or not; runs of functions that lead
 * nowhere else are one line. Of a stack only what is not the allocator's own is in the tree.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "tui/sites_internal.h"

enum { NOTHING = 0 }; /* the root, that is nobody's child */

struct node {
	uint64_t id;    /* of its function: what differs is seldom compared by name */
	uint32_t frame; /* in the facts */
	uint32_t child, sibling, last;
	uint32_t site; /* an end of a stack: whose; SITES_INNER: a function on the way */
};

struct trie {
	const struct sites_facts *f;
	struct node *nodes;
	size_t count, room;
};

/* --- merging -------------------------------------------------------------------------------------- */

static bool is_same(const struct sites_facts *f, uint32_t a, uint32_t b)
{
	const struct site_frame *x = &f->frames[a], *y = &f->frames[b];
	const char *function = sites_text(f, x->function);

	if (x->function == y->function && x->module == y->module && function[0])
		return true;
	if (strcmp(function, sites_text(f, y->function)) != 0 ||
	    strcmp(sites_text(f, x->module), sites_text(f, y->module)) != 0)
		return false;
	return function[0] || x->address == y->address;
}

/* A new last child; NOTHING: no memory. */
static uint32_t node_add(struct trie *t, uint32_t parent, uint32_t frame, uint32_t site,
                         uint64_t id)
{
	uint32_t at = (uint32_t)t->count;

	if (!array_room((void **)&t->nodes, t->count, &t->room, sizeof(*t->nodes)))
		return NOTHING;
	t->nodes[t->count++] = (struct node){.id = id, .frame = frame, .site = site};
	struct node *up = &t->nodes[parent];
	if (up->last)
		t->nodes[up->last].sibling = at;
	else
		up->child = at;
	up->last = at;
	return at;
}

static uint32_t node_of(struct trie *t, uint32_t parent, uint32_t frame)
{
	uint64_t id = sites_frame_id(t->f, &t->f->frames[frame], 1);

	for (uint32_t i = t->nodes[parent].child; i; i = t->nodes[i].sibling)
		if (t->nodes[i].site == SITES_INNER && t->nodes[i].id == id &&
		    is_same(t->f, t->nodes[i].frame, frame))
			return i;
	return node_add(t, parent, frame, SITES_INNER, id);
}

static bool site_add(struct trie *t, uint32_t site)
{
	const struct site *s = &t->f->sites[site];
	uint32_t count, at = NOTHING;
	const struct site_frame *stack = sites_stack(t->f, s, &count);
	uint32_t first = s->named < count ? s->named : 0;

	for (uint32_t i = count; i-- > first;) {
		at = node_of(t, at, (uint32_t)(&stack[i] - t->f->frames));
		if (at == NOTHING)
			return false;
	}
	/* The end bears the function that called the allocator, or the innermost of all. */
	return node_add(t, at, count ? (uint32_t)(&stack[first] - t->f->frames) : 0, site, 0) !=
	       NOTHING;
}

/* --- lines ---------------------------------------------------------------------------------------- */

/* The end of the run that begins at a node: the first that has several below it, or none. */
static uint32_t run_end(const struct trie *t, uint32_t at)
{
	while (t->nodes[at].child && !t->nodes[t->nodes[at].child].sibling)
		at = t->nodes[at].child;
	return at;
}

static void run_name(const struct trie *t, uint32_t at, uint32_t end, struct sites_lines *l,
                     uint32_t *used, struct sites_row *r)
{
	r->chain = *used;
	for (;; at = t->nodes[at].child) {
		if (t->nodes[at].site == SITES_INNER)
			l->chain[(*used)++] = t->nodes[at].frame;
		if (at == end)
			break;
	}
	r->chained = *used - r->chain;
	/* One of several stacks that end in the line above. */
	if (!r->chained && r->site != SITES_INNER && t->f->sites[r->site].frame_count) {
		l->chain[(*used)++] = t->nodes[end].frame;
		r->chained = 1;
	}
}

static uint64_t run_id(const struct sites_facts *f, const struct sites_lines *l,
                       const struct sites_row *r)
{
	uint64_t h = r->parent == SITES_INNER ? 1 : l->rows[r->parent].id;

	for (uint32_t i = 0; i < r->chained; i++)
		h = sites_frame_id(f, &f->frames[l->chain[r->chain + i]], h);
	return h | 1;
}

/* A line and all below it. Stacks are SITE_FRAMES_MAX deep at most, and so is this. */
static void line_make(const struct trie *t, uint32_t at, uint32_t parent, struct sites_lines *l,
                      uint32_t *used)
{
	uint32_t end = run_end(t, at), self = (uint32_t)l->count++;
	struct sites_row *r = &l->rows[self];
	const struct node *n = &t->nodes[end];

	if (n->site != SITES_INNER)
		sites_row_set(r, t->f, n->site);
	else
		*r = (struct sites_row){.site = SITES_INNER,
		                        .sum = {.growth_bytes = NAN,
		                                .growth_blocks = NAN,
		                                .share = NAN,
		                                .lifetime = NAN}};
	r->parent = parent;
	r->depth = (uint16_t)(parent == SITES_INNER ? 0 : l->rows[parent].depth + 1);
	run_name(t, at, end, l, used, r);
	if (n->site == SITES_INNER)
		r->id = run_id(t->f, l, r);
	for (uint32_t i = n->child; i; i = t->nodes[i].sibling)
		line_make(t, i, self, l, used);
	r->below = (uint32_t)(l->count - 1 - self);
}

static bool lines_make(const struct trie *t, struct sites_lines *l)
{
	uint32_t used = 0;

	l->rows = calloc(t->count, sizeof(*l->rows));
	l->chain = calloc(t->count, sizeof(*l->chain));
	if (!l->rows || !l->chain)
		return false;
	for (uint32_t i = t->nodes[NOTHING].child; i; i = t->nodes[i].sibling)
		line_make(t, i, SITES_INNER, l, &used);
	for (size_t i = l->count; i-- > 0;) {
		const struct sites_row *r = &l->rows[i];
		if (r->parent == SITES_INNER)
			continue;
		sites_sum(&l->rows[r->parent].sum, &r->sum);
		l->rows[r->parent].sites += r->sites;
	}
	return true;
}

bool sites_tree_make(struct sites_lines *l, const struct sites_facts *f)
{
	struct trie t = {.f = f};
	bool done = array_room((void **)&t.nodes, 0, &t.room, sizeof(*t.nodes));

	if (done)
		t.nodes[t.count++] = (struct node){.site = SITES_INNER};
	for (uint32_t i = 0; done && i < f->site_count; i++)
		done = site_add(&t, i);
	done = done && lines_make(&t, l);
	free(t.nodes);
	return done;
}
