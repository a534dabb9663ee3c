/* SPDX-License-Identifier: MIT */
#include "detect/machine.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/human.h"

/*
 * Knows which figures of meminfo add up to what is no longer available. Refuses to know processes one by
 * one: what they hold together is a line of meminfo, too, those included that nobody may read.
 */

#define LOSS_LEAST (32ll << 20)
#define SPAN_LEAST NS_PER_S
enum { LOSS_PART = 200 };

const char *const machine_part_words[MACHINE_PART_COUNT] = {
        [MACHINE_PROCESSES] = "processes",  [MACHINE_SHMEM] = "shared memory and tmpfs",
        [MACHINE_CACHE] = "the page cache", [MACHINE_SLAB] = "kernel slab",
        [MACHINE_TABLES] = "page tables",   [MACHINE_HUGE] = "huge pages set aside",
        [MACHINE_STACKS] = "kernel stacks",
};

const char *const machine_part_json[MACHINE_PART_COUNT] = {
        [MACHINE_PROCESSES] = "processes",  [MACHINE_SHMEM] = "shmem",
        [MACHINE_CACHE] = "page_cache",     [MACHINE_SLAB] = "slab_unreclaimable",
        [MACHINE_TABLES] = "page_tables",   [MACHINE_HUGE] = "huge_pages",
        [MACHINE_STACKS] = "kernel_stacks",
};

static uint64_t swapped(const uint64_t *v)
{
	return known_sub(v[MEMINFO_SWAP_TOTAL], v[MEMINFO_SWAP_FREE]);
}

static uint64_t part_of(const uint64_t *v, enum machine_part part)
{
	switch (part) {
	case MACHINE_PROCESSES:
		return known_add(v[MEMINFO_ANON_PAGES], known_or(swapped(v), 0));
	case MACHINE_SHMEM:
		return v[MEMINFO_SHMEM];
	case MACHINE_CACHE:
		return known_sub(known_add(v[MEMINFO_CACHED], known_or(v[MEMINFO_BUFFERS], 0)),
		                 known_or(v[MEMINFO_SHMEM], 0));
	case MACHINE_SLAB:
		return v[MEMINFO_SLAB_UNRECLAIM];
	case MACHINE_TABLES:
		return v[MEMINFO_PAGE_TABLES];
	case MACHINE_HUGE:
		return v[MEMINFO_HUGETLB];
	case MACHINE_STACKS:
		return v[MEMINFO_KERNEL_STACK];
	default:
		return UNKNOWN;
	}
}

/* What new programs could get; kernels before 3.14 and some containers do not tell. */
static uint64_t room_of(const uint64_t *v)
{
	return known_add(v[MEMINFO_AVAILABLE], known_or(v[MEMINFO_SWAP_FREE], 0));
}

static bool is_worth_a_word(const struct machine *m, int64_t lost)
{
	uint64_t total = known_or(m->now[MEMINFO_TOTAL], 0);

	return lost >= LOSS_LEAST && (uint64_t)lost >= total / LOSS_PART;
}

void machine_course_find(const struct machine *m, struct machine_course *ret)
{
	struct machine_course c = {.most = -1};

	c.known = m->span >= SPAN_LEAST && known_delta(room_of(m->first), room_of(m->now), &c.lost);
	c.loses = c.known && is_worth_a_word(m, c.lost);
	for (int i = 0; i < MACHINE_PART_COUNT; i++) {
		c.grown_known[i] =
		        known_delta(part_of(m->now, (enum machine_part)i),
		                    part_of(m->first, (enum machine_part)i), &c.grown[i]);
		if (c.grown_known[i] && c.grown[i] > 0 &&
		    (c.most < 0 || c.grown[i] > c.grown[c.most]))
			c.most = i;
	}
	*ret = c;
}

/* Less than half of it has a name in meminfo: drivers, a balloon of the hypervisor, vmalloc. */
static bool is_unaccounted(const struct machine_course *c)
{
	int64_t sum = 0;

	for (int i = 0; i < MACHINE_PART_COUNT; i++)
		if (c->grown_known[i] && i != MACHINE_CACHE && c->grown[i] > 0)
			sum += c->grown[i];
	return sum < c->lost / 2;
}

void machine_sentence(const struct machine *m, char *out, size_t size)
{
	struct machine_course c;
	char lost[HUMAN_MAX], grew[HUMAN_MAX], span[HUMAN_MAX];

	machine_course_find(m, &c);
	if (!c.known) {
		snprintf(out, size, "-");
		return;
	}
	human_duration(span, m->span);
	human_size(lost, (uint64_t)llabs(c.lost), HUMAN_AUTO);
	if (c.lost == 0)
		snprintf(out, size, "the machine loses no memory: as much is available as %s ago",
		         span);
	else if (!c.loses)
		snprintf(out, size, "the machine loses no memory: %s %s available than %s ago",
		         lost, c.lost > 0 ? "less" : "more", span);
	else if (is_unaccounted(&c) || c.most < 0)
		snprintf(out, size,
		         "%s lost in %s, most of it to nobody in meminfo: drivers, a balloon, "
		         "vmalloc",
		         lost, span);
	else
		snprintf(out, size, "%s lost in %s: %s grew in %s%s", lost, span,
		         human_size(grew, (uint64_t)c.grown[c.most], HUMAN_AUTO),
		         machine_part_words[c.most],
		         c.most == MACHINE_PROCESSES ? "" : ", no process has it");
}
