/* SPDX-License-Identifier: MIT */
/*
 * Knows the member "heap" of the report. Refuses to know how a heap is read, and calls nothing lost before
 * there were scans enough.
 */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/known.h"
#include "model/heap_words.h"
#include "report/json_values.h"

enum { CLASSES_MOST = 500 };

/* A figure of a walk; null where there was none. */
static json_t *walked_value(const struct heap_facts *f, uint64_t v)
{
	return f->walked ? value_count(v) : json_null();
}

static json_t *text_of(const char *raw, size_t size)
{
	size_t n = strnlen(raw, size);

	return n ? value_text(raw, n) : json_null();
}

/* --- sizes ---------------------------------------------------------------------------------------- */

/* "bytes" is that of each block; sizes that are told by a span also have its end. */
static json_t *class_value(const struct heap_class *c)
{
	json_t *o = json_object();
	int bad = json_object_set_new(o, "bytes", value_count(c->low));

	bad |= json_object_set_new(o, "bytes_to", value_count(c->high));
	bad |= json_object_set_new(o, "blocks", value_count(c->blocks));
	bad |= json_object_set_new(o, "live_bytes", value_count(c->bytes));
	bad |= json_object_set_new(o, "first_blocks", value_count(c->first_blocks));
	bad |= json_object_set_new(o, "growth_blocks_per_s", value_real(c->growth_blocks));
	bad |= json_object_set_new(o, "growth_bytes_per_s", value_real(c->growth_bytes));
	bad |= json_object_set_new(o, "steady", json_boolean(c->steady));
	return value_whole(o, bad);
}

static json_t *classes_value(const struct heap_facts *f)
{
	json_t *a = json_array();
	int bad = 0;

	for (unsigned i = 0; i < f->class_count && i < CLASSES_MOST; i++)
		bad |= json_array_append_new(a, class_value(&f->classes[i]));
	return value_whole(a, bad);
}

/* --- arenas --------------------------------------------------------------------------------------- */

static json_t *arena_value(const char *name, const struct heap_arena *a)
{
	json_t *o = json_object();
	int bad = json_object_set_new(o, "name", value_word(name));

	bad |= json_object_set_new(o, "address",
	                           a->address ? value_address(a->address) : json_null());
	bad |= json_object_set_new(o, "size", value_count(a->size));
	bad |= json_object_set_new(o, "live_blocks", value_count(a->live_blocks));
	bad |= json_object_set_new(o, "live_bytes", value_count(a->live_bytes));
	bad |= json_object_set_new(o, "cached_blocks", value_count(a->cached_blocks));
	bad |= json_object_set_new(o, "cached_bytes", value_count(a->cached_bytes));
	bad |= json_object_set_new(o, "fastbin_blocks", value_count(a->fast_blocks));
	bad |= json_object_set_new(o, "fastbin_bytes", value_count(a->fast_bytes));
	bad |= json_object_set_new(o, "bin_blocks", value_count(a->free_blocks));
	bad |= json_object_set_new(o, "bin_bytes", value_count(a->free_bytes));
	bad |= json_object_set_new(o, "top_bytes", value_count(a->top_bytes));
	bad |= json_object_set_new(o, "own_bytes", value_count(a->own_bytes));
	bad |= json_object_set_new(o, "largest_free", value_count(a->largest_free));
	bad |= json_object_set_new(o, "trimmable_bytes", value_count(a->trimmable));
	bad |= json_object_set_new(o, "fragmentation", value_real(heap_fragmentation(a)));
	bad |= json_object_set_new(o, "unread_bytes", value_count(a->unread));
	bad |= json_object_set_new(o, "torn", value_count(a->torn));
	return value_whole(o, bad);
}

static json_t *arenas_value(const struct heap_facts *f)
{
	json_t *a = json_array();
	int bad = 0;

	for (unsigned i = 0; i < f->arena_rows; i++)
		bad |= json_array_append_new(a, arena_value(heap_arena_name(&f->arenas[i]),
		                                            &f->arenas[i]));
	return value_whole(a, bad);
}

/* --- lost blocks ---------------------------------------------------------------------------------- */

static json_t *hex_value(const struct lost_head *h)
{
	char hex[2 * HEAP_BYTES_SHOWN + 1] = "";

	for (unsigned i = 0; i < h->first_count && i < HEAP_BYTES_SHOWN; i++)
		snprintf(hex + 2 * i, 3, "%02x", h->first[i]);
	return json_string(hex);
}

static json_t *head_value(const struct lost_head *h)
{
	json_t *o = json_object();
	int bad = json_object_set_new(o, "address", value_address(h->address));

	bad |= json_object_set_new(o, "size", value_count(h->size));
	bad |= json_object_set_new(o, "kind", value_word(lost_kind_words[h->kind]));
	bad |= json_object_set_new(o, "certainty", value_word(lost_certainty_words[h->certainty]));
	bad |= json_object_set_new(o, "blocks", value_count(h->twins));
	bad |= json_object_set_new(o, "bytes", value_count(h->bytes));
	bad |= json_object_set_new(o, "indirect_blocks", value_count(h->indirect_blocks));
	bad |= json_object_set_new(o, "indirect_bytes", value_count(h->indirect_bytes));
	bad |= json_object_set_new(o, "scans", json_integer(h->scans));
	bad |= json_object_set_new(o, "since_s", value_seconds(h->since));
	bad |= json_object_set_new(o, "growth_blocks_per_s", value_real(h->growth));
	bad |= json_object_set_new(o, "first_hex", hex_value(h));
	bad |= json_object_set_new(o, "first_text",
	                           value_text((const char *)h->first, h->first_count));
	bad |= json_object_set_new(o, "type", text_of(h->type, HEAP_TYPE_MAX));
	return value_whole(o, bad);
}

