/* SPDX-License-Identifier: MIT */
#include "store/bound.h"
#include "store/replay_internal.h"

/*
 * A recording from its oldest sample to its newest, as a source. Knows which table belongs to which sample;
 * the tables themselves are made elsewhere (replay_stream).
 */

#include <errno.h>
#include <stdlib.h>

#include "store/replay_stream.h"

enum { BATCH = 256 };

struct replaying {
	struct source base;
	struct replay *r;
	struct replay_stream *stream;
	struct sample batch[BATCH];
	unsigned count, next; /* samples read ahead */
	bool begun;
	struct sample last; /* the one handed out last */
	struct image image; /* of it */
	bool known_image;
	size_t passes; /* handed out, or passed over */
	bool followed; /* one process after the other: their ends and successors are news */
	uint64_t told_time, told_id; /* the event told last */
	uint64_t heap;               /* ns: the look handed out last; UNKNOWN: none yet */
	uint64_t sites;              /* likewise of tracings */
	int error;                   /* what kept it from a table; the end of it */
	struct fault fault;
};

static struct replaying *self(struct source *s)
{
	return (struct replaying *)s;
}

/* Samples come in strictly rising, whatever the file says. */
static int read_batch(struct replaying *p)
{
	sqlite3_stmt *s = replay_query(p->r, QUERY_AFTER);
	uint64_t last = p->last.time;
	int err;

	p->count = p->next = 0;
	p->r->guard->left = REPLAY_LOOK;
	if (p->begun)
		replay_bind(s, 1, last);
	else
		bound(1, sqlite3_bind_int64(s, 1, -1));
	while ((err = replay_step(p->r, s)) > 0 && p->count < BATCH) {
		struct sample *next = &p->batch[p->count];

		replay_sample_read(s, next);
		if (!known(next->time) || ((p->begun || p->count) && next->time <= last))
			continue;
		last = next->time;
		p->count++;
	}
	sqlite3_reset(s);
	if (err < 0)
		return replay_db_fault(p->r, &p->fault);
	return p->count ? 0 : -ENODATA;
}

/* Another process than that of the sample before; a thinned row may have lost its flags. */
static bool is_epoch(const struct replaying *p, const struct image *i)
{
	return p->begun && i && p->known_image && i->time != p->image.time &&
	       (i->pid != p->image.pid || i->start_ticks != p->image.start_ticks);
}

/* The same process, watched anew into the same file. */
static bool is_appended(const struct replaying *p, const struct image *i)
{
	return p->begun && i && p->known_image && i->time != p->image.time &&
	       !(p->last.flags & SAMPLE_EPOCH);
}

static int replaying_sample(struct source *s, uint64_t now, struct sample *ret)
{
	struct replaying *p = self(s);
	const struct image *image;
	uint64_t from;
	int err = p->error;

	(void)now;
	if (!err && p->next == p->count)
		err = read_batch(p);
	if (err)
		return err;
	p->last = p->batch[p->next++];
	image = replay_image_at(p->r, p->last.time, &from);
	if (is_epoch(p, image))
		p->last.flags |= SAMPLE_EPOCH | SAMPLE_RESTART;
	else if (is_appended(p, image))
		p->last.flags |= SAMPLE_APPENDED;
	p->known_image = image != NULL;
	if (image)
		p->image = *image;
	p->begun = true;
	*ret = p->last;
	return 0;
}

/*
 * What stood between the rows of the watch: that the process ended, and who goes on. Only events of the past are told,
 * and each once.
 */
static bool replaying_news(struct source *s, struct source_news *ret)
{
	struct replaying *p = self(s);
	sqlite3_stmt *q;

	if (!p->followed || !p->begun)
		return false;
	q = replay_query(p->r, QUERY_NEWS);
	p->r->guard->left = REPLAY_LOOK;
	replay_bind(q, 1, p->told_time);
	replay_bind(q, 2, p->told_id);
	replay_bind(q, 3, p->last.time);
	if (replay_step(p->r, q) <= 0)
		return false;
	p->told_time = replay_u64(q, 0);
	p->told_id = replay_u64(q, 1);
	*ret = (struct source_news){.kind = EVENT_RESTART};
	if (replay_word(q, 2, event_kind_words, EVENT_KIND_COUNT, EVENT_KIND_COUNT) == EVENT_EXIT)
		ret->kind = EVENT_EXIT;
	replay_text(q, 3, ret->text, sizeof(ret->text));
	sqlite3_reset(q);
	return known(p->told_time) && known(p->told_id);
}

