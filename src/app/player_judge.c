/* SPDX-License-Identifier: MIT */
#include "app/player_internal.h"

/*
 * The verdict on a process that was recorded again into the same file. What the later watch said was written down, but it
 * did not know the earlier one: here all of it is looked at, as --analyze does. Knows for which times that is wanted, and for
 * how many samples it is not worth the wait; refuses to know how it is judged.
 */

#include "app/watch.h"
#include "base/clock.h"

/* So many are judged; of more the verdict is that of the watch, which has seen much itself. */
enum { JUDGED_MOST = 20000 };

/* Orders are not kept waiting for longer. */
#define SLICE (100 * NS_PER_MS)

static bool begin(struct player *p)
{
	const struct options o = {.mode = MODE_REPLAY, .interval = NS_PER_S};
	struct source *source;

	return !replay_source(p->replay, &source) && !watch_new(source, &o, &p->judge);
}

static void note_seam(struct player *p, const struct sample *s)
{
	if (s->flags & SAMPLE_EPOCH)
		p->seam = UNKNOWN;
	else if (s->flags & SAMPLE_APPENDED && !known(p->seam))
		p->seam = s->time;
}

static bool has_judged(const struct player *p, uint64_t time)
{
	return watch_samples(p->judge) && watch_row(p->judge)->sample.time >= time;
}

/* Looks at all up to `time`, but not for long at a time. False: it cannot. */
static bool judge_until(struct player *p, uint64_t time)
{
	uint64_t until = clock_mono() + SLICE;
	int err = 0;

	while (!err && !has_judged(p, time) && clock_mono() < until) {
		err = watch_sample(p->judge, 0);
		if (!err)
			note_seam(p, &watch_row(p->judge)->sample);
	}
	return !err || has_judged(p, time);
}

static void give_up(struct player *p)
{
	p->unjudged = true;
	p->judging = false;
}

void player_judge(struct player *p, struct moment *m)
{
	struct moment *judged;

	p->judging =
	        !p->unjudged && m->samples <= JUDGED_MOST && replay_continues(p->replay, m->time);
	if (!p->judging)
		return;
	if ((!p->judge && !begin(p)) || !judge_until(p, m->time)) {
		give_up(p);
		return;
	}
	p->judging = !has_judged(p, m->time);
	if (p->judging || !known(p->seam) || m->time < p->seam)
		return;
	judged = watch_moment(p->judge, m->time, 0);
	if (judged)
		m->verdict = judged->verdict;
	moment_unref(judged);
}

void player_judge_on(struct player *p)
{
	if (!p->judging)
		return;
	if (!judge_until(p, p->cursor))
		give_up(p);
	else if (has_judged(p, p->cursor))
		p->stale = true;
}

void player_judge_done(struct player *p)
{
	watch_free(p->judge);
	p->judge = NULL;
}
