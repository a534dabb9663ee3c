/* SPDX-License-Identifier: MIT */
/*
 * Past verdicts and events. Knows which stored verdict is missed least; refuses to know how one is
 * reached.
 */
#include <string.h>

#include "model/history.h"
#include "model/history_internal.h"

/* A turn of the verdict is kept; so are the first and the newest. */
static bool verdict_turned(const struct history *h, unsigned i)
{
	return h->verdicts[i].verdict.kind != h->verdicts[i - 1].verdict.kind;
}

/* Drops the one whose time is best told by its neighbours: close together for its age. */
static void verdicts_thin(struct history *h, uint64_t now)
{
	unsigned drop = 0;
	double least = 0;

	for (unsigned i = 1; i + 1 < h->verdict_count; i++) {
		uint64_t hole = h->verdicts[i + 1].time - h->verdicts[i - 1].time;
		uint64_t age = now - h->verdicts[i].time + 1;
		double loss = (double)hole / (double)age;

		if (!verdict_turned(h, i) && (!drop || loss < least)) {
			drop = i;
			least = loss;
		}
	}
	/* All turns: the oldest goes, as everywhere here. */
	memmove(&h->verdicts[drop], &h->verdicts[drop + 1],
	        (h->verdict_count - drop - 1) * sizeof(*h->verdicts));
	h->verdict_count--;
}

int history_verdict(struct history *h, uint64_t time, const struct verdict *v)
{
	if (h->row_count && h->rows[h->row_count - 1].sample.time == time)
		h->rows[h->row_count - 1].confidence = v->confidence;
	if (h->verdict_count) {
		struct stored_verdict *newest = &h->verdicts[h->verdict_count - 1];

		if (!memcmp(&newest->verdict, v, sizeof(*v)))
			return 0;
		if (newest->time >= time) {
			newest->verdict = *v;
			return 0;
		}
	}
	if (h->verdict_count == VERDICTS)
		verdicts_thin(h, time);
	h->verdicts[h->verdict_count++] = (struct stored_verdict){.time = time, .verdict = *v};
	return 0;
}

const struct stored_verdict *history_verdict_at(const struct history *h, uint64_t time)
{
	for (unsigned i = h->verdict_count; i-- > 0;) {
		if (h->verdicts[i].time <= time)
			return &h->verdicts[i];
	}
	return NULL;
}

static const struct event *event_at(const struct history *h, unsigned i)
{
	return &h->events[(h->event_ring.head + i) % EVENTS];
}

int history_event(struct history *h, const struct event *e)
{
	struct ring *ring = &h->event_ring;

	if (ring->count == EVENTS) {
		ring->head = (ring->head + 1) % EVENTS;
		ring->count--;
	}
	h->events[(ring->head + ring->count++) % EVENTS] = *e;
	return 0;
}

uint64_t history_event_before(const struct history *h, uint64_t time)
{
	for (unsigned i = h->event_ring.count; i-- > 0;) {
		if (event_at(h, i)->time < time)
			return event_at(h, i)->time;
	}
	return UNKNOWN;
}

uint64_t history_event_after(const struct history *h, uint64_t time)
{
	for (unsigned i = 0; i < h->event_ring.count; i++) {
		if (event_at(h, i)->time > time)
			return event_at(h, i)->time;
	}
	return UNKNOWN;
}

void history_events_fill(const struct history *h, uint64_t time, struct moment *m)
{
	unsigned n = h->event_ring.count, from;

	while (n && event_at(h, n - 1)->time > time)
		n--;
	from = n > MOMENT_EVENTS ? n - MOMENT_EVENTS : 0;
	m->event_count = n - from;
	for (unsigned i = from; i < n; i++)
		m->events[i - from] = *event_at(h, i);
}
