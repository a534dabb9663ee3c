/* SPDX-License-Identifier: MIT */
/*
 * Knows what people are told of traced call sites, their price and what is missing. Refuses to know where a sentence
 * stands, and what follows from it.
 */
#include "report/sites_words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/human.h"
#include "base/known.h"
#include "base/text_add.h"
#include "model/site_name.h"

/* --- figures -------------------------------------------------------------------------------------- */

double sites_part(const struct sites_facts *f, const struct site *s)
{
	if (f->kind != SITES_HITS)
		return s->share;
	return f->samples ? (double)s->samples / (double)f->samples : (double)NAN;
}

char *sites_part_words(const struct sites_facts *f, const struct site *s, char *out, size_t size)
{
	double part = sites_part(f, s);

	if (isnan(part))
		snprintf(out, size, "-");
	else
		snprintf(out, size, part > 0 && part < 0.01 ? "<1 %%" : "%.0f %%", 100 * part);
	return out;
}

bool sites_grows(const struct site *s)
{
	return s->growth_bytes > 0 && s->share > 0;
}

/* --- sentences ------------------------------------------------------------------------------------ */

char *sites_head_line(const struct sites_facts *f, char *out, size_t size)
{
	char span[HUMAN_MAX];

	snprintf(out, size, "%s, in %s", sites_kind_titles[f->kind],
	         human_duration(span, known_sub(f->time, f->begin)));
	if (f->source[0])
		text_add(out, size, ", by %.*s", (int)sizeof(f->source), f->source);
	if (!f->ended)
		text_add(out, size, "; it goes on");
	return out;
}

static const char *growth_of(const struct sites_facts *f)
{
	return f->kind == SITES_GROWTH ? "what resident memory grows by" : "what grows";
}

char *sites_row_line(const struct sites_facts *f, const struct site *s, char *out, size_t size)
{
	char part[SITES_SHARE], name[SITE_APART], a[HUMAN_MAX], b[HUMAN_MAX];

	sites_part_words(f, s, part, sizeof(part));
	out[0] = '\0';
	if (f->kind == SITES_HITS)
		text_add(out, size, "%s of all calls", part);
	else if (sites_grows(s))
		text_add(out, size, "%s of %s, %s, %s live", part, growth_of(f),
		         human_rate(a, s->growth_bytes), human_size(b, s->live_bytes, HUMAN_AUTO));
	else
		text_add(out, size, "%s live, %s", human_size(b, s->live_bytes, HUMAN_AUTO),
		         isnan(s->growth_bytes) ? "growth not known yet" : "not growing");
	text_add(out, size, ": %s", site_name_apart(f, s, name, sizeof(name)));
	return out;
}

char *sites_none_line(const struct sites_facts *f, char *out, size_t size)
{
	char a[HUMAN_MAX], b[HUMAN_MAX], span[HUMAN_MAX];

	human_duration(span, f->traced);
	if (!f->samples)
		snprintf(out, size, "Nothing was sampled while it was traced for %s", span);
	else if (f->kind == SITES_HITS || !known(f->live_bytes))
		snprintf(out, size, "No call site is known of the %s samples of %s",
		         human_count(a, f->samples), span);
	else
		snprintf(out, size,
		         "No call site was seen to grow: of %s samples in %s, %s are still there",
		         human_count(a, f->samples), span,
		         human_size(b, f->live_bytes, HUMAN_AUTO));
	return out;
}

/* --- the price ------------------------------------------------------------------------------------ */

static void add_slowdown(const struct sites_facts *f, char *out, size_t size)
{
	char slower[SITES_PRICE];

	sites_slower_words(f->slowdown, slower);
	text_add(out, size, "%s", slower[0] ? slower : "slowdown not measured");
	/* It was announced as what it costs while they are set. */
	if (!isnan(f->expected))
		text_add(out, size,
		         f->bursts ? " (expected %.1f %% while probes are set)"
		                   : " (expected %.1f %%)",
		         f->expected);
}

static void add_loss(uint64_t n, const char *one, const char *many, char *out, size_t size)
{
	char count[HUMAN_MAX];

	if (known(n) && n)
		text_add(out, size, ", %s %s", human_count(count, n), n == 1 ? one : many);
}

char *sites_price_line(const struct sites_facts *f, char *out, size_t size)
{
	char a[HUMAN_MAX], b[HUMAN_MAX];

	out[0] = '\0';
	add_slowdown(f, out, size);
	if (f->bursts)
		text_add(out, size, ", probes set for %s in %u bursts",
		         human_duration(a, f->traced), f->bursts);
	text_add(out, size, "; %s sample%s", human_count(a, f->samples),
	         f->samples == 1 ? "" : "s");
	if (f->period == 1)
		text_add(out, size, ", every block");
	else if (known(f->period) && f->period)
		text_add(out, size, ", one every %s", human_block(b, f->period));
	text_add(out, size, "; %s lost", f->lost ? human_count(a, f->lost) : "none");
	add_loss(f->full, "block not followed", "blocks not followed", out, size);
	add_loss(f->unmatched_frees, "free of a block not seen allocated",
	         "frees of blocks not seen allocated", out, size);
	add_loss(f->broken, "broken stack", "broken stacks", out, size);
	add_loss(f->nameless, "frame without a name", "frames without a name", out, size);
	return out;
}
