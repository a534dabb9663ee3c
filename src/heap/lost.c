/* SPDX-License-Identifier: MIT */
/*
 * One scan after the other, and what they have in common: ages, growth, the decision to look again. Refuses to
 * mark, fold or group itself. The clock is read only to bound what a scan takes.
 */
#include "heap/lost.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "lost_internal.h"

enum {
	CONFIRM_MAX = 3,         /* times that a scan looks again for what it did not find */
	CONFIRM_WORTH = 50,      /* again only while one in so many suspects is rescued by it */
	BYTES_A_BLOCK = 20,      /* for kept pointers and ages */
	BYTES_A_BLOCK_LEAST = 4, /* for kept pointers, however many blocks are lost */
	BYTES_LEAST = 256 << 10,
};
#define CONFIRM_TIME (NS_PER_S * 3 / 4) /* no look again begins later in a scan */

struct lost {
	unsigned scans;
	struct lost_ages ages;
	struct lost_groups groups;
	uint64_t todo; /* bytes of the last scan: about what the next one has to do */
	/* The first scan that could be certain of anything. */
	uint64_t base_time, base_blocks, base_bytes;
};

struct lost *lost_new(void)
{
	struct lost *l = calloc(1, sizeof(*l));

	if (l)
		l->base_time = UNKNOWN;
	return l;
}

void lost_reset(struct lost *l)
{
	free(l->ages.items);
	memset(l, 0, sizeof(*l));
	l->base_time = UNKNOWN;
}

void lost_free(struct lost *l)
{
	if (!l)
		return;
	free(l->ages.items);
	free(l);
}

/* Room for kept pointers, in bytes. */
static size_t spare_for(const struct lost *l, const struct heap_walk *walk)
{
	size_t spare = walk->count * BYTES_A_BLOCK, ages = l->ages.count * sizeof(struct lost_age);
	size_t least = walk->count * BYTES_A_BLOCK_LEAST;

	spare = spare > ages ? spare - ages : 0;
	spare = spare > least ? spare : least;
	return spare > BYTES_LEAST ? spare : BYTES_LEAST;
}

/*
 * Marks, and looks again for what was not found: a pointer that moved from where we had not been yet to where we had
 * been is found by the second look, if it rests then. On a process that rests nothing is rescued, and one look
 * again was enough; where all suspects are old acquaintances none is made.
 */
static int scan_mark(struct lost *l, struct lost_marks *k, uint64_t begin)
{
	uint64_t rescued, suspects;
	int err = marks_pass(k);

	if (!err)
		err = guess_all(k);
	for (int n = 0; !err && n < CONFIRM_MAX; n++) {
		if (!ages_uncertain(&l->ages, k) || clock_mono() - begin > CONFIRM_TIME)
			break;
		suspects = 0;
		for (size_t i = 0; i < k->walk->count; i++)
			suspects += marks_suspect(k, (uint32_t)i);
		err = marks_again(k, &rescued);
		if (!err && rescued * CONFIRM_WORTH < suspects)
			break;
	}
	return err;
}

static void growth_fill(struct lost *l, uint64_t time, struct heap_lost *into)
{
	uint64_t blocks = into->definitely_blocks + into->indirectly_blocks;
	uint64_t bytes = into->definitely_bytes + into->indirectly_bytes;

	into->growth_blocks = NAN;
	into->growth_bytes = NAN;
	if (l->scans < LOST_SCANS_LOST || l->ages.unread)
		return;
	if (!known(l->base_time)) {
		l->base_time = time;
		l->base_blocks = blocks;
		l->base_bytes = bytes;
	} else if (time > l->base_time) {
		double seconds = (double)(time - l->base_time) / (double)NS_PER_S;
		into->growth_blocks = ((double)blocks - (double)l->base_blocks) / seconds;
		into->growth_bytes = ((double)bytes - (double)l->base_bytes) / seconds;
	}
}

static void facts_fill(struct lost *l, const struct lost_marks *k, struct heap_lost *into)
{
	into->scans = l->scans;
	into->root_bytes = k->root_bytes;
	into->unread_bytes = k->m->swapped;
	into->whole_stacks = roots_whole_stacks(k->m);
	for (size_t i = 0; i < k->walk->arena_count; i++)
		into->torn += k->walk->arenas[i].torn;
}

int lost_scan(struct lost *l, struct memory *m, const struct heap_walk *walk, uint64_t time,
              const struct heap_watcher *watcher, struct heap_lost *into)
{
	uint64_t begin = clock_mono();
	struct lost_folds folds = {0};
	struct lost_marks k;

	memset(into, 0, sizeof(*into));
	int err = marks_init(&k, m, walk, spare_for(l, walk));
	k.watcher = watcher;
	k.todo = l->todo ? l->todo : walk->resident;
	if (!err)
		err = scan_mark(l, &k, begin);
	if (!err)
		err = ages_take(&l->ages, &k, time);
	if (err)
		goto out;
	l->ages.unread = m->swapped != 0;
	l->scans++;
	l->todo = k.done;
	err = folds_make(&folds, &k, &l->ages, time);
	if (!err)
		err = heads_make(&l->groups, &k, &l->ages, &folds, time, into);
	facts_fill(l, &k, into);
	growth_fill(l, time, into);
	into->took = clock_mono() - begin;
	into->time = time + into->took;
out:
	free(folds.items);
	marks_done(&k);
	return err;
}
