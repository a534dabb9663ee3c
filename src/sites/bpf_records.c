/* SPDX-License-Identifier: MIT */
/*
 * Knows how a chosen allocation is told: its entry with registers and stack, then its return with the address, per thread.
 * Refuses to know where records come from, and who owns a block.
 */
#include "sites/bpf_records.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sites/allocations.bpf.h"

enum { PENDING_MAX = 4096 };

struct bpf_records {
	struct record_enter *pending[PENDING_MAX]; /* entered, not come back */
	unsigned pending_count;
	sample_tell *tell;
	void *arg;
};

struct bpf_records *bpf_records_new(void)
{
	return calloc(1, sizeof(struct bpf_records));
}

void bpf_records_free(struct bpf_records *r)
{
	if (!r)
		return;
	while (r->pending_count)
		free(r->pending[--r->pending_count]);
	free(r);
}

void bpf_records_tell(struct bpf_records *r, sample_tell *tell, void *arg)
{
	r->tell = tell;
	r->arg = arg;
}

static size_t pending_of(const struct bpf_records *r, uint32_t tid)
{
	size_t i = 0;

	while (i < r->pending_count && r->pending[i]->head.tid != tid)
		i++;
	return i;
}

static void pending_drop(struct bpf_records *r, size_t i)
{
	free(r->pending[i]);
	r->pending[i] = r->pending[--r->pending_count];
}

/* The one before of this thread came back with nothing. Where too many wait, the first does no more. */
static void take_enter(struct bpf_records *r, const struct record_enter *e, size_t size)
{
	size_t i = pending_of(r, e->head.tid);
	struct record_enter *copy = malloc(size);

	if (i < r->pending_count)
		pending_drop(r, i);
	else if (r->pending_count == PENDING_MAX)
		pending_drop(r, 0);
	if (!copy)
		return;
	memcpy(copy, e, size);
	r->pending[r->pending_count++] = copy;
}

/* A block of this size is chosen so often that one stands for so many. */
static double weight_of(uint64_t size, uint64_t period)
{
	if (period <= 1)
		return 1;
	return -1 / expm1(-(double)(size ? size : 1) / (double)period);
}

static void take_return(struct bpf_records *r, const struct record *t)
{
	size_t i = pending_of(r, t->tid);

	if (i == r->pending_count)
		return;
	const struct record_enter *e = r->pending[i];
	struct site_sample s = {.kind = SAMPLE_ALLOC,
	                        .time = t->time,
	                        .tid = (int32_t)t->tid,
	                        .address = t->address,
	                        .size = e->head.size,
	                        .weight = weight_of(e->head.size, e->head.period)};
	memcpy(s.stack.registers, e->registers, sizeof(s.stack.registers));
	s.stack.bytes = e->stack;
	s.stack.size = e->stack_size;
	r->tell(r->arg, &s);
	pending_drop(r, i);
}

void bpf_records_take(struct bpf_records *r, const void *data, size_t size)
{
	const struct record *t = data;
	struct site_sample s = {.time = t->time, .tid = (int32_t)t->tid, .address = t->address};

	switch (t->kind) {
	case RECORD_ENTER:
		take_enter(r, data, size);
		return;
	case RECORD_RETURN:
		take_return(r, t);
		return;
	case RECORD_FREE:
		s.kind = SAMPLE_FREE;
		break;
	default:
		s.kind = SAMPLE_EXEC;
	}
	r->tell(r->arg, &s);
}
