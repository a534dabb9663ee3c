/* SPDX-License-Identifier: MIT */
/*
 * One scan after the other, and what they have in common: ages, growth, the decision to look again. Refuses to
 * mark, fold or group itself. The clock is read only to bound what a scan takes.
 */
#include "heap/lost.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "lost_internal.h"

enum {
	CONFIRM_MAX = 3, /* times that a scan looks again for what it did not find */
	CONFIRM_MANY =
	        32, /* and, in a heap that takes long, if one in so many blocks is a suspect */
	CONFIRM_WORTH = 50,      /* again only while one in so many suspects is rescued by it */
	BYTES_A_BLOCK = 20,      /* for kept pointers and ages */
	BYTES_A_BLOCK_LEAST = 4, /* for kept pointers, however many blocks are lost */
	BYTES_LEAST = 256 << 10,
};
#define CONFIRM_TIME  (NS_PER_S * 3 / 4) /* of CPU: no second look again begins later in a scan */
#define CONFIRM_CHEAP (NS_PER_S / 4) /* of CPU: a heap takes long whose first look takes longer */

struct lost {
	unsigned scans;
	struct lost_ages ages;
	uint64_t todo;              /* bytes of the last scan: about what the next one has to do */
	uint64_t first;             /* ns of the watch: the first scan */
	uint64_t times[AGE_LEVELS]; /* of the last scans: scan n in n % AGE_LEVELS */
};

struct lost *lost_new(void)
{
	return calloc(1, sizeof(struct lost));
}

void lost_reset(struct lost *l)
{
	free(l->ages.items);
	memset(l, 0, sizeof(*l));
}

void lost_free(struct lost *l)
{
	if (!l)
		return;
	free(l->ages.items);
	free(l);
}

const struct lost_ages *lost_ages_of(const struct lost *l)
{
	return &l->ages;
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
static int scan_mark(struct lost *l, struct lost_marks *k)
{
	uint64_t rescued, suspects, begin = clock_thread();
	int err = marks_pass(k);

	if (!err)
		err = guess_all(k);
	for (int n = 0; !err && n < CONFIRM_MAX; n++) {
		uint64_t spent = clock_thread() - begin;
		suspects = 0;
		for (size_t i = 0; i < k->walk->count; i++)
			suspects += marks_suspect(k, (uint32_t)i);
		if (!ages_uncertain(&l->ages, k) || (n && spent > CONFIRM_TIME))
			break;
		/* Few suspects in a large heap: not much moves, and scans to come will tell. */
		if (spent > CONFIRM_CHEAP && suspects * CONFIRM_MANY < k->walk->count)
			break;
		err = marks_again(k, &rescued);
		if (!err && rescued * CONFIRM_WORTH < suspects)
			break;
	}
	return err;
}

/* From the first scan to the last one whose suspects may be certain by now. */
static struct lost_course course_of(const struct lost *l, uint64_t time)
{
	struct lost_course c = {.first = l->first};

	if (l->ages.unread)
		return c;
	for (unsigned back = l->ages.need - 1; back < AGE_LEVELS && back < l->scans; back++) {
		uint64_t then = l->times[(l->scans - 1 - back) % AGE_LEVELS];
		if (time - then >= LOST_AGE) {
			c.span = then - l->first;
			break;
		}
	}
	return c;
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
		err = scan_mark(l, &k);
	if (!err)
		err = ages_take(&l->ages, &k, time);
	if (err)
		goto out;
	l->ages.unread = m->swapped != 0;
	l->first = l->scans ? l->first : time;
	l->times[l->scans++ % AGE_LEVELS] = time;
	l->todo = k.done;
	struct lost_course course = course_of(l, time);
	err = folds_make(&folds, &k, &l->ages, time);
	if (!err)
		err = heads_make(&k, &l->ages, &folds, time, &course, into);
	facts_fill(l, &k, into);
	into->took = clock_mono() - begin;
	into->time = time + into->took;
out:
	free(folds.items);
	marks_done(&k);
	return err;
}
