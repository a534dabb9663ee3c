/* SPDX-License-Identifier: MIT */
#include "app/player.h"

/*
 * The thread of a replay: waits for orders and for the time that goes by, and publishes what is asked for. Knows
 * when to wait; refuses to know what a moment holds or how it looks.
 */

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "app/player_internal.h"
#include "app/recorded_end.h"
#include "base/await.h"
#include "base/clock.h"

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

void player_note(struct player *p, const struct fault *trouble)
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

void player_tell_trouble(struct player *p, const struct fault *fault)
{
	player_note(p, fault);
	mailbox_publish_live(p->mailbox, p->shown ? moment_ref(p->shown) : empty_moment());
}

static void publish(struct player *p)
{
	uint64_t begin = clock_mono();
	struct moment *m = NULL;
	struct fault fault = {0};

	p->stale = false;
	if (replay_moment(p->replay, p->cursor, p->focus, &m, &fault)) {
		player_tell_trouble(p, &fault);
		return;
	}
	player_judge(p, m);
	if (m->time >= replay_newest(p->replay))
		recorded_end_show(p->replay, m);
	moment_unref(p->shown);
	p->shown = m;
	player_note(p, NULL);
	mailbox_publish_live(p->mailbox, moment_ref(m));
	p->rest = clock_mono() - begin;
}

/* --- the thread ------------------------------------------------------------------------------------ */

static void wait_for_something(struct player *p)
{
	struct pollfd fd = {mailbox_clock_fd(p->mailbox), POLLIN, 0};
	uint64_t now = clock_mono(), due, left;
	struct timespec ts;

	if (p->judging)
		return;
	if (!p->playing) {
		poll(&fd, 1, -1);
		return;
	}
	due = player_due(p);
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
				player_look_now_and_then(p);
			player_obey(p, &o);
		}
		if (p->playing && !p->stopped) {
			player_look_now_and_then(p);
			player_play(p, clock_mono());
		}
		if (!p->stopped)
			player_judge_on(p);
		if (p->stale && !p->stopped)
			publish(p);
	}
	/* The last thing: whoever reads it may join us without waiting. */
	await_ring(p->ended_fd);
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
	*p = (struct player){.replay = replay, .playing = true, .seam = UNKNOWN, .ended_fd = -1};
	pthread_mutex_init(&p->lock, NULL);
	p->mailbox = mailbox_new();
	p->ended_fd = eventfd(0, EFD_CLOEXEC);
	p->cursor = replay_newest(replay);
	p->looked = clock_mono();
	player_anchor(p);
	player_note(p, NULL);
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
	mailbox_order(p->mailbox, &(struct order){.kind = ORDER_STOP});
	return await_worker(p->ended_fd, p->thread, NS_PER_S) && pthread_join(p->thread, NULL) == 0;
}

void player_free(struct player *p)
{
	if (!p)
		return;
	player_judge_done(p);
	replay_free(p->replay);
	mailbox_free(p->mailbox);
	moment_unref(p->shown);
	if (p->ended_fd >= 0)
		close(p->ended_fd);
	pthread_mutex_destroy(&p->lock);
	free(p);
}
