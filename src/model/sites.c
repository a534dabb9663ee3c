/* SPDX-License-Identifier: MIT */
/* Knows how facts of call sites are held and told in words; refuses to know how they were gathered. */
#include "model/sites.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/human.h"
#include "base/known.h"
#include "base/text_add.h"

const char *const sites_kind_words[SITES_KIND_COUNT] = {"none", "growth", "allocations", "hits"};
const char *const sites_kind_titles[SITES_KIND_COUNT] = {
        "nothing traced",
        "who grew resident memory",
        "who allocated what is still there",
        "who calls the allocator most",
};
const char *const sites_phase_words[SITES_PHASE_COUNT] = {
        "off", "opening", "pricing", "priced", "tracing", "ended", "stopped", "failed",
};

struct sites_facts *sites_facts_new(void)
{
	struct sites_facts *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	atomic_init(&f->refs, 1);
	f->expected = f->slowdown = f->hits_per_s = f->hit_ns = f->growth_bytes = NAN;
	f->period = f->unmatched_frees = UNKNOWN;
	return f;
}

struct sites_facts *sites_facts_ref(struct sites_facts *f)
{
	atomic_fetch_add(&f->refs, 1);
	return f;
}

void sites_facts_unref(struct sites_facts *f)
{
	if (!f || atomic_fetch_sub(&f->refs, 1) != 1)
		return;
	free(f->sites);
	free(f->frames);
	free(f->spans);
	free(f->text);
	free(f);
}

size_t sites_facts_bytes(const struct sites_facts *f)
{
	return sizeof(*f) + f->site_count * sizeof(*f->sites) +
	       f->frame_count * sizeof(*f->frames) + f->span_count * sizeof(*f->spans) +
	       f->text_size;
}

const char *sites_text(const struct sites_facts *f, uint32_t offset)
{
	return f->text && offset < f->text_size ? f->text + offset : "";
}

const struct site_frame *site_named(const struct sites_facts *f, const struct site *s)
{
	if (!s->frame_count || s->frame_count > f->frame_count ||
	    s->frame > f->frame_count - s->frame_count)
		return NULL;
	return &f->frames[s->frame + (s->named < s->frame_count ? s->named : 0)];
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

char *site_frame_place(const struct sites_facts *f, const struct site_frame *frame, char *out,
                       size_t size)
{
	const char *module = last_part(sites_text(f, frame->module));

	if (module[0] && frame->offset)
		snprintf(out, size, "%s+0x%" PRIx64, module, frame->offset);
	else if (module[0])
		snprintf(out, size, "0x%" PRIx64 " in %s", frame->address, module);
	else
		snprintf(out, size, "0x%" PRIx64, frame->address);
	return out;
}

char *site_frame_words(const struct sites_facts *f, const struct site_frame *frame, char *out,
                       size_t size)
{
	const char *function = sites_text(f, frame->function), *file = sites_text(f, frame->file);
	const char *module = last_part(sites_text(f, frame->module));

	if (function[0] && file[0] && frame->line)
		snprintf(out, size, "%s, %s:%u", function, last_part(file), frame->line);
	else if (function[0] && module[0])
		snprintf(out, size, "%s in %s", function, module);
	else if (function[0])
		snprintf(out, size, "%s", function);
	else
		site_frame_place(f, frame, out, size);
	return out;
}

/* Bytes of the span that lie in the range, its bytes being spread evenly. */
static uint64_t span_within(const struct site_span *s, uint64_t start, uint64_t end)
{
	uint64_t low = s->start > start ? s->start : start, high = s->end < end ? s->end : end;

	if (low >= high)
		return 0;
	return (uint64_t)((double)s->bytes * (double)(high - low) / (double)(s->end - s->start));
}

static int parts_compare(const void *a, const void *b)
{
	const struct site_part *x = a, *y = b;

	return x->bytes < y->bytes   ? 1
	       : x->bytes > y->bytes ? -1
	       : x->site < y->site   ? -1
	                             : x->site > y->site;
}

size_t sites_of_range(const struct sites_facts *f, uint64_t start, uint64_t end,
                      struct site_part *ret, size_t room)
{
	struct site_part parts[SITES_MAX];
	size_t count = 0;

	for (uint32_t i = 0; i < SITES_MAX; i++)
		parts[i] = (struct site_part){.site = i};
	for (uint32_t i = 0; i < f->span_count; i++)
		if (f->spans[i].site < SITES_MAX)
			parts[f->spans[i].site].bytes += span_within(&f->spans[i], start, end);
	qsort(parts, SITES_MAX, sizeof(parts[0]), parts_compare);
	while (count < room && count < SITES_MAX && parts[count].bytes)
		ret[count] = parts[count], count++;
	return count;
}

void sites_progress_init(struct sites_progress *p)
{
	*p = (struct sites_progress){
	        .end = UNKNOWN, .expected = NAN, .limit = NAN, .slowdown = NAN, .hits_per_s = NAN};
}

bool sites_are_traced(const struct sites_progress *p)
{
	return p->phase == SITES_OPENING || p->phase == SITES_PRICING || p->phase == SITES_TRACING;
}

bool sites_are_old(const struct sites_facts *f, const struct sites_progress *p)
{
	return p->phase == SITES_TRACING && f->begin < p->begin;
}

/* Whole per cents, and tenths where those would hide that it is above the limit. */
static void expected_add(double expected, double limit, char *out, size_t size)
{
	if (isnan(expected))
		text_add(out, size, "price not known");
	else if (expected < 1)
		text_add(out, size, "less than 1 %% slower");
	else if (expected > limit && expected < limit + 1)
		text_add(out, size, "about %.1f %% slower", expected);
	else
		text_add(out, size, "about %.0f %% slower", expected);
}

char *sites_slower_words(double slowdown, char out[SITES_PRICE])
{
	out[0] = '\0';
	if (isfinite(slowdown))
		snprintf(out, SITES_PRICE,
		         slowdown > SITES_SLOWDOWN_ROUGH ? "at least %.0f %% slower"
		                                         : "%.1f %% slower",
		         slowdown);
	return out;
}

char *sites_price_words(const struct sites_progress *p, char out[SITES_PRICE])
{
	/* What reaches the limit was cut there. */
	bool thinned = isnan(p->expected) || p->expected >= p->limit;
	char span[HUMAN_MAX];

	out[0] = '\0';
	expected_add(p->expected, p->limit, out, SITES_PRICE);
	if (known(p->end) && p->end > p->begin)
		text_add(out, SITES_PRICE, " for %s", human_duration(span, p->end - p->begin));
	if (isfinite(p->limit))
		text_add(out, SITES_PRICE, " (limit %g %%%s)", p->limit,
		         thinned ? ": it will be thinned" : "");
	return out;
}
