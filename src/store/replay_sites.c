/* SPDX-License-Identifier: MIT */
#include "store/replay_internal.h"

/*
 * What tracing call sites found, read back. Knows that a recording may have nothing of it, and that its numbers and
 * names are somebody else's; refuses to know what they mean.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "store/schema_sites.h"

/* More rows than a sound writer writes are not read; names beyond so many bytes are left out. */
enum { FRAMES_MOST = SITES_MAX * SITE_FRAMES_MAX, TEXT_MOST = 4 << 20, NAME = 1024, NAMES = 1024 };

/* One tracing while it is read. */
struct reading {
	struct sites_facts *f;
	uint64_t rank[SITES_MAX]; /* of each site */
	size_t sites_room, frames_room;
	uint64_t key;
	uint32_t at; /* site whose frames come now */
	struct buf text;
	uint32_t names[NAMES]; /* places in text, by hash: one name stands in many stacks */
};

static uint64_t number(sqlite3_stmt *s, int *i)
{
	return known_or(replay_u64(s, (*i)++), 0);
}

/* --- the tracing --------------------------------------------------------------------------------- */

static void read_trace(sqlite3_stmt *s, struct sites_facts *f)
{
	uint64_t *const losses[] = {&f->samples, &f->lost,     &f->full,       &f->unmatched_frees,
	                            &f->broken,  &f->nameless, &f->live_bytes, &f->live_blocks};
	int i = 0;

	i++; /* the key: at or before `until` */
	f->begin = number(s, &i);
	f->time = number(s, &i);
	f->kind = (enum sites_kind)replay_word(s, i++, sites_kind_words, SITES_KIND_COUNT,
	                                       SITES_NONE);
	replay_text(s, i++, f->source, sizeof(f->source));
	replay_text(s, i++, f->note, sizeof(f->note));
	replay_text(s, i++, f->next, sizeof(f->next));
	f->traced = number(s, &i);
	f->ended = number(s, &i) == 1;
	f->expected = replay_real(s, i++);
	f->slowdown = replay_real(s, i++);
	f->hits_per_s = replay_real(s, i++);
	f->hit_ns = replay_real(s, i++);
	f->period = replay_u64(s, i++);
	f->bursts = (unsigned)number(s, &i);
	for (size_t k = 0; k < sizeof(losses) / sizeof(losses[0]); k++)
		*losses[k] = replay_u64(s, i++);
	f->growth_bytes = replay_real(s, i++);
	f->other_bytes = replay_u64(s, i++);
	/* These a sum is made of. */
	f->samples = known_or(f->samples, 0);
	f->lost = known_or(f->lost, 0);
	f->full = known_or(f->full, 0);
	f->broken = known_or(f->broken, 0);
	f->nameless = known_or(f->nameless, 0);
}

/* --- sites --------------------------------------------------------------------------------------- */

static void read_spark(sqlite3_stmt *s, int i, struct site *site)
{
	char text[SPARK_POINTS * 24];
	const char *p = text;
	char *end;

	replay_text(s, i, text, sizeof(text));
	while (*p && site->spark_count < SPARK_POINTS) {
		uint64_t v = strtoull(p, &end, 10);
		if (end == p)
			return;
		site->spark[site->spark_count++] = v;
		p = end;
	}
}

static int site_put(struct reading *g, sqlite3_stmt *s)
{
	struct site site = {0};
	uint64_t *const v[] = {&site.live_bytes,       &site.live_blocks, &site.allocated_bytes,
	                       &site.allocated_blocks, &site.freed_bytes, &site.freed_blocks};
	struct sites_facts *f = g->f;
	int i = 1;

	if (!array_room((void **)&f->sites, f->site_count, &g->sites_room, sizeof(site)))
		return -ENOMEM;
	g->rank[f->site_count] = number(s, &i);
	site.named = (uint32_t)number(s, &i);
	site.samples = number(s, &i);
	for (size_t k = 0; k < sizeof(v) / sizeof(v[0]); k++)
		*v[k] = replay_u64(s, i++);
	site.growth_bytes = replay_real(s, i++);
	site.growth_blocks = replay_real(s, i++);
	site.share = replay_real(s, i++);
	site.lifetime = replay_real(s, i++);
	site.steady = number(s, &i) == 1;
	read_spark(s, i, &site);
	f->sites[f->site_count++] = site;
	return f->site_count == SITES_MAX;
}

/* --- stacks -------------------------------------------------------------------------------------- */

