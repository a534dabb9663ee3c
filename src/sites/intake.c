/* SPDX-License-Identifier: MIT */
/* Knows how samples wait and are unwound together. Refuses to know what they are booked as. */
#include "sites/intake.h"

#include <stdlib.h>
#include <string.h>

#include "sites/trampoline.h"

enum {
	BATCH = 128,           /* samples */
	BYTES = 2 * (1 << 20), /* of their stacks */
	SLICE_LEAST = 4096,
};

struct intake {
	struct symbols *symbols;
	struct trie *trie;
	struct leaves *leaves;
	intake_book *book;
	void *arg;
	const struct procdir *dir; /* NULL: nobody asks */
	struct trampoline trampoline;
	uint64_t stacks, broken, hidden, cut;
	size_t count, used;
	struct site_sample samples[BATCH];
	/* of those samples that have a stack, in their order */
	struct stack_taken taken[BATCH];
	struct stack_unwound unwound[BATCH];
	uint8_t bytes[BYTES];
};

struct intake *intake_new(struct symbols *symbols, struct trie *trie, struct leaves *leaves,
                          intake_book *book, void *arg)
{
	struct intake *in = calloc(1, sizeof(*in));

	if (!in)
		return NULL;
	in->symbols = symbols;
	in->trie = trie;
	in->leaves = leaves;
	in->book = book;
	in->arg = arg;
	return in;
}

void intake_watch_returns(struct intake *in, const struct procdir *dir)
{
	in->dir = dir;
}

void intake_free(struct intake *in)
{
	free(in);
}

uint64_t intake_stacks(const struct intake *in)
{
	return in->stacks;
}

uint64_t intake_broken(const struct intake *in)
{
	return in->broken;
}

uint64_t intake_cut(const struct intake *in)
{
	return in->cut;
}

uint64_t intake_hidden(const struct intake *in)
{
	return in->hidden;
}

static bool has_stack(const struct site_sample *s)
{
	return s->stack.registers[STACK_RIP] != 0;
}

void intake_add(struct intake *in, const struct site_sample *s)
{
	size_t size = s->stack.size < BYTES ? s->stack.size : BYTES;

	if (in->count == BATCH || size > BYTES - in->used)
		intake_flush(in);
	struct site_sample *copy = &in->samples[in->count++];
	*copy = *s;
	copy->stack.size = size;
	if (size)
		memcpy(in->bytes + in->used, s->stack.bytes, size);
	copy->stack.bytes = in->bytes + in->used;
	in->used += size;
}

/* A slice has one of a few sizes, powers of two; what ends before, because the stack does, hardly ever has. */
static bool is_full(size_t size)
{
	return size >= SLICE_LEAST && !(size & (size - 1));
}

/* Fills unwound[] for the samples with a stack. */
static void stacks_unwind(struct intake *in)
{
	size_t count = 0;

	for (size_t i = 0; i < in->count; i++)
		if (has_stack(&in->samples[i]))
			in->taken[count++] = in->samples[i].stack;
	if (!count)
		return;
	for (size_t i = 0; i < count; i++)
		in->unwound[i] = (struct stack_unwound){.count = 1,
		                                        .at = {in->taken[i].registers[STACK_RIP]}};
	/* Where the child is gone each has its first level, which is what counts then. */
	if (in->symbols)
		symbols_unwind(in->symbols, in->taken, count, in->unwound);
	in->stacks += count;
	for (size_t i = 0; i < count; i++) {
		in->broken += !in->unwound[i].whole;
		in->cut += !in->unwound[i].whole && is_full(in->taken[i].size);
	}
}

/* Only what was called last is known of it, so all that it has in common with others is that. */
static void hidden_cut(struct intake *in, struct stack_unwound *u)
{
	if (!in->dir || !trampoline_hides(&in->trampoline, in->dir, u))
		return;
	in->hidden++;
	u->count--;
	if (in->leaves)
		leaves_fold_hidden(in->leaves, u);
}

void intake_flush(struct intake *in)
{
	size_t next = 0;

	stacks_unwind(in);
	for (size_t i = 0; i < in->count; i++) {
		struct site_sample *s = &in->samples[i];
		uint32_t stack = TRIE_NONE;
		if (has_stack(s)) {
			struct stack_unwound *u = &in->unwound[next++];
			hidden_cut(in, u);
			if (in->leaves)
				leaves_fold(in->leaves, u);
			stack = trie_add(in->trie, u->at, u->count);
		}
		s->stack.bytes = NULL;
		s->stack.size = 0;
		in->book(in->arg, s, stack);
	}
	in->count = in->used = 0;
}
