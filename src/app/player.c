/* SPDX-License-Identifier: MIT */
#include "app/player.h"

/*
 * The thread of a replay: orders, and the time that goes by while it plays. Knows where in the recording it is and
 * when the next sample is due; refuses to know what a moment holds or how it looks.
 */

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

/* Between two pictures while it plays; nobody reads faster. */
#define FRAME (100 * NS_PER_MS)
/* Between two looks for what was written meanwhile. */
#define LOOK NS_PER_S
/* Nobody waits longer for a picture to change: gaps, thinned times. */
#define REST_MOST (5 * NS_PER_S)

const unsigned player_speeds[PLAYER_SPEEDS] = {1, 10, 60, 600, 3600};

struct player {
	struct replay *replay;
	struct mailbox *mailbox;
	pthread_t thread;
	int ended_fd;    /* eventfd: readable when the thread is about to return */
	bool stopped;    /* ORDER_STOP came */
	bool stale;      /* what was published last is not what is asked for */
	uint64_t cursor; /* ns of the recording: the sample shown */
	uint64_t focus;  /* region id, 0 none */
	unsigned speed;  /* index into player_speeds */
	bool playing;
	uint64_t begun, from; /* playing: at this CLOCK_MONOTONIC ns it stood at this time */
	uint64_t looked;      /* CLOCK_MONOTONIC ns of the last look for more */
	uint64_t rest;        /* ns that the last picture must stay: what it took to make */
	struct moment *shown; /* published last */
	pthread_mutex_t lock; /* of state */
	struct player_state state;
};

struct mailbox *player_mailbox(struct player *p)
{
	return p->mailbox;
}

struct player_state player_state(struct player *p)
{
	struct player_state s;

	pthread_mutex_lock(&p->lock);
	s = p->state;
	pthread_mutex_unlock(&p->lock);
	return s;
}

/* --- what is told ---------------------------------------------------------------------------------- */

static void note_state(struct player *p, const struct fault *trouble)
{
	uint64_t oldest = replay_oldest(p->replay), newest = replay_newest(p->replay);

	pthread_mutex_lock(&p->lock);
	p->state.playing = p->playing;
	p->state.at_end = p->cursor >= newest;
	p->state.speed = player_speeds[p->speed];
	p->state.oldest = oldest;
	p->state.newest = newest;
	if (trouble) {
		p->state.trouble = *trouble;
		p->state.troubles++;
	}
	pthread_mutex_unlock(&p->lock);
}

/* Of which nothing is known. NULL: no memory. */
static struct moment *empty_moment(void)
{
	struct moment *m = moment_new();

	if (m)
		m->state = TARGET_REPLAYED;
	return m;
}

/* The picture stays; what went wrong is told beside it, and where there is none yet beside an empty one. */
static void tell_trouble(struct player *p, const struct fault *fault)
{
	note_state(p, fault);
	mailbox_publish_live(p->mailbox, p->shown ? moment_ref(p->shown) : empty_moment());
}

static void publish(struct player *p)
{
	uint64_t begin = clock_mono();
	struct moment *m = NULL;
	struct fault fault = {0};

	p->stale = false;
	if (replay_moment(p->replay, p->cursor, p->focus, &m, &fault)) {
		tell_trouble(p, &fault);
		return;
	}
	moment_unref(p->shown);
	p->shown = m;
	note_state(p, NULL);
	mailbox_publish_live(p->mailbox, moment_ref(m));
	p->rest = clock_mono() - begin;
}

/* --- where it stands ------------------------------------------------------------------------------- */

/* From here on time goes by; called whenever it was moved by hand. */
static void anchor(struct player *p)
{
	p->begun = clock_mono();
	p->from = p->cursor;
}

static void go_to(struct player *p, uint64_t time)
{
	if (!known(time))
		return;
	p->cursor = time;
	p->stale = true;
	anchor(p);
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
		tell_trouble(p, &fault);
	if (news <= 0)
		return;
	if (at_end && p->playing)
		go_to(p, replay_newest(p->replay));
	else if (p->playing)
		note_state(p, NULL);
}

static void look_now_and_then(struct player *p)
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

/* Time goes by: shows the sample of now, if another one is due. */
static void play(struct player *p, uint64_t now)
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
		anchor(p);
}

