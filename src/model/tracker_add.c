/* SPDX-License-Identifier: MIT */
/*
 * From one record of smaps to one part of the pass. Knows how to see at once that nothing changed,
 * so that 60,000 quiet mappings cost no allocation; refuses to know what a mapping is.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/tracker.h"
#include "model/tracker_internal.h"

static struct region *region_alloc(size_t name_len)
{
	size_t size = offsetof(struct region, name) + name_len;
	struct region *r = malloc(size < sizeof(*r) ? sizeof(*r) : size);

	if (r)
		atomic_init(&r->refs, 1);
	return r;
}

struct region *region_copy(const struct region *from)
{
	struct region *r = region_alloc(from->name_len);

	if (!r)
		return NULL;
	memcpy((char *)r + sizeof(r->refs), (const char *)from + sizeof(from->refs),
	       offsetof(struct region, name) + from->name_len - sizeof(from->refs));
	return r;
}

static struct region *region_of_record(const struct smaps_record *record)
{
	const struct mapping *m = &record->map;
	struct region *r = region_alloc(m->name_len);

	if (!r)
		return NULL;
	r->mappings = 1;
	r->id = 0;
	r->kind = REGION_OTHER;
	r->prot = m->prot;
	r->start = m->start;
	r->end = m->end;
	r->size = m->end - m->start;
	r->offset = m->offset;
	r->inode = m->inode;
	r->major = m->major;
	r->minor = m->minor;
	memcpy(r->bytes, record->bytes, sizeof(r->bytes));
	r->flags = record->flags;
	r->born = r->peak = UNKNOWN;
	r->name_len = m->name_len;
	if (m->name_len)
		memcpy(r->name, m->name, m->name_len);
	return r;
}

_Static_assert(SMAPS_MMU_PAGE == SMAPS_KEY_COUNT - 1, "page sizes come last");
_Static_assert(SMAPS_KERNEL_PAGE == SMAPS_KEY_COUNT - 2, "page sizes come last");

/* Two figures at once: one instruction on every machine we build for. */
typedef uint64_t pair __attribute__((vector_size(16)));
_Static_assert(SMAPS_KERNEL_PAGE % 2 == 1, "one sum is left beside the pairs");

static inline pair pair_load(const uint64_t *v)
{
	pair p;

	memcpy(&p, v, sizeof(p));
	return p;
}

/* True when all are known and so small that millions of them add up without a carry. */
static bool figures_plain(const uint64_t v[SMAPS_KEY_COUNT])
{
	pair any = {v[SMAPS_KEY_COUNT - 1], 0};

#pragma GCC unroll 10
	for (int k = 0; k + 1 < SMAPS_KEY_COUNT; k += 2)
		any |= pair_load(v + k);
	return (any[0] | any[1]) < 1ull << 40;
}

static void figures_add_plain(uint64_t into[SMAPS_KEY_COUNT], const uint64_t from[SMAPS_KEY_COUNT])
{
#pragma GCC unroll 9
	for (int k = 0; k + 1 < SMAPS_KERNEL_PAGE; k += 2) {
		pair sum = pair_load(into + k) + pair_load(from + k);

		memcpy(into + k, &sum, sizeof(sum));
	}
	into[SMAPS_KERNEL_PAGE - 1] += from[SMAPS_KERNEL_PAGE - 1];
}

void figures_add(uint64_t into[SMAPS_KEY_COUNT], const uint64_t from[SMAPS_KEY_COUNT])
{
	if (figures_plain(from) && figures_plain(into)) {
		figures_add_plain(into, from);
	} else {
		for (int k = 0; k < SMAPS_KERNEL_PAGE; k++)
			into[k] = figure_sum(into[k], from[k]);
	}
	for (int k = SMAPS_KERNEL_PAGE; k < SMAPS_KEY_COUNT; k++)
		into[k] = figure_max(into[k], from[k]);
}

static bool record_unchanged(const struct region *r, const struct smaps_record *record)
{
	const struct mapping *m = &record->map;

	return r->start == m->start && r->end == m->end && r->mappings == 1 && r->prot == m->prot &&
	       r->offset == m->offset && r->inode == m->inode && r->major == m->major &&
	       r->minor == m->minor && r->flags == record->flags && r->name_len == m->name_len &&
	       !memcmp(r->bytes, record->bytes, sizeof(r->bytes)) &&
	       (!m->name_len || !memcmp(r->name, m->name, m->name_len));
}

