/* SPDX-License-Identifier: MIT */
/*
 * The lines of view 6: one a site, or those of the tree, which of them are open and which contain what is searched
 * for. It knows that facts come anew every second while lines must stay what they were; figures it only adds.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tui/sites_internal.h"

enum { OPEN_DEPTH = 1 };     /* lines above these are open by themselves, */
static const double big = 4; /* and those that have this part of all */

/* --- names that stay ------------------------------------------------------------------------------ */

static uint64_t mixed(uint64_t h, const void *bytes, size_t count)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < count; i++)
		h = (h ^ p[i]) * 0x100000001b3;
	return h;
}

uint64_t sites_frame_id(const struct sites_facts *f, const struct site_frame *frame, uint64_t seed)
{
	const char *function = sites_text(f, frame->function),
	           *module = sites_text(f, frame->module);

	seed = mixed(seed, function, strlen(function) + 1);
	seed = mixed(seed, module, strlen(module) + 1);
	return function[0] ? seed : mixed(seed, &frame->address, sizeof(frame->address));
}

static uint64_t site_id(const struct sites_facts *f, const struct site *s)
{
	uint64_t h = 0xcbf29ce484222325;
	uint32_t count;
	const struct site_frame *stack = sites_stack(f, s, &count);

	for (uint32_t i = 0; i < count; i++) {
		h = mixed(h, &stack[i].address, sizeof(stack[i].address));
		h = mixed(h, &stack[i].line, sizeof(stack[i].line));
	}
	return count ? sites_frame_id(f, site_named(f, s), h) | 1 : h;
}

/* Names repeat from stack to stack, mostly as the same text; 0 is "". */
static bool has(const struct sites_facts *f, uint32_t text, const char *filter,
                struct sites_memo *memo)
{
	const char *bytes = sites_text(f, text);
	uint32_t slot = text % SITES_MEMO;

	if (!bytes[0])
		return false;
	if (memo && memo->text[slot] == text)
		return memo->has[slot];
	bool found = table_contains(filter, bytes, strlen(bytes));
	if (memo) {
		memo->text[slot] = text;
		memo->has[slot] = found;
	}
	return found;
}

bool sites_stack_has(const struct sites_facts *f, const struct site *s, const char *text,
                     struct sites_memo *memo)
{
	uint32_t count;
	const struct site_frame *stack = sites_stack(f, s, &count);

	for (uint32_t i = 0; i < count; i++)
		if (has(f, stack[i].function, text, memo) || has(f, stack[i].file, text, memo) ||
		    has(f, stack[i].module, text, memo))
			return true;
	return false;
}

/* --- figures -------------------------------------------------------------------------------------- */

static double real_add(double a, double b)
{
	return isnan(a) ? b : isnan(b) ? a : a + b;
}

/* The mean of both, by how many were freed. */
static double lifetime_of(const struct site *a, const struct site *b)
{
	double n = isnan(a->lifetime) ? 0 : (double)known_or(a->freed_blocks, 0);
	double k = isnan(b->lifetime) ? 0 : (double)known_or(b->freed_blocks, 0);

	if (n + k <= 0)
		return NAN;
	return ((n > 0 ? a->lifetime * n : 0) + (k > 0 ? b->lifetime * k : 0)) / (n + k);
}

/* Points of the same time stand at the same distance from the end. */
static void spark_add(struct site *sum, const struct site *s)
{
	unsigned count = s->spark_count < SPARK_POINTS ? s->spark_count : SPARK_POINTS;
	unsigned more = count > sum->spark_count ? count - sum->spark_count : 0;

	memmove(sum->spark + more, sum->spark, (SPARK_POINTS - more) * sizeof(sum->spark[0]));
	memset(sum->spark, 0, more * sizeof(sum->spark[0]));
	sum->spark_count = (uint8_t)(sum->spark_count + more);
	for (unsigned i = 0; i < count; i++) {
		uint64_t *to = &sum->spark[sum->spark_count - 1 - i];
		*to = known_add(*to, s->spark[count - 1 - i]);
	}
}

void sites_sum(struct site *sum, const struct site *s)
{
	/* What did not go on growing is in no sum of growth. */
	bool lasts = s->share > 0;

	sum->lifetime = lifetime_of(sum, s);
	sum->samples += s->samples;
	sum->live_bytes = known_add(sum->live_bytes, s->live_bytes);
	sum->live_blocks = known_add(sum->live_blocks, s->live_blocks);
	sum->allocated_bytes = known_add(sum->allocated_bytes, s->allocated_bytes);
	sum->allocated_blocks = known_add(sum->allocated_blocks, s->allocated_blocks);
	sum->freed_bytes = known_add(sum->freed_bytes, s->freed_bytes);
	sum->freed_blocks = known_add(sum->freed_blocks, s->freed_blocks);
	sum->growth_bytes =
	        real_add(sum->growth_bytes, lasts ? s->growth_bytes : s->growth_bytes * 0);
	sum->growth_blocks =
	        real_add(sum->growth_blocks, lasts ? s->growth_blocks : s->growth_blocks * 0);
	sum->share = real_add(sum->share, s->share);
	sum->steady |= s->steady;
	spark_add(sum, s);
}

