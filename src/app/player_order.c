/* SPDX-License-Identifier: MIT */
#include "app/player_internal.h"

/*
 * What a person wants of a replay. Knows what each order moves; refuses to know how time goes by, and how a
 * moment is read.
 */

static uint64_t step_target(const struct player *p, uint64_t direction)
{
	const struct replay *r = p->replay;

	switch (direction) {
	case STEP_BACK:
		return replay_before(r, p->cursor);
	case STEP_FORTH:
		return replay_after(r, p->cursor);
	case STEP_FIRST:
		return replay_oldest(r);
	case STEP_EVENT_BEFORE:
		return replay_event_before(r, p->cursor);
	case STEP_EVENT_AFTER:
		return replay_event_after(r, p->cursor);
	default:
		return replay_newest(r);
	}
}

/* Whoever steps wants to look: it stops. To begin and end it goes on playing from there. */
static void step(struct player *p, uint64_t direction)
{
	uint64_t to = step_target(p, direction);

	if (direction != STEP_FIRST && direction != STEP_LAST)
		p->playing = false;
	player_go_to(p, to);
	p->stale = true;
}

/* The sample at or before that time, at most the ends. */
static void jump(struct player *p, uint64_t time)
{
	uint64_t to = known(time) ? replay_at(p->replay, time) : UNKNOWN;

	player_go_to(p, known(to) ? to : replay_oldest(p->replay));
}

static void set_speed(struct player *p, bool faster)
{
	if (faster && p->speed + 1 < PLAYER_SPEEDS)
		p->speed++;
	else if (!faster && p->speed > 0)
		p->speed--;
	player_anchor(p);
	p->stale = true;
}

static void rebase(struct player *p)
{
	struct fault fault = {0};
	int err = replay_rebase(p->replay, p->cursor);

	if (err) {
		fault_set(&fault, STATUS_OUTPUT, "changes cannot be counted from here: %s",
		          fault_reason(err));
		player_tell_trouble(p, &fault);
	}
	p->stale = true;
}

void player_obey(struct player *p, const struct order *o)
{
	switch (o->kind) {
	case ORDER_STOP:
		p->stopped = true;
		break;
	case ORDER_PLAY:
		p->playing = !p->playing;
		player_anchor(p);
		p->stale = true;
		break;
	case ORDER_SPEED:
		set_speed(p, o->value);
		break;
	case ORDER_BASELINE:
		rebase(p);
		break;
	case ORDER_FOCUS:
		p->focus = o->value;
		p->stale = true;
		break;
	case ORDER_CURSOR:
	case ORDER_GOTO:
		jump(p, o->value);
		break;
	case ORDER_GOTO_WALL:
		jump(p, replay_of_wall(p->replay, o->value));
		break;
	case ORDER_STEP:
		step(p, o->value);
		break;
	case ORDER_LIVE:
		step(p, STEP_LAST);
		break;
	case ORDER_INTERVAL:
	case ORDER_RECORD:
	case ORDER_SCAN:
	case ORDER_PEEK:
	case ORDER_TRACE:
	case ORDER_PRICE:
		break; /* nothing is sampled */
	}
}
