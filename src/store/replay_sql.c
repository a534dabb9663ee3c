/* SPDX-License-Identifier: MIT */
#include "store/replay_internal.h"

/*
 * What is asked of the file, as text. Knows the columns of every answer and their order; refuses to know what
 * becomes of them. Names stand in brackets: a column that is missing is an error then, never a text. Figures came
 * one after another: those that an older recording lacks are asked for as NULL, unknown.
 */

#include <stdio.h>
#include <string.h>

#include "store/schema.h"

/* `name` and `end` together are the name of a column. */
static void column(struct buf *out, const struct buf *has, const char *name, const char *end)
{
	char sought[64];

	snprintf(sought, sizeof(sought), ",%s%s,", name, end);
	if (strstr(buf_str(has), sought))
		buf_addf(out, ", [%s%s]", name, end);
	else
		buf_adds(out, ", NULL");
}

static void figures(struct buf *out, const struct buf *has)
{
	for (unsigned f = 0; f < FIGURE_COUNT; f++)
		column(out, has, schema_figures[f], "");
}

static void sample_sql(struct buf *out, const struct buf *has)
{
	buf_adds(out, "SELECT time, wall, flags");
	figures(out, has);
	buf_adds(out, " FROM sample WHERE time <= ?1 ORDER BY time DESC LIMIT 1");
}

static void after_sql(struct buf *out, const struct buf *has)
{
	buf_adds(out, "SELECT time, wall, flags");
	figures(out, has);
	buf_adds(out, " FROM sample WHERE time > ?1 ORDER BY time LIMIT 256");
}

static void marks_sql(struct buf *out, const struct buf *has)
{
	static const enum figure sums[] = {FIGURE_ANON, FIGURE_LAZYFREE, FIGURE_HUGETLB};

	buf_adds(out, "SELECT time, wall, flags, span");
	for (unsigned i = 0; i < sizeof(sums) / sizeof(sums[0]); i++)
		column(out, has, schema_figures[sums[i]], "");
	for (unsigned k = 0; k < CHART_COUNT; k++)
		if (replay_chart_figure[k] >= 0)
			column(out, has, schema_figures[replay_chart_figure[k]], "");
	for (unsigned k = 0; k < CHART_COUNT; k++) {
		int f = replay_chart_figure[k];
		const char *name = f < 0 ? "base" : schema_figures[f];

		column(out, has, name, "_min");
		column(out, has, name, "_max");
	}
	buf_adds(out, " FROM sample WHERE time > ?1 ORDER BY time");
}

static void region_sql(struct buf *out, const struct buf *has, const char *which)
{
	buf_adds(out, "SELECT time, gone, id, kind, start, [end], size, born");
	for (unsigned k = 0; k < SMAPS_KEY_COUNT; k++)
		column(out, has, schema_smaps(k), "");
	buf_addf(out,
	         ", perms, mappings, [offset], inode, major, minor, name, flags, peak"
	         " FROM region WHERE id = ?1 AND %s",
	         which);
}

static void light_sql(struct buf *out, const struct buf *has)
{
	buf_adds(out, "SELECT time, gone, kind");
	for (unsigned i = 0; i < replay_light_count; i++)
		column(out, has, schema_smaps(replay_light_keys[i]), "");
	buf_adds(out, " FROM region WHERE id = ?1 AND time <= ?2 ORDER BY time DESC LIMIT 1");
}

static const char *const fixed[QUERY_COUNT] = {
        [QUERY_FACT] = "SELECT value FROM fact WHERE key = ?1",
        [QUERY_PASSES] = "SELECT time, mappings, estimated FROM pass WHERE time > ?1 ORDER BY time",
        [QUERY_IMAGES] = "SELECT time, pid, start_ticks FROM image WHERE time > ?1 ORDER BY time",
        [QUERY_TARGET] = "SELECT pid, inner_pid, uid, start_ticks, page, comm, command, exe, user"
                         " FROM image WHERE time <= ?1 ORDER BY time DESC LIMIT 1",
        [QUERY_NEWEST_ID] = "SELECT max(id) FROM region",
        [QUERY_LIVES] = "SELECT id, first, gone FROM life WHERE id > ?1 ORDER BY id",
        [QUERY_SPANS] = "SELECT id, time, gone FROM region WHERE id > ?1 ORDER BY id, time",
        [QUERY_IDS] = "SELECT id, time FROM region WHERE id > ?1 ORDER BY id, time LIMIT 1",
        [QUERY_GONE] = "SELECT time, gone FROM region WHERE id = ?1 ORDER BY time DESC LIMIT 1",
        [QUERY_COURSE] = "SELECT time, gone, rss FROM region WHERE id = ?1 AND time <= ?2"
                         " ORDER BY time",
        [QUERY_NAME] = "SELECT text FROM name WHERE id = ?1",
        [QUERY_VERDICT] =
                "SELECT time, kind, cause, pattern, place, outside_heap, confidence, reason,"
                " condition, needs, growth, growth_low, growth_high, since, flagged,"
                " limit_kind, limit_bytes, limit_count, eta, eta_low, eta_high, power,"
                " plateau, plateau_in"
                " FROM verdict WHERE time <= ?1 ORDER BY time DESC LIMIT 1",
        [QUERY_EVIDENCE] =
                "SELECT speaks_for, weight, text FROM evidence WHERE time = ?1 ORDER BY rank",
        [QUERY_LINKS] = "SELECT kind, figure, per_unit, low, high, r, [count], text FROM link"
                        " WHERE time = ?1 ORDER BY rank",
        [QUERY_CONFIDENCE] = "SELECT confidence FROM verdict WHERE time <= ?1"
                             " ORDER BY time DESC LIMIT 1",
        [QUERY_EVENTS] = "SELECT time, kind, text FROM event WHERE time <= ?1"
                         " ORDER BY time DESC, id DESC",
        [QUERY_EVENT_BEFORE] = "SELECT time FROM event WHERE time < ?1 ORDER BY time DESC LIMIT 1",
        [QUERY_EVENT_AFTER] = "SELECT time FROM event WHERE time > ?1 ORDER BY time LIMIT 1",
        [QUERY_NEWS] = "SELECT time, id, kind, text FROM event WHERE time >= ?1 AND time <= ?3"
                       " AND (time > ?1 OR id > ?2) AND kind IN ('exit', 'restart')"
                       " ORDER BY time, id LIMIT 1",
};

int replay_sql(enum replay_query query, const struct replay_columns *has, struct buf *out)
{
	if (query == QUERY_MARKS)
		marks_sql(out, &has->sample);
	else if (query == QUERY_SAMPLE)
		sample_sql(out, &has->sample);
	else if (query == QUERY_AFTER)
		after_sql(out, &has->sample);
	else if (query == QUERY_REGION)
		region_sql(out, &has->region, "time <= ?2 ORDER BY time DESC LIMIT 1");
	else if (query == QUERY_CHANGES)
		region_sql(out, &has->region, "time > ?2 ORDER BY time LIMIT ?3");
	else if (query == QUERY_LIGHT)
		light_sql(out, &has->region);
	else
		buf_adds(out, fixed[query]);
	return out->error;
}
