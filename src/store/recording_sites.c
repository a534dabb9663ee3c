/* SPDX-License-Identifier: MIT */
/*
 * What tracing call sites found, as rows. Knows that of each tracing only the newest counts, and for how many there is
 * room; refuses to know how they were found.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "store/recording_internal.h"
#include "store/schema_sites.h"

/* The first of the list; of names no more. */
enum { SITES = 100, NAME = 1024 };

/* Tracings a file holds: an eighth of the limit, at some 160 kB each. */
enum { TRACE_BYTES = 160 << 10, TRACES_LEAST = 2, TRACES_MOST = 256 };

/* While it goes on, each is written anew only so often: it is large. */
static const uint64_t pause_ns = 10 * NS_PER_S;

/* --- rows ---------------------------------------------------------------------------------------- */

static int bind_name(sqlite3_stmt *s, int *i, const char *name)
{
	return bind_text(s, i, name, strnlen(name, NAME));
}

static int put_trace(struct recording *r, sqlite3_stmt *s, uint64_t time,
                     const struct sites_facts *f)
{
	const uint64_t losses[] = {f->samples, f->lost,     f->full,       f->unmatched_frees,
	                           f->broken,  f->nameless, f->live_bytes, f->live_blocks};
	int i = 1, err;

	bind_count(s, &i, time);
	bind_count(s, &i, recording_time(r, f->begin));
	bind_count(s, &i, recording_time(r, f->time));
	bind_word(s, &i, sites_kind_words[f->kind]);
	err = bind_text(s, &i, f->source, strnlen(f->source, sizeof(f->source)));
	if (err == 0)
		err = bind_text(s, &i, f->note, strnlen(f->note, sizeof(f->note)));
	if (err == 0)
		err = bind_text(s, &i, f->next, strnlen(f->next, sizeof(f->next)));
	bind_count(s, &i, f->traced);
	bind_count(s, &i, f->ended);
	bind_real(s, &i, f->expected);
	bind_real(s, &i, f->slowdown);
	bind_real(s, &i, f->hits_per_s);
	bind_real(s, &i, f->hit_ns);
	bind_count(s, &i, f->period);
	bind_count(s, &i, f->bursts);
	for (size_t k = 0; k < sizeof(losses) / sizeof(losses[0]); k++)
		bind_count(s, &i, losses[k]);
	bind_real(s, &i, f->growth_bytes);
	bind_count(s, &i, f->other_bytes);
	return err < 0 ? err : recording_put_row(r, s);
}

static int bind_spark(sqlite3_stmt *s, int *i, const struct site *site)
{
	char text[SPARK_POINTS * 24] = "";
	size_t n = 0;

	for (unsigned k = 0; k < site->spark_count && k < SPARK_POINTS; k++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%" PRIu64, k ? " " : "",
		                      site->spark[k]);
	return bind_text(s, i, text, n);
}

static int put_sites(struct recording *r, sqlite3_stmt *s, uint64_t time,
                     const struct sites_facts *f)
{
	int err = 0;

	for (uint32_t k = 0; k < f->site_count && k < SITES && err == 0; k++) {
		const struct site *site = &f->sites[k];
		int i = 1;

		bind_count(s, &i, time);
		bind_count(s, &i, k);
		bind_count(s, &i, site->named);
		bind_count(s, &i, site->samples);
		bind_count(s, &i, site->live_bytes);
		bind_count(s, &i, site->live_blocks);
		bind_count(s, &i, site->allocated_bytes);
		bind_count(s, &i, site->allocated_blocks);
		bind_count(s, &i, site->freed_bytes);
		bind_count(s, &i, site->freed_blocks);
		bind_real(s, &i, site->growth_bytes);
		bind_real(s, &i, site->growth_blocks);
		bind_real(s, &i, site->share);
		bind_real(s, &i, site->lifetime);
		bind_count(s, &i, site->steady);
		err = bind_spark(s, &i, site);
		if (err == 0)
			err = recording_put_row(r, s);
	}
	return err;
}

