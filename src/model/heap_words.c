/* SPDX-License-Identifier: MIT */
/*
 * Knows what people are told of a heap, and from when on a figure is worth a sentence. Refuses to know
 * where the sentence stands, and what it says of a leak.
 */
#include "model/heap_words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/human.h"
#include "base/text_add.h"

/* Kept memory is worth a sentence when it is both a good part of the RSS and no trifle. */
enum { KEPT_LEAST = 8 << 20, KEPT_PART = 5 };

/* A size that is less of all growth than this is one of many. */
#define GROWER_SHARE 0.1

/* Below this a layout is called probable. */
static const double layout_sure = 0.95;

/* --- the allocator -------------------------------------------------------------------------------- */

void heap_allocator_line(const struct heap_facts *f, char *out, size_t size)
{
	const char *name = allocator_names[f->allocator];

	snprintf(out, size, "%s", f->layout[0] ? f->layout : name ? name : "an unknown allocator");
	if (f->walked && f->layout_confidence < layout_sure)
		text_add(out, size, " (probably: %.0f %% sure)", f->layout_confidence * 100);
}

const char *heap_allocator_advice(enum allocator a)
{
	static const char *const advice[ALLOCATOR_COUNT] = {
	        [ALLOCATOR_UNKNOWN] = "its allocator is not known to this tool",
	        [ALLOCATOR_GLIBC] = "gdb -p PID --batch -ex 'call (int)malloc_info(0, stdout)' "
	                            "asks malloc itself, on a test host: it stops the process",
	        [ALLOCATOR_MUSL] = "musl keeps little and counts nothing: on a test host, run it "
	                           "under valgrind --leak-check=full",
	        [ALLOCATOR_JEMALLOC] = "jemalloc itself tells: MALLOC_CONF=stats_print:true at its "
	                               "exit, or prof:true and jeprof for who allocates",
	        [ALLOCATOR_TCMALLOC] = "tcmalloc itself tells: HEAPPROFILE=/tmp/profile and pprof "
	                               "for who allocates",
	        [ALLOCATOR_MIMALLOC] = "mimalloc itself tells: MIMALLOC_SHOW_STATS=1 at its exit",
	        [ALLOCATOR_GO] = "Go itself tells: net/http/pprof and go tool pprof, or "
	                         "GODEBUG=gctrace=1",
	        [ALLOCATOR_SCUDO] = "on a test host, run it under AddressSanitizer, which finds "
	                            "leaks at its exit",
	};

	return advice[a < ALLOCATOR_COUNT ? a : ALLOCATOR_UNKNOWN];
}

/* --- sentences ------------------------------------------------------------------------------------ */

bool heap_kept_line(const struct heap_facts *f, uint64_t rss, char *out, size_t size)
{
	uint64_t kept = heap_kept_resident(f);
	char a[HUMAN_MAX], b[HUMAN_MAX], c[HUMAN_MAX];

	out[0] = '\0';
	/* More than there is: it was given back since the look. */
	if (!known(kept) || !known(rss) || kept > rss || kept < KEPT_LEAST ||
	    kept < rss / KEPT_PART)
		return false;
	snprintf(out, size,
	         "RSS is %s, %s of it is free inside malloc; malloc_trim(0) would return %s",
	         human_size(a, rss, HUMAN_AUTO), human_size(b, kept, HUMAN_AUTO),
	         human_size(c, f->total.trimmable, HUMAN_AUTO));
	return true;
}

/* Where many sizes grow and none stands out, naming one would mislead. */
static bool many_line(const struct heap_facts *f, double most, char *out, size_t size)
{
	char rate[HUMAN_MAX];
	double steady = 0, rest = 0;
	unsigned count = 0;

	for (unsigned i = 0; i < f->class_count; i++) {
		const struct heap_class *c = &f->classes[i];
		bool grows = c->steady && c->growth_bytes > 0;
		count += grows;
		steady += grows ? c->growth_bytes : 0;
		rest += !grows && isfinite(c->growth_bytes) ? c->growth_bytes : 0;
	}
	/* Sizes that come and go by turns grow and shrink at any time. */
	if (steady + rest < steady / 2 || rest > steady)
		return false;
	snprintf(out, size,
	         "%u sizes of blocks grow, by %s in all, none by more than %.0f %% of it", count,
	         human_rate(rate, steady), ceil(most * 100));
	return true;
}

bool heap_growth_line(const struct heap_facts *f, char *out, size_t size)
{
	const struct heap_class *c = heap_grows(f);
	char name[HEAP_NAME], asked[HEAP_NAME], rate[HEAP_NAME], bytes[HUMAN_MAX], count[HUMAN_MAX],
	        all[HUMAN_MAX];

	out[0] = '\0';
	if (!c)
		return false;
	double share = heap_class_share(f, c);
	if (share < GROWER_SHARE)
		return many_line(f, share, out, size);
	heap_class_short(c, name, sizeof(name));
	heap_class_requests(c, asked, sizeof(asked));
	snprintf(out, size, "Blocks of %s%s", name, asked[0] ? " bytes" : "");
	if (asked[0])
		text_add(out, size, " (requests of %s)", asked);
	text_add(out, size, " grow by %s, %s",
	         heap_count_rate(rate, sizeof(rate), c->growth_blocks),
	         human_rate(bytes, c->growth_bytes));
	if (isfinite(share))
		text_add(out, size, ", %.0f %% of what grows", share * 100);
	text_add(out, size, "; %s are live, %s", human_count(count, c->blocks),
	         human_size(all, c->bytes, HUMAN_AUTO));
	return true;
}

