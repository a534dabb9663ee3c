/* SPDX-License-Identifier: MIT */
/*
 * How much a transaction may still change: each page of it goes into the journal, and file and journal together
 * have a limit. Knows that pages are counted before they are written, for none can be taken back afterwards;
 * refuses to know rows, and how room is made.
 */
#include <errno.h>

#include "store/recording_internal.h"

enum {
	FRAME = RECORDING_PAGE + 24, /* a page in the journal */
	TAILS = 12, /* pages at the ends of tables, and above them, that any transaction changes */
	SPARE = 4   /* pages of the file, for what is shared out in other ways than thought */
};

struct pages {
	uint64_t all, used; /* of the file, as the transaction leaves it */
};

static int pages_read(struct recording *r, struct pages *ret)
{
	uint64_t free = 0;
	int err = recording_number_of(r, SQL_PAGES, &ret->all);

	if (err == 0)
		err = recording_number_of(r, SQL_FREE_PAGES, &free);
	ret->used = ret->all - (free < ret->all ? free : ret->all);
	return err;
}

int recording_room_begin(struct recording *r)
{
	struct pages p = {0};
	int err = pages_read(r, &p);

	r->pages_begun = p.used;
	r->journal_begun = recording_file_size(r->wal);
	r->scattered = 0;
	return err;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* New ones, and one for each row that came among older ones. */
static uint64_t changed(const struct recording *r, uint64_t used, uint64_t scattered)
{
	return TAILS + (used > r->pages_begun ? used - r->pages_begun : 0) +
	       least(scattered, r->pages_begun);
}

/* Pages that fit into the journal beside a file of so many. One that is too large already is another matter. */
static uint64_t room(const struct recording *r, uint64_t all, uint64_t journal)
{
	uint64_t taken = least(all, r->pages_max) * RECORDING_PAGE + journal;

	return taken < r->limit ? (r->limit - taken) / FRAME : 0;
}

uint64_t recording_pages_left(struct recording *r)
{
	struct pages p;
	uint64_t dirty, most = r->journal_max / FRAME / 2;

	if (pages_read(r, &p) < 0)
		return 0;
	most = least(most, room(r, p.all, r->journal_begun));
	dirty = changed(r, p.used, r->scattered);
	return most > dirty ? most - dirty : 0;
}

/* Why there is no room, and what the next attempt begins with. */
static int refuse(struct recording *r)
{
	if (r->read_on)
		return -EAGAIN;
	r->squeeze = r->journal_begun > 0;
	return -E2BIG;
}

int recording_fits(struct recording *r)
{
	struct pages p;
	int err = pages_read(r, &p);

	if (err < 0 || changed(r, p.used, r->scattered) <= room(r, p.all, r->journal_begun))
		return err;
	return refuse(r);
}

int recording_fits_more(struct recording *r, uint64_t bytes, uint64_t scattered, bool *ret_never)
{
	/* Pages are two thirds full when rows come in between. */
	uint64_t growth = bytes * 3 / 2 / RECORDING_PAGE, used, all;
	struct pages p;
	int err = pages_read(r, &p);

	*ret_never = false;
	if (err < 0)
		return err;
	used = p.used + growth;
	all = used > p.all ? used : p.all;
	if (used + SPARE > r->pages_max) {
		*ret_never = growth + SPARE > r->pages_max - recording_soft_pages(r);
		return -E2BIG;
	}
	if (changed(r, used, r->scattered + scattered) <= room(r, all, r->journal_begun))
		return 0;
	/* Alone, and beside an empty journal? */
	*ret_never = TAILS + growth + least(scattered, p.used) > room(r, all, 0);
	return refuse(r);
}
