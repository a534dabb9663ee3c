/* SPDX-License-Identifier: MIT */
/*
 * What becomes of the rows of one region, bucket by bucket: the last one of each. Knows what being born and
 * gone within one leaves; refuses to know which buckets are due, and figures.
 */
#include <errno.h>

#include "store/recording_internal.h"

static int region_read(struct recording *r, uint64_t id, uint64_t from, uint64_t to,
                       size_t *ret_count)
{
	sqlite3_stmt *s = r->sql[SQL_RANGE_REGION];
	size_t n = 0;
	int i = 1, err;

	bind_count(s, &i, id);
	bind_count(s, &i, from);
	bind_count(s, &i, to);
	while ((err = recording_step(r, SQL_RANGE_REGION)) > 0) {
		struct recording_moment m = {.time = column_count(s, 0),
		                             .gone = sqlite3_column_int(s, 1) != 0};

		err = recording_scratch_add(r, n, m);
		if (err < 0)
			break;
		n++;
	}
	recording_reset(r, SQL_RANGE_REGION);
	*ret_count = n;
	return err;
}

static int region_drop(struct recording *r, uint64_t id, uint64_t from, uint64_t to)
{
	sqlite3_stmt *s = r->sql[SQL_DROP_REGION];
	int i = 1;

	bind_count(s, &i, id);
	bind_count(s, &i, from);
	bind_count(s, &i, to);
	return recording_run(r, SQL_DROP_REGION);
}

/* 1: an older row says that it was there; 0: none does; -errno. */
static int region_before(struct recording *r, uint64_t id, uint64_t time)
{
	sqlite3_stmt *s = r->sql[SQL_BEFORE_REGION];
	int i = 1, err;

	bind_count(s, &i, id);
	bind_count(s, &i, time);
	err = recording_step(r, SQL_BEFORE_REGION);
	if (err <= 0)
		return err;
	err = !sqlite3_column_int(s, 0);
	recording_reset(r, SQL_BEFORE_REGION);
	return err;
}

/* Of rows [i, n) of a region those of one bucket. */
static size_t region_group(const struct recording *r, unsigned stage, size_t i, size_t n)
{
	uint64_t end =
	        stage == STAGE_DROP ? UNKNOWN : recording_bucket_end(r->scratch[i].time, stage);
	size_t k = i + 1;

	while (k < n && r->scratch[k].time < end)
		k++;
	return k;
}

int recording_merge_region(struct recording *r, const struct recording_sweep *w, uint64_t id,
                           unsigned *ret_rows)
{
	/* What is dropped leaves the state at the end of it: older leftovers count too. */
	uint64_t from = w->stage == STAGE_DROP ? 0 : w->from;
	size_t n = 0, kept = 0, next;
	int err = region_read(r, id, from, w->to, &n), there;

	for (size_t i = 0; i < n && err == 0; i = next) {
		struct recording_moment last;

		next = region_group(r, w->stage, i, n);
		last = r->scratch[next - 1];
		kept++;
		if (next - i > 1)
			err = region_drop(r, id, r->scratch[i].time, last.time);
		if (err < 0 || !last.gone)
			continue;
		/* Born and gone between two rows that stay: nothing of it is left to tell. */
		there = region_before(r, id, last.time);
		err = there < 0 ? there : 0;
		if (there == 0) {
			err = region_drop(r, id, last.time, last.time + 1);
			if (err == 0)
				err = recording_life_lose(r, id);
			kept--;
		}
	}
	recording_weigh(r, w->stage, (int64_t)n, (int64_t)kept, WEIGHT_REGION);
	*ret_rows += (unsigned)(n + 2 * (n - kept));
	return err;
}