/* Where a name stands, once; 0 for none, and where there are too many. */
static uint32_t name_at(struct reading *g, const char *name)
{
	uint32_t hash = 2166136261u, *slot;

	if (!name[0])
		return 0;
	for (const char *p = name; *p; p++)
		hash = (hash ^ (unsigned char)*p) * 16777619u;
	slot = &g->names[hash % NAMES];
	if (*slot && !strcmp(g->text.data + *slot, name))
		return *slot;
	if (g->text.len + strlen(name) + 1 >= TEXT_MOST)
		return 0;
	*slot = (uint32_t)g->text.len;
	buf_add(&g->text, name, strlen(name) + 1);
	return g->text.error ? 0 : *slot;
}

static uint32_t read_name(struct reading *g, sqlite3_stmt *s, int i)
{
	char name[NAME * 4];

	replay_text(s, i, name, sizeof(name));
	return name_at(g, name);
}

/* By rising rank, as the sites are; of a site that is not there nothing is kept. */
static int frame_put(struct reading *g, sqlite3_stmt *s)
{
	struct sites_facts *f = g->f;
	uint64_t rank = known_or(replay_u64(s, 1), 0);

	while (g->at < f->site_count && g->rank[g->at] < rank)
		g->at++;
	if (g->at == f->site_count || g->rank[g->at] != rank ||
	    f->sites[g->at].frame_count == SITE_FRAMES_MAX)
		return 0;
	if (!array_room((void **)&f->frames, f->frame_count, &g->frames_room, sizeof(*f->frames)))
		return -ENOMEM;
	struct site *site = &f->sites[g->at];
	if (!site->frame_count++)
		site->frame = f->frame_count;
	f->frames[f->frame_count++] = (struct site_frame){
	        .address = replay_bits(s, 3),
	        .function = read_name(g, s, 4),
	        .file = read_name(g, s, 5),
	        .line = (unsigned)known_or(replay_u64(s, 6), 0),
	        .module = read_name(g, s, 7),
	        .inlined = replay_u64(s, 8) == 1,
	        .offset = known_or(replay_bits(s, 9), 0),
	};
	return g->text.error ? g->text.error : f->frame_count == FRAMES_MOST;
}

/* --- the whole ----------------------------------------------------------------------------------- */

/* Every row of a table of one tracing; `put` takes one and says when it has enough, or -errno. */
static int each(const struct replay *r, enum schema_sites table, const char *order,
                struct reading *g, int (*put)(struct reading *g, sqlite3_stmt *s))
{
	sqlite3_stmt *s;
	char where[96];
	int err, more = 0;

	snprintf(where, sizeof(where), "time = %" PRIu64 " ORDER BY %s", g->key, order);
	err = replay_select(r, schema_sites_tables[table], schema_sites_columns[table], where, &s);
	while (s && err == 0 && more == 0) {
		err = replay_step(r, s);
		if (err <= 0)
			break;
		more = put(g, s);
		err = more < 0 ? more : 0;
	}
	sqlite3_finalize(s);
	return err < 0 ? err : 0;
}

static int read_rest(const struct replay *r, uint64_t key, struct sites_facts *f)
{
	struct reading *g = calloc(1, sizeof(*g));
	int err;

	if (!g)
		return -ENOMEM;
	g->f = f;
	g->key = key;
	buf_init(&g->text, TEXT_MOST);
	buf_add(&g->text, "", 1);
	err = each(r, SCHEMA_SITE, "rank", g, site_put);
	if (!err)
		err = each(r, SCHEMA_FRAME, "rank, level", g, frame_put);
	f->text = g->text.data;
	f->text_size = (uint32_t)g->text.len;
	free(g);
	return err;
}

/* The tracing that `where` finds, or NULL. */
static int read_tracing(const struct replay *r, const char *where, struct sites_facts **ret)
{
	struct sites_facts *f = NULL;
	sqlite3_stmt *s;
	uint64_t key = 0;
	int err = replay_select(r, schema_sites_tables[SCHEMA_TRACE],
	                        schema_sites_columns[SCHEMA_TRACE], where, &s);

	*ret = NULL;
	if (!s || err < 0)
		return err;
	err = replay_step(r, s);
	if (err > 0) {
		key = known_or(replay_u64(s, 0), 0);
		f = sites_facts_new();
		if (f)
			read_trace(s, f);
		err = f ? 0 : -ENOMEM;
	}
	sqlite3_finalize(s);
	if (f && err == 0)
		err = read_rest(r, key, f);
	if (err < 0)
		sites_facts_unref(f);
	else
		*ret = f;
	return err < 0 ? err : 0;
}

int replay_sites_at(const struct replay *r, uint64_t time, struct sites_facts **ret)
{
	char where[REPLAY_WHERE];

	replay_where_at(r, time, where);
	return read_tracing(r, where, ret);
}

int replay_sites_after(const struct replay *r, uint64_t after, uint64_t until,
                       struct sites_facts **ret)
{
	char where[REPLAY_WHERE];

	replay_where_after(after, until, where);
	return read_tracing(r, where, ret);
}
