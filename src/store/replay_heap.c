/* SPDX-License-Identifier: MIT */
#include "store/replay_internal.h"

/*
 * What was found inside the heap, read back. Knows that a recording may have nothing of it, and that its numbers are
 * somebody else's; refuses to know what they mean.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/schema.h"

/* More rows of one look than a sound writer writes are not read. */
enum { CLASSES_MOST = 4096, ARENAS_MOST = 256 };

static int prepare(const struct replay *r, enum schema_heap table, const char *where,
                   sqlite3_stmt **ret)
{
	return replay_select(r, schema_heap_tables[table], schema_heap_columns[table], where, ret);
}

static uint64_t number(sqlite3_stmt *s, int *i)
{
	return known_or(replay_u64(s, (*i)++), 0);
}

/* --- the look ------------------------------------------------------------------------------------ */

static void read_arena(sqlite3_stmt *s, int *i, struct heap_arena *a)
{
	uint64_t *const v[] = {&a->size,         &a->live_blocks, &a->live_bytes, &a->cached_blocks,
	                       &a->cached_bytes, &a->fast_blocks, &a->fast_bytes, &a->free_blocks,
	                       &a->free_bytes,   &a->top_bytes,   &a->own_bytes,  &a->largest_free,
	                       &a->trimmable,    &a->unread,      &a->torn};

	for (size_t k = 0; k < sizeof(v) / sizeof(v[0]); k++)
		*v[k] = number(s, i);
}

static void read_census(sqlite3_stmt *s, struct heap_facts *f)
{
	int i = 0;

	f->time = number(s, &i);
	f->allocator = (enum allocator)replay_word(s, i++, allocator_names, ALLOCATOR_COUNT,
	                                           ALLOCATOR_UNKNOWN);
	f->walked = replay_u64(s, i++) == 1;
	replay_text(s, i++, f->why, sizeof(f->why));
	replay_text(s, i++, f->layout, sizeof(f->layout));
	f->layout_confidence = replay_real(s, i++);
	f->took = number(s, &i);
	f->looks = (unsigned)number(s, &i);
	f->span = number(s, &i);
	f->resident = replay_u64(s, i++);
	f->arena_count = (unsigned)number(s, &i);
	read_arena(s, &i, &f->total);
}

/* Every row of a table of one look; `put` takes one and says when it has enough, or -errno. */
static int each(const struct replay *r, enum schema_heap table, const char *order,
                struct heap_facts *f, int (*put)(sqlite3_stmt *s, struct heap_facts *f))
{
	sqlite3_stmt *s;
	char where[64];
	int err, more = 0;

	snprintf(where, sizeof(where), "time = %llu ORDER BY %s", (unsigned long long)f->time,
	         order);
	err = prepare(r, table, where, &s);
	while (s && err == 0 && more == 0) {
		err = replay_step(r, s);
		if (err <= 0)
			break;
		more = put(s, f);
		err = more < 0 ? more : 0;
	}
	sqlite3_finalize(s);
	return err < 0 ? err : 0;
}

static int arena_put(sqlite3_stmt *s, struct heap_facts *f)
{
	struct heap_arena *all = realloc(f->arenas, (f->arena_rows + 1) * sizeof(*all));
	int i = 2;

	if (!all)
		return -ENOMEM;
	f->arenas = all;
	all += f->arena_rows++;
	*all = (struct heap_arena){.address = replay_bits(s, i++)};
	all->main = number(s, &i) == 1;
	read_arena(s, &i, all);
	return f->arena_rows == ARENAS_MOST;
}

static int class_put(sqlite3_stmt *s, struct heap_facts *f)
{
	struct heap_class c = {0};
	int i = 1;

	if (f->class_count % 64 == 0) {
		struct heap_class *more =
		        realloc(f->classes, (f->class_count + 64) * sizeof(*more));
		if (!more)
			return -ENOMEM;
		f->classes = more;
	}
	c.low = number(s, &i);
	c.high = number(s, &i);
	i++;
	c.blocks = number(s, &i);
	c.bytes = number(s, &i);
	c.first_blocks = number(s, &i);
	c.growth_blocks = replay_real(s, i++);
	c.growth_bytes = replay_real(s, i++);
	c.steady = number(s, &i) == 1;
	f->classes[f->class_count++] = c;
	return f->class_count == CLASSES_MOST;
}