/* "1 block (544 B) is", "30,748 blocks (15.5 MB) are". */
static void blocks_words(uint64_t blocks, uint64_t bytes, char *out, size_t size)
{
	char count[HUMAN_MAX], sum[HUMAN_MAX];

	snprintf(out, size, "%s block%s (%s) %s", human_count(count, blocks),
	         blocks == 1 ? "" : "s", human_size(sum, bytes, HUMAN_AUTO),
	         blocks == 1 ? "is" : "are");
}

static bool suspects_line(const struct heap_lost *l, char *out, size_t size)
{
	if (!l->suspect_blocks)
		return false;
	blocks_words(l->suspect_blocks, l->suspect_bytes, out, size);
	text_add(out, size, " suspect after %u scan%s", l->scans, l->scans == 1 ? "" : "s");
	if (l->scans < HEAP_SCANS_SURE)
		text_add(out, size, ": %u scans tell the lost from what only moved",
		         HEAP_SCANS_SURE);
	return true;
}

/* What only lost blocks point to is as lost as they are. */
static void lost_write(const struct heap_lost *l, char *out, size_t size)
{
	uint64_t blocks = known_add(l->definitely_blocks, l->indirectly_blocks);
	char rate[HUMAN_MAX];

	blocks_words(blocks, known_add(l->definitely_bytes, l->indirectly_bytes), out, size);
	text_add(out, size, " lost");
	if (l->growth_bytes > 0)
		text_add(out, size, ", growing by %s", human_rate(rate, l->growth_bytes));
	text_add(out, size, ": nothing points to %s (%u scans)", blocks == 1 ? "it" : "them",
	         l->scans);
}

static void possibly_write(const struct heap_lost *l, char *out, size_t size)
{
	blocks_words(l->possibly_blocks, l->possibly_bytes, out, size);
	text_add(out, size, " possibly lost: pointers lead only to %s inside (%u scans)",
	         l->possibly_blocks == 1 ? "its" : "their", l->scans);
}

bool heap_lost_line(const struct heap_facts *f, char *out, size_t size)
{
	const struct heap_lost *l = f->lost;

	out[0] = '\0';
	if (!l || !l->scans)
		return false;
	if (!heap_lost_sure(f) || l->definitely_blocks + l->possibly_blocks == 0)
		return suspects_line(l, out, size);
	if (l->definitely_blocks)
		lost_write(l, out, size);
	else
		possibly_write(l, out, size);
	return true;
}

bool heap_census_line(const struct heap_facts *f, char *out, size_t size)
{
	const struct heap_arena *t = &f->total;
	unsigned arenas = heap_arenas(f);
	char count[HUMAN_MAX], live[HUMAN_MAX], kept[HUMAN_MAX], trim[HUMAN_MAX];

	out[0] = '\0';
	if (!f->walked)
		return false;
	snprintf(out, size,
	         "%s live blocks hold %s; %s are free inside malloc, of which malloc_trim(0) would "
	         "return %s; %u arena%s",
	         human_count(count, t->live_blocks), human_size(live, t->live_bytes, HUMAN_AUTO),
	         human_size(kept, heap_kept(f), HUMAN_AUTO),
	         human_size(trim, t->trimmable, HUMAN_AUTO), arenas, arenas == 1 ? "" : "s");
	return true;
}

static void unread_add(const struct heap_facts *f, char *out, size_t size)
{
	const struct heap_lost *l = f->lost;
	char a[HUMAN_MAX];

	out[0] = '\0';
	if (f->total.torn)
		text_add(out, size, "; changed while it was read, at %s place%s",
		         human_count(a, f->total.torn), f->total.torn == 1 ? "" : "s");
	if (f->total.unread)
		text_add(out, size, "; %s of the heap could not be read",
		         human_size(a, f->total.unread, HUMAN_AUTO));
	if (l && l->unread_bytes)
		text_add(out, size, "; pointers in %s of swapped memory were not seen",
		         human_size(a, l->unread_bytes, HUMAN_AUTO));
}

/* Each part begins with "; ". */
static bool parts_joined(char *out)
{
	if (!out[0])
		return false;
	memmove(out, out + 2, strlen(out + 2) + 1);
	return true;
}

bool heap_unread_line(const struct heap_facts *f, char *out, size_t size)
{
	unread_add(f, out, size);
	return parts_joined(out);
}

bool heap_doubt_line(const struct heap_facts *f, char *out, size_t size)
{
	const struct heap_lost *l = f->lost;

	unread_add(f, out, size);
	if (l && l->whole_stacks)
		text_add(out, size,
		         "; %u stack%s read whole: old pointers on %s may hide lost blocks",
		         l->whole_stacks, l->whole_stacks == 1 ? "" : "s",
		         l->whole_stacks == 1 ? "it" : "them");
	return parts_joined(out);
}
