/* SPDX-License-Identifier: MIT */
/*
 * Walks a run of memory chunk by chunk. Each chunk is judged when the next header is read, for that
 * one says whether it is in use. What cannot be a header is read once more; then the walk goes on at
 * the next address from which many chunks follow on one another. It refuses to guess what lies
 * between.
 */
#include "heap/walk_internal.h"

enum {
	CHAIN = 16,          /* chunks that must follow for an address to be a boundary */
	CHAIN_TO_ABSENT = 4, /* where the memory behind them is gone */
	REFRESH_MAX = 1 << 14,
};

struct chunk {
	uint64_t at, size, before; /* before: bytes of the free chunk before */
	unsigned flags;
};

enum look {
	LOOK_CHUNK,
	LOOK_TOP,
	LOOK_FENCE, /* a fence post of 16 bytes */
	LOOK_END,   /* the last word of a heap that has a successor */
	LOOK_ABSENT,
	LOOK_WRONG,
};

struct course {
	struct walk_job *job;
	struct glibc_run *run;
	const struct glibc_arena *arena;
	struct chunk last;   /* read, its state not yet known; size 0: none */
	uint64_t top, limit; /* the arena's top chunk; the run cannot grow past that */
	uint64_t segment;    /* where the memory that is ours without a gap begins */
	uint64_t again;      /* the last place that was read again */
	unsigned refreshed;
};

static enum look judge(struct course *c, const uint8_t *header, uint64_t at, struct chunk *ret)
{
	uint64_t size = glibc_word(header + 8), rest = c->run->end - at;

	*ret = (struct chunk){.at = at,
	                      .before = glibc_word(header),
	                      .size = size & ~(uint64_t)CHUNK_FLAGS,
	                      .flags = size & CHUNK_FLAGS};
	if (ret->flags & CHUNK_MAPPED || (c->arena->main && ret->flags & CHUNK_NOT_MAIN))
		return LOOK_WRONG;
	if (ret->size == 0 && ret->flags == CHUNK_PREV_INUSE && !c->run->top && rest == 16)
		return LOOK_END;
	if (ret->size == 16 && !(ret->flags & CHUNK_NOT_MAIN))
		return LOOK_FENCE;
	if (ret->size % 16 || ret->size < CHUNK_MIN)
		return LOOK_WRONG;
	/* It grew by what was not mapped yet when this look began. */
	if (c->run->top && at == c->top && ret->size > rest)
		ret->size = rest;
	if (ret->size > rest)
		return LOOK_WRONG;
	return c->run->top && ret->size == rest ? LOOK_TOP : LOOK_CHUNK;
}

/* The header at `at`: from the window where it is there, else from anywhere. */
static enum look look(struct course *c, uint64_t at, struct chunk *ret)
{
	const uint8_t *header;

	if (at + CHUNK_HEADER > c->run->end)
		return LOOK_WRONG;
	header = window_at(&c->job->window, at);
	if (!header && (at < c->job->window.start || at >= c->job->window.end))
		header = spot_at(c->job, at, CHUNK_HEADER);
	return header ? judge(c, header, at, ret) : LOOK_ABSENT;
}

/* What the header behind `last` says of it fits: a free chunk is followed by its size. */
static bool follows(const struct chunk *last, const struct chunk *next)
{
	return next->flags & CHUNK_PREV_INUSE || next->before == last->size;
}

/* From `at` on, `need` chunks or all to the end of the run follow on one another. */
static bool chain(struct course *c, uint64_t at, unsigned need)
{
	struct chunk last = {0}, next;

	for (unsigned n = 0; n < need; n++) {
		enum look seen = look(c, at, &next);

		c->job->looks -= c->job->looks > 0;
		if (seen == LOOK_ABSENT)
			return n >= CHAIN_TO_ABSENT;
		if (seen == LOOK_WRONG || (last.size && !follows(&last, &next)))
			return false;
		if (seen == LOOK_TOP)
			return n > 0 || at == c->top;
		if (seen == LOOK_END || seen == LOOK_FENCE)
			return n > 0;
		if (n == 0 && !(next.flags & CHUNK_PREV_INUSE) &&
		    (next.before < CHUNK_MIN || next.before % 16 ||
		     next.before > at - c->run->start))
			return false;
		last = next;
		at += next.size;
	}
	return true;
}

