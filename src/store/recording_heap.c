/* SPDX-License-Identifier: MIT */
/*
 * What was found inside the heap, as rows. Knows how many looks a file of this limit has room for and which of them
 * is missed least; refuses to know how they were made.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/bound.h"
#include "store/recording_internal.h"

/* Of one look: what is largest and grows comes first. */
enum { CLASSES = 256, ARENAS = 32, HEADS = 32 };

/* Looks a file holds: an eighth of the limit, at some 20 kB each. */
enum { LOOK_BYTES = 20 << 10, LOOKS_LEAST = 6, LOOKS_MOST = 1024 };

static uint64_t looks_most(const struct recording *r)
{
	uint64_t n = r->limit / 8 / LOOK_BYTES;

	return n < LOOKS_LEAST ? LOOKS_LEAST : n > LOOKS_MOST ? LOOKS_MOST : n;
}

/* --- rows ---------------------------------------------------------------------------------------- */

int recording_insert(struct recording *r, const char *table, const char *names, sqlite3_stmt **ret)
{
	struct buf sql;
	int err;

	buf_init(&sql, 4096);
	buf_addf(&sql, "INSERT OR REPLACE INTO %s(%s) VALUES(?", table, names);
	for (const char *c = names; *c; c++)
		if (*c == ',')
			buf_adds(&sql, ",?");
	buf_addc(&sql, ')');
	err = sql.error
	              ? sql.error
	              : recording_errno(r, sqlite3_prepare_v2(r->db, buf_str(&sql), -1, ret, NULL));
	buf_done(&sql);
	return err;
}

int recording_put_row(struct recording *r, sqlite3_stmt *s)
{
	int err;

	errno = 0;
	err = recording_errno(r, bound_step(s));
	sqlite3_reset(s);
	return err;
}

static void bind_arena(sqlite3_stmt *s, int *i, const struct heap_arena *a)
{
	const uint64_t v[] = {a->size,         a->live_blocks, a->live_bytes, a->cached_blocks,
	                      a->cached_bytes, a->fast_blocks, a->fast_bytes, a->free_blocks,
	                      a->free_bytes,   a->top_bytes,   a->own_bytes,  a->largest_free,
	                      a->trimmable,    a->unread,      a->torn};

	for (size_t k = 0; k < sizeof(v) / sizeof(v[0]); k++)
		bind_count(s, i, v[k]);
}

static int put_census(struct recording *r, sqlite3_stmt *s, uint64_t time, const void *from)
{
	const struct heap_facts *f = from;
	int i = 1, err;

	bind_count(s, &i, time);
	bind_word(s, &i, allocator_names[f->allocator]);
	bind_count(s, &i, f->walked);
	err = bind_text(s, &i, f->why, strnlen(f->why, sizeof(f->why)));
	if (err == 0)
		err = bind_text(s, &i, f->layout, strnlen(f->layout, sizeof(f->layout)));
	bind_real(s, &i, f->layout_confidence);
	bind_count(s, &i, f->took);
	bind_count(s, &i, f->looks);
	bind_count(s, &i, f->span);
	bind_count(s, &i, f->resident);
	bind_count(s, &i, f->arena_count);
	bind_arena(s, &i, &f->total);
	return err < 0 ? err : recording_put_row(r, s);
}

static int put_arenas(struct recording *r, sqlite3_stmt *s, uint64_t time, const void *from)
{
	const struct heap_facts *f = from;
	int err = 0;

	for (unsigned k = 0; k < f->arena_rows && k < ARENAS && err == 0; k++) {
		int i = 1;

		bind_count(s, &i, time);
		bind_count(s, &i, k);
		bind_count(s, &i, f->arenas[k].address);
		bind_count(s, &i, f->arenas[k].main);
		bind_arena(s, &i, &f->arenas[k]);
		err = recording_put_row(r, s);
	}
	return err;
}

