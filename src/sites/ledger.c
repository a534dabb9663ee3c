/* SPDX-License-Identifier: MIT */
/*
 * Knows which entries live, each by its address; refuses to know what they are.
 *
 * Entries lie densely in one array, 32 bytes each; a table of numbers finds the one of an address. What goes leaves its place to the
 * last one.
 */
#include "sites/ledger.h"

#include <stdlib.h>

#include "sites/ledger_inside.h"

enum { SLOTS_BEGIN = 1024 };

struct entry {
	uint64_t address, size, birth;
	float weight; /* rounded once, so that what comes goes as it came */
	uint32_t site;
};

struct ledger {
	size_t max, count, room;
	struct entry *entries;
	size_t slot_count; /* a power of two */
	uint32_t *slots;   /* of an entry its number and 1; 0: free */
	uint64_t full;
	uint64_t thinned; /* times */
	struct ledger_sites sites;
};

struct ledger *ledger_new(size_t max)
{
	struct ledger *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->max = max < UINT32_MAX ? max : UINT32_MAX - 1;
	l->slot_count = SLOTS_BEGIN;
	l->slots = calloc(l->slot_count, sizeof(*l->slots));
	if (ledger_sites_init(&l->sites) && l->slots)
		return l;
	ledger_free(l);
	return NULL;
}

void ledger_free(struct ledger *l)
{
	if (!l)
		return;
	ledger_sites_done(&l->sites);
	free(l->entries);
	free(l->slots);
	free(l);
}

static size_t home(const struct ledger *l, uint64_t address)
{
	return ledger_mixed(address) & (l->slot_count - 1);
}

/* The slot of the entry at this address, or the free one where it belongs. */
static size_t slot_of(const struct ledger *l, uint64_t address)
{
	size_t slot = home(l, address);

	while (l->slots[slot] && l->entries[l->slots[slot] - 1].address != address)
		slot = (slot + 1) & (l->slot_count - 1);
	return slot;
}

/* Frees a slot; those that were pushed beyond it by others come nearer to where they belong. */
static void slot_free(struct ledger *l, size_t slot)
{
	size_t mask = l->slot_count - 1;

	for (size_t next = (slot + 1) & mask; l->slots[next]; next = (next + 1) & mask) {
		size_t from = home(l, l->entries[l->slots[next] - 1].address);
		if (((next - from) & mask) < ((next - slot) & mask))
			continue;
		l->slots[slot] = l->slots[next];
		slot = next;
	}
	l->slots[slot] = 0;
}

/* Keeps a quarter of the slots free, so that a search ends soon. */
static bool slots_room(struct ledger *l)
{
	uint32_t *old = l->slots, *slots;

	if ((l->count + 1) * 4 <= l->slot_count * 3)
		return true;
	slots = calloc(l->slot_count * 2, sizeof(*slots));
	if (!slots)
		return false;
	l->slots = slots;
	l->slot_count *= 2;
	for (size_t i = 0; i < l->count; i++)
		slots[slot_of(l, l->entries[i].address)] = (uint32_t)i + 1;
	free(old);
	return true;
}

/* Half as much again, but never more than there may be: entries are most of what we take. */
static bool entries_room(struct ledger *l)
{
	size_t room = l->room + l->room / 2 + 64;
	struct entry *entries;

	if (l->count < l->room)
		return true;
	if (l->count >= l->max)
		return false;
	room = room < l->max ? room : l->max;
	entries = realloc(l->entries, room * sizeof(*entries));
	if (!entries)
		return false;
	l->entries = entries;
	l->room = room;
	return true;
}

/* Takes the entry of a slot out, without counting it as freed. */
static void entry_drop(struct ledger *l, size_t slot)
{
	size_t i = l->slots[slot] - 1;
	struct entry e = l->entries[i];

	slot_free(l, slot);
	if (i != --l->count) {
		l->slots[slot_of(l, l->entries[l->count].address)] = (uint32_t)i + 1;
		l->entries[i] = l->entries[l->count];
	}
	ledger_site_live(&l->sites, e.site, e.birth, e.size, (double)e.weight, -1);
}

