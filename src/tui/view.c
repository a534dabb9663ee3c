/* SPDX-License-Identifier: MIT */
/*
 * What views share besides drawing: a cursor in a list, the filter, a rate. Refuses to know what a view shows.
 */

#include "tui/view.h"

#include <math.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "base/clock.h"

/*
 * What "now" means for a rate: long enough to smooth a sawtooth of seconds, short enough to be
 * news.
 */
#define RATE_WINDOW (60 * NS_PER_S)

bool list_act(struct list *l, enum action action, size_t count, int page)
{
	size_t step = page > 1 ? (size_t)page - 1 : 1;

	switch (action) {
	case ACTION_UP:
		l->at -= l->at > 0;
		break;
	case ACTION_DOWN:
		l->at++;
		break;
	case ACTION_PAGE_UP:
		l->at -= l->at < step ? l->at : step;
		break;
	case ACTION_PAGE_DOWN:
		l->at += step;
		break;
	case ACTION_HOME:
		l->at = 0;
		break;
	case ACTION_END:
		l->at = count;
		break;
	default:
		return false;
	}
	list_settle(l, count, page);
	return true;
}

void list_settle(struct list *l, size_t count, int page)
{
	size_t rows = page > 0 ? (size_t)page : 1;

	if (l->at >= count)
		l->at = count > 0 ? count - 1 : 0;
	if (l->top > l->at)
		l->top = l->at;
	if (l->at - l->top >= rows)
		l->top = l->at - rows + 1;
	/* no blank rows at the end while there are rows above */
	if (l->top + rows > count)
		l->top = count > rows ? count - rows : 0;
}

/* When the program that is watched began to be watched, as far as events reach. */
static uint64_t image_begin(const struct moment *m)
{
	for (unsigned i = m->event_count; i-- > 0;) {
		enum event_kind kind = m->events[i].kind;
		if (kind == EVENT_START || kind == EVENT_EXEC || kind == EVENT_RESTART)
			return m->events[i].time;
	}
	return 0;
}

double view_rate(const struct moment *m, enum chart_kind kind)
{
	const struct chart *chart = &m->charts[kind];
	uint64_t begin = image_begin(m);
	const struct chart_point *last = NULL, *first = NULL;

	for (unsigned i = chart->count; i-- > 0;) {
		const struct chart_point *p = &chart->points[i];
		if (p->time < begin)
			break;
		if (!known(p->last))
			continue;
		if (!last)
			last = p;
		first = p;
		if (last->time - p->time >= RATE_WINDOW)
			break;
	}
	if (!last || last->time <= first->time)
		return NAN;
	double bytes = (double)last->last - (double)first->last;
	return bytes / ((double)(last->time - first->time) / (double)NS_PER_S);
}

/* Reads one character and makes it lower case; a byte that is none stands for itself. */
static wint_t char_next(const char **s)
{
	wchar_t wide;
	mbstate_t state = {0};
	size_t n = mbrtowc(&wide, *s, strlen(*s), &state);

	if (n == (size_t)-1 || n == (size_t)-2 || n == 0) {
		wide = (wchar_t)(unsigned char)**s;
		n = **s != 0;
	}
	*s += n;
	return towlower((wint_t)wide);
}

static bool text_begins(const char *text, const char *with)
{
	while (*with)
		if (char_next(&text) != char_next(&with))
			return false;
	return true;
}

bool view_matches(const char *filter, const char *text)
{
	if (!*filter)
		return true;
	for (; *text; char_next(&text))
		if (text_begins(text, filter))
			return true;
	return false;
}
