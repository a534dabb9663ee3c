/* SPDX-License-Identifier: MIT */
/*
 * The order of a table and the cursor in it: filtering, sorting, moving, finding. It knows rows by
 * number and id; their figures come as keys, and drawing is table_draw.c.
 */

#include "tui/table.h"

#include <stdlib.h>
#include <string.h>

void table_done(struct table *t)
{
	free(t->items);
	free(t->spare);
	t->items = t->spare = NULL;
	t->count = t->room = 0;
}

/* What was allocated stays for the next time. */
bool table_reserve(struct table *t, size_t count)
{
	size_t room = count + count / 8 + 64;

	if (count <= t->room)
		return true;
	table_done(t);
	t->items = calloc(room, sizeof(*t->items));
	t->spare = calloc(room, sizeof(*t->spare));
	if (!t->items || !t->spare) {
		table_done(t);
		return false;
	}
	t->room = room;
	return true;
}

static const struct table_column *column_of(const struct table *t, unsigned sort)
{
	for (const struct table_column *c = t->ops->columns; c->header; c++)
		if (c->sort == sort + 1 && (!c->modes || (c->modes & t->mode)))
			return c;
	return NULL;
}

static void order_by(struct table *t, struct table_at *at, unsigned sort, bool reversed)
{
	const struct table_column *column = column_of(t, sort);

	if (!column)
		return;
	bool down = column->up == reversed;
	at->arg = column->arg;
	for (size_t i = 0; i < t->count; i++) {
		at->row = t->items[i].row;
		uint64_t key = column->key(at);
		t->items[i].key = known(key) && down ? UNKNOWN - 1 - key : key;
	}
	table_sort(t->items, t->spare, t->count);
}

static void take_rows(struct table *t, struct table_at *at, size_t count)
{
	const char *filter = at->view->filter;

	t->count = 0;
	for (size_t row = 0; row < count; row++) {
		at->row = row;
		if ((!t->ops->shows || t->ops->shows(at)) &&
		    (!*filter || t->ops->matches(at, filter)))
			t->items[t->count++].row = row;
	}
}

static uint64_t id_at(const struct table *t, struct table_at *at, size_t i)
{
	at->row = t->items[i].row;
	return t->ops->id(at);
}

/* The cursor follows its row; where that is gone it stays at its place. */
static void settle(struct table *t, struct table_at *at, int page)
{
	if (!t->held)
		t->list.at = t->list.top = 0;
	for (size_t i = 0; t->held && i < t->count; i++) {
		if (id_at(t, at, i) == t->list.id) {
			t->list.at = i;
			break;
		}
	}
	list_settle(&t->list, t->count, page);
	t->list.id = t->count > 0 ? id_at(t, at, t->list.at) : 0;
}

void table_refresh(struct table *t, const struct view *v, const struct moment *m, size_t count,
                   int page)
{
	struct table_at at = {.view = v, .m = m};

	t->failed = !table_reserve(t, count);
	if (t->failed)
		return;
	if (v->filter[0])
		memcpy(t->find, v->filter, sizeof(t->find));
	take_rows(t, &at, count);
	if (t->sort != t->ops->tie)
		order_by(t, &at, t->ops->tie, false);
	order_by(t, &at, t->sort, t->reversed);
	if (t->ops->arrange)
		t->ops->arrange(&at, t->items, t->count);
	settle(t, &at, page);
}

bool table_selected(const struct table *t, size_t *ret_row)
{
	if (t->list.at >= t->count)
		return false;
	*ret_row = t->items[t->list.at].row;
	return true;
}

void table_hold(struct table *t, uint64_t id)
{
	t->held = true;
	t->list.id = id;
}

/* --- keys ------------------------------------------------------------------------------------------- */

/* To the next row, round the end, that contains what was searched for last. */
static void find(struct table *t, struct table_at *at, bool back, int page)
{
	size_t i = t->list.at;

	for (size_t n = 0; n < t->count; n++) {
		i = back ? (i + t->count - 1) % t->count : (i + 1) % t->count;
		at->row = t->items[i].row;
		if (!t->ops->matches(at, t->find))
			continue;
		t->list.at = i;
		list_settle(&t->list, t->count, page);
		return;
	}
}

/* The sort of the next column on the screen that has one, round the end. */
static void step_sort(struct table *t, const struct view *v, int step)
{
	struct table_layout l;
	int at = 0;

	table_place(t, v->settings->columns, &l);
	int count = (int)l.count;
	for (int i = 0; i < count; i++)
		if (t->ops->columns[i].sort == t->sort + 1)
			at = i;
	for (int n = 0; n < count; n++) {
		at = (at + step + count) % count;
		if (t->ops->columns[at].sort && l.width[at] >= 0) {
			t->sort = t->ops->columns[at].sort - 1;
			return;
		}
	}
}

static bool sort_act(struct table *t, const struct view *v, const struct request *what)
{
	switch (what->action) {
	case ACTION_SORT_MENU:
		if (column_of(t, (unsigned)what->id))
			t->sort = (unsigned)what->id;
		t->reversed = false;
		return true;
	case ACTION_SORT_NEXT:
		step_sort(t, v, 1);
		return true;
	case ACTION_SORT_PREVIOUS:
		step_sort(t, v, -1);
		return true;
	case ACTION_REVERSE:
		t->reversed = !t->reversed;
		return true;
	default:
		return false;
	}
}

bool table_act(struct table *t, const struct view *v, const struct request *what,
               const struct moment *m, int page, bool *ret_again)
{
	struct table_at at = {.view = v, .m = m};

	*ret_again = sort_act(t, v, what);
	if (*ret_again)
		return true;
	if (what->action == ACTION_FIND_NEXT || what->action == ACTION_FIND_PREVIOUS)
		find(t, &at, what->action == ACTION_FIND_PREVIOUS, page);
	else if (!list_act(&t->list, what->action, t->count, page))
		return false;
	t->held = t->list.at > 0;
	t->list.id = t->count > 0 ? id_at(t, &at, t->list.at) : 0;
	return true;
}