/* The same, freed at this time. */
static void entry_free(struct ledger *l, size_t slot, uint64_t time)
{
	struct entry e = l->entries[l->slots[slot] - 1];
	struct ledger_site *site = &l->sites.sites[e.site];
	double weight = (double)e.weight;

	ledger_site_pass(&l->sites, e.site, time);
	site->freed_bytes += weight * (double)e.size;
	site->freed_blocks += weight;
	if (time > e.birth)
		site->lived += weight * (double)(time - e.birth) / 1e9;
	entry_drop(l, slot);
}

void ledger_add(struct ledger *l, uint64_t address, uint64_t size, double weight, uint32_t stack,
                uint64_t time)
{
	struct entry e = {address, size, time, (float)weight, 0};

	ledger_remove(l, address, time);
	l->sites.bytes = true;
	e.site = ledger_site_of(&l->sites, stack, 1, time);
	struct ledger_site *site = &l->sites.sites[e.site];
	site->allocated_bytes += (double)e.weight * (double)size;
	site->allocated_blocks += (double)e.weight;
	if (!entries_room(l) || !slots_room(l)) {
		l->full++;
		return;
	}
	l->entries[l->count++] = e;
	/* Only now, as a search looks at entries. */
	l->slots[slot_of(l, address)] = (uint32_t)l->count;
	ledger_site_pass(&l->sites, e.site, time);
	ledger_site_live(&l->sites, e.site, time, size, (double)e.weight, LEDGER_BORN);
}

bool ledger_remove(struct ledger *l, uint64_t address, uint64_t time)
{
	size_t slot = slot_of(l, address);

	if (!l->slots[slot])
		return false;
	entry_free(l, slot, time);
	return true;
}

void ledger_hit(struct ledger *l, uint32_t stack, uint64_t count, uint64_t time)
{
	struct ledger_site *site = &l->sites.sites[ledger_site_of(&l->sites, stack, count, time)];

	site->allocated_blocks += (double)count;
	site->hits += count;
}

void ledger_worked(struct ledger *l, uint64_t time, uint64_t work)
{
	ledger_watch_work(&l->sites.watch, time, work);
}

void ledger_watching(struct ledger *l, bool on, uint64_t time)
{
	ledger_watch_turn(&l->sites.watch, on, time);
}

void ledger_tick(struct ledger *l, uint64_t time)
{
	ledger_sites_tick(&l->sites, time);
}

void ledger_visit(struct ledger *l, uint64_t time,
                  bool (*fn)(void *arg, uint64_t address, uint32_t stack), void *arg)
{
	/* From the end: the entry that fills a gap was visited. */
	for (size_t i = l->count; i-- > 0;) {
		const struct entry *e = &l->entries[i];
		if (fn(arg, e->address, l->sites.sites[e->site].stack))
			entry_free(l, slot_of(l, e->address), time);
	}
}

size_t ledger_thin(struct ledger *l)
{
	uint64_t other = ++l->thinned * 0x9e3779b97f4a7c15u;

	for (size_t i = l->count; i-- > 0;) {
		struct entry *e = &l->entries[i];
		if (ledger_mixed(e->address ^ other) & 1) {
			entry_drop(l, slot_of(l, e->address));
			continue;
		}
		/* As one that goes and one twice as heavy that comes. */
		ledger_site_live(&l->sites, e->site, e->birth, e->size, (double)e->weight, -1);
		e->weight *= 2;
		ledger_site_live(&l->sites, e->site, e->birth, e->size, (double)e->weight, 1);
	}
	ledger_sites_thin(&l->sites);
	return l->count;
}

size_t ledger_count(const struct ledger *l)
{
	return l->count;
}

uint64_t ledger_full(const struct ledger *l)
{
	return l->full;
}

int ledger_tell(const struct ledger *l, uint64_t begin, uint64_t time, struct sites_facts *f,
                uint32_t **ret_stacks)
{
	return ledger_sites_tell(&l->sites, begin, time, f, ret_stacks);
}
