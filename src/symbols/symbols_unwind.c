/* SPDX-License-Identifier: MIT */
/*
 * Knows how many stacks one message holds. Refuses to take more frames from the reader than there
 * can be.
 */
#include <errno.h>

#include "symbols/answers.h"
#include "symbols/talk.h"

struct batch {
	const struct stack_taken *stacks;
	struct stack_unwound *ret;
	uint32_t count;
};

static size_t bytes_of(const struct stack_taken *t)
{
	return t->size < STACK_BYTES_MAX ? t->size : STACK_BYTES_MAX;
}

static void stack_put(const struct stack_taken *t, struct wire_out *in)
{
	wire_put_bytes(in, t->registers, sizeof(t->registers));
	wire_put(in, bytes_of(t));
	wire_put_bytes(in, t->bytes, bytes_of(t));
}

static void unwind_fill(void *arg, struct wire_out *in, struct message *ret)
{
	const struct batch *b = arg;

	ret->kind = MESSAGE_UNWIND;
	ret->count = b->count;
	for (uint32_t i = 0; i < b->count; i++)
		stack_put(&b->stacks[i], in);
}

static int unwind_take(void *arg, const struct message *done, struct wire_in *out)
{
	const struct batch *b = arg;
	int r = 0;

	if (done->count != b->count)
		return -EPROTO;
	for (uint32_t i = 0; i < b->count && r == 0; i++)
		r = answer_stack(out, &b->ret[i]);
	return r;
}

/* As many as one message holds of those that are left; at least one. */
static uint32_t batch_size(const struct stack_taken *stacks, size_t left)
{
	size_t used = 0;
	uint32_t count = 0;

	while (count < left && count < UNWIND_MAX) {
		used += sizeof(stacks->registers) + bytes_of(&stacks[count]) + 16;
		if (used > IN_ROOM)
			break;
		count++;
	}
	return count;
}

static void first_frames(const struct stack_taken *stacks, size_t count, struct stack_unwound *ret)
{
	for (size_t i = 0; i < count; i++) {
		ret[i].count = 1;
		ret[i].whole = false;
		ret[i].at[0] = stacks[i].registers[STACK_RIP];
	}
}

int symbols_unwind(struct symbols *s, const struct stack_taken *stacks, size_t count,
                   struct stack_unwound *ret)
{
	int r = 0;

	for (size_t at = 0; at < count && r == 0;) {
		struct batch b = {&stacks[at], &ret[at], batch_size(&stacks[at], count - at)};
		r = talk(s, unwind_fill, unwind_take, &b);
		if (r < 0)
			first_frames(&stacks[at], count - at, &ret[at]);
		at += b.count;
	}
	return r;
}