/* --- their course -------------------------------------------------------------------------------- */

/* The begin of the looks that a course shows, up to this one; `from`: no earlier one is of its image. */
static int course_begin(const struct replay *r, uint64_t from, uint64_t time, uint64_t *ret)
{
	sqlite3_stmt *s;
	char where[128];
	int err, n = 0;

	*ret = time;
	snprintf(where, sizeof(where),
	         "walked = 1 AND time <= %llu AND time >= %llu ORDER BY time DESC LIMIT %d",
	         (unsigned long long)time, (unsigned long long)from, SPARK_POINTS);
	err = prepare(r, SCHEMA_CENSUS, where, &s);
	while (s && err == 0 && n++ < SPARK_POINTS && (err = replay_step(r, s)) > 0) {
		*ret = known_or(replay_u64(s, 0), *ret);
		err = 0;
	}
	sqlite3_finalize(s);
	return err < 0 ? err : 0;
}

static int by_low(const void *a, const void *b)
{
	const struct heap_class *x = *(struct heap_class *const *)a,
	                        *y = *(struct heap_class *const *)b;

	return (x->low > y->low) - (x->low < y->low);
}

static void course_put(sqlite3_stmt *s, struct heap_class **sorted, unsigned count)
{
	struct heap_class key = {.low = known_or(replay_u64(s, 1), 0)}, *of = &key, **found;
	uint64_t blocks = known_or(replay_u64(s, 4), 0);

	found = bsearch(&of, sorted, count, sizeof(struct heap_class *), by_low);
	if (!found || (*found)->spark_count == SPARK_POINTS)
		return;
	of = *found;
	of->spark[of->spark_count++] = blocks < UINT32_MAX ? (uint32_t)blocks : UINT32_MAX;
}

/* All sizes in one walk over the looks: there is no index by size. */
static int courses_take(const struct replay *r, uint64_t since, const struct heap_facts *f,
                        struct heap_class **sorted)
{
	sqlite3_stmt *s;
	char where[160];
	int err, rows = SPARK_POINTS * CLASSES_MOST;

	snprintf(where, sizeof(where), "time >= %llu AND time <= %llu ORDER BY time",
	         (unsigned long long)since, (unsigned long long)f->time);
	err = prepare(r, SCHEMA_CLASS, where, &s);
	while (s && err == 0 && rows-- > 0 && (err = replay_step(r, s)) > 0) {
		course_put(s, sorted, f->class_count);
		err = 0;
	}
	sqlite3_finalize(s);
	return err < 0 ? err : 0;
}

static int read_courses(const struct replay *r, struct heap_facts *f)
{
	struct heap_class **sorted = calloc(f->class_count + 1ul, sizeof(struct heap_class *));
	uint64_t from = 0, since;
	int err = sorted ? 0 : -ENOMEM;

	for (unsigned i = 0; sorted && i < f->class_count; i++)
		sorted[i] = &f->classes[i];
	if (sorted)
		qsort(sorted, f->class_count, sizeof(struct heap_class *), by_low);
	replay_image_at(r, f->time, &from);
	if (err == 0)
		err = course_begin(r, from, f->time, &since);
	if (err == 0)
		err = courses_take(r, since, f, sorted);
	free(sorted);
	return err;
}

/* --- lost blocks --------------------------------------------------------------------------------- */

static int lost_put(sqlite3_stmt *s, struct heap_facts *f)
{
	struct heap_lost *l = calloc(1, sizeof(*l));
	int i = 1;

	if (!l)
		return -ENOMEM;
	f->lost = l;
	l->scans = (unsigned)number(s, &i);
	l->time = number(s, &i);
	l->took = number(s, &i);
	uint64_t *const v[] = {&l->by_certainty[LOST_SUSPECT],
	                       &l->by_certainty[LOST_PROBABLE],
	                       &l->by_certainty[LOST_LOST],
	                       &l->definitely_blocks,
	                       &l->definitely_bytes,
	                       &l->indirectly_blocks,
	                       &l->indirectly_bytes,
	                       &l->possibly_blocks,
	                       &l->possibly_bytes,
	                       &l->reachable_blocks,
	                       &l->reachable_bytes,
	                       &l->suspect_blocks,
	                       &l->suspect_bytes};
	for (size_t k = 0; k < sizeof(v) / sizeof(v[0]); k++)
		*v[k] = number(s, &i);
	l->growth_blocks = replay_real(s, i++);
	l->growth_bytes = replay_real(s, i++);
	l->root_bytes = number(s, &i);
	l->unread_bytes = number(s, &i);
	l->whole_stacks = (unsigned)number(s, &i);
	l->torn = number(s, &i);
	l->head_left = (unsigned)number(s, &i);
	return 1;
}