static int put_classes(struct recording *r, sqlite3_stmt *s, uint64_t time, const void *from)
{
	const struct heap_facts *f = from;
	int err = 0;

	for (unsigned k = 0; k < f->class_count && k < CLASSES && err == 0; k++) {
		const struct heap_class *c = &f->classes[k];
		int i = 1;

		bind_count(s, &i, time);
		bind_count(s, &i, c->low);
		bind_count(s, &i, c->high);
		bind_count(s, &i, k);
		bind_count(s, &i, c->blocks);
		bind_count(s, &i, c->bytes);
		bind_count(s, &i, c->first_blocks);
		bind_real(s, &i, c->growth_blocks);
		bind_real(s, &i, c->growth_bytes);
		bind_count(s, &i, c->steady);
		err = recording_put_row(r, s);
	}
	return err;
}

static int put_lost(struct recording *r, sqlite3_stmt *s, uint64_t time, const void *from)
{
	const struct heap_lost *l = ((const struct heap_facts *)from)->lost;
	const uint64_t blocks[] = {l->by_certainty[LOST_SUSPECT],
	                           l->by_certainty[LOST_PROBABLE],
	                           l->by_certainty[LOST_LOST],
	                           l->definitely_blocks,
	                           l->definitely_bytes,
	                           l->indirectly_blocks,
	                           l->indirectly_bytes,
	                           l->possibly_blocks,
	                           l->possibly_bytes,
	                           l->reachable_blocks,
	                           l->reachable_bytes,
	                           l->suspect_blocks,
	                           l->suspect_bytes};
	int i = 1;

	bind_count(s, &i, time);
	bind_count(s, &i, l->scans);
	bind_count(s, &i, recording_time(r, l->time));
	bind_count(s, &i, l->took);
	for (size_t k = 0; k < sizeof(blocks) / sizeof(blocks[0]); k++)
		bind_count(s, &i, blocks[k]);
	bind_real(s, &i, l->growth_blocks);
	bind_real(s, &i, l->growth_bytes);
	bind_count(s, &i, l->root_bytes);
	bind_count(s, &i, l->unread_bytes);
	bind_count(s, &i, l->whole_stacks);
	bind_count(s, &i, l->torn);
	bind_count(s, &i, l->head_count + l->head_left);
	return recording_put_row(r, s);
}

/* The first bytes as hex: whoever reads the file with sqlite3 has a terminal to lose. */
static int bind_hex(sqlite3_stmt *s, int *i, const uint8_t *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	char hex[2 * HEAP_BYTES_SHOWN];

	for (size_t k = 0; k < n; k++) {
		hex[2 * k] = digits[bytes[k] >> 4];
		hex[2 * k + 1] = digits[bytes[k] & 15];
	}
	return bind_text(s, i, hex, 2 * n);
}

static int put_head(struct recording *r, sqlite3_stmt *s, uint64_t time, unsigned rank,
                    const struct lost_head *h)
{
	int i = 1, err;

	bind_count(s, &i, time);
	bind_count(s, &i, rank);
	bind_count(s, &i, h->address);
	bind_count(s, &i, h->size);
	bind_word(s, &i, lost_kind_words[h->kind]);
	bind_word(s, &i, lost_certainty_words[h->certainty]);
	bind_count(s, &i, h->twins);
	bind_count(s, &i, h->bytes);
	bind_count(s, &i, h->indirect_blocks);
	bind_count(s, &i, h->indirect_bytes);
	bind_count(s, &i, h->scans);
	bind_count(s, &i, recording_time(r, h->since));
	bind_real(s, &i, h->growth);
	err = bind_hex(s, &i, h->first, h->first_count);
	if (err == 0)
		err = bind_text(s, &i, h->type, strnlen(h->type, sizeof(h->type)));
	return err < 0 ? err : recording_put_row(r, s);
}

