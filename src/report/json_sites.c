/* SPDX-License-Identifier: MIT */
/*
 * Knows the members "sites" and "sites_trace" of the report. Refuses to know how call sites are traced, and gives no
 * figure that this kind of tracing cannot tell.
 */
#include <string.h>

#include <jansson.h>

#include "base/known.h"
#include "report/json_values.h"
#include "report/sites_words.h"

enum { FRAME_WORDS = 4096 };

static json_t *text_of(const char *raw, size_t size)
{
	size_t n = strnlen(raw, size);

	return n ? value_text(raw, n) : json_null();
}

/* --- a site --------------------------------------------------------------------------------------- */

static json_t *stack_value(const struct sites_facts *f, const struct site *s)
{
	json_t *a = json_array();
	char words[FRAME_WORDS];
	int bad = 0;

	for (uint32_t i = 0; i < s->frame_count && s->frame + i < f->frame_count; i++) {
		site_frame_words(f, &f->frames[s->frame + i], words, sizeof(words));
		bad |= json_array_append_new(a, value_text(words, strlen(words)));
	}
	return value_whole(a, bad);
}

static int name_put(json_t *o, const struct sites_facts *f, const struct site_frame *frame)
{
	int bad = json_object_set_new(o, "function",
	                              value_word(frame ? sites_text(f, frame->function) : NULL));

	bad |= json_object_set_new(o, "file",
	                           value_word(frame ? sites_text(f, frame->file) : NULL));
	bad |= json_object_set_new(o, "line",
	                           value_count(frame && frame->line ? frame->line : UNKNOWN));
	bad |= json_object_set_new(o, "module",
	                           value_word(frame ? sites_text(f, frame->module) : NULL));
	bad |= json_object_set_new(o, "address",
	                           frame ? value_address(frame->address) : json_null());
	bad |= json_object_set_new(o, "offset",
	                           frame && frame->offset ? value_address(frame->offset)
	                                                  : json_null());
	return bad;
}

static json_t *site_value(const struct sites_facts *f, const struct site *s)
{
	json_t *o = json_object();
	int bad = name_put(o, f, site_named(f, s));

	bad |= json_object_set_new(o, "live_bytes", value_count(s->live_bytes));
	bad |= json_object_set_new(o, "live_blocks", value_count(s->live_blocks));
	bad |= json_object_set_new(o, "allocated_bytes", value_count(s->allocated_bytes));
	bad |= json_object_set_new(o, "allocated_blocks", value_count(s->allocated_blocks));
	bad |= json_object_set_new(o, "freed_bytes", value_count(s->freed_bytes));
	bad |= json_object_set_new(o, "freed_blocks", value_count(s->freed_blocks));
	bad |= json_object_set_new(o, "growth_bytes_per_s", value_real(s->growth_bytes));
	bad |= json_object_set_new(o, "growth_blocks_per_s", value_real(s->growth_blocks));
	bad |= json_object_set_new(o, "share", value_real(sites_part(f, s)));
	bad |= json_object_set_new(o, "mean_lifetime_s", value_real(s->lifetime));
	/* Hits know nothing of what stays. */
	bad |= json_object_set_new(o, "steady",
	                           f->kind == SITES_HITS ? json_null() : json_boolean(s->steady));
	bad |= json_object_set_new(o, "samples", value_count(s->samples));
	bad |= json_object_set_new(o, "stack", stack_value(f, s));
	return value_whole(o, bad);
}

json_t *value_sites(const struct sites_facts *f)
{
	json_t *a;
	int bad = 0;

	if (!f || f->kind == SITES_NONE)
		return json_null();
	a = json_array();
	for (uint32_t i = 0; i < f->site_count; i++)
		bad |= json_array_append_new(a, site_value(f, &f->sites[i]));
	return value_whole(a, bad);
}

/* --- the tracing ---------------------------------------------------------------------------------- */

static int price_put(json_t *o, const struct sites_facts *f)
{
	int bad = json_object_set_new(o, "expected_percent", value_real(f->expected));

	bad |= json_object_set_new(o, "slowdown_percent", value_real(f->slowdown));
	bad |= json_object_set_new(o, "hits_per_s", value_real(f->hits_per_s));
	bad |= json_object_set_new(o, "hit_ns", value_real(f->hit_ns));
	bad |= json_object_set_new(o, "bursts", value_count(f->bursts));
	bad |= json_object_set_new(o, "period_bytes", value_count(f->period));
	return bad;
}

static int losses_put(json_t *o, const struct sites_facts *f)
{
	int bad = json_object_set_new(o, "samples", value_count(f->samples));

	bad |= json_object_set_new(o, "lost", value_count(f->lost));
	bad |= json_object_set_new(o, "full", value_count(f->full));
	bad |= json_object_set_new(o, "unmatched_frees", value_count(f->unmatched_frees));
	bad |= json_object_set_new(o, "broken", value_count(f->broken));
	bad |= json_object_set_new(o, "nameless", value_count(f->nameless));
	return bad;
}

static int sums_put(json_t *o, const struct sites_facts *f)
{
	int bad = json_object_set_new(o, "live_bytes", value_count(f->live_bytes));

	bad |= json_object_set_new(o, "live_blocks", value_count(f->live_blocks));
	bad |= json_object_set_new(o, "growth_bytes_per_s", value_real(f->growth_bytes));
	bad |= json_object_set_new(o, "other_bytes", value_count(f->other_bytes));
	bad |= json_object_set_new(o, "site_count", value_count(f->site_count));
	return bad;
}

json_t *value_sites_trace(const struct sites_facts *f)
{
	json_t *o;
	int bad;

	if (!f || f->kind == SITES_NONE)
		return json_null();
	o = json_object();
	bad = json_object_set_new(o, "kind", value_word(sites_kind_words[f->kind]));
	bad |= json_object_set_new(o, "source", text_of(f->source, sizeof(f->source)));
	bad |= json_object_set_new(o, "begin_s", value_seconds(f->begin));
	bad |= json_object_set_new(o, "time_s", value_seconds(f->time));
	bad |= json_object_set_new(o, "duration_s", value_seconds(known_sub(f->time, f->begin)));
	bad |= json_object_set_new(o, "traced_s", value_seconds(f->traced));
	bad |= json_object_set_new(o, "ended", json_boolean(f->ended));
	bad |= price_put(o, f);
	bad |= losses_put(o, f);
	bad |= sums_put(o, f);
	bad |= json_object_set_new(o, "note", text_of(f->note, sizeof(f->note)));
	bad |= json_object_set_new(o, "next", text_of(f->next, sizeof(f->next)));
	return value_whole(o, bad);
}
