/* SPDX-License-Identifier: MIT */
/*
 * One sweep over the file, in small pieces. Knows where it stands, and that doing a piece twice changes nothing: a
 * sweep that was cut off by a kill begins anew. Refuses to know what makes one due.
 */
#include <stdio.h>
#include <string.h>

#include "store/recording_internal.h"

#define NS 1000000000ull

enum { PAGES_LEAST = 8 }; /* without a few there would be no end of it */

uint64_t recording_width(unsigned stage)
{
	static const uint64_t harder[] = {3600 * NS, 6 * 3600 * NS, 24 * 3600 * NS};

	if (stage >= STAGE_DROP)
		return 1;
	return stage <= 3 ? recording_thinning.width[stage - 1] : harder[stage - 4];
}

void recording_sweep_begin(struct recording *r, unsigned stage, uint64_t to)
{
	struct recording_sweep *w = &r->now.sweep;

	memset(w, 0, sizeof(*w));
	w->stage = stage;
	w->from = w->at = r->now.cursor[stage];
	w->to = to;
}

/* Survives the program: as a fact of the recording, for want of a table of its own. */
static int keep_cursors(struct recording *r)
{
	sqlite3_stmt *s = r->sql[SQL_FACT];
	char text[24 * STAGES + 1] = "";
	size_t n = 0;
	int i = 1, err;

	for (unsigned k = 1; k <= STAGES; k++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%llu", k > 1 ? " " : "",
		                      (unsigned long long)r->now.cursor[k]);
	bind_word(s, &i, "thinned");
	err = bind_text(s, &i, text, n);
	return err < 0 ? err : recording_run(r, SQL_FACT);
}

static int sweep_end(struct recording *r)
{
	struct recording_sweep *w = &r->now.sweep;

	/* What was dropped has left all stages. */
	for (unsigned k = w->stage; k >= 1; k--)
		if (r->now.cursor[k] < w->to && (k == w->stage || w->stage == STAGE_DROP))
			r->now.cursor[k] = w->to;
	w->stage = 0;
	return keep_cursors(r);
}

/* 1: there is another region; 0: none; -errno. */
static int next_region(struct recording *r, uint64_t *id)
{
	sqlite3_stmt *s = r->sql[SQL_NEXT_REGION];
	uint64_t next;
	int i = 1, err;

	bind_count(s, &i, *id);
	err = recording_step(r, SQL_NEXT_REGION);
	if (err <= 0)
		return err;
	next = column_count(s, 0);
	recording_reset(r, SQL_NEXT_REGION);
	if (!known(next))
		return 0;
	*id = next;
	return 1;
}

int recording_sweep_on(struct recording *r, unsigned budget)
{
	struct recording_sweep *w = &r->now.sweep;
	int pages = (int)recording_pages_left(r), changed = sqlite3_total_changes(r->db);
	unsigned rows = 0;
	int err = 0;

	if (pages < PAGES_LEAST)
		pages = PAGES_LEAST;
	while (err == 0 && w->stage && rows < budget && pages > 0) {
		int changes = sqlite3_total_changes(r->db);

		/* About a page for each bucket or region that is made smaller. */
		pages -= changes != changed;
		changed = changes;
		if (!w->rows_done) {
			err = recording_merge_bucket(r, w, &rows);
			w->rows_done = w->at >= w->to;
			continue;
		}
		err = next_region(r, &w->region);
		if (err == 0)
			return sweep_end(r);
		if (err > 0)
			err = recording_merge_region(r, w, w->region, &rows);
		rows += 2;
	}
	return err;
}