static int put_frame(struct recording *r, sqlite3_stmt *s, const struct sites_facts *f,
                     const uint64_t key[3], const struct site_frame *frame)
{
	int i = 1, err;

	for (int k = 0; k < 3; k++)
		bind_count(s, &i, key[k]);
	bind_count(s, &i, frame->address);
	err = bind_name(s, &i, sites_text(f, frame->function));
	if (err == 0)
		err = bind_name(s, &i, sites_text(f, frame->file));
	bind_count(s, &i, frame->line);
	if (err == 0)
		err = bind_name(s, &i, sites_text(f, frame->module));
	bind_count(s, &i, frame->inlined);
	bind_count(s, &i, frame->offset ? frame->offset : UNKNOWN);
	return err < 0 ? err : recording_put_row(r, s);
}

static int put_frames(struct recording *r, sqlite3_stmt *s, uint64_t time,
                      const struct sites_facts *f)
{
	int err = 0;

	for (uint32_t k = 0; k < f->site_count && k < SITES; k++) {
		const struct site *site = &f->sites[k];
		for (uint32_t n = 0; n < site->frame_count && n < SITE_FRAMES_MAX && err == 0; n++)
			if (site->frame + n < f->frame_count)
				err = put_frame(r, s, f, (const uint64_t[3]){time, k, n},
				                &f->frames[site->frame + n]);
	}
	return err;
}

/* --- tracings ------------------------------------------------------------------------------------ */

/* Those whose row of `trace` is such. */
static int drop(struct recording *r, const char *where)
{
	int err = 0;

	/* The one that tells which they are goes last. */
	for (int t = SCHEMA_SITES_COUNT - 1; t >= 0 && err == 0; t--) {
		char sql[256];

		snprintf(sql, sizeof(sql),
		         "DELETE FROM %s WHERE time IN (SELECT time FROM trace WHERE %s)",
		         schema_sites_tables[t], where);
		err = recording_exec(r, sql);
	}
	return err;
}

/* True when what is there of the same tracing will do for now. */
static bool is_soon(struct recording *r, const struct sites_facts *f, uint64_t time)
{
	uint64_t last;
	char sql[128];

	snprintf(sql, sizeof(sql), "SELECT max(time) FROM trace WHERE began=%" PRIu64,
	         recording_time(r, f->begin));
	return !f->ended && recording_number(r, sql, &last) == 0 && known(last) &&
	       time < last + pause_ns;
}

static uint64_t traces_most(const struct recording *r)
{
	uint64_t n = r->limit / 8 / TRACE_BYTES;

	return n < TRACES_LEAST ? TRACES_LEAST : n > TRACES_MOST ? TRACES_MOST : n;
}

/* Room for the new one: the same tracing before, and the oldest beyond what may be kept. */
static int make_room(struct recording *r, const struct sites_facts *f, uint64_t time)
{
	char where[160];
	int err;

	snprintf(where, sizeof(where), "began=%" PRIu64 " OR time=%" PRIu64,
	         recording_time(r, f->begin), time);
	err = drop(r, where);
	snprintf(where, sizeof(where),
	         "time NOT IN (SELECT time FROM trace ORDER BY time DESC LIMIT %" PRIu64 ")",
	         traces_most(r) - 1);
	return err ? err : drop(r, where);
}

int recording_put_sites(struct recording *r, const struct sites_facts *f)
{
	static int (*const put[SCHEMA_SITES_COUNT])(struct recording * r, sqlite3_stmt * s,
	                                            uint64_t time, const struct sites_facts *f) = {
	        [SCHEMA_TRACE] = put_trace,
	        [SCHEMA_SITE] = put_sites,
	        [SCHEMA_FRAME] = put_frames,
	};
	/* What comes behind the last sample would never be seen: a replay ends with that. */
	uint64_t time = recording_time(r, f->time), newest = known_or(r->now.newest, 0);
	int err = recording_create(r, schema_sites_write);

	if (time > newest)
		time = newest;
	if (err || is_soon(r, f, time))
		return err;
	err = make_room(r, f, time);
	for (unsigned t = 0; t < SCHEMA_SITES_COUNT && err == 0; t++) {
		sqlite3_stmt *s = NULL;

		err = recording_insert(r, schema_sites_tables[t], schema_sites_columns[t], &s);
		if (err == 0)
			err = put[t](r, s, time, f);
		sqlite3_finalize(s);
	}
	return err;
}