static json_t *heads_value(const struct heap_lost *l)
{
	json_t *a = json_array();
	int bad = 0;

	for (unsigned i = 0; i < l->head_count && i < HEAP_HEADS_MAX; i++)
		bad |= json_array_append_new(a, head_value(&l->heads[i]));
	return value_whole(a, bad);
}

static json_t *lost_value(const struct heap_facts *f)
{
	const struct heap_lost *l = f->lost;
	bool sure = heap_lost_sure(f);
	json_t *o;
	int bad = 0;

	if (!l || !l->scans)
		return json_null();
	o = json_object();
	bad |= json_object_set_new(o, "scans", json_integer(l->scans));
	bad |= json_object_set_new(o, "took_s", value_seconds(l->took));
	bad |= json_object_set_new(o, "definitely_blocks",
	                           value_count(sure ? l->definitely_blocks : UNKNOWN));
	bad |= json_object_set_new(o, "definitely_bytes",
	                           value_count(sure ? l->definitely_bytes : UNKNOWN));
	bad |= json_object_set_new(o, "indirectly_blocks",
	                           value_count(sure ? l->indirectly_blocks : UNKNOWN));
	bad |= json_object_set_new(o, "indirectly_bytes",
	                           value_count(sure ? l->indirectly_bytes : UNKNOWN));
	bad |= json_object_set_new(o, "possibly_blocks",
	                           value_count(sure ? l->possibly_blocks : UNKNOWN));
	bad |= json_object_set_new(o, "possibly_bytes",
	                           value_count(sure ? l->possibly_bytes : UNKNOWN));
	bad |= json_object_set_new(o, "suspect_blocks", value_count(l->suspect_blocks));
	bad |= json_object_set_new(o, "suspect_bytes", value_count(l->suspect_bytes));
	bad |= json_object_set_new(o, "reachable_blocks", value_count(l->reachable_blocks));
	bad |= json_object_set_new(o, "reachable_bytes", value_count(l->reachable_bytes));
	bad |= json_object_set_new(o, "growth_blocks_per_s", value_real(l->growth_blocks));
	bad |= json_object_set_new(o, "growth_bytes_per_s", value_real(l->growth_bytes));
	bad |= json_object_set_new(o, "root_bytes", value_count(l->root_bytes));
	bad |= json_object_set_new(o, "unread_bytes", value_count(l->unread_bytes));
	bad |= json_object_set_new(o, "whole_stacks", json_integer(l->whole_stacks));
	bad |= json_object_set_new(o, "heads", heads_value(l));
	bad |= json_object_set_new(o, "heads_left", json_integer(l->head_left));
	return value_whole(o, bad);
}

/* --- the whole ------------------------------------------------------------------------------------ */

static int look_put(json_t *o, const struct heap_facts *f)
{
	int bad = json_object_set_new(o, "allocator", value_word(allocator_names[f->allocator]));

	bad |= json_object_set_new(o, "walked", json_boolean(f->walked));
	bad |= json_object_set_new(o, "why", text_of(f->why, sizeof(f->why)));
	bad |= json_object_set_new(o, "layout", text_of(f->layout, sizeof(f->layout)));
	bad |= json_object_set_new(o, "layout_confidence", value_real(f->layout_confidence));
	bad |= json_object_set_new(o, "time_s", value_seconds(f->time));
	bad |= json_object_set_new(o, "took_s", value_seconds(f->took));
	bad |= json_object_set_new(o, "looks", json_integer(f->looks));
	bad |= json_object_set_new(o, "span_s", value_seconds(f->span));
	return bad;
}

json_t *value_heap(const struct heap_facts *f)
{
	json_t *o;
	int bad;

	if (!f)
		return json_null();
	o = json_object();
	bad = look_put(o, f);
	bad |= json_object_set_new(o, "arenas", walked_value(f, heap_arenas(f)));
	bad |= json_object_set_new(o, "live_blocks", walked_value(f, f->total.live_blocks));
	bad |= json_object_set_new(o, "live_bytes", walked_value(f, f->total.live_bytes));
	bad |= json_object_set_new(o, "free_bytes", value_count(heap_kept(f)));
	bad |= json_object_set_new(o, "trimmable_bytes", walked_value(f, f->total.trimmable));
	bad |= json_object_set_new(o, "resident_bytes", value_count(f->resident));
	bad |= json_object_set_new(o, "torn", walked_value(f, f->total.torn));
	bad |= json_object_set_new(o, "unread_bytes", walked_value(f, f->total.unread));
	bad |= json_object_set_new(o, "total",
	                           f->walked ? arena_value("all", &f->total) : json_null());
	bad |= json_object_set_new(o, "arena_list", arenas_value(f));
	bad |= json_object_set_new(o, "size_class_count", walked_value(f, f->class_count));
	bad |= json_object_set_new(o, "size_classes", classes_value(f));
	bad |= json_object_set_new(o, "lost", lost_value(f));
	return value_whole(o, bad);
}
