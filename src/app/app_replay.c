/* SPDX-License-Identifier: MIT */
#include "app/app_internal.h"

/*
 * What is different when the dashboard shows a recording, and how both go to a time. Knows the player's state;
 * refuses to know how a recording is read.
 */

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "app/goto_time.h"
#include "base/clock.h"
#include "base/human.h"

int app_init_replay(struct app *a, const struct options *o, struct tui *tui, struct replay *replay,
                    struct fault *fault)
{
	int err;

	*a = (struct app){.o = o, .tui = tui, .interval = o->interval, .wake_at = UNKNOWN};
	err = player_open(replay, &a->player);
	if (err)
		return fault_set(fault, STATUS_GONE, "cannot replay: %s", fault_reason(err));
	tui_replay(tui);
	return 0;
}

struct mailbox *app_mailbox(const struct app *a)
{
	if (a->player)
		return player_mailbox(a->player);
	return a->session ? session_mailbox(a->session) : NULL;
}

/* --- what the banner says of a replay -------------------------------------------------------------- */

static const char *date_text(char out[HUMAN_MAX], uint64_t wall)
{
	time_t seconds = (time_t)(wall / NS_PER_S);
	struct tm tm;

	if (!known(wall) || !localtime_r(&seconds, &tm) ||
	    !strftime(out, HUMAN_MAX, "%Y-%m-%d %H:%M:%S", &tm))
		snprintf(out, HUMAN_MAX, "at a time unknown");
	return out;
}

/* "3 d 04:12", "4:12:33", "12:33". */
static const char *span_text(char out[HUMAN_MAX], uint64_t ns)
{
	uint64_t minutes = ns / (60 * NS_PER_S), day = 24 * 60;

	if (!known(ns) || minutes < day)
		return human_clock(out, ns, false);
	snprintf(out, HUMAN_MAX, "%u d %02u:%02u", (unsigned)(minutes / day),
	         (unsigned)(minutes % day / 60), (unsigned)(minutes % 60));
	return out;
}

static const char *doing_text(const struct player_state *s)
{
	if (s->at_end)
		return s->playing ? "at the end, waiting for more" : "paused at the end";
	return s->playing ? "playing" : "paused";
}

void app_show_replay(struct app *a)
{
	struct player_state s = player_state(a->player);
	const struct moment *m = a->live;
	char text[240], date[HUMAN_MAX], at[HUMAN_MAX], of[HUMAN_MAX];

	if (!m)
		return;
	snprintf(text, sizeof(text), "replay %s; %s of %s; %s, %ux", date_text(date, m->wall),
	         span_text(at, m->time), span_text(of, s.newest), doing_text(&s), s.speed);
	tui_banner(a->tui, text, false);
	if (s.troubles != a->troubles)
		tui_notice(a->tui, s.trouble.text, true);
	a->troubles = s.troubles;
}

/* --- going to a time ------------------------------------------------------------------------------- */

static struct goto_range range_of(const struct app *a)
{
	const struct moment *m = app_shown(a);
	struct goto_range r = {.oldest = m->oldest, .shown = m->time, .wall = m->wall};

	r.newest = a->live->time;
	if (a->player) {
		struct player_state s = player_state(a->player);
		r.oldest = s.oldest;
		r.newest = s.newest;
	}
	return r;
}

/* Where one ends up instead is told: a picture that did not move would look like a key that was lost. */
static void tell_beyond(struct app *a, const struct goto_range *r, const struct goto_time *to)
{
	uint64_t shift = to->is_wall ? r->wall - r->shown : 0; /* wall of time 0 */

	if (to->value > r->newest + shift)
		tui_notice(a->tui, "nothing is known of later: this is the newest", false);
	else if (to->value + NS_PER_S <= r->oldest + shift)
		tui_notice(a->tui, "nothing is known of earlier: this is the oldest", false);
}

void app_go_to(struct app *a, const char *text)
{
	struct goto_range range;
	struct goto_time to;
	struct fault fault = {0};

	if (!app_shown(a)) {
		tui_notice(a->tui, "no time to go to: Enter watches a process first", false);
		return;
	}
	range = range_of(a);
	if (goto_time_parse(text, &range, &to, &fault)) {
		tui_notice(a->tui, fault.text, true);
		return;
	}
	struct order o = {.kind = to.is_wall ? ORDER_GOTO_WALL : ORDER_GOTO, .value = to.value};
	app_hold(a);
	if (app_order(a, &o))
		tell_beyond(a, &range, &to);
}
