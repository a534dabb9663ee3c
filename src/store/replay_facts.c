/* SPDX-License-Identifier: MIT */
#include "store/bound.h"
#include "store/replay_internal.h"

/*
 * What holds for a whole watch, told by a key and a word. Knows which keys mean something here; refuses to
 * know times: a later word has replaced the one before.
 */

#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/safe_text.h"
#include "store/schema.h"

static const char *const fact_keys[FACT_COUNT] = {
        [FACT_INTERVAL] = "interval",
        [FACT_CGROUP] = "limit.cgroup",
        [FACT_AS] = "limit.as",
        [FACT_DATA] = "limit.data",
        [FACT_STACK] = "limit.stack",
        [FACT_NOFILE] = "limit.nofile",
        [FACT_MAPPINGS] = "limit.mappings",
        [FACT_MEMORY] = "memory",
};

/* The statement stands on the row, and must be reset; NULL: there is none. */
static sqlite3_stmt *fact_row(const struct replay *r, const char *key)
{
	sqlite3_stmt *s = replay_query(r, QUERY_FACT);

	bound(1, sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC));
	return replay_step(r, s) > 0 ? s : NULL;
}

static void fact_text(const struct replay *r, const char *key, char *ret, size_t size)
{
	sqlite3_stmt *s = fact_row(r, key);

	*ret = '\0';
	if (!s)
		return;
	replay_text(s, 0, ret, size);
	sqlite3_reset(s);
}

static uint64_t fact_number(const struct replay *r, const char *key)
{
	uint64_t v = UNKNOWN;
	char text[32];

	fact_text(r, key, text, sizeof(text));
	return num_u64(text, strlen(text), &v) || v > REPLAY_MOST ? UNKNOWN : v;
}

static void read_lacking(struct replay *r)
{
	char text[sizeof(r->lacking)];

	fact_text(r, "lacking", text, sizeof(text));
	lacking_recorded(r->lacking, sizeof(r->lacking), text);
}

/* --- the end ------------------------------------------------------------------------------------ */

static enum watch_end fact_end(const struct replay *r)
{
	sqlite3_stmt *s = fact_row(r, SCHEMA_FACT_ENDED);
	int end = END_NOT_YET;

	if (!s)
		return END_NOT_YET;
	end = replay_word(s, 0, watch_end_json, END_COUNT, END_NOT_YET);
	sqlite3_reset(s);
	return (enum watch_end)end;
}

static void take_warning(struct replay *r, const char *line, size_t n)
{
	char *to = r->warnings[r->warning_count];

	safe_copy(to, WARNING_MAX, line, n, SAFE_UTF8);
	r->warning_count += *to != '\0';
}

static void read_warnings(struct replay *r)
{
	sqlite3_stmt *s = fact_row(r, SCHEMA_FACT_WARNINGS);
	const char *p = NULL, *end = NULL;

	r->warning_count = 0;
	if (!s)
		return;
	if (sqlite3_column_type(s, 0) == SQLITE_TEXT) {
		p = (const char *)sqlite3_column_text(s, 0);
		end = p ? p + sqlite3_column_bytes(s, 0) : NULL;
	}
	while (p && p < end && r->warning_count < MOMENT_WARNINGS) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));

		take_warning(r, p, (size_t)((stop ? stop : end) - p));
		p = stop ? stop + 1 : end;
	}
	sqlite3_reset(s);
}

void replay_facts_load(struct replay *r)
{
	for (unsigned i = 0; i < FACT_COUNT; i++)
		r->fact[i] = fact_number(r, fact_keys[i]);
	fact_text(r, "cgroup", r->cgroup, sizeof(r->cgroup));
	read_lacking(r);
	r->ended = fact_end(r);
	fact_text(r, SCHEMA_FACT_CHILD, r->child, sizeof(r->child));
	read_warnings(r);
}

enum watch_end replay_ended(const struct replay *r)
{
	return r->ended;
}

const char *replay_child(const struct replay *r)
{
	return r->child;
}

const char *replay_warning(const struct replay *r, unsigned index)
{
	return index < r->warning_count ? r->warnings[index] : NULL;
}
