/* SPDX-License-Identifier: MIT */
/*
 * What a comparison comes to, in words. Knows which part of it carries most of the change; refuses to judge
 * whether that is a leak.
 */
#include <math.h>
#include <string.h>

#include "base/human.h"
#include "base/safe_text.h"
#include "model/diff_internal.h"

enum { NAME_COLUMNS = 60 };

/* --- memory as a whole ---------------------------------------------------------------------------- */

struct memory {
	struct diff_value value;
	uint64_t span; /* ns its change took; UNKNOWN */
	bool apart;    /* regions changed in another time */
};

/* RSS, or where no sample says it the sum over the regions. */
static struct memory memory_of(const struct diff *d)
{
	const struct region_table *a = d->side[DIFF_A].regions, *b = d->side[DIFF_B].regions;
	const struct diff_figure *rss = diff_find(d, FIGURE_RSS);
	struct memory sum = {.span = d->pass_span};

	if (rss && rss->value.known)
		return (struct memory){rss->value, rss->span, d->apart};
	value_set(&sum.value, diff_whole(a) ? a->totals[SMAPS_RSS] : UNKNOWN,
	          diff_whole(b) ? b->totals[SMAPS_RSS] : UNKNOWN);
	return sum;
}

static void memory_write(const struct memory *m, struct buf *out)
{
	const struct diff_value *v = &m->value;
	char size[HUMAN_MAX], rate[HUMAN_MAX], time[HUMAN_MAX];

	if (!v->known) {
		buf_adds(out, "RSS is not known of both");
		return;
	}
	if (!v->change) {
		buf_addf(out, "RSS stayed at %s", human_size(size, v->v[DIFF_B], HUMAN_AUTO));
		return;
	}
	buf_addf(out, "RSS %s by %s", v->change > 0 ? "grew" : "fell",
	         human_delta(size, v->change, HUMAN_AUTO) + 1);
	if (known(m->span) && m->span)
		buf_addf(out, " in %s (%s)", human_duration(time, m->span),
		         human_rate(rate, (double)v->change / ((double)m->span / 1e9)));
}

/* --- what carries it ------------------------------------------------------------------------------- */

static int64_t held_or_size(const struct diff_value *held, int64_t size)
{
	return held->known && held->change ? held->change : size;
}

static int64_t group_bytes(const struct diff_group *g)
{
	int64_t size;

	if (__builtin_mul_overflow(g->count.change, g->size, &size))
		size = g->count.change < 0 ? -INT64_MAX : INT64_MAX;
	return held_or_size(&g->held, size);
}

/* The group or the region that changed most in the direction of `sign`. */
static const struct diff_group *group_most(const struct diff *d, int sign)
{
	const struct diff_group *g;

	if (!d->group_count)
		return NULL;
	g = sign < 0 ? &d->groups[d->group_count - 1] : &d->groups[0];
	return group_bytes(g) * sign > 0 ? g : NULL;
}

static const struct diff_region *region_most(const struct diff *d, int sign)
{
	const struct diff_regions *x = &d->regions[sign < 0 ? DIFF_SHRUNK : DIFF_GROWN],
	                          *y = &d->regions[sign < 0 ? DIFF_GONE : DIFF_BORN];

	if (!x->count || !y->count)
		return x->count ? x->rows : y->count ? y->rows : NULL;
	return x->rows[0].held.change * sign >= y->rows[0].held.change * sign ? x->rows : y->rows;
}

static void group_write(const struct diff_group *g, struct buf *out)
{
	char n[HUMAN_MAX], size[HUMAN_MAX], now[HUMAN_MAX], perms[5];
	int64_t change = g->count.change;

	buf_addf(out, "%s %s mappings of %s (%s, %s): %s now",
	         human_count(n, change < 0 ? 0 - (uint64_t)change : (uint64_t)change),
	         change < 0 ? "fewer" : "more", human_block(size, g->size),
	         region_kinds[g->kind].name, region_perms(g->prot, perms),
	         human_count(now, g->count.v[DIFF_B]));
	if (isfinite(g->rate))
		buf_addf(out, fabs(g->rate) < 10 ? ", %+.1f/min" : ", %+.0f/min", g->rate);
}