static bool is_followed(const struct replay *r)
{
	for (size_t i = 1; i < r->images.count; i++) {
		const struct image *a = replay_image(r, i - 1), *b = replay_image(r, i);

		if (a->pid != b->pid || a->start_ticks != b->start_ticks)
			return true;
	}
	return false;
}

static struct region_table *replaying_regions(struct source *s)
{
	struct replaying *p = self(s);
	struct region_table *t = NULL;
	size_t n = replay_passes_until(p->r, p->last.time);
	int err;

	if (!p->begun || n <= p->passes)
		return NULL;
	p->passes = n;
	p->r->guard->left = REPLAY_LOOK;
	err = replay_stream_table(p->stream, replay_pass(p->r, n - 1), p->last.time, &t);
	/* Without its tables a verdict would be another one: the next sample says so. */
	if (err == -ENOMEM)
		replay_no_memory(p->r, &p->fault);
	else if (err)
		replay_db_fault(p->r, &p->fault);
	p->error = err;
	return t;
}

static void replaying_describe(struct source *s, struct moment *m)
{
	struct replaying *p = self(s);
	struct target *t = NULL;

	if (!replay_target_at(p->r, p->begun ? p->last.time : replay_oldest(p->r), &t)) {
		target_unref(m->target);
		m->target = t;
	}
	m->state = TARGET_REPLAYED;
	replay_surroundings(p->r, p->begun ? p->last.time : replay_oldest(p->r), m);
	if (p->begun)
		replay_status_of(&p->last, m->status);
}

static int replaying_wake(struct source *s)
{
	(void)s;
	return -1;
}

static bool replaying_ready(struct source *s)
{
	(void)s;
	return true;
}

static void replaying_free(struct source *s)
{
	if (!s)
		return;
	replay_stream_free(self(s)->stream);
	free(s);
}

/* What cannot be read is left out: the verdict then stands on the figures alone, as it did for long. */
static struct heap_facts *replaying_heap(struct source *s)
{
	struct replaying *p = self(s);
	struct heap_facts *f = NULL;

	if (!p->begun)
		return NULL;
	p->r->guard->left = REPLAY_LOOK;
	if (replay_heap_after(p->r, p->heap, p->last.time, &f) || !f)
		return NULL;
	p->heap = f->time;
	return f;
}

static struct sites_facts *replaying_sites(struct source *s)
{
	struct replaying *p = self(s);
	struct sites_facts *f = NULL;

	if (!p->begun)
		return NULL;
	p->r->guard->left = REPLAY_LOOK;
	if (replay_sites_after(p->r, p->sites, p->last.time, &f) || !f)
		return NULL;
	p->sites = f->time;
	return f;
}

static const struct source_ops replaying_ops = {
        .wake = replaying_wake,
        .ready = replaying_ready,
        .sample = replaying_sample,
        .regions = replaying_regions,
        .describe = replaying_describe,
        .free = replaying_free,
        .news = replaying_news,
        .heap = replaying_heap,
        .sites = replaying_sites,
};

void replay_source_fault(const struct source *s, struct fault *ret)
{
	*ret = ((const struct replaying *)s)->fault;
}

int replay_source(struct replay *r, struct source **ret)
{
	struct replaying *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->base.ops = &replaying_ops;
	p->r = r;
	p->followed = is_followed(r);
	p->heap = p->sites = UNKNOWN;
	p->stream = replay_stream_new(r);
	if (!p->stream) {
		free(p);
		return -ENOMEM;
	}
	*ret = &p->base;
	return 0;
}