bool walk_sound(struct walk_job *job, struct glibc_run *run, uint64_t at)
{
	struct course c = {.job = job, .run = run, .arena = &job->found.arenas[run->arena]};

	c.top = c.arena->top;
	return chain(&c, at, CHAIN);
}

/* The first boundary from `at` on; the end of the run where there is none. */
static uint64_t next_boundary(struct course *c, uint64_t at)
{
	struct walk_job *job = c->job;

	for (at = (at + 15) / 16 * 16; at + CHUNK_HEADER <= c->run->end; at += 16) {
		if (at < job->window.start || at >= job->window.end) {
			at = memory_next(job->m, at, c->run->end);
			if (at >= c->run->end || !window_load(job, at, c->run->end))
				break;
		}
		if (!window_at(&job->window, at))
			at = (at / SPOT_BYTES + 1) * SPOT_BYTES - 16;
		else if (chain(c, at, CHAIN))
			return at;
		if (!job->searches || !job->looks || walk_stopped(job))
			break;
	}
	return c->run->end;
}

static void emit_last(struct course *c, enum block_state state)
{
	struct chunk *last = &c->last;

	if (!last->size)
		return;
	if (state == BLOCK_LIVE && table_size(last->size))
		cache_look(c->job, last->at, last->size, last->at == c->run->first);
	if (state == BLOCK_LIVE && last->size <= FAST_CHUNK_MAX)
		link_note(c->job, last->at, c->job->out->count);
	walk_emit(c->job, last->at, last->size, state, c->run->arena);
	last->size = 0;
}

/* The last chunk is in use, or free, by what follows it. */
static void settle(struct course *c, const struct chunk *next)
{
	emit_last(c, next->flags & CHUNK_PREV_INUSE ? BLOCK_LIVE : BLOCK_FREE);
}

/* What is at `at` is no header: reads the pages again, once for each place, and goes back a chunk. */
static bool read_again(struct course *c, uint64_t *at)
{
	if (c->again == *at || c->refreshed++ >= REFRESH_MAX)
		return false;
	c->again = *at;
	window_refresh(c->job, *at);
	if (c->last.size) {
		*at = c->last.at;
		window_refresh(c->job, *at);
		c->last.size = 0;
	}
	return true;
}

/* The top chunk has moved since it was read: the run ends elsewhere now. */
static bool top_moved(struct course *c, uint64_t at)
{
	uint64_t top, size;

	if (!c->run->top || c->refreshed++ >= REFRESH_MAX ||
	    !memory_word(c->job->m, c->arena->address + c->job->found.layout.top, &top) ||
	    top < at || top == c->top || top >= c->limit || !memory_word(c->job->m, top + 8, &size))
		return false;
	c->top = top;
	size &= ~(uint64_t)CHUNK_FLAGS;
	c->run->end = size > c->limit - top ? c->limit : top + size;
	return true;
}

/*
 * Goes on behind what cannot be told, from the first boundary behind `from`. If that is behind the
 * last chunk, nothing contradicts that one.
 */
static uint64_t skip(struct course *c, uint64_t at, uint64_t from)
{
	struct heap_arena *arena = walk_arena(c->job, c->run->arena);
	uint64_t next = next_boundary(c, from);

	if (c->last.size && next < at) {
		at = c->last.at;
		c->last.size = 0;
	}
	emit_last(c, BLOCK_LIVE);
	arena->unread += next - at;
	return next;
}

/*
 * Behind fence posts may lie memory of somebody else, up to where the arena goes on. It counts it as
 * its own.
 */