/* The row of the table before that starts where the record does, or PART_NEW. */
static uint32_t row_before(struct tracker *t, uint64_t start)
{
	const struct region_table *before = t->before;

	if (!before)
		return PART_NEW;
	while (t->cursor < before->count && before->rows[t->cursor]->start < start)
		t->cursor++;
	/* The records lie in memory in the order of their birth, which no prefetcher can guess. */
	if (t->cursor + 8 < before->count) {
		const char *ahead = (const char *)before->rows[t->cursor + 8];

		for (size_t line = 0; line < sizeof(struct region); line += 64)
			__builtin_prefetch(ahead + line);
	}
	if (t->cursor < before->count && before->rows[t->cursor]->start == start)
		return (uint32_t)t->cursor;
	return PART_NEW;
}

static int parts_grow(struct tracker *t)
{
	size_t room = t->room ? t->room + t->room / 2 : 256;
	struct part *parts;

	if (t->count < t->room)
		return 0;
	if (room >= PART_NEW)
		return -ENOMEM;
	parts = reallocarray(t->parts, room, sizeof(*parts));
	if (!parts)
		return -ENOMEM;
	t->parts = parts;
	t->room = room;
	return 0;
}

int tracker_add(const struct smaps_record *record, void *tracker)
{
	struct tracker *t = tracker;
	const struct mapping *m = &record->map;
	struct region *r;
	struct part *p;
	uint32_t old;

	if (parts_grow(t) < 0)
		return -ENOMEM;
	if (t->count && m->start < t->parts[t->count - 1].end) {
		t->unsorted = true;
		t->cursor = 0;
	}
	/* In a torn pass two records may equal one row: sharing would give its id twice. */
	old = t->unsorted ? PART_NEW : row_before(t, m->start);
	if (old != PART_NEW && !record_unchanged(t->before->rows[old], record))
		old = PART_NEW;
	r = old != PART_NEW ? region_ref(t->before->rows[old]) : region_of_record(record);
	if (!r)
		return -ENOMEM;
	figures_add(t->totals, record->bytes);
	p = &t->parts[t->count];
	p->region = r;
	p->start = m->start;
	p->end = m->end;
	p->size = p->largest = m->end - m->start;
	p->rss = record->bytes[SMAPS_RSS];
	p->swap = record->bytes[SMAPS_SWAP];
	p->seq = (uint32_t)t->count;
	p->old = old;
	p->kind = (uint8_t)kind_of_record(t, record);
	p->was = (uint8_t)r->kind;
	p->prot = (uint8_t)m->prot;
	p->anonymous = record_is_anonymous(record);
	p->joins = false;
	t->same += old != PART_NEW;
	t->count++;
	return 0;
}

void parts_drop(struct tracker *t)
{
	for (size_t i = 0; i < t->count; i++)
		region_unref(t->parts[i].region);
	t->count = 0;
}

static int part_compare(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (x->seq > y->seq) - (x->seq < y->seq);
}

/*
 * Drops what `p`, read later, contradicts at the end of the parts kept. True when p is to be kept.
 */
static bool part_wins(struct part *kept, size_t *count, const struct part *p)
{
	while (*count && kept[*count - 1].end > p->start) {
		if (kept[*count - 1].seq > p->seq)
			return false;
		region_unref(kept[--*count].region);
	}
	return true;
}

void parts_settle(struct tracker *t)
{
	size_t count = t->count, kept = 0;

	qsort(t->parts, count, sizeof(*t->parts), part_compare);
	for (size_t i = 0; i < count; i++) {
		struct part p = t->parts[i];

		if (part_wins(t->parts, &kept, &p))
			t->parts[kept++] = p;
		else
			region_unref(p.region);
	}
	t->count = kept;
	for (int k = 0; k < SMAPS_KEY_COUNT; k++)
		t->totals[k] = UNKNOWN;
	for (size_t i = 0; i < kept; i++)
		figures_add(t->totals, t->parts[i].region->bytes);
}
