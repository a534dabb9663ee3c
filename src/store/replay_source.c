/* SPDX-License-Identifier: MIT */
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
	int error;     /* what kept it from a table; the end of it */
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
		sqlite3_bind_int64(s, 1, -1);
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

/* Another process or program than that of the sample before; a thinned row may have lost its flag. */
static bool is_epoch(const struct replaying *p, const struct image *i)
{
	return p->begun && i && p->known_image && i->time != p->image.time &&
	       (i->pid != p->image.pid || i->start_ticks != p->image.start_ticks);
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
		p->last.flags |= SAMPLE_EPOCH;
	p->known_image = image != NULL;
	if (image)
		p->image = *image;
	p->begun = true;
	*ret = p->last;
	return 0;
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
	replay_surroundings(p->r, m);
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

static const struct source_ops replaying_ops = {
        .wake = replaying_wake,
        .ready = replaying_ready,
        .sample = replaying_sample,
        .regions = replaying_regions,
        .describe = replaying_describe,
        .free = replaying_free,
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
	p->stream = replay_stream_new(r);
	if (!p->stream) {
		free(p);
		return -ENOMEM;
	}
	*ret = &p->base;
	return 0;
}