static void region_write(const struct diff_region *x, struct buf *out)
{
	const struct region *r = x->r[DIFF_B] ? x->r[DIFF_B] : x->r[DIFF_A];
	char raw[256], safe[1024], name[NAME_COLUMNS * 4 + 1], size[HUMAN_MAX];
	int64_t bytes = held_or_size(&x->held, x->size.change);

	region_label(r, raw, sizeof(raw));
	safe_copy(safe, sizeof(safe), raw,
	          r->name_len && r->name_len < sizeof(raw) ? r->name_len : strlen(raw), SAFE_UTF8);
	buf_addf(out, "%s %s", text_ellipsis(name, sizeof(name), safe, NAME_COLUMNS, 1, 0),
	         human_delta(size, bytes, HUMAN_AUTO));
	if (!x->r[DIFF_A] || !x->r[DIFF_B])
		buf_addf(out, " (%s)", x->r[DIFF_A] ? "gone" : "new");
}

static const char *share_words(const struct memory *m, int64_t bytes)
{
	const struct diff_value *memory = &m->value;

	/* What changed in another time is no part of it. */
	if (!memory->known || !memory->change || m->apart)
		return "; changed most: ";
	/* Pages may move between regions without the sum changing. */
	if ((memory->change > 0) != (bytes > 0))
		return "; against it: ";
	return fabs((double)bytes) * 2 >= fabs((double)memory->change) ? ", most of it in "
	                                                               : ", the largest part in ";
}

/* Blocks of one size that are half of the change or more name what carries it better than any mapping. */
static void class_write(const struct diff *d, const struct diff_value *memory, struct buf *out)
{
	const struct diff_class *c = d->class_count ? &d->classes[0] : NULL;
	char n[HUMAN_MAX], size[HUMAN_MAX], name[64];

	if (!c || !memory->known || memory->change <= 0 || c->bytes.change < memory->change / 2 ||
	    c->blocks.change <= 0)
		return;
	buf_addf(out, "; %s more blocks of %s bytes, %s",
	         human_count(n, (uint64_t)c->blocks.change),
	         heap_class_name(&(struct heap_class){.low = c->low, .high = c->high}, name,
	                         sizeof(name)),
	         human_delta(size, c->bytes.change, HUMAN_AUTO));
}

/* The group or the region that changed most in the direction of the sum, and in what time where that is another. */
static void carrier_write(const struct diff *d, const struct memory *m, struct buf *out)
{
	int sign = m->value.change < 0 ? -1 : 1;
	const struct diff_group *g = group_most(d, sign);
	const struct diff_region *r = region_most(d, sign);
	int64_t by_group = g ? group_bytes(g) : 0,
	        by_region = r ? held_or_size(&r->held, r->size.change) : 0;
	char span[HUMAN_MAX];

	if (!by_group && !by_region)
		return;
	if (g && by_group * sign >= by_region * sign) {
		buf_adds(out, share_words(m, by_group));
		group_write(g, out);
	} else {
		buf_adds(out, share_words(m, by_region));
		region_write(r, out);
	}
	if (m->apart)
		buf_addf(out, " in %s", human_duration(span, d->pass_span));
}

int diff_headline(const struct diff *d, struct buf *out)
{
	struct memory m = memory_of(d);

	memory_write(&m, out);
	carrier_write(d, &m, out);
	class_write(d, &m.value, out);
	return out->error;
}

/* --- reservations ---------------------------------------------------------------------------------- */

const char *diff_note(const struct diff *d, unsigned index)
{
	const struct region_table *a = d->side[DIFF_A].regions, *b = d->side[DIFF_B].regions;
	const char *notes[7];
	unsigned n = 0;

	if (!a || !b)
		notes[n++] = "regions are not known of both: only figures are compared";
	else if (d->same_pass)
		notes[n++] = "no pass over the regions lies between: they are those of one pass";
	else if (!diff_whole(a) || !diff_whole(b))
		notes[n++] =
		        "of a past moment only the largest and growing regions are kept: no sums, "
		        "and what was born or is gone is told only where it is certain";
	if (d->apart)
		notes[n++] = d->apart_note;
	if (d->match == DIFF_BY_OBJECT)
		notes[n++] = "addresses of these two do not compare: regions are matched by name, "
		             "protection, offset and size";
	if (!known(d->span))
		notes[n++] = "the time between is not known: no rates";
	else if (!d->one_process && d->side[DIFF_A].target && d->side[DIFF_B].target)
		notes[n++] = "two processes: what each counts since its birth is not compared";
	if (d->heap && d->same_look)
		notes[n++] = "no look inside the heap lies between: blocks are those of one look";
	return index < n ? notes[index] : NULL;
}
