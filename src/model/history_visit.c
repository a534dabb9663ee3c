/* SPDX-License-Identifier: MIT */
/*
 * A walk over all that is kept, for whoever writes it down. Knows the order of its parts; refuses to know what
 * becomes of them.
 */
#include "model/history.h"
#include "model/history_internal.h"

/* Where the walk stands in each part; the number of items that were visited. */
struct walk {
	unsigned samples, tables, verdicts, events, heaps, sites;
};

static bool has_epoch(const struct history *h, uint64_t from, uint64_t to)
{
	for (unsigned i = 0; i < h->epoch_ring.count; i++) {
		uint64_t time = h->epochs[(h->epoch_ring.head + i) % EPOCHS].time;

		if (time >= from && time <= to)
			return true;
	}
	return false;
}

static void extremes_get(const struct history *h, unsigned slot, const struct sample *last,
                         struct sample ret[2])
{
	ret[0] = ret[1] = *last;
	for (int k = 0; k < FIGURE_KEPT; k++) {
		struct series_value v = series_get(&h->figures[k], &h->samples, slot);

		ret[0].v[k] = v.min;
		ret[1].v[k] = v.max;
	}
}

static void visit_sample(const struct history *h, unsigned i, const struct history_visitor *v,
                         void *arg)
{
	unsigned slot = timeline_slot(&h->samples, i);
	uint64_t start = h->samples.start[slot], end = h->samples.end[slot];
	struct sample s, extremes[2];

	history_sample_at(h, i, &s);
	if (start == end) {
		v->sample(arg, &s, 0, NULL);
		return;
	}
	if (h->samples.gap[slot])
		s.flags |= SAMPLE_GAP;
	if (has_epoch(h, start, end))
		s.flags |= SAMPLE_EPOCH;
	extremes_get(h, slot, &s, extremes);
	v->sample(arg, &s, end - start, extremes);
}

static uint64_t sample_time(const struct history *h, const struct walk *w)
{
	if (w->samples == timeline_count(&h->samples))
		return UNKNOWN;
	return h->samples.end[timeline_slot(&h->samples, w->samples)];
}

static struct region_table *next_table(const struct history *h, const struct walk *w)
{
	if (w->tables == h->table_ring.count)
		return NULL;
	return h->tables[(h->table_ring.head + w->tables) % TABLES].table;
}

static const struct event *next_event(const struct history *h, const struct walk *w)
{
	if (w->events == h->event_ring.count)
		return NULL;
	return &h->events[(h->event_ring.head + w->events) % EVENTS];
}

static void visit_heaps(const struct history *h, struct walk *w, uint64_t until,
                        const struct history_visitor *v, void *arg)
{
	for (; w->heaps < h->heaps.count; w->heaps++) {
		struct heap_facts *f = h->heaps.at[w->heaps];

		if (f->time >= until)
			break;
		if (v->heap)
			v->heap(arg, f);
	}
}

static void visit_sites(const struct history *h, struct walk *w, uint64_t until,
                        const struct history_visitor *v, void *arg)
{
	for (; w->sites < h->sites.count; w->sites++) {
		struct sites_facts *f = h->sites.at[w->sites];

		if (f->time >= until)
			break;
		if (v->sites)
			v->sites(arg, f);
	}
}

/* What is earlier than `until`, of each of the rarer parts the oldest first. */
static void visit_rest(const struct history *h, struct walk *w, uint64_t until,
                       const struct history_visitor *v, void *arg)
{
	struct region_table *t;
	const struct event *e;

	visit_heaps(h, w, until, v, arg);
	visit_sites(h, w, until, v, arg);
	for (;;) {
		const struct stored_verdict *s =
		        w->verdicts < h->verdict_count ? &h->verdicts[w->verdicts] : NULL;
		uint64_t table, verdict = s ? s->time : UNKNOWN, event;

		t = next_table(h, w);
		e = next_event(h, w);
		table = t ? t->time : UNKNOWN;
		event = e ? e->time : UNKNOWN;
		if (t && table < until && table <= verdict && table <= event) {
			w->tables++;
			v->regions(arg, t);
		} else if (s && verdict < until && verdict <= event) {
			w->verdicts++;
			v->verdict(arg, verdict, &s->verdict);
		} else if (e && event < until) {
			w->events++;
			v->event(arg, e);
		} else {
			return;
		}
	}
}

void history_visit(const struct history *h, const struct history_visitor *v, void *arg)
{
	struct walk w = {0};

	while (known(sample_time(h, &w))) {
		/* What is older than the oldest sample waits for it. */
		if (w.samples)
			visit_rest(h, &w, sample_time(h, &w), v, arg);
		visit_sample(h, w.samples++, v, arg);
	}
	visit_rest(h, &w, UNKNOWN, v, arg);
}
