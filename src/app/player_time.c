/* SPDX-License-Identifier: MIT */
#include "app/player_internal.h"

/*
 * The time of a replay: which sample is shown now, and when the next one is due. Knows speeds, gaps and slow disks;
 * refuses to know threads, and what a moment holds.
 */

#include "base/clock.h"

/* Between two pictures while it plays; nobody reads faster. */
#define FRAME (100 * NS_PER_MS)
/* Between two looks for what was written meanwhile. */
#define LOOK NS_PER_S
/* Nobody waits longer for a picture to change: gaps, thinned times. */
#define REST_MOST (5 * NS_PER_S)

const unsigned player_speeds[PLAYER_SPEEDS] = {1, 10, 60, 600, 3600};

void player_anchor(struct player *p)
{
	p->begun = clock_mono();
	p->from = p->cursor;
}

void player_go_to(struct player *p, uint64_t time)
{
	if (!known(time))
		return;
	p->cursor = time;
	p->stale = true;
	player_anchor(p);
}

/* Takes what was written meanwhile. Who stands at the end and plays goes along with it. */
static void look(struct player *p)
{
	bool at_end = p->cursor >= replay_newest(p->replay);
	struct fault fault = {0};
	int news;

	p->looked = clock_mono();
	news = replay_refresh(p->replay, &fault);
	if (news < 0)
		player_tell_trouble(p, &fault);
	if (news <= 0)
		return;
	if (at_end && p->playing)
		player_go_to(p, replay_newest(p->replay));
	else if (p->playing)
		player_note(p, NULL);
}

void player_look_now_and_then(struct player *p)
{
	if (clock_mono() - p->looked >= LOOK)
		look(p);
}

/* The time of the recording that it is now, while it plays. */
static uint64_t time_now(const struct player *p, uint64_t now)
{
	return p->from + (now - p->begun) * player_speeds[p->speed];
}

/*
 * CLOCK_MONOTONIC ns when the next picture is due; UNKNOWN: none, at the end. Where the next sample is too far
 * away to be waited for, *ret_skips.
 */
static uint64_t next_due(const struct player *p, bool *ret_skips)
{
	uint64_t next = replay_after(p->replay, p->cursor), wait, passed;
	/* A disk that is slow gets half of the time for itself. */
	uint64_t soonest = 2 * p->rest;

	*ret_skips = false;
	if (!known(next))
		return UNKNOWN;
	wait = next > p->from ? (next - p->from) / player_speeds[p->speed] : 0;
	passed = (p->cursor - p->from) / player_speeds[p->speed];
	if (wait > passed + REST_MOST) {
		*ret_skips = true;
		wait = passed + REST_MOST;
	}
	soonest = soonest < FRAME ? FRAME : soonest;
	return p->begun + (wait > passed + soonest ? wait : passed + soonest);
}

void player_play(struct player *p, uint64_t now)
{
	bool skips;
	uint64_t due = next_due(p, &skips), to;

	if (!known(due) || now < due)
		return;
	to = skips ? replay_after(p->replay, p->cursor) : replay_at(p->replay, time_now(p, now));
	if (!known(to) || to <= p->cursor)
		return;
	p->cursor = to;
	p->stale = true;
	if (skips || to >= replay_newest(p->replay))
		player_anchor(p);
}

uint64_t player_due(const struct player *p)
{
	bool skips;
	uint64_t due = next_due(p, &skips);

	return known(due) && due <= p->looked + LOOK ? due : p->looked + LOOK;
}