/* --- lines ---------------------------------------------------------------------------------------- */

void sites_row_set(struct sites_row *r, const struct sites_facts *f, uint32_t site)
{
	*r = (struct sites_row){
	        .id = site_id(f, &f->sites[site]),
	        .sum = f->sites[site],
	        .site = site,
	        .sites = 1,
	        .parent = SITES_INNER,
	};
}

/* One line a site. */
static bool sites_flat_make(struct sites_lines *l, const struct sites_facts *f)
{
	l->rows = calloc(f->site_count + 1, sizeof(*l->rows));
	l->chain = calloc(f->site_count + 1, sizeof(*l->chain));
	if (!l->rows || !l->chain)
		return false;
	for (uint32_t i = 0; i < f->site_count; i++) {
		struct sites_row *r = &l->rows[l->count];
		const struct site_frame *named = site_named(f, &f->sites[i]);
		sites_row_set(r, f, i);
		r->chain = i;
		r->chained = named != NULL;
		if (named)
			l->chain[i] = (uint32_t)(named - f->frames);
		l->count++;
	}
	return true;
}

void sites_lines_done(struct sites_lines *l)
{
	free(l->rows);
	free(l->chain);
	*l = (struct sites_lines){0};
}

/* --- open and closed ------------------------------------------------------------------------------ */

static bool is_big(const struct sites_row *r, const struct sites_facts *f)
{
	if (f->kind == SITES_HITS)
		return (double)r->sum.samples * big >= (double)f->samples;
	if (f->growth_bytes > 0)
		return r->sum.share * big >= 1;
	return known(r->sum.live_bytes) && (double)r->sum.live_bytes * big >= (double)f->live_bytes;
}

static bool is_open(const struct sites_view *v, const struct sites_row *r,
                    const struct sites_facts *f)
{
	if (v->filtered)
		return true;
	for (unsigned i = v->opened_count; i-- > 0;)
		if (v->opened[i].id == r->id)
			return v->opened[i].open;
	return r->depth < OPEN_DEPTH || is_big(r, f);
}

void sites_line_turn(struct sites_view *v, const struct sites_row *r, bool open)
{
	unsigned n = v->opened_count, i = 0;

	while (i < n && v->opened[i].id != r->id)
		i++;
	if (i == n && n == SITES_OPENED)
		i = 0; /* forgets the oldest */
	else if (i == n)
		n = ++v->opened_count;
	memmove(&v->opened[i], &v->opened[i + 1], (n - 1 - i) * sizeof(v->opened[0]));
	v->opened[n - 1].id = r->id;
	v->opened[n - 1].open = open;
}

/* From the last to the first, so that a line comes after all that is below it. */
static void hits_find(struct sites_view *v, const struct sites_facts *f)
{
	struct sites_row *rows = v->lines.rows;
	struct sites_memo memo = {0};

	v->filtered = v->view.filter[0] != '\0';
	for (size_t i = v->lines.count; v->filtered && i-- > 0;) {
		if (rows[i].site != SITES_INNER)
			rows[i].hit =
			        sites_stack_has(f, &f->sites[rows[i].site], v->view.filter, &memo);
		if (rows[i].hit && rows[i].parent != SITES_INNER)
			rows[rows[i].parent].hit = true;
	}
}

static void open_find(struct sites_view *v, const struct sites_facts *f)
{
	struct sites_row *rows = v->lines.rows;

	for (size_t i = 0; i < v->lines.count; i++) {
		const struct sites_row *up =
		        rows[i].parent == SITES_INNER ? NULL : &rows[rows[i].parent];
		rows[i].hidden = up && (up->hidden || !up->open);
		rows[i].open = rows[i].site == SITES_INNER && is_open(v, &rows[i], f);
	}
}

bool sites_lines_make(struct sites_view *v, const struct sites_facts *f)
{
	sites_lines_done(&v->lines);
	if (!(v->tree ? sites_tree_make : sites_flat_make)(&v->lines, f)) {
		sites_lines_done(&v->lines);
		return false;
	}
	sites_alike_find(&v->lines, f);
	hits_find(v, f);
	open_find(v, f);
	return true;
}
