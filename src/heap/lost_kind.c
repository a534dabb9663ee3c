/* SPDX-License-Identifier: MIT */
/*
 * Which lost blocks are heads, and what hangs on them: a lost list is one head. As Valgrind has it, a head is what
 * no other lost block points to, and of a cycle its first block; what two heads share hangs on the first
 * one; pointers into a block count as much as pointers to its begin here.
 *
 * Twice: first among blocks that are certainly lost, then the others. So pointers of blocks that only look lost for
 * one scan change nothing about those that are.
 */
#include <errno.h>
#include <stdlib.h>

#include "lost_internal.h"

struct folder {
	struct lost_folds *folds;
	struct lost_marks *k;
	bool certain;         /* the turn of these */
	bool absorb;          /* heads met on the way are no heads: they lie on or behind a cycle */
	size_t run;           /* the first of items that may be absorbed */
	uint32_t self;        /* whose pointers are looked at */
	struct lost_fold sum; /* of the head at work */
	int err;
};

static bool is_lost(const struct lost_marks *k, uint32_t block)
{
	return !(k->flags[block] & MARK_STATE) && marks_live(k, block);
}

/* A lost block of this turn. */
static bool is_due(const struct folder *f, uint32_t block)
{
	return is_lost(f->k, block) && !(f->k->flags[block] & FOLD_CERTAIN) == !f->certain;
}

/* A suspect that is possibly lost is a head of its own. */
static void certain_mark(struct lost_marks *k, const struct lost_ages *a, uint64_t time)
{
	const struct lost_age *age = a->items;

	for (size_t i = 0; i < k->walk->count; i++) {
		k->flags[i] &= MARK_STATE | MARK_UNSTORED;
		if (!marks_suspect(k, (uint32_t)i))
			continue;
		if (age_certainty(a, age++, time) == LOST_LOST)
			k->flags[i] |= FOLD_CERTAIN;
		if (k->flags[i] & MARK_POSSIBLY)
			k->flags[i] |= FOLD_HEAD;
	}
}

static void point_edge(void *arg, uint32_t block, enum lost_edge how)
{
	struct folder *f = arg;

	(void)how;
	if (!is_due(f, block))
		return;
	f->k->flags[block] |= FOLD_POINTED;
	/* What hangs on a block that is certain is no head, and counted with nobody before it is certain itself. */
	if (!f->certain && (f->k->flags[f->self] & FOLD_CERTAIN))
		f->k->flags[block] |= FOLD_VISITED;
}

/* Of all pointers from lost blocks to those of this turn. */
static int points_mark(struct folder *f)
{
	for (uint32_t i = 0; i < f->k->walk->count; i++) {
		if (!is_lost(f->k, i) || (f->certain && !is_due(f, i)))
			continue;
		f->self = i;
		int err = marks_each_edge(f->k, i, point_edge, f);
		if (err)
			return err;
	}
	return 0;
}

static void head_absorb(struct folder *f, uint32_t block)
{
	struct lost_fold *items = f->folds->items;
	size_t low = f->run, high = f->folds->count;

	f->k->flags[block] &= (uint8_t)~FOLD_HEAD;
	f->sum.blocks++;
	f->sum.bytes += f->k->walk->blocks[block].size;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (items[mid].head < block)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == f->folds->count || items[low].head != block)
		return;
	f->sum.blocks += items[low].blocks;
	f->sum.bytes += items[low].bytes;
	items[low].blocks = 0;
	items[low].bytes = 0;
}

static void fold_edge(void *arg, uint32_t block, enum lost_edge how)
{
	struct folder *f = arg;
	uint8_t *flags = &f->k->flags[block];

	(void)how;
	if (!is_due(f, block) || block == f->sum.head)
		return;
	if (f->absorb && (*flags & FOLD_HEAD) && (*flags & FOLD_POINTED)) {
		head_absorb(f, block);
		return;
	}
	if (*flags & FOLD_VISITED)
		return;
	*flags |= FOLD_VISITED;
	f->sum.blocks++;
	f->sum.bytes += f->k->walk->blocks[block].size;
	marks_push(f->k, block);
}

static int fold_store(struct lost_folds *s, const struct lost_fold *sum)
{
	if (!sum->blocks)
		return 0;
	if (s->count == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 64;
		struct lost_fold *fresh = realloc(s->items, cap * sizeof(*fresh));
		if (!fresh)
			return -ENOMEM;
		s->items = fresh;
		s->cap = cap;
	}
	s->items[s->count++] = *sum;
	return 0;
}

static int head_fold(struct folder *f, uint32_t block)
{
	uint32_t at;
	int err = 0;

	f->k->flags[block] |= FOLD_HEAD | FOLD_VISITED;
	f->sum = (struct lost_fold){.head = block};
	marks_push(f->k, block);
	while (!err && marks_pop(f->k, &at))
		err = marks_each_edge(f->k, at, fold_edge, f);
	return err ? err : fold_store(f->folds, &f->sum);
}

/* First what nobody lost points to, then what is left of cycles. */
static int turn_fold(struct folder *f)
{
	int err = points_mark(f);

	for (int cycles = 0; !err && cycles <= 1; cycles++) {
		f->absorb = cycles;
		f->run = f->folds->count;
		for (uint32_t i = 0; !err && i < f->k->walk->count; i++) {
			if (!is_due(f, i) || (f->k->flags[i] & FOLD_VISITED))
				continue;
			if (cycles || !(f->k->flags[i] & FOLD_POINTED))
				err = head_fold(f, i);
		}
	}
	return err;
}

static int by_head(const void *a, const void *b)
{
	const struct lost_fold *x = a, *y = b;

	return (x->head > y->head) - (x->head < y->head);
}

int folds_make(struct lost_folds *s, struct lost_marks *k, const struct lost_ages *a, uint64_t time)
{
	struct folder f = {.folds = s, .k = k, .certain = true};

	s->count = 0;
	certain_mark(k, a, time);
	int err = turn_fold(&f);
	if (!err) {
		f.certain = false;
		err = turn_fold(&f);
	}
	if (!err && s->count)
		qsort(s->items, s->count, sizeof(*s->items), by_head);
	return err;
}
