/* SPDX-License-Identifier: MIT */
#include "app/app_internal.h"

/*
 * The two moments that are marked, and what lies between them. Knows when a comparison must be made anew;
 * refuses to know what it says.
 */

#include <stdio.h>

#include "base/clock.h"
#include "base/human.h"
#include "model/diff.h"

/* From so many regions on a comparison takes milliseconds; and how old its figures may be then. */
#define ENOUGH (5 * NS_PER_S)
enum { ROWS_MANY = 5000 };

static const char *clock_of(const struct moment *m, char out[HUMAN_MAX])
{
	return known(m->wall) ? human_localtime(out, m->wall) : human_clock(out, m->time, false);
}

void app_unmark(struct app *a)
{
	moment_unref(a->mark[0]);
	moment_unref(a->mark[1]);
	diff_unref(a->diff);
	a->mark[0] = a->mark[1] = NULL;
	a->diff = NULL;
}

static void tell_a(struct app *a)
{
	char text[120], clock[HUMAN_MAX];

	snprintf(text, sizeof(text), "A is marked: %s; m marks B, d compares A with now",
	         clock_of(a->mark[0], clock));
	tui_notice(a->tui, text, false);
}

static void tell_b(struct app *a)
{
	const struct moment *x = a->mark[0], *y = a->mark[1];
	char text[160], clock[HUMAN_MAX], time[HUMAN_MAX];
	bool after = y->time > x->time;

	snprintf(text, sizeof(text), "B is marked: %s, %s %s A; d compares them, m begins anew",
	         clock_of(y, clock),
	         human_duration(time, after ? y->time - x->time : x->time - y->time),
	         after ? "after" : "before");
	tui_notice(a->tui, text, false);
}

void app_mark(struct app *a)
{
	struct moment *m = app_shown(a);

	if (!m || !m->samples) {
		tui_notice(a->tui, "nothing to mark yet: no sample is there", false);
		return;
	}
	if (a->mark[0] && !a->mark[1] && a->mark[0]->time == m->time) {
		tui_notice(a->tui, "this moment is A itself: B is one before or after it", false);
		return;
	}
	if (a->mark[1])
		app_unmark(a);
	a->mark[a->mark[0] ? 1 : 0] = moment_ref(m);
	if (a->mark[1])
		tell_b(a);
	else
		tell_a(a);
	app_show(a);
}

void app_difference(struct app *a)
{
	if (!a->mark[0]) {
		tui_notice(a->tui,
		           "nothing to compare: m marks a moment as A, m again B; or d compares A "
		           "with now",
		           false);
		return;
	}
	tui_show_difference(a->tui);
	app_show(a);
}

static bool is_side(const struct diff_side *s, const struct moment *m)
{
	return s->time == m->time && s->regions == m->regions;
}

static bool is_of(const struct diff *d, const struct moment *x, const struct moment *y)
{
	return is_side(&d->side[d->swapped ? DIFF_B : DIFF_A], x) &&
	       is_side(&d->side[d->swapped ? DIFF_A : DIFF_B], y);
}

/* Tables of many regions are compared again when one of them is new, figures alone only now and then. */
static bool is_near(const struct diff *d, const struct moment *x, const struct moment *y)
{
	const struct diff_side *a = &d->side[DIFF_A], *b = &d->side[DIFF_B];
	uint64_t since = y->time > b->time ? y->time - b->time : b->time - y->time;

	return !d->swapped && a->time == x->time && a->regions && b->regions &&
	       a->regions == x->regions && b->regions == y->regions &&
	       b->regions->count >= ROWS_MANY && since < ENOUGH;
}

/* Of the moment in front; the comparison before stays where it is still the same. */
struct diff *app_diff(struct app *a)
{
	const struct moment *x = a->mark[0], *y = a->mark[1] ? a->mark[1] : app_shown(a);
	struct diff *d = NULL;

	if (!x || !y || !tui_shows_difference(a->tui))
		return NULL;
	if (a->diff && (is_of(a->diff, x, y) || (!a->mark[1] && is_near(a->diff, x, y))))
		return a->diff;
	if (diff_new(x, y, true, &d))
		return NULL;
	diff_unref(a->diff);
	a->diff = d;
	return d;
}