static int put_heads(struct recording *r, sqlite3_stmt *s, uint64_t time, const void *from)
{
	const struct heap_lost *l = ((const struct heap_facts *)from)->lost;
	int err = 0;

	for (unsigned k = 0; k < l->head_count && k < HEADS && err == 0; k++)
		err = put_head(r, s, time, k, &l->heads[k]);
	return err;
}

/* --- looks --------------------------------------------------------------------------------------- */

static int drop(struct recording *r, uint64_t from, uint64_t to)
{
	int err = 0;

	for (unsigned t = 0; t < SCHEMA_HEAP_COUNT && err == 0; t++) {
		char sql[128];

		snprintf(sql, sizeof(sql), "DELETE FROM %s WHERE time>=%llu AND time<=%llu",
		         schema_heap_tables[t], (unsigned long long)from, (unsigned long long)to);
		err = recording_exec(r, sql);
	}
	return err;
}

/* The one whose time is best told by its neighbours: close together for its age. */
static uint64_t least_missed(const uint64_t *time, unsigned n)
{
	uint64_t best = time[0];
	double least = 0;

	for (unsigned i = 1; i + 1 < n; i++) {
		double loss =
		        (double)(time[i + 1] - time[i - 1]) / (double)(time[n - 1] - time[i] + 1);

		if (i == 1 || loss < least) {
			least = loss;
			best = time[i];
		}
	}
	return best;
}

/* At most so many times as there may be looks and a few more; *ret_count is how many there are. */
static int read_times(struct recording *r, uint64_t *ret, unsigned room, unsigned *ret_count)
{
	sqlite3_stmt *s;
	unsigned n = 0;
	int rc = sqlite3_prepare_v2(r->db, "SELECT time FROM census ORDER BY time", -1, &s, NULL);

	if (rc != SQLITE_OK)
		return recording_errno(r, rc);
	while (n < room && (rc = sqlite3_step(s)) == SQLITE_ROW)
		ret[n++] = column_count(s, 0);
	*ret_count = n;
	return recording_errno(r, sqlite3_finalize(s));
}

/* As many as are too many, but only a few at a time. */
static int thin(struct recording *r)
{
	unsigned most = (unsigned)looks_most(r), n = 0;
	uint64_t *time = malloc((most + 8) * sizeof(*time));
	int err = time ? read_times(r, time, most + 8, &n) : -ENOMEM;

	for (; err == 0 && n > most; n--) {
		uint64_t gone = least_missed(time, n);
		unsigned k = 0;

		err = drop(r, gone, gone);
		while (time[k] != gone)
			k++;
		memmove(&time[k], &time[k + 1], (n - k - 1) * sizeof(*time));
	}
	free(time);
	return err;
}

int recording_put_heap(struct recording *r, const struct heap_facts *f)
{
	static const struct {
		enum schema_heap table;
		int (*put)(struct recording *r, sqlite3_stmt *s, uint64_t time, const void *from);
		bool lost;
	} parts[] = {{SCHEMA_CENSUS, put_census, false},
	             {SCHEMA_ARENA, put_arenas, false},
	             {SCHEMA_CLASS, put_classes, false},
	             {SCHEMA_LOST, put_lost, true},
	             {SCHEMA_HEAD, put_heads, true}};
	uint64_t time = recording_time(r, f->time);
	int err = recording_create(r, schema_heap_write);

	/* What the same look told before it was done. */
	if (err == 0)
		err = drop(r, recording_time(r, known_sub(f->time, f->took)), time);
	for (size_t k = 0; k < sizeof(parts) / sizeof(parts[0]) && err == 0; k++) {
		sqlite3_stmt *s = NULL;

		if (parts[k].lost && !f->lost)
			continue;
		err = recording_insert(r, schema_heap_tables[parts[k].table],
		                       schema_heap_columns[parts[k].table], &s);
		if (err == 0)
			err = parts[k].put(r, s, time, f);
		sqlite3_finalize(s);
	}
	return err < 0 ? err : thin(r);
}
