/* SPDX-License-Identifier: MIT */
#include "model/history_shelf.h"

/*
 * Which facts of past times stay. Knows which of them is missed least; refuses to know what they say.
 */

#include <string.h>

/*
 * Of `count` rising times, two at least, the one that is best told by its neighbours: close together for its age. Never the
 * newest; the oldest only where there is none between them.
 */
static unsigned least_missed(const uint64_t *times, unsigned count)
{
	uint64_t now = times[count - 1];
	unsigned drop = 0;
	double least = 0;

	for (unsigned i = 1; i + 1 < count; i++) {
		uint64_t hole = times[i + 1] - times[i - 1];
		double loss = (double)hole / (double)(now - times[i] + 1);

		if (!drop || loss < least) {
			drop = i;
			least = loss;
		}
	}
	return drop;
}

static size_t past_bytes(const struct shelf *s)
{
	size_t bytes = 0;

	for (unsigned i = 0; i + 1 < s->count; i++)
		bytes += s->kind->bytes(s->at[i]);
	return bytes;
}

static void drop_one(struct shelf *s)
{
	uint64_t times[SHELF_MOST];
	unsigned drop;

	for (unsigned i = 0; i < s->count; i++)
		times[i] = s->kind->time(s->at[i]);
	drop = least_missed(times, s->count);
	s->kind->unref(s->at[drop]);
	memmove(&s->at[drop], &s->at[drop + 1], (s->count - drop - 1) * sizeof(s->at[0]));
	s->count--;
}

void *shelf_newest(const struct shelf *s)
{
	return s->count ? s->at[s->count - 1] : NULL;
}

void shelf_put(struct shelf *s, void *facts, bool instead)
{
	if (instead && s->count)
		s->kind->unref(s->at[--s->count]);
	if (s->count == s->kind->most)
		drop_one(s);
	s->at[s->count++] = s->kind->ref(facts);
	s->bytes = past_bytes(s);
	while (s->count > 1 && s->bytes > s->kind->limit) {
		drop_one(s);
		s->bytes = past_bytes(s);
	}
}

void *shelf_find(const struct shelf *s, uint64_t since, uint64_t time)
{
	unsigned n = s->count;

	while (n && s->kind->time(s->at[n - 1]) > time)
		n--;
	return n && s->kind->time(s->at[n - 1]) >= since ? s->at[n - 1] : NULL;
}

void shelf_done(struct shelf *s)
{
	while (s->count)
		s->kind->unref(s->at[--s->count]);
}
