/* SPDX-License-Identifier: MIT */
#include "store/replay_internal.h"

/*
 * Names of regions, each read once and kept. Knows ids and safe texts; refuses to know what bears them.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/safe_text.h"

enum {
	NAMES_MOST = 1 << 14, /* of more all are forgotten, and read again */
	NAME_BYTES = 8192,    /* a path of 4 kB, some of it escaped */
};

static struct name *place(const struct rows *v, uint64_t id)
{
	struct name *names = v->rows;
	size_t i = (size_t)(id * 0x9e3779b97f4a7c15ull >> 20) & (v->room - 1);

	while (names[i].text && names[i].id != id)
		i = (i + 1) & (v->room - 1);
	return &names[i];
}

void names_done(struct replay *r)
{
	struct name *names = r->names.rows;

	for (size_t i = 0; i < r->names.room; i++)
		free(names[i].text);
	rows_done(&r->names);
	r->name_count = 0;
}

/* Twice the room, at least half of it empty. */
static int make_room(struct replay *r)
{
	struct rows wider = {.room = r->names.room ? 2 * r->names.room : 256};
	struct name *old = r->names.rows;

	if (2 * r->name_count < r->names.room)
		return 0;
	if (r->name_count >= NAMES_MOST) {
		names_done(r);
		return make_room(r);
	}
	wider.rows = calloc(wider.room, sizeof(struct name));
	if (!wider.rows)
		return -ENOMEM;
	for (size_t i = 0; i < r->names.room; i++)
		if (old[i].text)
			*place(&wider, old[i].id) = old[i];
	free(old);
	r->names = wider;
	return 0;
}

int replay_name(struct replay *r, uint64_t id, const char **ret)
{
	char text[NAME_BYTES] = "";
	struct name *n;
	sqlite3_stmt *s;
	int err = make_room(r);

	if (err)
		return err;
	n = place(&r->names, id);
	if (!n->text) {
		s = replay_query(r, QUERY_NAME);
		replay_bind(s, 1, id);
		err = replay_step(r, s);
		if (err < 0)
			return err;
		if (err > 0)
			replay_text(s, 0, text, sizeof(text));
		sqlite3_reset(s);
		n->text = strdup(text);
		if (!n->text)
			return -ENOMEM;
		n->id = id;
		r->name_count++;
	}
	*ret = n->text;
	return 0;
}