/* --- orders ---------------------------------------------------------------------------------------- */

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
	go_to(p, to);
	p->stale = true;
}

/* The sample at or before that time, at most the ends. */
static void jump(struct player *p, uint64_t time)
{
	uint64_t to = known(time) ? replay_at(p->replay, time) : UNKNOWN;

	go_to(p, known(to) ? to : replay_oldest(p->replay));
}

static void set_speed(struct player *p, bool faster)
{
	if (faster && p->speed + 1 < PLAYER_SPEEDS)
		p->speed++;
	else if (!faster && p->speed > 0)
		p->speed--;
	anchor(p);
	p->stale = true;
}

static void rebase(struct player *p)
{
	struct fault fault = {0};
	int err = replay_rebase(p->replay, p->cursor);

	if (err) {
		fault_set(&fault, STATUS_OUTPUT, "changes cannot be counted from here: %s",
		          fault_reason(err));
		tell_trouble(p, &fault);
	}
	p->stale = true;
}

static void obey(struct player *p, const struct order *o)
{
	switch (o->kind) {
	case ORDER_STOP:
		p->stopped = true;
		break;
	case ORDER_PLAY:
		p->playing = !p->playing;
		anchor(p);
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
		break; /* nothing is sampled */
	}
}

/* --- the thread ------------------------------------------------------------------------------------ */

static void wait_for_something(struct player *p)
{
	struct pollfd fd = {mailbox_clock_fd(p->mailbox), POLLIN, 0};
	bool skips;
	uint64_t now = clock_mono(), due, left;
	struct timespec ts;

	if (!p->playing) {
		poll(&fd, 1, -1);
		return;
	}
	due = next_due(p, &skips);
	if (!known(due) || due > p->looked + LOOK)
		due = p->looked + LOOK;
	left = due > now ? due - now : 0;
	ts = (struct timespec){(time_t)(left / NS_PER_S), (long)(left % NS_PER_S)};
	ppoll(&fd, 1, &ts, NULL);
}

static void *player_main(void *arg)
{
	struct player *p = arg;
	struct order o;

	publish(p);
	while (!p->stopped) {
		wait_for_something(p);
		while (!p->stopped && mailbox_next_order(p->mailbox, &o)) {
			/* A step at the end leads to what was written since. */
			if (o.kind != ORDER_STOP)
				look_now_and_then(p);
			obey(p, &o);
		}
		if (p->playing && !p->stopped) {
			look_now_and_then(p);
			play(p, clock_mono());
		}
		if (p->stale && !p->stopped)
			publish(p);
	}
	/* The last thing: whoever reads it may join us without waiting. */
	if (write(p->ended_fd, &(uint64_t){1}, sizeof(uint64_t)) < 0)
		return p;
	return NULL;
}

int player_open(struct replay *replay, struct player **ret)
{
	struct player *p = calloc(1, sizeof(*p));
	int err = -ENOMEM;

	if (!p) {
		replay_free(replay);
		return err;
	}
	*p = (struct player){.replay = replay, .playing = true, .ended_fd = -1};
	pthread_mutex_init(&p->lock, NULL);
	p->mailbox = mailbox_new();
	p->ended_fd = eventfd(0, EFD_CLOEXEC);
	p->cursor = replay_newest(replay);
	p->looked = clock_mono();
	anchor(p);
	note_state(p, NULL);
	if (p->mailbox && p->ended_fd >= 0)
		err = -pthread_create(&p->thread, NULL, player_main, p);
	if (err) {
		player_free(p);
		return err;
	}
	*ret = p;
	return 0;
}

bool player_stop(struct player *p)
{
	struct pollfd fd = {p->ended_fd, POLLIN, 0};

	mailbox_order(p->mailbox, &(struct order){.kind = ORDER_STOP});
	return poll(&fd, 1, 1000) == 1 && pthread_join(p->thread, NULL) == 0;
}

void player_free(struct player *p)
{
	if (!p)
		return;
	replay_free(p->replay);
	mailbox_free(p->mailbox);
	moment_unref(p->shown);
	if (p->ended_fd >= 0)
		close(p->ended_fd);
	pthread_mutex_destroy(&p->lock);
	free(p);
}