static uint64_t behind_fence(struct course *c, uint64_t at)
{
	struct chunk next;
	enum look seen = at < c->run->end ? look(c, at, &next) : LOOK_END;

	if (seen == LOOK_END || seen == LOOK_FENCE || (seen != LOOK_ABSENT && chain(c, at, CHAIN)))
		return at;
	walk_span(c->job, c->segment, at);
	c->segment = next_boundary(c, at);
	if (!(c->arena->flags & GLIBC_NONCONTIGUOUS))
		walk_arena(c->job, c->run->arena)->own_bytes += c->segment - at;
	return c->segment;
}

/*
 * All of it was the top chunk when the look began, and nothing of it in memory: blocks that were cut from it since are
 * of the next look.
 */
static bool is_top_yet(const struct course *c, uint64_t at)
{
	return c->run->top && at >= c->top && c->run->end - at >= CHUNK_MIN &&
	       memory_next(c->job->m, at, c->run->end) >= c->run->end;
}

static uint64_t step(struct course *c, uint64_t at)
{
	struct chunk next;
	enum look seen = look(c, at, &next);
	uint32_t arena = c->run->arena;

	if (seen < LOOK_ABSENT && c->last.size && !follows(&c->last, &next))
		seen = LOOK_WRONG;
	switch (seen) {
	case LOOK_TOP:
		settle(c, &next);
		walk_emit(c->job, at, next.size, BLOCK_TOP, arena);
		return c->run->end;
	case LOOK_CHUNK:
		settle(c, &next);
		c->last = next;
		return at + next.size;
	case LOOK_END:
		/* A remainder too small to be freed is in use, though nobody has it. */
		if (c->last.size == CHUNK_MIN && !(c->last.flags & CHUNK_NOT_MAIN))
			emit_last(c, BLOCK_OWN);
		settle(c, &next);
		walk_emit(c->job, at, 16, BLOCK_OWN, arena);
		return c->run->end;
	case LOOK_FENCE:
		settle(c, &next);
		walk_emit(c->job, at, 16, BLOCK_OWN, arena);
		return behind_fence(c, at + 16);
	case LOOK_ABSENT:
		if (is_top_yet(c, at)) {
			emit_last(c, BLOCK_LIVE);
			walk_emit(c->job, at, c->run->end - at, BLOCK_TOP, arena);
			return c->run->end;
		}
		return skip(c, at, memory_next(c->job->m, at, c->run->end));
	case LOOK_WRONG:
		break;
	}
	if (read_again(c, &at) || top_moved(c, at))
		return at;
	walk_arena(c->job, arena)->torn++;
	return skip(c, at, (c->last.size ? c->last.at : at) + 16);
}

/* The brk area mostly begins with the first chunk; that one has nothing before it. */
static uint64_t begin(struct course *c)
{
	struct glibc_run *run = c->run;
	struct chunk first;

	if (!run->loose || (look(c, run->first, &first) == LOOK_CHUNK && !first.before &&
	                    first.flags == CHUNK_PREV_INUSE && chain(c, run->first, 2)))
		return run->first;
	run->first = next_boundary(c, run->start);
	return run->first;
}

void walk_run(struct walk_job *job, struct glibc_run *run)
{
	const struct memory_range *range = memory_find(job->m, run->end - 1);
	struct course c = {.job = job,
	                   .run = run,
	                   .arena = &job->found.arenas[run->arena],
	                   .limit = range ? range->end : run->end};

	if (run + 1 < job->found.runs + job->found.run_count && run[1].start < c.limit)
		c.limit = run[1].start;
	c.top = c.arena->top;
	if (!window_load(job, run->start, run->end))
		return;
	uint64_t at = begin(&c);
	c.segment = run->brk ? at : run->start;
	if (at > run->start && !run->brk)
		walk_emit(job, run->start, at - run->start, BLOCK_OWN, run->arena);
	while (at < run->end && !job->error) {
		if ((at < job->window.start || at >= job->window.end) &&
		    !window_load(job, at, run->end))
			return;
		at = step(&c, at);
	}
	emit_last(&c, BLOCK_LIVE);
	if (!job->error && c.segment < run->end)
		walk_span(job, c.segment, run->end);
}