static uint8_t digit(char c)
{
	return (uint8_t)(c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= '0' && c <= '9' ? c - '0' : 0);
}

static void read_hex(sqlite3_stmt *s, int column, struct lost_head *h)
{
	char hex[2 * HEAP_BYTES_SHOWN + 1];

	replay_text(s, column, hex, sizeof(hex));
	while (h->first_count < strlen(hex) / 2) {
		const char *p = hex + 2 * h->first_count;

		h->first[h->first_count++] = (uint8_t)(digit(p[0]) << 4 | digit(p[1]));
	}
}

static int head_put(sqlite3_stmt *s, struct heap_facts *f)
{
	struct heap_lost *l = f->lost;
	struct lost_head *h = &l->heads[l->head_count++];
	int i = 2;

	h->address = replay_bits(s, i++);
	h->size = number(s, &i);
	h->kind = (enum lost_kind)replay_word(s, i++, lost_kind_words, LOST_KIND_COUNT,
	                                      LOST_POSSIBLY);
	h->certainty = (enum lost_certainty)replay_word(s, i++, lost_certainty_words,
	                                                LOST_CERTAINTY_COUNT, LOST_SUSPECT);
	h->twins = number(s, &i);
	h->bytes = number(s, &i);
	h->indirect_blocks = number(s, &i);
	h->indirect_bytes = number(s, &i);
	h->scans = (unsigned)number(s, &i);
	h->since = number(s, &i);
	h->growth = replay_real(s, i++);
	read_hex(s, i++, h);
	replay_text(s, i, h->type, sizeof(h->type));
	l->head_left -= l->head_left > 0;
	return l->head_count == HEAP_HEADS_MAX;
}

/* --- the whole ----------------------------------------------------------------------------------- */

static int read_rest(const struct replay *r, struct heap_facts *f)
{
	int err = each(r, SCHEMA_ARENA, "rank", f, arena_put);

	if (err == 0)
		err = each(r, SCHEMA_CLASS, "rank", f, class_put);
	if (err == 0)
		err = read_courses(r, f);
	if (err == 0)
		err = each(r, SCHEMA_LOST, "time", f, lost_put);
	if (err == 0 && f->lost)
		err = each(r, SCHEMA_HEAD, "rank", f, head_put);
	return err;
}

/* The one look that `where` finds, or NULL. */
static int read_look(const struct replay *r, const char *where, struct heap_facts **ret)
{
	struct heap_facts *f = NULL;
	sqlite3_stmt *s;
	int err = prepare(r, SCHEMA_CENSUS, where, &s);

	*ret = NULL;
	if (!s || err < 0)
		return err;
	err = replay_step(r, s);
	if (err > 0) {
		f = heap_facts_new();
		if (f)
			read_census(s, f);
		err = f ? 0 : -ENOMEM;
	}
	sqlite3_finalize(s);
	if (f && err == 0)
		err = read_rest(r, f);
	if (err < 0)
		heap_facts_unref(f);
	else
		*ret = f;
	return err < 0 ? err : 0;
}

int replay_heap_at(const struct replay *r, uint64_t time, struct heap_facts **ret)
{
	char where[REPLAY_WHERE];

	replay_where_at(r, time, where);
	return read_look(r, where, ret);
}

int replay_heap_after(const struct replay *r, uint64_t after, uint64_t until,
                      struct heap_facts **ret)
{
	char where[REPLAY_WHERE];

	replay_where_after(after, until, where);
	return read_look(r, where, ret);
}
