/* SPDX-License-Identifier: MIT */
/*
 * Finds the main arena of glibc without symbols: an empty bin is two words that hold their own address
 * less 16, an arena has 127 bins in a row, most of them empty, and behind them a pointer that leads,
 * arena by arena, back to its begin. Nothing else in a process looks like that. It refuses to believe
 * an arena whose ring does not close.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "heap/glibc.h"

enum {
	STEP = 1 << 18,       /* bytes read at a time */
	EMPTY_MIN = 16,       /* bins that must be empty */
	TRIES_MAX = 4096,     /* pairs that looked like a bin */
	STEPS_MAX = 1 << 18,  /* from arena to arena, in all rings together */
	DATA_MAX = 256 << 20, /* bytes looked through of one mapping */
	BINS_BYTES = GLIBC_BINS * 16,
};

/* Offsets of `top`, the likeliest first: 2.27 to 2.42, 2.26, from 2.43 on. */
static const struct glibc_layout layouts[] = {
        {.top = 0x60, .fastbins = 10},
        {.top = 0x58, .fastbins = 10},
        {.top = 0x08, .fastbins = 0},
        {.top = 0x10, .fastbins = 0},
};

static bool empty_bin(const uint8_t *bytes, uint64_t address)
{
	return glibc_word(bytes) == address - 16 && glibc_word(bytes + 8) == address - 16;
}

/* Follows the ring from `main` on, as long as there are steps left. True when it comes back. */
static bool ring_closes(struct memory *m, uint64_t main, unsigned next, unsigned *steps)
{
	uint64_t at = main;

	while (*steps && !memory_stopped(m)) {
		--*steps;
		if (!memory_word(m, at + next, &at) || at % 8)
			return false;
		if (at == main)
			return true;
	}
	return false;
}

/* True when `bins` can be the bins of an arena: enough are empty, the others hold pointers. */
static bool bins_here(const uint8_t *bytes, uint64_t bins)
{
	unsigned empty = 0;

	for (unsigned n = 0; n < GLIBC_BINS; n++) {
		if (empty_bin(bytes + n * 16, bins + n * 16))
			empty++;
		else if (!glibc_word(bytes + n * 16) || glibc_word(bytes + n * 16) % 16)
			return false;
	}
	return empty >= EMPTY_MIN;
}

static bool layout_fits(struct memory *m, uint64_t bins, unsigned *steps, uint64_t *ret,
                        struct glibc_layout *ret_layout)
{
	for (size_t n = 0; n < sizeof(layouts) / sizeof(layouts[0]); n++) {
		uint64_t arena = bins - 16 - layouts[n].top;

		if (!ring_closes(m, arena, glibc_next(&layouts[n]), steps))
			continue;
		*ret = arena;
		*ret_layout = layouts[n];
		return true;
	}
	return false;
}

/* An empty bin was seen at `bin`: which of the 127 it is, is to be found out. */
static bool arena_around(struct memory *m, uint64_t bin, unsigned *steps, uint64_t *ret,
                         struct glibc_layout *ret_layout)
{
	static const unsigned before = BINS_BYTES - 16;
	uint8_t bytes[2 * BINS_BYTES];
	uint64_t from = bin - before;

	/* The mapping may begin within what lies before. */
	while (from < bin && memory_next(m, from, bin) != from)
		from = (from / m->page + 1) * m->page;
	if (from > bin)
		from = bin;
	ssize_t got = memory_read(m, from, bytes, (size_t)(bin - from) + BINS_BYTES);
	for (uint64_t bins = bin; bins >= from && bin - bins <= before; bins -= 16) {
		if (got < (ssize_t)(bins - from) + BINS_BYTES)
			continue;
		if (bins_here(bytes + (bins - from), bins) &&
		    layout_fits(m, bins, steps, ret, ret_layout))
			return true;
	}
	return false;
}

struct search {
	struct memory *m;
	uint64_t *found;
	size_t max, count;
	struct glibc_layout *layout;
	unsigned tries; /* made of TRIES_MAX */
	unsigned steps; /* left of STEPS_MAX */
};

/* Looks at the words of [address, address + len). Returns how far it came. */
static uint64_t search_bytes(struct search *s, const uint8_t *bytes, uint64_t address, uint64_t len)
{
	for (uint64_t n = 0; n + 32 <= len; n += 8) {
		uint64_t arena;

		if (!empty_bin(bytes + n, address + n) ||
		    !empty_bin(bytes + n + 16, address + n + 16))
			continue;
		if (s->tries++ >= TRIES_MAX || s->count == s->max)
			return len;
		if (!arena_around(s->m, address + n, &s->steps, &arena, s->layout))
			continue;
		s->found[s->count++] = arena;
		return arena + glibc_state_size(s->layout) - address;
	}
	/* A pair of bins may lie over the end. */
	return len - 24;
}

static int search_range(struct search *s, const struct memory_range *r, uint8_t *buffer)
{
	uint64_t end = r->end - r->start > DATA_MAX ? r->start + DATA_MAX : r->end;

	for (uint64_t at = r->start; (at = memory_next(s->m, at, end)) < end;) {
		uint64_t want = end - at < STEP ? end - at : STEP;
		if (memory_stopped(s->m))
			return -ECANCELED;
		ssize_t got = memory_read(s->m, at, buffer, (size_t)want);

		if (got < 0)
			return (int)got;
		if (got == 0)
			at += s->m->page - at % s->m->page;
		else
			at += got > 32 ? search_bytes(s, buffer, at, (uint64_t)got) : (uint64_t)got;
		at = (at + 7) / 8 * 8;
	}
	return 0;
}

/* Only the first one has a say in how arenas are laid out; it should be the one in use. */
static void largest_first(struct search *s)
{
	for (size_t n = 1; n < s->count; n++) {
		struct glibc_arena first, other;

		if (glibc_read_arena(s->m, s->layout, s->found[0], &first) &&
		    glibc_read_arena(s->m, s->layout, s->found[n], &other) &&
		    other.system_mem > first.system_mem) {
			s->found[0] = other.address;
			s->found[n] = first.address;
		}
	}
}

int glibc_find_main(struct memory *m, uint64_t *ret, size_t max, size_t *ret_count,
                    struct glibc_layout *ret_layout)
{
	struct search s = {
	        .m = m, .found = ret, .max = max, .layout = ret_layout, .steps = STEPS_MAX};
	uint8_t *buffer = malloc(STEP);
	int error = buffer ? 0 : -ENOMEM;

	for (size_t n = 0; n < m->range_count && !error; n++) {
		const struct memory_range *r = &m->ranges[n];

		if (r->kind == MEMORY_FILE && (r->prot & MAP_WRITE) && (r->prot & MAP_READ))
			error = search_range(&s, r, buffer);
	}
	free(buffer);
	if (!error && memory_stopped(m))
		error = -ECANCELED;
	if (error)
		return error;
	largest_first(&s);
	*ret_count = s.count;
	return s.count ? 0 : -ENOENT;
}
